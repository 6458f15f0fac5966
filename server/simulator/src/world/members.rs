//! People on the lists, one by one, and the e-mail that greets them.

use std::collections::VecDeque;

use chrono::NaiveDate;

use super::mail::{ListDay, MailResult};
use crate::num;

/// Somebody who is or was on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Distinct on the list, from 1 on.
    pub number: i64,
    /// The day on which they joined; nothing for those who were there before the first day.
    pub joined: Option<NaiveDate>,
    /// The day on which they left.
    pub left: Option<NaiveDate>,
}

impl Member {
    /// Their address.
    pub fn email(&self) -> String {
        format!("reader{}@list.example", self.number)
    }
}

/// All who joined or left a list on its days; who came first leaves first.
pub fn members(days: &[(NaiveDate, ListDay)]) -> Vec<Member> {
    let mut list: Vec<Member> = Vec::new();
    let mut there = VecDeque::new();
    for (day, of) in days {
        for _ in 0..of.added {
            there.push_back(list.len());
            let number = i64::try_from(list.len()).unwrap_or(0) + 1;
            list.push(Member { number, joined: Some(*day), left: None });
        }
        for _ in 0..of.removed {
            match there.pop_front() {
                Some(at) => list[at].left = Some(*day),
                None => {
                    let number = i64::try_from(list.len()).unwrap_or(0) + 1;
                    list.push(Member { number, joined: None, left: Some(*day) });
                }
            }
        }
    }
    list
}

/// What has come of the e-mail that greets those who join a list.
pub fn welcome(days: &[(NaiveDate, ListDay)]) -> MailResult {
    let sent: i64 = days.iter().map(|(_, day)| day.added).sum();
    let part = |share: f64| num::floor(num::real(sent) * share);
    MailResult {
        sent,
        hard_bounces: part(0.006),
        soft_bounces: part(0.009),
        opens: part(0.93),
        unique_opens: part(0.61),
        proxied_opens: part(0.24),
        clicks: part(0.22),
        unique_clicks: part(0.17),
        unsubscribes: part(0.008),
        ..MailResult::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;
    use crate::world::config::WorldConfig;

    #[test]
    fn members_come_and_go_as_the_list_says() {
        let today: NaiveDate = "2026-11-22".parse().unwrap();
        let days = World::new(WorldConfig::default(), today).list_days(1, today);
        let list = members(&days);
        for (day, of) in days {
            let joined = list.iter().filter(|member| member.joined == Some(day)).count();
            let left = list.iter().filter(|member| member.left == Some(day)).count();
            assert_eq!(
                (num::key(joined), num::key(left)),
                (of.added.unsigned_abs(), of.removed.unsigned_abs())
            );
        }
        assert!(list.iter().all(|member| member.left.is_none() || member.joined <= member.left));
    }
}

//! E-mails that follow a lead, one person at a time.

use chrono::{DateTime, TimeDelta, Utc};

use super::leads::Lead;
use super::noise::Noise;

/// What was done with an e-mail, by the sender, a mail server or the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Sent.
    Sent,
    /// Delivered.
    Delivered,
    /// Bounced for good.
    HardBounce,
    /// Bounced for now.
    SoftBounce,
    /// Opened.
    Opened,
    /// Clicked.
    Clicked,
    /// Unsubscribed.
    Unsubscribed,
}

/// The e-mails in their order: name, and hours after somebody came in.
pub const EMAILS: [(&str, i64); 3] = [("Welcome", 1), ("Buyer's guide", 72), ("First offer", 192)];

/// Each thing that happened with the e-mails to a lead by `until`: position of the e-mail, what, and when; oldest
/// first. Who can't be reached or does not want to gets no further ones.
pub fn deeds(lead: &Lead, seed: u64, until: DateTime<Utc>) -> Vec<(usize, Deed, DateTime<Utc>)> {
    let root = Noise::new(seed).of(lead.number.unsigned_abs()).of(910);
    let mut list = Vec::new();
    for (at, (nth, (_, hours))) in (0_u64..).zip(EMAILS.iter().enumerate()) {
        let noise = root.of(at);
        let later = |from: DateTime<Utc>, key: u64, low: u32, high: u32| {
            from + TimeDelta::minutes(i64::from(noise.of(key).pick(low, high)))
        };
        let sent = lead.created_at + TimeDelta::hours(*hours);
        list.push((nth, Deed::Sent, sent));
        if noise.of(1).unit() < 0.009 {
            list.push((nth, Deed::HardBounce, later(sent, 2, 1, 4)));
            break;
        }
        let is_late = noise.of(3).unit() < 0.02;
        if is_late {
            list.push((nth, Deed::SoftBounce, later(sent, 4, 1, 9)));
        }
        // What bounced for now is tried again, mostly with success.
        if is_late && noise.of(5).unit() < 0.3 {
            continue;
        }
        let delivered = if is_late { later(sent, 6, 400, 1_400) } else { later(sent, 6, 1, 5) };
        list.push((nth, Deed::Delivered, delivered));
        if noise.of(7).unit() < 0.44 {
            let opened = later(delivered, 8, 3, 2_600);
            list.push((nth, Deed::Opened, opened));
            if noise.of(9).unit() < 0.24 {
                list.push((nth, Deed::Clicked, later(opened, 10, 1, 6)));
            }
            if noise.of(11).unit() < 0.011 {
                list.push((nth, Deed::Unsubscribed, later(opened, 12, 7, 11)));
                break;
            }
        }
    }
    list.retain(|(.., at)| *at <= until);
    list.sort_by_key(|(.., at)| *at);
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;
    use crate::world::config::WorldConfig;

    #[test]
    fn deeds_only_grow_and_nobody_opens_what_did_not_come() {
        let world = World::new(WorldConfig::default(), "2026-11-22".parse().unwrap());
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let leads = world.leads(2, now.date_naive() - TimeDelta::days(60), now);
        let (mut sent, mut opened) = (0, 0);
        for lead in &leads {
            let all = deeds(lead, world.config.seed, now);
            let early = deeds(lead, world.config.seed, now - TimeDelta::days(2));
            assert!(all.starts_with(&early));
            let count = |deed: Deed| all.iter().filter(|(_, of, _)| *of == deed).count();
            assert!(
                count(Deed::Clicked) <= count(Deed::Opened) && count(Deed::Opened) <= count(Deed::Delivered)
            );
            sent += count(Deed::Sent);
            opened += count(Deed::Opened);
        }
        assert!(sent > leads.len() && opened > sent / 4, "{sent} sent, {opened} opened");
    }
}

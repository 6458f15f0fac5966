//! People who asked for an offer, and what became of them: from lead to deal.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::World;
use super::noise::Noise;
use super::templates::Vertical;
use super::traffic::key_of;
use crate::num;

/// Names that leads are made of.
const FIRST: [&str; 16] = [
    "Anna", "Jonas", "Chloé", "Mateo", "Priya", "Łukasz", "Sofia", "Kenji", "Zoë", "Omar", "Grace", "Nuño",
    "Ingrid", "Tomás", "Mei", "Oliver",
];
const LAST: [&str; 16] = [
    "Müller",
    "O'Brien",
    "García",
    "Kowalski",
    "Tanaka",
    "Lindqvist",
    "Okafor",
    "Rossi",
    "Dubois",
    "Smith",
    "Nguyễn",
    "Silva",
    "Andersen",
    "Haddad",
    "Novák",
    "Walker",
];
const COMPANIES: [&str; 12] = [
    "Alder & Co",
    "Brookside Labs",
    "Cobalt GmbH",
    "Delta Freight",
    "Evergreen Foods",
    "Fjord Systems",
    "Granite Works",
    "Hollow Oak",
    "Ibex Travel",
    "Juniper Health",
    "Kestrel Media",
    "Larch Partners",
];

/// The stages of a deal, in order; the last two end it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// A first talk has been agreed on.
    Qualified,
    /// An offer is out.
    Proposal,
    /// Terms are discussed.
    Negotiation,
    /// Won.
    Won,
    /// Lost.
    Lost,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Qualified, Self::Proposal, Self::Negotiation, Self::Won, Self::Lost];

    /// Chance of winning, in percent.
    pub fn probability(self) -> i64 {
        match self {
            Self::Qualified => 20,
            Self::Proposal => 45,
            Self::Negotiation => 75,
            Self::Won => 100,
            Self::Lost => 0,
        }
    }
}

/// A deal that came of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    /// Distinct among all accounts; larger than 2^53 is left to each vendor's own format.
    pub number: i64,
    /// What it is called.
    pub name: String,
    /// Worth in hundredths of the account's currency.
    pub amount_cents: i64,
    /// When it entered each of its stages so far, the first when it was made.
    pub moves: Vec<(Stage, DateTime<Utc>)>,
    /// The day by which it is expected to close, or on which it did.
    pub close_day: NaiveDate,
    /// Who works on it: 0 to 3.
    pub owner: usize,
}

/// One lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// Distinct among all accounts.
    pub number: i64,
    /// Position of the account.
    pub account: usize,
    /// Given name.
    pub first_name: &'static str,
    /// Family name.
    pub last_name: &'static str,
    /// E-mail address.
    pub email: String,
    /// Company.
    pub company: &'static str,
    /// When it came in.
    pub created_at: DateTime<Utc>,
    /// When marketing took it for promising.
    pub mql_at: Option<DateTime<Utc>>,
    /// When sales did.
    pub sql_at: Option<DateTime<Utc>>,
    /// `utm_source`, `utm_medium`, `utm_campaign` of the visit.
    pub utm: (&'static str, &'static str, String),
    /// The deal, when sales made one.
    pub deal: Option<Deal>,
    /// Who looks after it: 0 to 3.
    pub owner: usize,
    /// Last change of the lead or its deal.
    pub changed_at: DateTime<Utc>,
}

/// People who look after leads and deals: name and e-mail address.
pub const OWNERS: [(&str, &str); 4] = [
    ("Maya Lindholm", "maya@demo.example"),
    ("Bruno Costa", "bruno@demo.example"),
    ("Aiko Mori", "aiko@demo.example"),
    ("Tom Fletcher", "tom@demo.example"),
];

/// A deal that somebody made twice: the second one was deleted soon after and counts nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Distinct from the numbers of all leads and deals.
    pub number: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was deleted.
    pub deleted_at: DateTime<Utc>,
}

impl Lead {
    /// Whether its deal was closed without the sales team. The business that uses two CRMs keeps those deals in the
    /// one for marketing, and the others in the one for sales.
    pub fn is_self_service(&self) -> bool {
        self.number % 7 == 0
    }

    /// The copy of its deal, if there is one that has been deleted by `at`.
    pub fn copy(&self, at: DateTime<Utc>) -> Option<Copied> {
        let created_at = self.deal.as_ref()?.moves.first()?.1 + TimeDelta::minutes(9);
        let deleted_at = created_at + TimeDelta::minutes(26);
        let is_there = self.number % 4 == 0 && deleted_at <= at;
        is_there.then_some(Copied { number: self.number + 500, created_at, deleted_at })
    }

    /// Its second entry, if somebody came in twice and that has been noticed and deleted by `at`.
    pub fn second_entry(&self, at: DateTime<Utc>) -> Option<Copied> {
        let created_at = self.created_at + TimeDelta::minutes(7);
        let deleted_at = created_at + TimeDelta::hours(3);
        let is_there = self.number % 6 == 0 && deleted_at <= at;
        is_there.then_some(Copied { number: self.number + 500, created_at, deleted_at })
    }

    /// The deal's stage as it stands.
    pub fn stage(&self) -> Option<Stage> {
        self.deal.as_ref().and_then(|deal| deal.moves.last()).map(|(stage, _)| *stage)
    }

    /// Whether it became a customer.
    pub fn is_customer(&self) -> bool {
        self.stage() == Some(Stage::Won)
    }
}

impl World {
    /// The leads of an account that came in from `from` on and before `now`, oldest first, as they stand at `now`.
    ///
    /// They follow the sessions of their day, source and campaign.
    pub fn leads(&self, account: usize, from: NaiveDate, now: DateTime<Utc>) -> Vec<Lead> {
        let Some(of) = self.accounts.get(account) else { return Vec::new() };
        let rate = match of.template.vertical {
            Vertical::Business => 0.0014,
            Vertical::Shop => 0.0006,
        };
        let root = Noise::new(self.config.seed).of(num::key(account)).of(500);
        let first = from.max(self.first_day);
        let mut list = Vec::new();
        for day in first.iter_days().take_while(|day| *day <= now.date_naive()) {
            let number = i64::from(day.num_days_from_ce());
            // What will have come by the end of the day: a lead that is there stays there.
            let evening = day.and_hms_opt(23, 59, 59).unwrap_or_default().and_utc() + TimeDelta::days(2);
            let mut of_day = 0;
            for visit in self.traffic(account, day, evening) {
                let noise = root
                    .of_day(number)
                    .of(key_of(visit.source))
                    .of(key_of(visit.group))
                    .of(key_of(&visit.campaign));
                let count = noise.count(num::real(visit.sessions) * rate);
                for nth in 0..count {
                    let noise = noise.of(1_000 + nth.unsigned_abs());
                    of_day += 1;
                    let id = i64::try_from(account).unwrap_or(0) * 1_000_000_000
                        + (number - 738_000) * 1_000
                        + of_day;
                    let lead = self.lead(account, id, day, noise, now);
                    list.extend(lead.map(|lead| Lead {
                        utm: (visit.source, visit.medium, visit.campaign.clone()),
                        ..lead
                    }));
                }
            }
        }
        list.sort_by_key(|lead| (lead.created_at, lead.number));
        list
    }

    fn lead(
        &self,
        account: usize,
        number: i64,
        day: NaiveDate,
        noise: Noise,
        now: DateTime<Utc>,
    ) -> Option<Lead> {
        let later = |from: DateTime<Utc>, key: u64, low: u32, high: u32| {
            from + TimeDelta::minutes(i64::from(noise.of(key).pick(low * 60, high * 60)))
        };
        let known = |at: DateTime<Utc>| Some(at).filter(|at| *at <= now);
        let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
        let created_at = known(midnight + TimeDelta::seconds(i64::from(noise.of(1).pick(0, 86_399))))?;
        let (first_name, last_name) = (noise.of(2).choose(&FIRST), noise.of(3).choose(&LAST));
        let promising = noise.of(5).unit() < 0.55;
        let mql_at = promising.then(|| later(created_at, 6, 1, 96)).and_then(known);
        let ripe = promising && noise.of(7).unit() < 0.48;
        let sql_at = mql_at.filter(|_| ripe).map(|at| later(at, 8, 12, 240)).and_then(known);
        let deal = sql_at.filter(|_| noise.of(9).unit() < 0.8).map(|at| later(at, 10, 1, 48)).and_then(known);
        let deal = deal.map(|at| self.deal(account, number, at, noise.of(11), now));
        let moved = deal.as_ref().and_then(|deal| deal.moves.last()).map(|(_, at)| *at);
        let changed_at =
            [Some(created_at), mql_at, sql_at, moved].into_iter().flatten().max().unwrap_or(created_at);
        Some(Lead {
            number,
            account,
            first_name,
            last_name,
            email: format!("lead{number}@{}.example", super::build::slug(noise.of(4).choose(&COMPANIES))),
            company: noise.of(4).choose(&COMPANIES),
            created_at,
            mql_at,
            sql_at,
            utm: ("(direct)", "(none)", String::new()),
            deal,
            owner: usize::try_from(noise.of(12).pick(0, 3)).unwrap_or(0),
            changed_at,
        })
    }

    fn deal(&self, account: usize, number: i64, at: DateTime<Utc>, noise: Noise, now: DateTime<Utc>) -> Deal {
        let template = self.accounts[account].template;
        let later =
            |from: DateTime<Utc>, key: u64| from + TimeDelta::hours(i64::from(noise.of(key).pick(30, 420)));
        let is_won = noise.of(1).unit() < 0.34;
        // Lost deals are lost after any of their stages.
        let steps = if is_won { 3 } else { noise.of(2).pick(1, 3) };
        let mut moves = vec![(Stage::Qualified, at)];
        let mut when = at;
        for step in 1..=steps {
            when = later(when, u64::from(step) + 2);
            let stage = match (step == steps, is_won, step) {
                (true, true, _) => Stage::Won,
                (true, false, _) => Stage::Lost,
                (false, _, 1) => Stage::Proposal,
                _ => Stage::Negotiation,
            };
            moves.push((stage, when));
        }
        let close_day = when.date_naive();
        moves.retain(|(_, at)| *at <= now);
        let size = template.order_value * 38.0 * (0.7 * noise.of(20).gauss()).exp();
        Deal {
            number,
            name: format!(
                "{} – {}",
                noise.of(21).choose(&COMPANIES),
                template.topics[usize::try_from(noise.of(22).pick(0, 4)).unwrap_or(0)].name
            ),
            amount_cents: num::whole(size * 100.0),
            moves,
            close_day,
            owner: usize::try_from(noise.of(23).pick(0, 3)).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::config::WorldConfig;

    #[test]
    fn leads_follow_visits_and_only_go_forward() {
        let world = World::new(WorldConfig::default(), "2026-11-22".parse().unwrap());
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let leads = world.leads(5, world.first_day, now);
        assert!((800..6_000).contains(&leads.len()), "{}", leads.len());
        let mut numbers: Vec<_> = leads.iter().map(|lead| lead.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), leads.len());
        let (mut won, mut open) = (0, 0);
        for lead in &leads {
            assert!(lead.created_at <= now && lead.mql_at.is_none_or(|at| at > lead.created_at));
            if let Some(deal) = &lead.deal {
                assert!(lead.sql_at.unwrap() < deal.moves[0].1);
                assert!(deal.moves.windows(2).all(|pair| pair[0].1 < pair[1].1));
                won += usize::from(lead.is_customer());
                open += usize::from(!matches!(lead.stage(), Some(Stage::Won | Stage::Lost)));
            }
        }
        assert!(won > 20 && open > 5, "{won} won, {open} open of {}", leads.len());
        for account in 0..5 {
            let leads = world.leads(account, world.first_day, now);
            assert!((200..3_000).contains(&leads.len()), "{account}: {}", leads.len());
        }
        let yesterday = world.leads(5, world.first_day, now - TimeDelta::days(1));
        assert!(yesterday.iter().all(|old| leads.iter().any(|new| new.number == old.number)));
    }
}

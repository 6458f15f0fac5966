//! Which days of which stream of which account a run reads, and in which order.

use chrono::{Days, NaiveDate};
use connectors::{Connector, Settings, StreamSpec};
use metrics::Family;
use model::DayRange;
use model::entities::EntityKind;
use std::collections::BTreeMap;

/// So many of the newest days are read in every run, however lately they were read before.
const NEWEST_DAYS: u64 = 2;

/// One request's worth of work.
#[derive(Debug, Clone)]
pub struct Work {
    /// Index of the account in the run.
    pub account: usize,
    /// The stream.
    pub stream: &'static StreamSpec,
    /// The days; one day for snapshots.
    pub days: DayRange,
}

/// What is known about one account before the run.
#[derive(Debug, Clone)]
pub struct AccountPlan {
    /// Today where the account is.
    pub today: NaiveDate,
    /// First day of history.
    pub history_from: NaiveDate,
    /// Days that were read, by stream name, and whether so lately that reading them again can wait.
    pub read: BTreeMap<String, BTreeMap<NaiveDate, bool>>,
    /// When streams without days were last read, by stream name.
    pub snapshots: BTreeMap<String, NaiveDate>,
}

/// All work of a run. First the snapshots (names of campaigns), then the streams of totals, newest days first over all
/// accounts, so that an open dashboard fills from today backwards; then finer levels and breakdowns, likewise.
pub fn plan(accounts: &[AccountPlan], streams: &'static [StreamSpec], settings: &Settings) -> Vec<Work> {
    let mut work: Vec<(u8, std::cmp::Reverse<NaiveDate>, usize, usize, Work)> = Vec::new();
    for (order, stream) in streams.iter().enumerate().filter(|(_, s)| settings.reads(s)) {
        for (index, account) in accounts.iter().enumerate() {
            let slices = if stream.is_dated() {
                wanted(account, stream, settings)
                    .into_iter()
                    .flat_map(|days| connectors::plan_slices(stream, days, account.today))
                    .collect()
            } else if is_due(account, stream) {
                vec![DayRange::single(account.today)]
            } else {
                Vec::new()
            };
            for days in slices {
                let item = Work { account: index, stream, days };
                work.push((phase(stream), std::cmp::Reverse(days.until()), order, index, item));
            }
        }
    }
    work.sort_by_key(|(phase, newest, order, index, _)| (*phase, *newest, *order, *index));
    work.into_iter().map(|(.., item)| item).collect()
}

/// Whether a stream without days is to be read in this run. Days are counted, not hours: a run that starts some seconds
/// earlier than that of the day before must not leave out the day.
fn is_due(account: &AccountPlan, stream: &StreamSpec) -> bool {
    let every = Days::new(u64::from(stream.every_days));
    let next = account.snapshots.get(stream.name).and_then(|last| last.checked_add_days(every));
    next.is_none_or(|next| account.today >= next)
}

/// All work of a run for exactly one day: each stream that the vendor still has of it, whether it was read before or not, in
/// the order of [`plan`]. Snapshots come along, because they name what the rows belong to; those that are read seldom do
/// not.
pub fn plan_day(
    accounts: &[AccountPlan],
    streams: &'static [StreamSpec],
    settings: &Settings,
    day: NaiveDate,
) -> Vec<Work> {
    let mut work: Vec<(u8, usize, usize, Work)> = Vec::new();
    for (order, stream) in streams.iter().enumerate().filter(|(_, s)| settings.reads(s)) {
        for (index, account) in accounts.iter().enumerate() {
            let has_come = day <= account.today;
            let days = if stream.is_dated() {
                has_come.then_some(DayRange::single(day))
            } else {
                (stream.every_days == 0).then_some(DayRange::single(account.today))
            };
            let Some(days) = days.and_then(|days| stream.available(days, account.today)) else { continue };
            work.push((phase(stream), order, index, Work { account: index, stream, days }));
        }
    }
    work.sort_by_key(|(phase, order, index, _)| (*phase, *order, *index));
    work.into_iter().map(|(.., item)| item).collect()
}

fn phase(stream: &StreamSpec) -> u8 {
    match (stream.is_dated(), stream.is_breakdown(), stream.kind) {
        (false, ..) => 0,
        (true, false, EntityKind::Account | EntityKind::Campaign | EntityKind::Deal) => 1,
        (true, false, _) => 2,
        (true, true, _) => 3,
    }
}

/// Whether an account is only complete where this stream is: it brings days of a kind that gives the totals of its family,
/// and no other stream of the platform brings those of a kind that comes before. What was switched on beside the ordinary
/// streams is never waited for.
pub fn gives_totals(connector: &dyn Connector, stream: &StreamSpec) -> bool {
    let brings = |other: &StreamSpec| other.is_ordinary && other.is_dated() && !other.is_breakdown();
    let family = connector.streams().iter().filter(|other| other.family == stream.family && brings(other));
    let kinds: Vec<EntityKind> = family.map(|other| other.kind).collect();
    brings(stream) && warehouse::load::gives_totals_among(stream.family, stream.kind, &kinds)
}

/// Whether the vendor's own totals of an account are those of its campaigns added up. Of advertising they are; elsewhere they
/// differ by nature: visitors are counted once per property but in each of their campaigns, rare pages are left out.
pub fn can_be_compared(stream: &StreamSpec) -> bool {
    stream.family == Family::Ads && stream.is_dated() && !stream.is_breakdown()
}

/// Days that were never read, and those that the vendor may have restated, as ranges.
fn wanted(account: &AccountPlan, stream: &StreamSpec, settings: &Settings) -> Vec<DayRange> {
    let Ok(all) = DayRange::new(account.history_from.min(account.today), account.today) else {
        return Vec::new();
    };
    let Some(available) = stream.available(all, account.today) else { return Vec::new() };
    let restated_from = provisional_from(account.today, stream.lookback_days(settings));
    let newest_from = account.today.checked_sub_days(Days::new(NEWEST_DAYS)).unwrap_or(account.today);
    let empty = BTreeMap::new();
    let read = account.read.get(stream.name).unwrap_or(&empty);
    let is_wanted = |day: &NaiveDate| match read.get(day) {
        None => true,
        Some(can_wait) => *day >= restated_from && (!can_wait || *day >= newest_from),
    };
    let mut ranges: Vec<DayRange> = Vec::new();
    for day in available.days().filter(is_wanted) {
        match ranges.last_mut() {
            Some(last) if last.until().succ_opt() == Some(day) => *last = last.hull(DayRange::single(day)),
            _ => ranges.push(DayRange::single(day)),
        }
    }
    ranges
}

/// The first day that the vendor may still restate.
pub fn provisional_from(today: NaiveDate, lookback_days: u32) -> NaiveDate {
    today.checked_sub_days(Days::new(u64::from(lookback_days))).unwrap_or(today)
}

/// Account-days of the work, for the progress bar.
pub fn planned_days(work: &[Work]) -> i32 {
    i32::try_from(work.iter().map(|w| u64::from(w.days.len())).sum::<u64>()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn streams() -> (&'static [StreamSpec], Settings) {
        let google = connectors::find("google_ads").unwrap();
        (google.streams(), Settings::parse(google.settings(), &BTreeMap::new()).unwrap())
    }

    fn account(read: &[(&str, &str, &str)]) -> AccountPlan {
        let mut days: BTreeMap<String, BTreeMap<NaiveDate, bool>> = BTreeMap::new();
        for (stream, from, until) in read {
            days.entry((*stream).to_owned())
                .or_default()
                .extend(DayRange::new(day(from), day(until)).unwrap().days().map(|day| (day, false)));
        }
        AccountPlan {
            today: day("2026-09-04"),
            history_from: day("2026-01-01"),
            read: days,
            snapshots: BTreeMap::new(),
        }
    }

    #[test]
    fn the_first_run_reads_everything_newest_days_first_and_totals_before_details() {
        let (streams, settings) = streams();
        let work = plan(&[account(&[]), account(&[])], streams, &settings);
        let days_of = |name: &str, index: usize| -> BTreeSet<NaiveDate> {
            work.iter()
                .filter(|w| w.stream.name == name && w.account == index)
                .flat_map(|w| w.days.days())
                .collect()
        };
        let all: BTreeSet<_> = DayRange::new(day("2026-01-01"), day("2026-09-04")).unwrap().days().collect();
        for index in 0..2 {
            assert_eq!(days_of("campaign_daily", index), all);
            assert_eq!(days_of("ad_daily", index), all);
        }
        let phases: Vec<_> = work.iter().map(|w| phase(w.stream)).collect();
        assert!(phases.is_sorted());
        let totals: Vec<_> = work.iter().filter(|w| phase(w.stream) == 1).map(|w| w.days.until()).collect();
        assert!(totals.is_sorted_by(|a, b| a >= b), "{totals:?}");
    }

    #[test]
    fn a_later_run_reads_what_is_missing_and_what_may_be_restated() {
        let (streams, settings) = streams();
        let plan = plan(
            &[account(&[
                ("campaign_daily", "2026-01-01", "2026-03-31"),
                ("campaign_daily", "2026-04-03", "2026-09-03"),
            ])],
            streams,
            &settings,
        );
        let days: BTreeSet<_> =
            plan.iter().filter(|w| w.stream.name == "campaign_daily").flat_map(|w| w.days.days()).collect();
        assert!(days.contains(&day("2026-04-01")) && days.contains(&day("2026-04-02")), "the gap");
        assert!(days.contains(&day("2026-08-05")), "the look-back of 30 days");
        assert!(!days.contains(&day("2026-03-31")) && !days.contains(&day("2026-08-04")));
    }

    #[test]
    fn snapshots_are_read_as_often_as_they_need_to_be() {
        let instagram = connectors::find("instagram").unwrap();
        let settings = Settings::parse(instagram.settings(), &BTreeMap::new()).unwrap();
        let is_read = |name: &str, last: Option<&str>| {
            let mut account = account(&[]);
            account.snapshots.extend(last.map(|last| (name.to_owned(), day(last))));
            plan(&[account], instagram.streams(), &settings).iter().any(|work| work.stream.name == name)
        };
        // In every run, once a day, once a week.
        for (name, last, is_due) in [
            ("media_insights", Some("2026-09-04"), true),
            ("audience", None, true),
            ("audience", Some("2026-09-04"), false),
            ("audience", Some("2026-09-03"), true),
            ("media_insights_older", Some("2026-08-29"), false),
            ("media_insights_older", Some("2026-08-28"), true),
        ] {
            assert_eq!(is_read(name, last), is_due, "{name} after {last:?}");
        }
    }

    #[test]
    fn a_run_for_a_day_reads_that_day_of_all_streams_and_no_other() {
        let (streams, settings) = streams();
        let accounts = [account(&[("campaign_daily", "2026-01-01", "2026-09-03")]), account(&[])];
        let work = plan_day(&accounts, streams, &settings, day("2026-03-01"));
        let dated: Vec<&Work> = work.iter().filter(|w| w.stream.is_dated()).collect();
        assert!(dated.iter().all(|w| w.days == DayRange::single(day("2026-03-01"))));
        let ordinary = streams.iter().filter(|s| s.is_ordinary);
        let wanted: BTreeSet<_> = ordinary.flat_map(|s| [(s.name, 0), (s.name, 1)]).collect();
        assert_eq!(work.iter().map(|w| (w.stream.name, w.account)).collect::<BTreeSet<_>>(), wanted);
        assert!(work.iter().map(|w| phase(w.stream)).is_sorted());
        let tomorrow = plan_day(&accounts, streams, &settings, day("2026-09-05"));
        assert!(tomorrow.iter().all(|w| !w.stream.is_dated()), "a day that has not come has no figures");
    }

    #[test]
    fn what_was_switched_on_is_read_and_waited_for_by_nobody() {
        let google = connectors::find("google_ads").unwrap();
        let given = BTreeMap::from([("more_streams".to_owned(), "clicks".to_owned())]);
        let more = Settings::of(google, &given).unwrap();
        let (streams, ordinary) = streams();
        let days = |settings: &Settings| {
            let work = plan(&[account(&[])], streams, settings);
            work.iter().filter(|w| w.stream.name == "clicks").map(|w| w.days.len()).sum::<u32>()
        };
        assert_eq!((days(&ordinary), days(&more)), (0, 91), "as far back as the vendor keeps clicks");
        let of_day = |settings: &Settings, text: &str| {
            let work = plan_day(&[account(&[])], streams, settings, day(text));
            work.iter().any(|w| w.stream.name == "clicks")
        };
        assert!(of_day(&more, "2026-09-01") && !of_day(&ordinary, "2026-09-01"));
        assert!(!of_day(&more, "2026-03-01"), "too old");
        assert!(!gives_totals(google, google.stream("clicks").unwrap()));
    }

    #[test]
    fn what_lacks_its_setting_is_left_out_and_does_not_end_the_run() {
        let ga4 = connectors::find("ga4").unwrap();
        let is_read = |steps: &str| {
            let given = [("more_streams", "funnel"), ("funnel_steps", steps)];
            let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let settings = Settings::of(ga4, &BTreeMap::from(given)).unwrap();
            plan(&[account(&[])], ga4.streams(), &settings).iter().any(|w| w.stream.name == "funnel")
        };
        assert!(is_read("view_item,purchase") && !is_read(""));
    }

    #[test]
    fn an_account_is_complete_where_the_streams_of_its_totals_are() {
        let of = |slug: &str| -> Vec<&str> {
            let connector = connectors::find(slug).unwrap();
            let streams = connector.streams().iter().filter(|stream| gives_totals(connector, stream));
            streams.map(|stream| stream.name).collect()
        };
        assert_eq!(of("google_ads"), ["campaign_daily"]);
        assert_eq!(of("ga4"), ["account_daily"]);
        let hubspot = of("hubspot");
        assert!(
            ["deals", "contacts", "email_daily"].iter().all(|name| hubspot.contains(name)),
            "{hubspot:?}"
        );
        assert!(!hubspot.contains(&"form_submissions"), "{hubspot:?}");
    }

    #[test]
    fn totals_are_compared_where_they_tell_the_same() {
        let compared =
            |slug: &str, name: &str| can_be_compared(connectors::find(slug).unwrap().stream(name).unwrap());
        assert!(compared("google_ads", "account_daily") && compared("google_ads", "campaign_daily"));
        assert!(!compared("google_ads", "keyword_daily") && !compared("ga4", "traffic_daily"));
        assert!(!compared("ga4", "account_daily") && !compared("hubspot", "contacts"));
    }

    #[test]
    fn days_that_can_wait_wait_but_the_newest() {
        let (streams, settings) = streams();
        let mut account = account(&[("campaign_daily", "2026-01-01", "2026-09-03")]);
        for can_wait in account.read.get_mut("campaign_daily").unwrap().values_mut() {
            *can_wait = true;
        }
        account.read.get_mut("campaign_daily").unwrap().insert(day("2026-08-20"), false);
        account.read.get_mut("campaign_daily").unwrap().remove(&day("2026-02-02"));
        let work = plan(&[account], streams, &settings);
        let days: Vec<String> = work
            .iter()
            .filter(|w| w.stream.name == "campaign_daily")
            .map(|w| format!("{}..{}", w.days.from(), w.days.until()))
            .collect();
        assert_eq!(days, ["2026-09-02..2026-09-04", "2026-08-20..2026-08-20", "2026-02-02..2026-02-02"]);
    }
}

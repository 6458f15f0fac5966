use super::choice::{Conversion, Kind, conversion, own};
use super::failure::{judge, judge_report};
use super::map;
use super::read::{CAMPAIGN_VALUES, FLOW_SERIES};
use super::reports::{self, Report, available, timeframe};
use super::streams::{SPECS, ask};
use crate::connector::Slice;
use crate::error::{DeniedScope, ErrorKind, Result};
use crate::http::node::canonical;
use crate::http::{Answer, Batch, Budget, RetryReason, Verdict};
use crate::mapping::Seen;
use crate::record::{FactRecord, RawPage, Record, RemoteAccount};
use crate::totals::Totals;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use metrics::Metric;
use model::DayRange;
use serde_json::{Value, json};
use std::time::Duration;

fn days(from: &str, until: &str) -> DayRange {
    DayRange::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
}

fn with_days<T>(stream: &str, days: DayRange, check: impl FnOnce(&Slice<'_>) -> T) -> T {
    let account = RemoteAccount {
        currency: Some("JPY".into()),
        time_zone: Some("America/New_York".into()),
        ..RemoteAccount::bare("Acc1")
    };
    let stream = SPECS.iter().find(|s| s.name == stream).unwrap();
    check(&Slice { account: &account, stream, days, budget: Budget::new(Duration::ZERO) })
}

fn march() -> DayRange {
    days("2026-03-01", "2026-03-03")
}

fn batch(value: Value) -> Batch {
    let at = chrono::DateTime::UNIX_EPOCH;
    Batch { value, raw: RawPage { request: "POST /".into(), body: Bytes::new(), fetched_at: at } }
}

fn shown(totals: Totals) -> Vec<String> {
    let lines = |fact: FactRecord| {
        let place = format!("{} {} {}", fact.kind.name(), fact.entity, fact.date);
        let line = |(metric, value): &(Metric, _)| format!("{place} {} {}", metric.name(), canonical(*value));
        fact.values.iter().map(line).collect::<Vec<_>>()
    };
    totals.facts().flat_map(lines).collect()
}

fn read(what: Report, stream: &str, pages: &[Value]) -> Result<Vec<String>> {
    with_days(stream, march(), |slice| {
        let (mut parts, mut seen, mut totals) = (reports::Parts::new(), Seen::default(), Totals::default());
        for page in pages {
            reports::rows(slice, what, march(), batch(page.clone()), &mut parts, &mut seen, &mut totals)?;
        }
        assert!(totals.clone().facts().all(|fact| fact.currency.as_deref() == Some("JPY")));
        Ok(shown(totals))
    })
}

fn row(campaign: &str, message: &str, statistics: &Value) -> Value {
    let groupings = json!({"send_channel": "email", "campaign_id": campaign, "campaign_message_id": message});
    json!({"groupings": groupings, "statistics": statistics})
}

fn results(rows: &[Value]) -> Value {
    json!({"data": {"attributes": {"results": rows}}})
}

#[test]
fn each_stream_has_something_to_ask() {
    for spec in SPECS {
        assert!(ask(spec.name).is_some(), "{}", spec.name);
    }
    assert_eq!(ask("nothing"), None);
}

#[test]
fn messages_of_a_campaign_are_added_once_under_the_last_day() {
    let one = json!({"recipients": 10, "delivered": 9, "opens": null, "opens_unique": 0, "unsubscribes": 5,
                     "unsubscribe_uniques": 4, "conversions": 1.5, "conversion_value": 1000.25, "open_rate": 0.5});
    let other = json!({"recipients": 9_007_199_254_740_993_u64, "opens": 3, "conversion_value": "0.75", "conversions": null});
    let pages =
        [results(&[row("c1", "m1", &one), row("c1", "m2", &other)]), results(&[row("c1", "m1", &one)])];
    let mut lines = read(CAMPAIGN_VALUES, "campaign_values", &pages).unwrap();
    lines.sort();
    let expected = [
        "conversions 1.5",
        "delivered 9",
        "emails_sent 9007199254741003",
        "opens 3",
        "revenue 1001",
        "unique_opens 0",
        "unsubscribes 4",
    ];
    assert_eq!(lines, expected.map(|line| format!("campaign c1 2026-03-03 {line}")));
}

#[test]
fn variations_without_a_name_are_added_and_a_page_served_twice_is_not() {
    let row = |sent: u32| row("c1", "m1", &json!({"recipients": sent}));
    let page = results(&[row(10), row(7), row(10)]);
    let lines = read(CAMPAIGN_VALUES, "campaign_values", &[page.clone(), page]).unwrap();
    assert_eq!(lines, ["campaign c1 2026-03-03 emails_sent 17"]);
}

#[test]
fn a_row_of_no_campaign_and_an_answer_without_results_are_refused() {
    let nobody = json!({"groupings": {"send_channel": "email"}, "statistics": {}});
    let error = read(CAMPAIGN_VALUES, "campaign_values", &[results(&[nobody])]).unwrap_err();
    assert!(error.message.contains("groupings.campaign_id"), "{error}");
    assert!(read(CAMPAIGN_VALUES, "campaign_values", &[json!({"data": {}})]).is_err());
    assert_eq!(read(CAMPAIGN_VALUES, "campaign_values", &[results(&[])]).unwrap(), Vec::<String>::new());
}

fn series(dates: &Value, rows: &[(&str, Value)]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(message, statistics)| {
            let groupings = json!({"flow_id": "f1", "flow_message_id": message, "send_channel": "email"});
            json!({"groupings": groupings, "statistics": statistics})
        })
        .collect();
    json!({"data": {"attributes": {"date_times": dates, "results": rows}}})
}

#[test]
fn days_of_flows_keep_their_date_and_nulls_give_nothing() {
    // An offset moves no date; the day outside is dropped.
    let dates =
        json!(["2026-02-28T00:00:00-05:00", "2026-03-01T00:00:00-05:00", "2026-03-02T23:00:00-05:00"]);
    let page = series(
        &dates,
        &[
            ("m1", json!({"delivered": [1, 2, null], "conversion_value": [9.0, 0.0, null]})),
            ("m2", json!({"delivered": [1, 3, null], "opens": [0, null, 0]})),
        ],
    );
    assert_eq!(
        read(FLOW_SERIES, "flow_series", &[page.clone(), page]).unwrap(),
        ["flow f1 2026-03-01 delivered 5", "flow f1 2026-03-01 revenue 0", "flow f1 2026-03-02 opens 0"]
    );
    let crooked = series(&dates, &[("m1", json!({"delivered": [1, 2]}))]);
    let error = read(FLOW_SERIES, "flow_series", &[crooked]).unwrap_err();
    assert!(error.message.contains("2 values for 3 days"), "{error}");
}

#[test]
fn windows_are_whole_days_of_the_account() {
    let zone = "America/New_York".parse().unwrap();
    // Clocks go forward on 8 March 2026.
    assert_eq!(
        timeframe(days("2026-03-08", "2026-03-09"), zone),
        json!({"start": "2026-03-08T00:00:00-05:00", "end": "2026-03-09T23:59:59-04:00"})
    );
}

#[test]
fn days_before_the_vendors_first_one_are_left_out() {
    let old = |from, until| with_days("campaign_values", days(from, until), available);
    let (left, warning) = old("2023-05-01", "2023-06-02");
    assert_eq!(left, Some(days("2023-06-01", "2023-06-02")));
    assert!(warning.unwrap().message.contains("2023-06-01"));
    assert_eq!(old("2022-01-01", "2022-01-02").0, None);
    assert_eq!(old("2023-06-01", "2023-06-02"), (Some(days("2023-06-01", "2023-06-02")), None));
}

fn kind(id: &str, name: &str, source: &str, category: &str) -> Kind {
    Kind { id: id.into(), name: name.into(), source: source.into(), category: category.into() }
}

#[test]
fn orders_are_those_of_the_shop() {
    let kinds = [
        kind("a", "Nango Placed Order", "api", "API"),
        kind("b", "Placed Order", "api", "API"),
        kind("c", "Placed Order", "shopify", "eCommerce"),
        kind("d", "Placed Order", "other", "eCommerce"),
    ];
    let chosen =
        |set, kinds: &[Kind]| conversion(set, kinds).map(|Conversion { id, is_orders }| (id, is_orders));
    assert_eq!(chosen("", &kinds), Some(("c".into(), true)));
    assert_eq!(chosen("b", &kinds), Some(("b".into(), true)));
    assert_eq!(chosen("", &kinds[..2]), Some(("b".into(), true)));
    assert_eq!(chosen("", &kinds[..1]), Some(("a".into(), false)));
    assert_eq!(chosen("", &[]), None);
    let joined = [
        kind("x", "Subscribed to List", "api", "API"),
        kind("y", "Subscribed to List", "klaviyo", "Internal"),
    ];
    assert_eq!(own("Subscribed to List", &joined).unwrap().id, "y");
    assert_eq!(own("Subscribed to List", &joined[..1]).unwrap().id, "x");
    assert!(own("Unsubscribed from List", &joined).is_none());
}

#[test]
fn counts_per_day_belong_to_the_account() {
    let page = json!({"data": {"attributes": {
        "dates": ["2026-02-28T00:00:00+00:00", "2026-03-01T00:00:00+00:00", "2026-03-02T00:00:00+00:00"],
        "data": [{"dimensions": [], "measurements": {"count": [7, 2.0, 0]}}],
    }}});
    let lines = with_days("metric_aggregates", march(), |slice| {
        let mut totals = Totals::default();
        let what = ("m", Metric::SubscribersAdded);
        map::aggregates(slice, what, batch(page.clone()), &mut totals).unwrap();
        map::aggregates(slice, what, batch(page), &mut totals).unwrap();
        shown(totals)
    });
    assert_eq!(
        lines,
        ["account Acc1 2026-03-01 subscribers_added 2", "account Acc1 2026-03-02 subscribers_added 0"]
    );
}

#[test]
fn campaigns_come_with_their_messages() {
    let page = json!({
        "data": [{"id": "c1", "attributes": {"name": "Größe ✓", "status": "Cancelled: No Recipients", "archived": true,
                  "audiences": {"included": ["l1"]}, "send_time": null},
                  "relationships": {"campaign-messages": {"data": [{"id": "m1", "type": "campaign-message"}]}}}],
        "included": [{"type": "campaign-message", "id": "m1", "attributes": {"definition": {"content": {"subject": "Hi"}}}},
                     {"type": "tag", "id": "t1"}],
    });
    let page = with_days("campaigns", march(), |slice| map::campaigns(slice, "sms", batch(page))).unwrap();
    let [Record::Entity(campaign), Record::Entity(message)] = page.records.as_slice() else { panic!() };
    assert_eq!(
        (campaign.name.as_str(), campaign.status.as_deref()),
        ("Größe ✓", Some("Cancelled: No Recipients"))
    );
    assert_eq!(json!(campaign.attributes), json!({"archived": true, "channel": "sms", "audiences": ["l1"]}));
    assert_eq!((message.name.as_str(), message.parent.as_ref().unwrap().1.as_str()), ("Hi", "c1"));
}

#[test]
fn events_count_once_by_the_accounts_day() {
    let event = |id: &str, at: &str, properties: Value| {
        json!({"id": id, "attributes": {"datetime": at, "event_properties": properties},
               "relationships": {"metric": {"data": {"id": "k1"}}}})
    };
    let rows = [
        event("e1", "2026-03-01T04:59:59+00:00", json!({})),
        event("e2", "2026-03-01T05:00:00+00:00", json!({"Bounce Type": "Hard"})),
        event("e2", "2026-03-01T05:00:00+00:00", json!({"Bounce Type": "Hard"})),
        event("e3", "2026-03-01T06:00:00+00:00", json!(null)),
    ];
    let records = with_days("events", march(), |slice| {
        let mut events = map::Events::default();
        for row in &rows {
            events.take(slice, slice.account.zone(), &crate::http::Node::root(row, "$")).unwrap();
        }
        events.records(slice)
    });
    let [Record::Fact(day)] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!(
        (day.date.to_string().as_str(), json!(day.extra)),
        ("2026-03-01", json!({"events": 2, "hard_bounces": 1}))
    );
}

fn refused(status: u16, error: &Value, headers: &[(&'static str, &str)]) -> Answer {
    let headers =
        headers.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.collect::<HeaderMap>(),
        body: Bytes::from(json!({ "errors": [error] }).to_string()),
        at: "2026-03-01T12:00:00Z".parse().unwrap(),
    }
}

#[test]
fn refusals_mean_what_the_table_says() {
    let error = |code: &str| json!({"code": code, "title": "No.", "detail": "So it is.", "source": {"pointer": "/filter"}});
    assert!(matches!(judge(&refused(401, &error("not_authenticated"), &[])), Verdict::Refresh(_)));
    let old = json!({"code": "invalid", "detail": "The revision header is not supported."});
    for (status, said, kind) in [
        (403, error("permission_denied"), ErrorKind::Permission(DeniedScope::Stream)),
        (404, error("not_found"), ErrorKind::Permission(DeniedScope::Stream)),
        (404, error("some_other_word"), ErrorKind::Permission(DeniedScope::Stream)),
        (400, error("invalid"), ErrorKind::Rejected),
        (400, old, ErrorKind::VersionSunset),
        (
            400,
            json!({"code": "invalid", "detail": "'x' is no statistic of revision 2026-04-15.", "source": {"pointer": "/data/attributes/statistics"}}),
            ErrorKind::Rejected,
        ),
        (410, error("gone"), ErrorKind::VersionSunset),
    ] {
        let Verdict::GiveUp(error) = judge(&refused(status, &said, &[])) else { panic!("{status}") };
        assert_eq!(error.kind, kind, "{status} {said}");
    }
    let Verdict::GiveUp(invalid) = judge(&refused(400, &error("invalid"), &[])) else { panic!() };
    assert!(invalid.message.contains("No: So it is (/filter)"), "{invalid}");
    assert_eq!(invalid.vendor_code.as_deref(), Some("invalid"));
    let waits = |headers: &[(&'static str, &str)]| match judge_report(&refused(429, &json!({}), headers)) {
        Verdict::Retry { after, reason: RetryReason::Throttled, error } => (after, error.is_local),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        waits(&[("retry-after", "73473"), ("ratelimit-reset", "1")]),
        (Some(Duration::from_secs(73_473)), true)
    );
    assert_eq!(waits(&[("ratelimit-reset", "9")]), (Some(Duration::from_secs(9)), true));
    assert_eq!(waits(&[]), (None, true));
    let Verdict::Retry { error, .. } = judge(&refused(429, &json!({}), &[])) else { panic!() };
    assert!(!error.is_local);
}

use super::failure::judge;
use super::map::{Mapper, appearances};
use super::streams::{Call, Dimension, SPECS, SearchType, call};
use crate::connector::Slice;
use crate::error::{DeniedScope, ErrorKind};
use crate::http::node::canonical;
use crate::http::{Answer, Batch, Budget, RetryReason, Verdict};
use crate::record::{Page, RawPage, Record, RemoteAccount};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::DayRange;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const SITE: &str = "sc-domain:acme.example";

fn with_slice<T>(stream: &str, check: impl FnOnce(&Slice<'_>) -> T) -> T {
    let account = RemoteAccount::bare(SITE);
    let spec = SPECS.iter().find(|s| s.name == stream).unwrap();
    let days = DayRange::new("2026-09-01".parse().unwrap(), "2026-09-02".parse().unwrap()).unwrap();
    check(&Slice { account: &account, stream: spec, days, budget: Budget::new(Duration::ZERO) })
}

fn batch(value: Value) -> Batch {
    let at = chrono::DateTime::UNIX_EPOCH;
    Batch { value, raw: RawPage { request: "POST /".into(), body: Bytes::new(), fetched_at: at } }
}

fn facts(page: &Page) -> Vec<String> {
    let text = |record: &Record| {
        let Record::Fact(fact) = record else { return None };
        let splits: Vec<_> = fact.breakdown.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let values: Vec<_> =
            fact.values.iter().map(|(m, v)| format!("{}={}", m.name(), canonical(*v))).collect();
        let (kind, day) = (fact.kind.name(), fact.date.format("%d"));
        Some(format!("{kind} {} {day} [{}] {}", fact.entity, splits.join(" "), values.join(" ")))
    };
    page.records.iter().filter_map(text).collect()
}

fn mapped(
    stream: &str,
    dimensions: &'static [Dimension],
    search_type: SearchType,
    answer: Value,
) -> Vec<String> {
    with_slice(stream, |slice| {
        facts(&Mapper::new(slice, dimensions).page(batch(answer), search_type, None).unwrap())
    })
}

fn row(keys: &[&str], clicks: Value, impressions: Value, position: Value) -> Value {
    json!({"keys": keys, "clicks": clicks, "impressions": impressions, "ctr": 0.5, "position": position})
}

#[test]
fn rows_belong_to_the_site_or_to_a_page_and_other_kinds_of_search_are_kept_apart() {
    let answer =
        |keys: &[&str]| json!({"rows": [row(keys, json!(7.0), json!("20"), json!(1.005_524_861_878_453_1))]});
    assert_eq!(
        mapped("site_daily", &[], SearchType::Web, answer(&["2026-09-01"])),
        ["account sc-domain:acme.example 01 [] clicks=7 impressions=20 position=1.0055248618784531"]
    );
    assert_eq!(
        mapped("site_daily", &[], SearchType::News, answer(&["2026-09-02"])),
        [
            "account sc-domain:acme.example 02 [search_type=news] clicks=7 impressions=20 position=1.0055248618784531"
        ]
    );
    let keys = ["2026-09-01", "käse", "https://acme.example/a%20b?x=ü"];
    assert_eq!(
        mapped("query_page_daily", &[Dimension::Query, Dimension::Page], SearchType::Image, answer(&keys)),
        ["page https://acme.example/a%20b?x=ü 01 [query=käse search_type=image] clicks=7 impressions=20 \
             position=1.0055248618784531"]
    );
    let keys = ["2026-09-01", "deu"];
    assert_eq!(
        mapped("country_daily", &[Dimension::Country], SearchType::Web, answer(&keys)),
        [
            "account sc-domain:acme.example 01 [country=deu] clicks=7 impressions=20 position=1.0055248618784531"
        ]
    );
}

#[test]
fn a_zero_is_a_zero_but_there_is_no_position_zero() {
    let rows = json!({"rows": [
        row(&["2026-09-01"], json!(0), json!(0), json!(0.0)),
        {"keys": ["2026-09-02"], "clicks": null, "impressions": 9_007_199_254_740_993_i64, "seen": 3},
        row(&["2026-09-03"], json!(1), json!(1), json!(1)),
    ]});
    with_slice("site_daily", |slice| {
        let mut mapper = Mapper::new(slice, &[]);
        let page = mapper.page(batch(rows), SearchType::Web, None).unwrap();
        assert_eq!(
            facts(&page),
            [
                "account sc-domain:acme.example 01 [] clicks=0 impressions=0",
                "account sc-domain:acme.example 02 [] impressions=9007199254740993",
            ],
            "a day that was not asked for is left out"
        );
        assert_eq!(page.rows, 3);
        let Record::Fact(second) = &page.records[1] else { panic!() };
        assert_eq!(Value::Object(second.extra.clone()), json!({"seen": 3}));
    });
}

#[test]
fn pages_are_described_once() {
    let rows = json!({"rows": [
        row(&["2026-09-01", "https://a.example/"], json!(1), json!(1), json!(1)),
        row(&["2026-09-02", "https://a.example/"], json!(1), json!(1), json!(1)),
    ]});
    with_slice("page_daily", |slice| {
        let page = Mapper::new(slice, &[Dimension::Page]).page(batch(rows), SearchType::Web, None).unwrap();
        let entities = page.records.iter().filter(|r| matches!(r, Record::Entity(_))).count();
        assert_eq!((entities, facts(&page).len()), (1, 2));
    });
}

#[test]
fn no_rows_at_all_is_an_answer() {
    for answer in [
        json!({"responseAggregationType": "byPage"}),
        json!({"rows": null}),
        json!({"rows": []}),
        json!({"warnings": [{"code": "NEW"}], "types": ["web"]}),
    ] {
        assert!(mapped("site_daily", &[], SearchType::Web, answer).is_empty());
    }
    with_slice("site_daily", |slice| {
        let renamed = batch(json!({"results": [{"keys": ["2026-09-01"], "clicks": 1}]}));
        let error = Mapper::new(slice, &[]).page(renamed, SearchType::Web, None).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Drift { path: "rows".into() });
    });
}

#[test]
fn rows_that_belong_nowhere_are_drift() {
    for (row, path) in [
        (json!({"clicks": 1}), "rows[0].keys"),
        (json!({"keys": ["2026-09-01"], "clicks": 1}), "rows[0].keys"),
        (json!({"keys": ["1 September", "q"], "clicks": 1}), "rows[0].keys[0]"),
        (json!({"keys": [null, "q"], "clicks": 1}), "rows[0].keys[0]"),
        (json!({"keys": ["2026-09-01", null], "clicks": 1}), "rows[0].keys[1]"),
        (json!({"keys": ["2026-09-01", "q"], "clicks": 1.5}), "rows[0].clicks"),
    ] {
        with_slice("query_daily", |slice| {
            let mut mapper = Mapper::new(slice, &[Dimension::Query]);
            let answer = batch(json!({ "rows": [row] }));
            let error = mapper.page(answer, SearchType::Web, None).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Drift { path: path.to_owned() });
        });
    }
}

#[test]
fn what_is_odd_is_said() {
    with_slice("site_daily", |slice| {
        let mut mapper = Mapper::new(slice, &[]);
        let rows = vec![json!({"keys": ["2026-09-01"], "clicks": 1, "impressions": 2}); 50_000];
        let answer = json!({"rows": rows, "metadata": {"first_incomplete_date": "2026-09-02"}});
        mapper.page(batch(answer), SearchType::Web, None).unwrap();
        let warnings: Vec<String> = mapper
            .finish()
            .records
            .iter()
            .filter_map(|r| if let Record::Warning(w) = r { Some(w.to_string()) } else { None })
            .collect();
        let warnings = warnings.join("\n");
        for words in ["field position", "2026-09-01 (web)", "from 2026-09-02 on are provisional"] {
            assert!(warnings.contains(words), "{words}: {warnings}");
        }
    });
    with_slice("site_daily", |slice| {
        let mut mapper = Mapper::new(slice, &[]);
        let answer = json!({"rows": [{"keys": ["2026-09-01"], "clicks": 1, "impressions": 2}]});
        mapper.page(batch(answer), SearchType::Discover, None).unwrap();
        assert!(mapper.finish().records.is_empty(), "feeds have no positions");
    });
}

#[test]
fn ways_of_being_shown_are_listed_and_then_split_days() {
    let mut names = BTreeSet::new();
    appearances(
        batch(json!({"rows": [{"keys": ["VIDEO"]}, {"keys": ["AMP"]}, {"keys": ["VIDEO"]}]})),
        &mut names,
    )
    .unwrap();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["AMP", "VIDEO"]);
    with_slice("appearance_daily", |slice| {
        let answer = json!({"rows": [row(&["2026-09-01"], json!(1), json!(2), json!(3))]});
        let page = Mapper::new(slice, &[]).page(batch(answer), SearchType::Web, Some("AMP")).unwrap();
        assert_eq!(
            facts(&page),
            ["account sc-domain:acme.example 01 [search_appearance=AMP] clicks=1 impressions=2 position=3"]
        );
    });
}

#[test]
fn every_stream_knows_how_it_is_asked_for() {
    for spec in SPECS {
        assert!(call(spec.name).is_ok(), "{}", spec.name);
    }
    assert!(matches!(call("site_daily"), Ok(Call::Days([]))));
    assert!(call("sessions").is_err());
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        at: "2026-09-05T12:00:00Z".parse().unwrap(),
    }
}

fn refusal(status: u16, reason: &str, message: &str) -> Answer {
    let body = json!({"error": {"code": status, "message": message, "errors": [{"reason": reason}]}});
    answer(status, &body.to_string())
}

fn judged(answer: &Answer) -> String {
    match judge(answer) {
        Verdict::Done => "done".into(),
        Verdict::Refresh(_) => "refresh".into(),
        Verdict::Retry { reason: RetryReason::Throttled, after, .. } => format!("throttled {after:?}"),
        Verdict::Retry { reason, .. } => format!("{reason:?}"),
        Verdict::GiveUp(error) => match error.kind {
            ErrorKind::Quota { until } => format!("quota {until}"),
            ErrorKind::Permission(DeniedScope::Account) => "site denied".into(),
            kind => kind.name().into(),
        },
    }
}

#[test]
fn refusals_are_told_apart_by_reason_not_only_by_status() {
    for (status, reason, message, expected) in [
        (401, "authError", "Invalid Credentials", "refresh"),
        (403, "forbidden", "User does not have sufficient permission for site 'x'.", "site denied"),
        (403, "quotaExceeded", "Search Analytics load quota exceeded.", "throttled None"),
        (403, "userRateLimitExceeded", "User Rate Limit Exceeded", "throttled None"),
        (429, "rateLimitExceeded", "Search Analytics QPS quota exceeded", "throttled None"),
        (429, "rateLimitExceeded", "Quota exceeded for 'Queries per day'.", "quota 2026-09-06 07:00:00 UTC"),
        (403, "dailyLimitExceeded", "Daily Limit Exceeded", "quota 2026-09-06 07:00:00 UTC"),
        (403, "accessNotConfigured", "API has not been used in project 1.", "configuration"),
        (403, "insufficientPermissions", "Insufficient Permission", "needs_reauthorisation"),
        (400, "invalidParameter", "startDate is too old", "rejected"),
        (404, "notFound", "'x' is not a verified site.", "site denied"),
        (404, "notFound", "Method not found.", "version_sunset"),
        (503, "backendError", "Backend Error", "Fault"),
    ] {
        assert_eq!(judged(&refusal(status, reason, message)), expected, "{status} {reason} {message}");
    }
    assert_eq!(judged(&answer(200, "{}")), "done");
    assert_eq!(judged(&answer(502, "<html><title>Bad</title></html>")), "Fault");
    let newer = json!({"error": {"code": 429, "message": "Slow down.", "details": [{"retryDelay": "20s"}]}});
    assert_eq!(judged(&answer(429, &newer.to_string())), "throttled Some(20s)");
}

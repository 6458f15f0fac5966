//! Pages as the server sends them.

use crate::fakes::{Fake, workspace};
use crate::site::{call, page, plain_form};
use chrono::{DateTime, NaiveDate, Utc};
use http::StatusCode;
use model::access::Role;
use model::connections::{
    ConnectionDetail, ConnectionState, ConnectionSummary, DayCompleteness, DayState, RunOutcome, RunSummary,
    Schedule,
};
use model::health::{CallCounts, ConnectionHealth, GrantExpiry, HealthReport, PlatformHealth, QuotaUse};
use model::ids::{ConnectionId, ImportId, RunId};
use model::imports::{
    ColumnMapping, ColumnRole, Delimiter, FileFormat, ImportPreview, ImportState, ImportSummary, LineKind,
    Mapping, MetricTotal, NumberFormat, PeriodPlacement, PreviewLine, Question,
};
use model::upkeep::{SettingInfo, SettingRule};
use model::{AppError, DayRange};
use std::sync::Arc;

fn day(d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, d).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn logged_in() -> Fake {
    Fake { workspaces: vec![workspace(Role::Admin)], ..Fake::default() }
}

#[tokio::test]
async fn the_first_start_leads_everybody_to_set_up() {
    let fake = Arc::new(Fake { setup_needed: true, ..Fake::default() });
    for path in ["/", "/login", "/welcome", "/w/acme/data"] {
        let answer = page(&fake, path, false).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::FOUND, Some("/setup")), "{path}");
    }
    let answer = page(&fake, "/setup", false).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("One-time code"));
    assert!(answer.body.contains("name=\"form[workspace][time_zone]\""));
    // Inline styles would be refused by the content security policy.
    assert!(!answer.body.contains(" style=\""));
}

#[tokio::test]
async fn set_up_closes_behind_itself() {
    let answer = page(&Arc::new(Fake::default()), "/setup", false).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::FOUND, Some("/")));
}

const SETUP: &str = "form[email]=a%40b.c&form[password]=x&form[workspace][name]=A&form[workspace][currency]=EUR&\
                     form[workspace][time_zone]=UTC&form[workspace][week_start]=monday";

#[tokio::test]
async fn set_up_takes_the_form_and_logs_in() {
    let fake = Arc::new(Fake { setup_needed: true, ..Fake::default() });
    let form = "application/x-www-form-urlencoded";
    let wrong = call(&fake, "set_up", form, &format!("form[code]=nope&{SETUP}"), false).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("This is not the code."));
    assert_eq!(wrong.header("set-cookie"), None);

    let right = call(&fake, "set_up", form, &format!("form[code]=1234-5678&{SETUP}"), false).await;
    assert_eq!(right.status, StatusCode::OK, "{}", right.body);
    assert!(right.header("set-cookie").unwrap().starts_with("__Host-windhover=fresh; Path=/"));

    let plain = plain_form(&fake, "set_up", "/setup", &format!("form[code]=1234-5678&{SETUP}")).await;
    assert_eq!((plain.status, plain.header("location")), (StatusCode::FOUND, Some("/welcome")));
}

#[tokio::test]
async fn a_form_without_script_goes_back_with_its_error_and_without_the_password() {
    let error = AppError::new(model::ErrorKind::Unauthenticated, "E-mail or password is wrong.");
    let fake = Arc::new(Fake { log_in_error: Some(error), ..Fake::default() });
    let answer = plain_form(&fake, "log_in", "/login", "email=a%40b.c&password=secret").await;
    assert_eq!(answer.status, StatusCode::FOUND);
    let back = answer.header("location").unwrap().to_owned();
    assert!(back.contains("/login?") && !back.contains("secret"), "{back}");
    let path = back.strip_prefix("https://windhover.test").unwrap();
    let shown = page(&fake, path, false).await;
    assert!(shown.body.contains("E-mail or password is wrong."));
}

#[tokio::test]
async fn a_closed_page_asks_for_a_log_in_and_comes_back() {
    let fake = Arc::new(logged_in());
    let answer = page(&fake, "/w/acme/data/imports?x=1", false).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/login?next=%2Fw%2Facme%2Fdata%2Fimports%3Fx%3D1"));
}

#[tokio::test]
async fn the_start_page_opens_a_workspace() {
    let answer = page(&Arc::new(logged_in()), "/", true).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::FOUND, Some("/w/acme/dash/paid")));
}

#[tokio::test]
async fn what_is_not_there_is_a_404_with_a_page() {
    let fake = Arc::new(logged_in());
    for path in [
        "/w/other/data",
        "/w/acme/data/connections/7",
        "/w/acme/data/connections/x",
        "/w/acme/data/connect/nope",
    ] {
        let answer = page(&fake, path, true).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("<h1"), "{path}");
    }
}

#[tokio::test]
async fn a_viewer_is_offered_nothing_that_needs_an_admin() {
    let fake = Arc::new(Fake { workspaces: vec![workspace(Role::Viewer)], ..Fake::default() });
    let answer = page(&fake, "/w/acme/data", true).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("No source is connected"));
    assert!(!answer.body.contains("/data/connect\""));
}

fn connection(state: ConnectionState) -> ConnectionDetail {
    let run = RunSummary {
        id: RunId(1),
        outcome: RunOutcome::NeedsReconnect,
        started_at: at("2026-11-21T08:00:00Z"),
        finished_at: Some(at("2026-11-21T08:00:05Z")),
        rows_read: 1_234,
        rows_changed: 0,
        days_done: 3,
        days_planned: 30,
        current_day: None,
        eta_seconds: None,
        error: Some("The permission was withdrawn.".into()),
        raw_error: Some("{\"error\":\"invalid_grant\"}".into()),
        warnings: Vec::new(),
        only_day: None,
        calls: CallCounts { good: 40, refused: 2, ..CallCounts::default() },
    };
    ConnectionDetail {
        summary: ConnectionSummary {
            id: ConnectionId(3),
            platform: "google_ads".into(),
            platform_name: "Google Ads".into(),
            name: "Main account".into(),
            state,
            schedule: Schedule::Hourly,
            every_seconds: Some(20),
            accounts: Vec::new(),
            history_from: day(1),
            complete_until: Some(day(20)),
            provisional_from: Some(day(18)),
            next_run_at: None,
            last_run: Some(run.clone()),
            warnings: vec!["Account 42 can't be read.".into()],
            expiry: None,
        },
        found: Vec::new(),
        days: vec![
            DayState { day: day(17), state: DayCompleteness::Complete },
            DayState { day: day(18), state: DayCompleteness::Provisional },
        ],
        runs: vec![run],
        settings: std::collections::BTreeMap::default(),
        known_settings: vec![SettingInfo {
            name: "lookback_days".into(),
            label: "Lookback days".into(),
            help: "Days that are read again.".into(),
            default: "28".into(),
            rule: SettingRule::Integer { least: 1, most: 90 },
            restates: false,
        }],
        queued_days: Vec::new(),
    }
}

#[tokio::test]
async fn a_dead_grant_says_what_to_do_and_keeps_figures() {
    let detail =
        connection(ConnectionState::NeedsReconnect { reason: "The permission was withdrawn.".into() });
    let fake =
        Arc::new(Fake { connections: vec![detail.summary.clone()], detail: Some(detail), ..logged_in() });
    let answer = page(&fake, "/w/acme/data/connections/3", true).await;
    assert_eq!(answer.status, StatusCode::OK);
    for text in [
        "Reconnect",
        "The figures that were read stay",
        "invalid_grant",
        "Account 42",
        "20 Nov 2026",
        "1,234",
        "Every 20 seconds",
        "42 calls, 2 failed",
        "Lookback days",
        "From 1 to 90. Default: 28.",
        "17 Nov 2026: complete",
    ] {
        assert!(answer.body.contains(text), "{text}");
    }
    assert!(!answer.body.contains("Sync now"));
    assert!(!answer.body.contains(" style=\""));
    let list = page(&fake, "/w/acme/data", true).await;
    assert!(list.body.contains("Main account") && list.body.contains("Reconnect"));
}

#[tokio::test]
async fn what_the_platform_said_is_quoted_and_escaped() {
    let answer = page(&Arc::new(logged_in()), "/w/acme/data?error=%3Cb%3Eaccess_denied", true).await;
    assert!(answer.body.contains("&lt;b&gt;access_denied"));
    assert!(!answer.body.contains("<b>access_denied"));
}

fn draft(questions: Vec<Question>, refusal: Option<&str>) -> Fake {
    let summary = ImportSummary {
        id: ImportId(5),
        file_name: "kag.csv".into(),
        platform: "facebook".into(),
        account: "kag".into(),
        state: ImportState::Draft,
        created_at: at("2026-11-22T10:00:00Z"),
        created_by: "ada@example.org".into(),
        rows: 0,
        first_day: None,
        last_day: None,
        totals: Vec::new(),
    };
    let preview = ImportPreview {
        import: ImportId(5),
        file_name: "kag.csv".into(),
        size: 1_000,
        mapping: Mapping {
            format: FileFormat {
                encoding: "utf-8".into(),
                delimiter: Delimiter::Comma,
                header_line: 1,
                numbers: NumberFormat::PointDecimal,
                dates: None,
            },
            columns: vec![
                ColumnMapping { header: "Spent".into(), role: ColumnRole::Metric { metric: "spend".into() } },
                ColumnMapping { header: "Interest".into(), role: ColumnRole::Ignore },
            ],
            platform: "facebook".into(),
            account: "kag".into(),
            currency: None,
            period: None,
            year: None,
            placement: PeriodPlacement::Spread,
        },
        is_remembered: false,
        lines: vec![PreviewLine {
            number: 2,
            kind: LineKind::Data,
            fields: vec!["1.43".into(), "15".into()],
            reason: None,
        }],
        rows: 1_143,
        total_rows: 1,
        rejected_rows: 0,
        rejected: Vec::new(),
        repeated_rows: 0,
        days: None,
        totals: vec![MetricTotal {
            metric: "spend".into(),
            total: "58705.229958".into(),
            currency: None,
            values: 1_143,
            blanks: 0,
        }],
        questions,
        refusal: refusal.map(str::to_owned),
        notes: Vec::new(),
    };
    Fake { imports: vec![summary], preview: Some(preview), ..logged_in() }
}

#[tokio::test]
async fn a_file_without_dates_asks_for_a_period_and_shows_exact_totals() {
    let suggestion = DayRange::new(day(1), day(20)).unwrap();
    let fake =
        Arc::new(draft(vec![Question::Period { suggestion: Some(suggestion) }, Question::Currency], None));
    let answer = page(&fake, "/w/acme/data/imports/5", true).await;
    for text in [
        "Which period",
        "1–20 Nov 2026",
        "in which currency",
        "58,705.229958",
        "1,143 rows",
        "Meaning of Spent",
    ] {
        assert!(answer.body.contains(text), "{text}");
    }
    assert!(!answer.body.contains(" style=\""));
}

#[tokio::test]
async fn a_refused_file_says_why() {
    let fake = Arc::new(draft(Vec::new(), Some("It holds no metrics by day.")));
    let answer = page(&fake, "/w/acme/data/imports/5", true).await;
    assert!(answer.body.contains("It holds no metrics by day."));
    assert!(answer.body.contains("Nothing can be loaded."));
}

#[tokio::test]
async fn a_consent_that_ends_soon_is_announced_with_a_way_out() {
    let mut detail = connection(ConnectionState::Ready);
    detail.summary.expiry =
        GrantExpiry::announced(at("2026-11-28T10:00:00Z"), at("2026-11-22T10:00:00Z"), 14);
    let fake =
        Arc::new(Fake { connections: vec![detail.summary.clone()], detail: Some(detail), ..logged_in() });
    let one = page(&fake, "/w/acme/data/connections/3", true).await;
    assert!(one.body.contains("Access ends in 6 days, on 28 Nov 2026"), "{}", one.body);
    assert!(one.body.contains(">Reconnect<"));
    let list = page(&fake, "/w/acme/data", true).await;
    assert!(list.body.contains("Access ends in 6 days"), "{}", list.body);
}

#[tokio::test]
async fn health_says_what_needs_somebody_and_how_calls_go() {
    let calls = CallCounts { good: 900, throttled: 60, failed: 40, ..CallCounts::default() };
    let health = HealthReport {
        at: at("2026-11-22T10:00:00Z"),
        days: 30,
        target: 0.95,
        connections: vec![ConnectionHealth {
            connection: ConnectionId(3),
            name: "Main account".into(),
            platform: "google_ads".into(),
            platform_name: "Google Ads".into(),
            state: ConnectionState::NeedsReconnect { reason: "Withdrawn.".into() },
            what_to_do: Some("Reconnect: the consent no longer works.".into()),
            complete_until: Some(day(18)),
            days_behind: Some(3),
            runs: 12,
            troubled_runs: 1,
            calls,
            error_rate: calls.error_rate(),
            quotas: vec![QuotaUse {
                name: "calls per day".into(),
                used: 250,
                limit: 1_000,
                told_at: at("2026-11-22T09:00:00Z"),
            }],
            last_run: None,
            next_run_at: None,
            expiry: None,
        }],
        platforms: vec![PlatformHealth {
            platform: "google_ads".into(),
            name: "Google Ads".into(),
            connections: 1,
            calls,
            success_rate: calls.success_rate(),
        }],
    };
    let json: serde_json::Value = serde_json::to_value(&health).unwrap();
    assert_eq!(json["connections"][0]["state"], "needs_reconnect", "the state stands among the other fields");
    assert_eq!(serde_json::from_value::<HealthReport>(json).unwrap(), health);
    let fake = Arc::new(Fake { health: Some(health), ..logged_in() });
    let body = page(&fake, "/w/acme/data/health", true).await.body;
    for text in [
        "The connection needs a look.",
        "18 Nov 2026 (3 days behind)",
        "10.0%",
        "of 1,000 calls: 60 slowed down, 40 failed",
        "25.0%",
        "250 of 1,000 calls per day",
        "Reconnect: the consent no longer works.",
        "90.0%",
        "Missed",
        "The target is 95%.",
    ] {
        assert!(body.contains(text), "{text}: {body}");
    }
    let none =
        HealthReport { connections: Vec::new(), platforms: Vec::new(), ..fake.health.clone().unwrap() };
    let empty = Arc::new(Fake { health: Some(none), ..logged_in() });
    assert!(page(&empty, "/w/acme/data/health", true).await.body.contains("No source is connected"));
}

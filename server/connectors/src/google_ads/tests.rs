use super::failure::judge;
use super::gaql::{fields, json_path, name_in, text};
use super::streams::{PLANS, SPECS, plan};
use crate::error::{DeniedScope, ErrorKind};
use crate::http::node::snake_case;
use crate::http::{Answer, RetryReason, Verdict};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::DayRange;
use serde_json::{Value, json};
use std::time::Duration;

fn week() -> DayRange {
    DayRange::new("2026-09-01".parse().unwrap(), "2026-09-07".parse().unwrap()).unwrap()
}

fn query(stream: &str, major: u32) -> String {
    let plan = plan(stream).unwrap();
    text(plan, &fields(plan, major), week())
}

#[test]
fn each_stream_has_one_plan() {
    let specs: Vec<_> = SPECS.iter().map(|s| s.name).collect();
    let plans: Vec<_> = PLANS.iter().map(|p| p.stream).collect();
    assert_eq!(specs, plans);
}

#[test]
fn no_plan_asks_twice_for_a_field() {
    for plan in PLANS {
        let mut fields: Vec<_> = plan.needed.iter().chain(plan.optional).collect();
        let all = fields.len();
        fields.sort();
        fields.dedup();
        assert_eq!(fields.len(), all, "{}", plan.stream);
    }
}

#[test]
fn the_query_of_campaigns_per_day() {
    assert_eq!(
        query("campaign_daily", 25),
        "SELECT campaign.id, segments.date, campaign.name, campaign.status, \
         campaign.advertising_channel_type, customer.id, customer.currency_code, metrics.impressions, metrics.clicks, \
         metrics.cost_micros, metrics.conversions, metrics.conversions_value, metrics.all_conversions, \
         metrics.video_trueview_views, metrics.engagements, metrics.interactions FROM campaign \
         WHERE segments.date BETWEEN '2026-09-01' AND '2026-09-07' ORDER BY segments.date"
    );
}

#[test]
fn older_versions_get_older_names() {
    assert!(query("campaign_daily", 21).contains("metrics.video_views,"));
    assert!(query("campaigns", 22).contains("campaign.start_date, campaign.end_date, "));
    assert!(query("campaigns", 23).contains("campaign.start_date_time, campaign.end_date_time, "));
    assert_eq!(name_in("metrics.clicks", 1), "metrics.clicks");
}

#[test]
fn clicks_are_asked_for_one_day() {
    let plan = plan("clicks").unwrap();
    let query = text(plan, &fields(plan, 25), DayRange::single("2026-09-01".parse().unwrap()));
    assert!(query.ends_with("FROM click_view WHERE segments.date = '2026-09-01'"), "{query}");
}

#[test]
fn only_fields_that_can_be_spared_are_dropped() {
    let fields_of = |major| fields(plan("campaigns").unwrap(), major);
    let said = "Unrecognized field in the query: 'campaign.start_date'.";
    assert_eq!(fields_of(22).dispensable(said).as_deref(), Some("campaign.start_date"));
    assert_eq!(fields_of(22).dispensable("Unrecognized field in the query: 'campaign.id'."), None);
    assert_eq!(fields_of(23).dispensable(said), None, "start_date_time is another field");
}

#[test]
fn names_change_their_case() {
    assert_eq!(json_path("ad_group_ad.ad.final_urls"), "adGroupAd.ad.finalUrls");
    assert_eq!(snake_case("advertisingChannelType"), "advertising_channel_type");
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_string()),
        at: "2026-09-04T12:00:00Z".parse().unwrap(),
    }
}

fn refusal(status: u16, category: &str, code: &str, details: &Value) -> Value {
    json!({"error": {"code": status, "message": "outer", "status": "X", "details": [{
        "@type": "type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure",
        "errors": [{"errorCode": {category: code}, "message": "inner", "details": details}],
        "requestId": "r-1"
    }]}})
}

/// What a verdict comes to, in one comparable word.
fn outcome(verdict: Verdict) -> (&'static str, Option<Duration>, ErrorKind) {
    match verdict {
        Verdict::Done => panic!("an error was taken for an answer"),
        Verdict::Refresh(error) => ("refresh", None, error.kind),
        Verdict::GiveUp(error) => ("give up", None, error.kind),
        Verdict::Retry { after, reason: RetryReason::Throttled, error } => ("throttled", after, error.kind),
        Verdict::Retry { after, reason: RetryReason::Fault, error } => ("fault", after, error.kind),
        Verdict::Retry { after, reason: RetryReason::Broken, error } => ("broken", after, error.kind),
    }
}

#[test]
fn refusals_are_judged_as_the_sheet_says() {
    let delay =
        |text: &str, scope: &str| json!({"quotaErrorDetails": {"rateScope": scope, "retryDelay": text}});
    let none = Value::Null;
    let denied = |scope| ("give up", None, ErrorKind::Permission(scope));
    let fault = ("fault", None, ErrorKind::VendorDown);
    let seconds = |s| Some(Duration::from_secs(s));
    let cases = [
        (
            401,
            "authenticationError",
            "OAUTH_TOKEN_EXPIRED",
            &none,
            ("refresh", None, ErrorKind::NeedsReauthorisation),
        ),
        (401, "authenticationError", "NOT_ADS_USER", &none, denied(DeniedScope::Grant)),
        (403, "authorizationError", "USER_PERMISSION_DENIED", &none, denied(DeniedScope::Account)),
        (403, "authorizationError", "CUSTOMER_NOT_ENABLED", &none, denied(DeniedScope::Account)),
        (403, "authorizationError", "ACTION_NOT_PERMITTED", &none, denied(DeniedScope::Stream)),
        (
            403,
            "authorizationError",
            "DEVELOPER_TOKEN_NOT_APPROVED",
            &none,
            ("give up", None, ErrorKind::Configuration),
        ),
        (
            403,
            "authorizationError",
            "DEVELOPER_TOKEN_PROHIBITED",
            &none,
            ("give up", None, ErrorKind::Configuration),
        ),
        (400, "requestError", "UNSUPPORTED_VERSION", &none, ("give up", None, ErrorKind::VersionSunset)),
        (
            400,
            "requestError",
            "EXPIRED_PAGE_TOKEN",
            &none,
            ("give up", None, ErrorKind::Interrupted { needs_fewer_days: false }),
        ),
        (400, "queryError", "BAD_VALUE", &none, ("give up", None, ErrorKind::Rejected)),
        (
            400,
            "queryError",
            "REQUESTED_METRICS_FOR_MANAGER",
            &none,
            ("give up", None, ErrorKind::Configuration),
        ),
        (500, "internalError", "INTERNAL_ERROR", &none, fault.clone()),
        (503, "internalError", "TRANSIENT_ERROR", &none, fault.clone()),
        (504, "internalError", "DEADLINE_EXCEEDED", &none, fault),
        (
            429,
            "quotaError",
            "RESOURCE_TEMPORARILY_EXHAUSTED",
            &delay("2s", "ACCOUNT"),
            ("throttled", seconds(2), ErrorKind::VendorDown),
        ),
        (
            429,
            "quotaError",
            "RESOURCE_EXHAUSTED",
            &delay("40591s", "DEVELOPER"),
            ("throttled", seconds(40_591), ErrorKind::VendorDown),
        ),
        (
            429,
            "quotaError",
            "RESOURCE_EXHAUSTED",
            &none,
            ("throttled", seconds(3_600), ErrorKind::VendorDown),
        ),
        (
            429,
            "quotaError",
            "RESOURCE_TEMPORARILY_EXHAUSTED",
            &none,
            ("throttled", None, ErrorKind::VendorDown),
        ),
    ];
    for (status, category, code, details, expected) in cases {
        let body = refusal(status, category, code, details);
        assert_eq!(outcome(judge(&answer(status, &body))), expected, "{code} as an object");
        assert_eq!(outcome(judge(&answer(status, &json!([body])))), expected, "{code} in an array");
    }
}

#[test]
fn the_vendors_words_and_request_id_are_kept() {
    let body = refusal(400, "queryError", "BAD_VALUE", &Value::Null);
    let Verdict::GiveUp(error) = judge(&answer(400, &body)) else { panic!("not given up") };
    assert_eq!(error.message, "Google Ads rejects the query: inner.");
    assert_eq!(error.raw.as_deref(), Some("HTTP 400 queryError.BAD_VALUE: inner (request r-1)"));
}

#[test]
fn answers_that_are_not_googles_own_are_judged_by_status() {
    let page = |status: u16| Answer {
        body: Bytes::from_static(b"<!DOCTYPE html><title>Error 502</title>"),
        ..answer(status, &Value::Null)
    };
    assert_eq!(outcome(judge(&page(502))), ("fault", None, ErrorKind::VendorDown));
    assert_eq!(outcome(judge(&page(404))), ("give up", None, ErrorKind::VersionSunset));
    assert_eq!(outcome(judge(&page(401))), ("refresh", None, ErrorKind::NeedsReauthorisation));
    assert_eq!(outcome(judge(&page(302))), ("give up", None, ErrorKind::Configuration));
    let Verdict::Retry { error, .. } = judge(&page(502)) else { panic!("not tried again") };
    assert!(error.message.contains("Error 502"), "{error}");
}

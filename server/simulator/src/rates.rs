//! Invented exchange rates in the layout of the European Central Bank's history file.
//!
//! Plausible, but not the real ones: the answer says so in the header `x-simulator`.

use std::fmt::Write;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use axum::routing::get;
use chrono::{DateTime, Datelike, Months, NaiveDate, Timelike, Utc, Weekday};

use crate::num;
use crate::state::SimulatorState;
use crate::world::noise::Noise;

/// Units of each currency for one euro around which the rates move, and their decimals.
const CURRENCIES: [(&str, f64, usize); 10] = [
    ("USD", 1.12, 4),
    ("GBP", 0.855, 5),
    ("JPY", 168.0, 2),
    ("CHF", 0.945, 4),
    ("SEK", 11.1, 4),
    ("PLN", 4.27, 4),
    ("INR", 97.5, 4),
    ("BRL", 6.2, 4),
    ("CAD", 1.56, 4),
    ("AUD", 1.71, 4),
];

/// Months of history.
const MONTHS: u32 = 14;

/// Hour (UTC) at which a day's rates come out.
const PUBLISHED: u32 = 15;

/// Route of the file.
pub fn routes() -> Router<SimulatorState> {
    Router::new().route("/ecb/eurofxref-hist.csv", get(history))
}

async fn history(State(state): State<SimulatorState>) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (HeaderName::from_static("x-simulator"), "synthetic rates"),
    ];
    (headers, csv(state.options().world.seed, state.clock().now()))
}

/// The file as of `now`, newest day first.
pub fn csv(seed: u64, now: DateTime<Utc>) -> String {
    let today = now.date_naive();
    let last = if now.hour() >= PUBLISHED { today } else { today.pred_opt().unwrap_or(today) };
    let first = today.checked_sub_months(Months::new(MONTHS)).unwrap_or(today);
    let mut out = String::from("Date");
    for (code, ..) in CURRENCIES {
        out.push(',');
        out.push_str(code);
    }
    out.push('\n');
    let mut day = last;
    while day >= first {
        if is_working_day(day) {
            out.push_str(&day.to_string());
            for (i, (_, base, decimals)) in CURRENCIES.into_iter().enumerate() {
                let rate = rate(Noise::new(seed).of(0x6563_6200 + num::key(i)), base, day);
                // Writing to a String can't fail.
                let _ = write!(out, ",{rate:.decimals$}");
            }
            out.push('\n');
        }
        let Some(before) = day.pred_opt() else { break };
        day = before;
    }
    out
}

/// A slow wave, a quicker one, and a little daily noise.
fn rate(noise: Noise, base: f64, day: NaiveDate) -> f64 {
    let number = i64::from(day.num_days_from_ce());
    let t = num::real(number);
    let wave = |key: u64, days: f64, height: f64| {
        height * ((t / days + noise.of(key).unit()) * std::f64::consts::TAU).sin()
    };
    let daily = 0.002 * noise.of(3).of_day(number).gauss();
    base * (wave(1, 420.0, 0.035) + wave(2, 67.0, 0.012) + daily).exp()
}

/// Monday to Friday, without the fixed holidays of the payment system.
fn is_working_day(day: NaiveDate) -> bool {
    let holiday = matches!((day.month(), day.day()), (1 | 5, 1) | (12, 25 | 26));
    !holiday && !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_published_working_days_and_always_the_same_numbers() {
        let before: DateTime<Utc> = "2026-11-20T14:59:00Z".parse().unwrap();
        let after: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let (old, new) = (csv(1, before), csv(1, after));
        assert!(old.starts_with("Date,USD,GBP,JPY,CHF,SEK,PLN,INR,BRL,CAD,AUD\n2026-11-19,"));
        // The 22nd is a Sunday.
        assert!(new.lines().nth(1).unwrap().starts_with("2026-11-20,"));
        assert_eq!(old.lines().nth(1), new.lines().nth(2));
        assert!(new.lines().count() > 295);
        for line in new.lines().skip(1) {
            let usd: f64 = line.split(',').nth(1).unwrap().parse().unwrap();
            assert!((1.0..1.3).contains(&usd), "{line}");
        }
        assert_ne!(csv(1, after), csv(2, after));
    }
}

//! The shapes of a day, a week and a year.

use chrono::{Datelike, NaiveDate, Weekday};

use super::build::ends;
use super::noise::Noise;
use super::templates::{Template, Vertical};
use crate::num;

/// `segments.device`, in the order of [`super::campaign::Campaign::device_ends`].
pub const DEVICES: [&str; 4] = ["MOBILE", "DESKTOP", "TABLET", "CONNECTED_TV"];

/// Weight of each hour for people at home, who shop in the evening.
const HOME_HOURS: [f64; 24] = [
    1.6, 0.9, 0.6, 0.4, 0.4, 0.7, 1.6, 2.9, 3.8, 4.3, 4.7, 4.9, 5.2, 4.9, 4.6, 4.6, 4.9, 5.4, 6.2, 7.4, 8.3,
    8.0, 5.9, 3.4,
];

/// Weight of each hour for people at work.
const OFFICE_HOURS: [f64; 24] = [
    0.4, 0.3, 0.2, 0.2, 0.3, 0.7, 1.8, 4.1, 7.4, 9.3, 9.8, 9.0, 6.4, 8.3, 9.2, 8.6, 7.1, 4.6, 2.7, 2.2, 2.1,
    1.9, 1.3, 0.8,
];

/// End of each hour as a share of the day, for one campaign.
pub fn hour_ends(vertical: Vertical, noise: Noise) -> [f64; 24] {
    let weights = match vertical {
        Vertical::Shop => HOME_HOURS,
        Vertical::Business => OFFICE_HOURS,
    };
    cumulative(std::array::from_fn(|h| weights[h] * noise.of(num::key(h)).between(0.85, 1.15)))
}

/// End of each device's slice, for one campaign.
pub fn device_ends(vertical: Vertical, video: bool, noise: Noise) -> [f64; 4] {
    let mobile = if vertical == Vertical::Shop { 0.64 } else { 0.31 } * noise.of(1).between(0.9, 1.1);
    let tablet = noise.of(2).between(0.03, 0.06);
    let television = if video { noise.of(3).between(0.12, 0.22) } else { 0.0 };
    let rest = 1.0 - tablet - television;
    let mut shares = cumulative([mobile * rest, (1.0 - mobile) * rest, tablet, television]);
    if !video {
        // Nothing may be left for a device that the campaign does not use.
        shares[2] = 1.0;
    }
    shares
}

fn cumulative<const N: usize>(weights: [f64; N]) -> [f64; N] {
    let sum: f64 = weights.iter().sum();
    let cumulative = ends(&weights.map(|weight| weight / sum));
    std::array::from_fn(|i| cumulative[i])
}

/// How much of a day's traffic has come in after `fraction` of the day.
pub fn share_of_day(hour_ends: &[f64; 24], fraction: f64) -> f64 {
    if fraction >= 1.0 {
        return 1.0;
    }
    let hours = fraction.max(0.0) * 24.0;
    let hour = usize::try_from(num::floor(hours)).unwrap_or(0).min(23);
    let begin = if hour == 0 { 0.0 } else { hour_ends[hour - 1] };
    begin + (hour_ends[hour] - begin) * hours.fract()
}

/// Demand on a day relative to an average day of 2024, for the whole business.
pub fn demand(template: &Template, day: NaiveDate) -> f64 {
    weekly(template.vertical, day.weekday())
        * yearly(template, day)
        * trend(template, day)
        * event(template, day)
}

fn weekly(vertical: Vertical, weekday: Weekday) -> f64 {
    let monday_first = match vertical {
        Vertical::Shop => [1.02, 0.95, 0.93, 0.95, 0.94, 1.04, 1.17],
        Vertical::Business => [1.17, 1.24, 1.21, 1.17, 1.02, 0.58, 0.61],
    };
    monday_first[usize::try_from(weekday.num_days_from_monday()).unwrap_or(0)]
}

fn yearly(template: &Template, day: NaiveDate) -> f64 {
    let peak = f64::from(template.peak_month) * 30.4 - 15.0;
    let angle = (f64::from(day.ordinal()) - peak) / 365.25 * std::f64::consts::TAU;
    1.0 + 0.16 * angle.cos()
}

fn trend(template: &Template, day: NaiveDate) -> f64 {
    let since = NaiveDate::from_ymd_opt(2024, 7, 1).unwrap_or_default();
    let years = num::real((day - since).num_days()) / 365.25;
    (1.0 + template.growth).powf(years.clamp(-5.0, 5.0))
}

/// Black Friday, the weeks before Christmas, and the quiet days.
fn event(template: &Template, day: NaiveDate) -> f64 {
    let quiet = match (day.month(), day.day()) {
        (12, 24..=26) => 0.55,
        (12, 27..=31) | (1, 1) => 0.75,
        _ => 1.0,
    };
    match template.vertical {
        Vertical::Business if quiet < 1.0 => quiet * 0.6,
        Vertical::Business => 1.0,
        Vertical::Shop => {
            let advent = if day.month() == 12 && day.day() <= 20 { 1.22 } else { 1.0 };
            quiet * advent * (1.0 + 1.35 * black_friday(day))
        }
    }
}

/// 1 on Black Friday, falling off over the days around it, 0 elsewhere.
pub fn black_friday(day: NaiveDate) -> f64 {
    let Some(thanksgiving) = NaiveDate::from_weekday_of_month_opt(day.year(), 11, Weekday::Thu, 4) else {
        return 0.0;
    };
    match (day - thanksgiving).num_days() {
        -3 => 0.25,
        -2 => 0.3,
        -1 => 0.4,
        0 | 3 => 0.6,
        1 => 1.0,
        2 => 0.7,
        4 => 0.8,
        5 => 0.2,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::templates::TEMPLATES;

    #[test]
    fn a_day_fills_up_steadily_and_completely() {
        for vertical in [Vertical::Shop, Vertical::Business] {
            let ends = hour_ends(vertical, Noise::new(3));
            let mut last = 0.0;
            for minute in 0..=1_440 {
                let share = share_of_day(&ends, f64::from(minute) / 1_440.0);
                assert!(share >= last, "{minute}");
                last = share;
            }
            assert!((last - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn only_video_reaches_televisions() {
        assert!(device_ends(Vertical::Shop, false, Noise::new(1))[2] >= 1.0);
        assert!(device_ends(Vertical::Shop, true, Noise::new(1))[2] < 0.95);
    }

    #[test]
    fn black_friday_is_the_peak_of_a_shop_and_not_of_a_business() {
        let friday = NaiveDate::from_ymd_opt(2025, 11, 28).unwrap();
        let before = friday - chrono::TimeDelta::days(14);
        assert!(demand(&TEMPLATES[0], friday) > 1.9 * demand(&TEMPLATES[0], before));
        assert!(demand(&TEMPLATES[5], friday) < 1.1 * demand(&TEMPLATES[5], before));
    }
}

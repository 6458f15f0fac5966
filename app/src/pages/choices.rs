//! What people choose from in several forms.

use crate::state::browser;
use leptos::prelude::*;
use model::connections::Schedule;
use model::days::WeekStart;

/// Currencies that accounts report in, by code.
const CURRENCIES: &[(&str, &str)] = &[
    ("AED", "UAE dirham"),
    ("ARS", "Argentine peso"),
    ("AUD", "Australian dollar"),
    ("BGN", "Bulgarian lev"),
    ("BRL", "Brazilian real"),
    ("CAD", "Canadian dollar"),
    ("CHF", "Swiss franc"),
    ("CLP", "Chilean peso"),
    ("CNY", "Chinese yuan"),
    ("COP", "Colombian peso"),
    ("CZK", "Czech koruna"),
    ("DKK", "Danish krone"),
    ("EGP", "Egyptian pound"),
    ("EUR", "Euro"),
    ("GBP", "Pound sterling"),
    ("HKD", "Hong Kong dollar"),
    ("HUF", "Hungarian forint"),
    ("IDR", "Indonesian rupiah"),
    ("ILS", "Israeli shekel"),
    ("INR", "Indian rupee"),
    ("ISK", "Icelandic krona"),
    ("JPY", "Japanese yen"),
    ("KRW", "South Korean won"),
    ("MXN", "Mexican peso"),
    ("MYR", "Malaysian ringgit"),
    ("NGN", "Nigerian naira"),
    ("NOK", "Norwegian krone"),
    ("NZD", "New Zealand dollar"),
    ("PEN", "Peruvian sol"),
    ("PHP", "Philippine peso"),
    ("PKR", "Pakistani rupee"),
    ("PLN", "Polish zloty"),
    ("RON", "Romanian leu"),
    ("SAR", "Saudi riyal"),
    ("SEK", "Swedish krona"),
    ("SGD", "Singapore dollar"),
    ("THB", "Thai baht"),
    ("TRY", "Turkish lira"),
    ("TWD", "New Taiwan dollar"),
    ("UAH", "Ukrainian hryvnia"),
    ("USD", "US dollar"),
    ("VND", "Vietnamese dong"),
    ("ZAR", "South African rand"),
];

/// (code, "code – name"); `also` is added when it is none of them, so that no choice is lost.
pub fn currencies(also: Option<&str>) -> Vec<(String, String)> {
    let mut list: Vec<_> =
        CURRENCIES.iter().map(|(code, name)| ((*code).to_owned(), format!("{code} – {name}"))).collect();
    if let Some(code) =
        also.filter(|code| !code.is_empty() && !CURRENCIES.iter().any(|(known, _)| known == code))
    {
        list.push((code.to_owned(), code.to_owned()));
    }
    list
}

/// (name, label) of the days that a week can start with.
pub fn week_starts() -> Vec<(String, String)> {
    [WeekStart::Monday, WeekStart::Sunday, WeekStart::Saturday]
        .into_iter()
        .map(|start| (week_start_name(start).to_owned(), label_of(start).to_owned()))
        .collect()
}

fn label_of(start: WeekStart) -> &'static str {
    match start {
        WeekStart::Monday => "Monday",
        WeekStart::Sunday => "Sunday",
        WeekStart::Saturday => "Saturday",
    }
}

/// As in documents.
pub fn week_start_name(start: WeekStart) -> &'static str {
    match start {
        WeekStart::Monday => "monday",
        WeekStart::Sunday => "sunday",
        WeekStart::Saturday => "saturday",
    }
}

/// The start of that name; Monday for any other.
pub fn week_start_from(name: &str) -> WeekStart {
    match name {
        "sunday" => WeekStart::Sunday,
        "saturday" => WeekStart::Saturday,
        _ => WeekStart::Monday,
    }
}

/// (name, label) of all schedules.
pub fn schedules() -> Vec<(String, String)> {
    Schedule::ALL.into_iter().map(|s| (s.name().to_owned(), s.label().to_owned())).collect()
}

/// All time zones that the browser knows; filled once the page is alive, because the server need not know them.
pub fn time_zones() -> Signal<Vec<String>> {
    let zones = RwSignal::new(Vec::new());
    Effect::new(move |_| zones.set(browser::time_zones()));
    zones.into()
}

/// What a new password has to be, and whether it is so. The server decides; this only helps while typing.
pub fn password_rules(password: &str, email: &str) -> [(&'static str, bool); 3] {
    let lower = password.to_lowercase();
    let name = email.split('@').next().unwrap_or_default().to_lowercase();
    let mut letters: Vec<char> = lower.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    [
        ("At least 12 characters", password.chars().count() >= 12),
        ("At least 5 different characters", letters.len() >= 5),
        ("Without your e-mail name", !password.is_empty() && (name.len() < 3 || !lower.contains(&name))),
    ]
}

/// Shows the rules while a password is typed.
#[component]
pub fn PasswordRules(
    /// The password so far.
    password: RwSignal<String>,
    /// The e-mail so far.
    #[prop(into)]
    email: Signal<String>,
) -> impl IntoView {
    use crate::ui::{Icon, IconView};
    view! {
        <ul class="rules" aria-label="A new password needs">
            {move || {
                password_rules(&password.get(), &email.get())
                    .into_iter()
                    .map(|(rule, met)| {
                        let icon = if met { Icon::Check } else { Icon::Minus };
                        view! {
                            <li data-met=met.to_string()>
                                <IconView icon/>
                                {rule}
                                <span class="visually-hidden">{if met { ": met" } else { ": not yet" }}</span>
                            </li>
                        }
                    })
                    .collect_view()
            }}
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_named() {
        let met = |password: &str| password_rules(password, "ada@example.org").map(|(_, met)| met);
        assert_eq!(met("aaaaaaaaaaaaaa"), [true, false, true]);
        assert_eq!(met("ada-loves-numbers"), [true, true, false]);
        assert_eq!(met("correct horse battery"), [true, true, true]);
        assert_eq!(met(""), [false, false, false]);
    }

    #[test]
    fn an_unknown_currency_is_kept() {
        assert!(currencies(Some("XAF")).iter().any(|(code, _)| code == "XAF"));
        assert_eq!(currencies(Some("EUR")).len(), CURRENCIES.len());
    }
}

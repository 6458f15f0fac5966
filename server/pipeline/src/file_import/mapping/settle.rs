//! What columns mean beside each other.

use crate::file_import::analyse::{Analysis, ColumnLook};
use crate::file_import::{families, lexicon, rows};
use metrics::{Family, Metric, Unit};
use model::imports::{ColumnRole, EntityLevel};

/// Drops a guess that the cells contradict.
pub(super) fn checked(guess: lexicon::Guess, look: &ColumnLook) -> Option<lexicon::Guess> {
    match &guess.role {
        ColumnRole::Metric { metric } => {
            let is_duration = Metric::from_name(metric).is_some_and(|m| m.unit() == Unit::Duration);
            let is_fit = if is_duration { look.is_durations() } else { look.is_numbers() };
            // `Opens` of `40 %` are a rate.
            (look.filled == 0 || is_fit && !look.is_percents()).then_some(guess)
        }
        _ => Some(guess),
    }
}

/// The platform and the family of a file; metrics that the family does not hold are left out.
pub(super) fn family(
    guesses: &mut [Option<lexicon::Guess>],
    named: Option<&'static str>,
) -> (&'static str, Family) {
    let roles: Vec<&ColumnRole> = guesses.iter().flatten().map(|g| &g.role).collect();
    let metrics = families::metrics_among(roles.iter().copied());
    let family = families::most_likely(&metrics, &roles, named.unwrap_or("file")).unwrap_or_default();
    for guess in guesses.iter_mut() {
        let is_foreign = guess.as_ref().is_some_and(|g| {
            matches!(&g.role, ColumnRole::Metric { metric }
                if Metric::from_name(metric).is_none_or(|m| !m.families().contains(&family)))
        });
        if is_foreign {
            *guess = None;
        }
    }
    // `Google` alone does not say which of its services.
    let platform = match (family, named) {
        (Family::Search, None | Some("google_ads")) if metrics.contains(&Metric::Position) => {
            "search_console"
        }
        (Family::Web, Some("google_ads")) => "ga4",
        (_, named) => named.unwrap_or("file"),
    };
    (platform, family)
}

/// The column whose metric the table's title says.
pub(super) fn title(guesses: &mut [Option<lexicon::Guess>], analysis: &Analysis) {
    let Some(metric) = analysis.tables.iter().find_map(|table| table.metric) else { return };
    let untold =
        guesses.iter().zip(&analysis.columns).position(|(guess, look)| guess.is_none() && look.is_numbers());
    if let Some(at) = untold {
        let role = ColumnRole::Metric { metric: metric.name().into() };
        guesses[at] = Some(lexicon::Guess { role, rank: 9, currency: None });
    }
}

/// Among figures of web analytics, views are those of pages, a channel is no platform, and columns of texts split the
/// figures.
pub(super) fn web(guesses: &mut [Option<lexicon::Guess>], analysis: &Analysis) {
    let roles = guesses.iter().flatten().map(|g| &g.role);
    let is_web = families::metrics_among(roles).iter().any(|m| m.families() == [Family::Web]);
    if !is_web {
        return;
    }
    let first_metric = guesses
        .iter()
        .position(|g| g.as_ref().is_some_and(|g| matches!(g.role, ColumnRole::Metric { .. })))
        .unwrap_or(0);
    for (at, (guess, header)) in guesses.iter_mut().zip(&analysis.headers).enumerate() {
        let (bare, _) = lexicon::normalise(header);
        let look = &analysis.columns[at];
        if let Some(found) = lexicon::of_web(&bare).and_then(|found| checked(found, look)) {
            *guess = Some(found);
            continue;
        }
        let is_texts = look.filled > 0 && !look.is_numbers() && !look.is_dates();
        if guess.is_none() && at < first_metric && is_texts && !lexicon::is_derived(header) {
            let role = ColumnRole::Breakdown { dimension: rows::slug(&bare) };
            *guess = Some(lexicon::Guess { role, rank: 3, currency: None });
        }
    }
}

/// In a report by post, followers are those that the post brought, and its title is no campaign. LinkedIn calls the
/// followers that a page gained in a day its followers, too, and `YouTube` those of a video or a day its subscribers.
pub(super) fn posts(guesses: &mut [Option<lexicon::Guess>], headers: &[String]) {
    let is_post =
        |g: &lexicon::Guess| matches!(&g.role, ColumnRole::Breakdown { dimension } if dimension == "post");
    let by_post = guesses.iter().flatten().any(is_post);
    let are_gained = headers.iter().any(|header| header.eq_ignore_ascii_case("Organic followers"));
    let has_watched = guesses.iter().flatten().any(|g| is_metric(g, Metric::WatchSeconds));
    for guess in guesses.iter_mut() {
        let Some(found) = guess else { continue };
        match &found.role {
            ColumnRole::Metric { metric }
                if metric == Metric::Followers.name() && (by_post || are_gained) =>
            {
                found.role = ColumnRole::Metric { metric: Metric::NewFollowers.name().into() };
            }
            ColumnRole::Metric { .. } if has_watched && is_metric(found, Metric::Subscribers) => {
                found.role = ColumnRole::Metric { metric: Metric::NewFollowers.name().into() };
            }
            ColumnRole::EntityName { level: EntityLevel::Campaign } if by_post && found.rank <= 5 => {
                *guess = None;
            }
            _ => {}
        }
    }
}

fn is_metric(guess: &lexicon::Guess, wanted: Metric) -> bool {
    matches!(&guess.role, ColumnRole::Metric { metric } if metric == wanted.name())
}

/// In a list of deals or people, a figure belongs to one of them, and not to the day in its row.
pub(super) fn records(guesses: &mut [Option<lexicon::Guess>], headers: &[String]) {
    let counts = |g: &lexicon::Guess| matches!(&g.role, ColumnRole::Metric { metric } if metric == Metric::DealsCreated.name() || metric == Metric::DealsWon.name());
    if lexicon::row_is(headers).is_none() || guesses.iter().flatten().any(counts) {
        return;
    }
    for guess in guesses.iter_mut() {
        if guess.as_ref().is_some_and(|g| matches!(g.role, ColumnRole::Metric { .. })) {
            *guess = None;
        }
    }
}

/// In a report on e-mails without a column of campaigns, names or subjects tell the messages apart.
pub(super) fn messages(guesses: &mut [Option<lexicon::Guess>], analysis: &Analysis, family: Family) {
    let is_named = |g: &lexicon::Guess| matches!(g.role, ColumnRole::EntityName { .. });
    if family != Family::Email || guesses.iter().flatten().any(is_named) {
        return;
    }
    let ranks = guesses.iter().zip(&analysis.headers).zip(&analysis.columns).enumerate();
    let named = ranks.filter_map(|(at, ((guess, header), look))| {
        let rank = lexicon::names_messages(&lexicon::normalise(header).0)?;
        let is_texts = guess.is_none() && look.filled > 0 && !look.is_dates();
        is_texts.then_some((rank, std::cmp::Reverse(at)))
    });
    let Some((rank, std::cmp::Reverse(at))) = named.max() else { return };
    let role = ColumnRole::EntityName { level: EntityLevel::Campaign };
    guesses[at] = Some(lexicon::Guess { role, rank, currency: None });
}

/// Which of the date columns is which, seen from their cells.
pub(super) fn dates(guesses: &mut [Option<lexicon::Guess>], analysis: &Analysis) {
    let columns = &analysis.columns;
    let months_at = columns.iter().position(|c| c.months > 0 && c.months * 10 >= c.filled * 7);
    // Days that are counted need the day from which they are.
    let is_counted =
        |at: usize| analysis.title_period.is_some() && lexicon::counts_from_start(&analysis.headers[at]);
    for (index, look) in columns.iter().enumerate() {
        let role = guesses[index].as_ref().map(|g| g.role.clone());
        let replaced = match role {
            Some(ColumnRole::Date) if look.is_days_of_month() && months_at.is_some() => {
                Some(ColumnRole::DayOfMonth)
            }
            Some(ColumnRole::Date | ColumnRole::Month) if look.is_dates() => Some(ColumnRole::Date),
            // `Jan-26`
            Some(ColumnRole::Month)
                if look.is_short_months() && lexicon::names_months(&analysis.headers[index]) =>
            {
                Some(ColumnRole::Date)
            }
            Some(ColumnRole::Date | ColumnRole::Month) if months_at == Some(index) => Some(ColumnRole::Month),
            Some(ColumnRole::Month) if look.is_numbers() => Some(ColumnRole::Month),
            // A few bad dates do not make it another column.
            Some(ColumnRole::Date | ColumnRole::Month) if look.dates * 2 > look.filled => {
                Some(ColumnRole::Date)
            }
            Some(ColumnRole::Date) if look.is_day_months() => Some(ColumnRole::Date),
            Some(ColumnRole::Date) if is_counted(index) => Some(ColumnRole::Date),
            // A period column that is something else after all (`Channel`-like texts).
            Some(ColumnRole::Date) if look.filled > 0 => None,
            None if months_at == Some(index) => Some(ColumnRole::Month),
            None if look.is_dates() && !look.is_numbers() => Some(ColumnRole::Date),
            other => other,
        };
        guesses[index] = replaced.map(|role| {
            let rank = guesses[index].as_ref().map_or(3, |g| g.rank);
            lexicon::Guess { role, rank, currency: guesses[index].as_ref().and_then(|g| g.currency.clone()) }
        });
    }
}

/// Money whose header names another currency than the file's is left out: a row has one.
pub(super) fn other_currency(guesses: &mut [Option<lexicon::Guess>], currency: Option<&str>) {
    let Some(currency) = currency else { return };
    for guess in guesses.iter_mut() {
        let named = guess.as_ref().and_then(|g| g.currency.as_deref());
        if named.is_some_and(|named| named != currency) {
            *guess = None;
        }
    }
}

/// A column of currency codes is one, however it is called.
pub(super) fn currency(guesses: &mut [Option<lexicon::Guess>], columns: &[ColumnLook]) {
    if guesses.iter().flatten().any(|g| g.role == ColumnRole::Currency) {
        return;
    }
    if let Some(index) = columns.iter().position(ColumnLook::is_currencies) {
        guesses[index] = Some(lexicon::Guess { role: ColumnRole::Currency, rank: 3, currency: None });
    }
}

/// In an export of one vendor, a platform column says where on it the ad was shown (Facebook, Instagram).
pub(super) fn platform(guesses: &mut [Option<lexicon::Guess>], of_headers: Option<&str>) {
    if of_headers.is_none() {
        return;
    }
    for guess in guesses.iter_mut().flatten().filter(|g| g.role == ColumnRole::Platform) {
        guess.role = ColumnRole::Breakdown { dimension: "placement".into() };
    }
}

/// `End date` beside `Start date` is the end of the row's period; beside `Day` it is that of the campaign.
pub(super) fn unpaired_end(guesses: &mut [Option<lexicon::Guess>], headers: &[String]) {
    let is_start = |header: &str| {
        let (text, _) = lexicon::normalise(header);
        ["start", "début", "inicio", "from", "begin"].iter().any(|word| text.contains(word))
    };
    let has_start = guesses
        .iter()
        .zip(headers)
        .any(|(g, header)| g.as_ref().is_some_and(|g| g.role == ColumnRole::Date) && is_start(header));
    if has_start {
        return;
    }
    for guess in guesses.iter_mut() {
        if guess.as_ref().is_some_and(|g| g.role == ColumnRole::DateUntil) {
            *guess = None;
        }
    }
}

/// Two columns can't have one role: the higher rank keeps it, of equals the first. Breakdowns may be many.
pub(super) fn best(guesses: &mut [Option<lexicon::Guess>]) {
    for index in 0..guesses.len() {
        let Some(guess) = guesses[index].clone() else { continue };
        let is_beaten = guesses.iter().enumerate().any(|(other, g)| {
            g.as_ref().is_some_and(|g| {
                other != index
                    && g.role == guess.role
                    && (g.rank > guess.rank || g.rank == guess.rank && other < index)
            })
        });
        if is_beaten {
            guesses[index] = None;
        }
    }
}

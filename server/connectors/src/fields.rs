//! What a query asks for, and asking again without what the vendor no longer knows.

use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::record::{Page, RemoteAccount, Warning};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

/// The fields of a query: those without which a row has no meaning, and those that can vanish alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    needed: Vec<String>,
    optional: Vec<String>,
}

impl Fields {
    /// By the vendor's names.
    pub fn new<N: Into<String>>(
        needed: impl IntoIterator<Item = N>,
        optional: impl IntoIterator<Item = N>,
    ) -> Self {
        Self {
            needed: needed.into_iter().map(Into::into).collect(),
            optional: optional.into_iter().map(Into::into).collect(),
        }
    }

    /// All that are asked for, the needed ones first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.needed.iter().chain(&self.optional).map(String::as_str)
    }

    /// Those that may be missing without harm and are still asked for.
    pub fn optional(&self) -> &[String] {
        &self.optional
    }

    /// The first field that a text names as a word of its own, if the query can do without it.
    pub fn dispensable(&self, text: &str) -> Option<String> {
        let named = self.optional.iter().filter_map(|field| Some((place_of(text, field)?, field)));
        named.min_by_key(|(place, _)| *place).map(|(_, field)| field.clone())
    }

    /// Asks for it no more. A needed field stays.
    pub fn drop(&mut self, field: &str) {
        self.optional.retain(|f| f != field);
    }
}

/// Where a text names a field. `campaign.start_date` is not named where `campaign.start_date_time` is written.
fn place_of(text: &str, field: &str) -> Option<usize> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let mut places = text.match_indices(field).map(|(at, _)| at);
    places.find(|&at| {
        let (before, after) = (&text[..at], &text[at + field.len()..]);
        // A full stop ends a sentence unless a name goes on behind it.
        let goes_on = after.chars().next().is_some_and(|c| match c {
            '.' => after[1..].starts_with(is_part),
            c => is_part(c),
        });
        !goes_on && !before.ends_with(is_part)
    })
}

/// Reads with all fields, and again without each one that the vendor refuses by name. What was refused is remembered
/// for the connection, so that it is learned once, and is warned of in every slice.
///
/// `refused` finds the field that a refusal is about; `read` reads a slice with the fields that are left.
pub fn read_without_refused<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    mut fields: Fields,
    refused: impl Fn(&Fields, &Error) -> Option<String> + Send + 'a,
    read: impl Fn(Fields) -> BoxStream<'a, Result<Page>> + Send + 'a,
) -> BoxStream<'a, Result<Page>> {
    let (account, stream) = (slice.account, slice.stream.name);
    let memory = format!("refused/{stream}/");
    let pages = try_stream! {
        let known = ctx.memory.recall_names(&memory);
        for field in &known {
            fields.drop(field);
        }
        if !known.is_empty() {
            yield Page::of_warnings(known.iter().map(|field| without(account, stream, field)));
        }
        loop {
            let mut pages = read(fields.clone());
            let mut refusal = None;
            while let Some(page) = pages.next().await {
                match page {
                    Ok(page) => yield page,
                    Err(error) => {
                        refusal = Some(refused(&fields, &error).ok_or(error)?);
                        break;
                    }
                }
            }
            let Some(field) = refusal else { break };
            fields.drop(&field);
            ctx.memory.keep(format!("{memory}{field}"), "");
            yield Page::of_warnings([without(account, stream, &field)]);
        }
    };
    pages.boxed()
}

fn without(account: &RemoteAccount, stream: &str, field: &str) -> Warning {
    let message = format!("The vendor does not give {field} here; it is left out, the rest is read.");
    Warning::field(&account.id, stream, field, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        Fields::new(["campaign.id"], ["campaign.start_date", "sessions", "engagedSessions"])
    }

    #[test]
    fn only_fields_that_can_be_spared_are_found() {
        for (text, found) in [
            ("Unrecognized field in the query: 'campaign.start_date'.", Some("campaign.start_date")),
            ("Field engagedSessions is not a valid metric.", Some("engagedSessions")),
            ("Please remove sessions.", Some("sessions")),
            ("no 'campaign.start_date_time'", None),
            ("no campaign.start_date.time", None),
            ("no custom_sessions", None),
            ("Unrecognized field in the query: 'campaign.id'.", None),
        ] {
            assert_eq!(fields().dispensable(text).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn a_dropped_field_is_asked_for_no_more_and_a_needed_one_stays() {
        let mut fields = fields();
        fields.drop("sessions");
        fields.drop("campaign.id");
        let names: Vec<_> = fields.names().collect();
        assert_eq!(names, ["campaign.id", "campaign.start_date", "engagedSessions"]);
        assert_eq!(fields.optional().len(), 2);
    }
}

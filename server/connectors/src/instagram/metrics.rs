//! Which metrics are asked for, and asking again without one that is refused: a single one that does not fit fails the whole
//! call.

use super::auth::{door, get};
use crate::connector::{Context, Slice};
use crate::error::{Error, ErrorKind, Result};
use crate::fields::Fields;
use crate::http::Batch;
use crate::meta;
use crate::record::Warning;

const REEL: &[&str] = &[
    "views",
    "reach",
    "likes",
    "comments",
    "saved",
    "shares",
    "total_interactions",
    "ig_reels_avg_watch_time",
    "ig_reels_video_view_total_time",
];

const PICTURE: &[&str] = &[
    "views",
    "reach",
    "likes",
    "comments",
    "saved",
    "shares",
    "follows",
    "profile_visits",
    "total_interactions",
];

const VIDEO: &[&str] = &["views", "reach", "saved", "likes", "comments", "shares"];

const STORY: &[&str] =
    &["views", "reach", "replies", "shares", "follows", "profile_visits", "total_interactions", "navigation"];

/// The metrics of a post of that `media_product_type` and `media_type`.
pub(super) fn of_post(product: &str, media: &str) -> &'static [&'static str] {
    match (product, media) {
        ("STORY", _) => STORY,
        ("REELS", _) => REEL,
        (_, "VIDEO") => VIDEO,
        _ => PICTURE,
    }
}

/// What is asked, and on what.
pub(super) struct Question<'q> {
    /// The post or account.
    pub(super) id: &'q str,
    /// Refusals are remembered for all that are alike.
    pub(super) alike: &'q str,
    /// In the order of the vendor's table.
    pub(super) metrics: &'q [&'q str],
    /// Further parameters.
    pub(super) more: &'q [(&'q str, &'q str)],
}

/// Asks, and again without each metric that is refused by name. None where nothing is left to ask for.
pub(super) async fn ask(
    ctx: &Context,
    slice: &Slice<'_>,
    question: &Question<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Batch>> {
    let memory = format!("refused/{}/{}/", slice.stream.name, question.alike);
    let known = ctx.memory.recall_names(&memory);
    let mut left: Vec<&str> = question.metrics.to_vec();
    left.retain(|metric| !known.iter().any(|known| known == metric));
    warnings.extend(known.iter().map(|metric| without(slice, question.alike, metric)));
    let path = format!("{}/insights", question.id);
    while !left.is_empty() {
        let names = left.join(",");
        let mut query = vec![("metric", names.as_str())];
        query.extend_from_slice(question.more);
        let request = get(ctx, slice, &path, &query).await?;
        let error = match door(ctx).batch(ctx, &request, &slice.budget).await {
            Ok(batch) => return Ok(Some(batch)),
            Err(error) => error,
        };
        let Some(refused) = refused(&left, &error) else {
            return Err(error);
        };
        if is_of_all(&error) {
            ctx.memory.keep(format!("{memory}{refused}"), "");
        }
        warnings.push(without(slice, question.alike, &refused));
        left.retain(|metric| *metric != refused);
    }
    Ok(None)
}

/// Whether the refusal holds for all posts that are alike, and not for this one only.
fn is_of_all(error: &Error) -> bool {
    let message = error.message.to_lowercase();
    ["product type", "no longer supported", "must be one of"].iter().any(|words| message.contains(words))
}

/// The metric that a refusal is about: by its place among those that were asked for, or by its name. A list of all that are
/// allowed names the wrong ones.
fn refused(asked: &[&str], error: &Error) -> Option<String> {
    if meta::code_of(error) != "100" || error.kind != ErrorKind::Rejected {
        return None;
    }
    let place = error.message.split_once("metric[").and_then(|(_, rest)| rest.split_once(']'));
    if let Some((place, _)) = place {
        return place.parse().ok().and_then(|place: usize| asked.get(place)).map(|name| (*name).to_owned());
    }
    if error.message.contains("must be one of") {
        return None;
    }
    Fields::new([], asked.iter().copied()).dispensable(&error.message)
}

fn without(slice: &Slice<'_>, alike: &str, metric: &str) -> Warning {
    let of = if alike.is_empty() { String::new() } else { format!(" of {alike}") };
    let message = format!("Instagram does not give {metric}{of} here; it is left out, the rest is read.");
    Warning::field(&slice.account.id, slice.stream.name, metric, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(message: &str) -> Error {
        Error::new(ErrorKind::Rejected, message).with_code("100")
    }

    #[test]
    fn refused_metrics_are_found_by_place_or_name() {
        let asked = ["views", "reach", "saved"];
        let check = |message: &str, found: Option<&str>| {
            assert_eq!(refused(&asked, &error(message)).as_deref(), found, "{message}");
        };
        check(
            "The Media Insights API does not support the views metric for this media product type.",
            Some("views"),
        );
        check("(#100) Incompatible metrics (saved) with reel media", Some("saved"));
        check("(#100) metric[2] must be one of the following values: views, reach", Some("saved"));
        check("(#100) metric[9] must be one of the following values: views, reach", None);
        check("(#100) metric must be one of the following values: views, reach", None);
        check("Unsupported parameter", None);
        let denied = Error::new(ErrorKind::Rejected, "No views.").with_code("10");
        assert_eq!(refused(&asked, &denied), None);
    }

    #[test]
    fn each_kind_of_post_has_its_metrics() {
        assert!(of_post("REELS", "VIDEO").contains(&"ig_reels_avg_watch_time"));
        assert!(of_post("FEED", "CAROUSEL_ALBUM").contains(&"profile_visits"));
        assert!(!of_post("FEED", "VIDEO").contains(&"follows"));
        assert!(of_post("STORY", "IMAGE").contains(&"navigation"));
        assert_eq!(of_post("", ""), PICTURE);
    }
}

//! The streams as data.

use crate::stream::{Counts, Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// Of which posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Posts {
    /// Those of the last months.
    Recent,
    /// All before.
    Older,
    /// Stories that are shown now.
    Stories,
}

impl Posts {
    /// The list that they are in.
    pub(super) fn edge(self) -> &'static str {
        match self {
            Self::Recent | Self::Older => "media",
            Self::Stories => "stories",
        }
    }
}

/// What is asked for a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    /// The account itself.
    Profile,
    /// Posts of others or of its own, as things: the list that they are in.
    List(&'static str),
    /// What posts have come to.
    Figures(Posts),
    /// Figures of the account that come as a row of days.
    Days,
    /// Figures of the account that come for one day at a time.
    Totals,
    /// Who follows.
    Audience,
    /// How often posts were commented per day.
    Comments,
}

const SNAPSHOT: StreamSpec = StreamSpec { family: Family::Social, key: &["id"], ..StreamSpec::SNAPSHOT };

const POSTS: StreamSpec =
    StreamSpec { kind: EntityKind::Post, cursor: Some("timestamp"), page_size: Some(100), ..SNAPSHOT };

const FIGURES: StreamSpec = StreamSpec { key: &["id", "name"], counts: Counts::Lifetime, ..POSTS };

const DAYS: StreamSpec = StreamSpec {
    grain: Grain::Day,
    key: &["id", "name", "end_time"],
    cursor: Some("end_time"),
    lookback_days: 3,
    lookback_setting: Some("lookback_days"),
    // With the days that zones far from UTC need more, no more than 30 are asked for.
    slice_days: 28,
    ..SNAPSHOT
};

macro_rules! streams {
    ($($ask:expr => $spec:expr),* $(,)?) => {
        pub(super) const SPECS: &[StreamSpec] = &[$($spec),*];
        const ASKS: &[Ask] = &[$($ask),*];
    };
}

streams! {
    Ask::Profile => StreamSpec {
        name: "profile",
        summary: "Name and followers of the account.",
        ..SNAPSHOT
    },
    Ask::List("media") => StreamSpec {
        name: "media",
        summary: "Posts and reels with their texts and addresses.",
        ..POSTS
    },
    Ask::Figures(Posts::Recent) => StreamSpec {
        name: "media_insights",
        summary: "What posts and reels of the last months have come to. One request per post.",
        ..FIGURES
    },
    Ask::Figures(Posts::Older) => StreamSpec {
        name: "media_insights_older",
        summary: "What older posts and reels have come to, once a week. One request per post.",
        every_days: 7,
        ..FIGURES
    },
    Ask::List("stories") => StreamSpec {
        name: "stories",
        summary: "Stories that are shown now; they vanish after a day.",
        ..POSTS
    },
    Ask::Figures(Posts::Stories) => StreamSpec {
        name: "story_insights",
        summary: "What the stories of now have come to; the last figures before they vanish stay.",
        ..FIGURES
    },
    Ask::Days => StreamSpec {
        name: "account_daily",
        summary: "Reach and followers gained or lost per day.",
        ..DAYS
    },
    Ask::Totals => StreamSpec {
        name: "account_totals",
        summary: "Views, interactions and clicks of the account per day. One request per day.",
        key: &["id", "name", "since"],
        cursor: Some("since"),
        slice_days: 7,
        ..DAYS
    },
    Ask::Audience => StreamSpec {
        name: "audience",
        summary: "Followers by age and gender, country and city; the 45 largest groups of each.",
        key: &["id", "dimension_values"],
        breakdowns: &[
            (EntityKind::Account, "age+gender"),
            (EntityKind::Account, "country"),
            (EntityKind::Account, "city"),
        ],
        every_days: 1,
        ..SNAPSHOT
    },
    Ask::List("tags") => StreamSpec {
        name: "tags",
        summary: "Posts of others that the account is tagged in. Only on request.",
        is_ordinary: false,
        ..POSTS
    },
    Ask::Comments => StreamSpec {
        name: "comments",
        summary: "How often each post was commented per day; texts are not read. Only on request.",
        kind: EntityKind::Post,
        grain: Grain::Event,
        key: &["id"],
        cursor: Some("timestamp"),
        lookback_days: 1,
        slice_days: 30,
        page_size: Some(100),
        is_ordinary: false,
        ..SNAPSHOT
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}

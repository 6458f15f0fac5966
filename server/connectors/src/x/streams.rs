//! The streams as data.

use super::auth::Side;
use crate::mapping;
use crate::stream::{Counts, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// How a stream is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Whose consent it is.
    Me,
    /// The user, and how many follow.
    Snapshot,
    /// The user's posts.
    Posts,
    /// Posts that mention the user.
    Mentions,
    /// Who follows.
    Followers,
    /// Posts of the last days that fit a query.
    Search,
    /// Figures of campaigns.
    Ads,
}

impl Ask {
    /// Which kind of account has it.
    pub(super) fn side(self) -> Side {
        if self == Self::Ads { Side::Ads } else { Side::User }
    }
}

const SNAPSHOT: StreamSpec = StreamSpec { family: Family::Social, key: &["id"], ..StreamSpec::SNAPSHOT };

pub(super) const STREAMS: &[(StreamSpec, Ask)] = &[
    (StreamSpec { name: "me", summary: "The user who consented.", is_ordinary: false, ..SNAPSHOT }, Ask::Me),
    (
        StreamSpec {
            name: "account_snapshot",
            summary: "Name of the user, and how many follow.",
            ..SNAPSHOT
        },
        Ask::Snapshot,
    ),
    (
        StreamSpec {
            name: "posts",
            summary: "The user's posts with what they have come to so far. X keeps the newest 3200.",
            kind: EntityKind::Post,
            family: Family::Social,
            cursor: Some("created_at"),
            page_size: Some(100),
            counts: Counts::Lifetime,
            ..SNAPSHOT
        },
        Ask::Posts,
    ),
    (
        StreamSpec {
            name: "mentions",
            summary: "Posts of others that mention the user. X keeps the newest 800.",
            kind: EntityKind::Post,
            cursor: Some("created_at"),
            page_size: Some(100),
            ..SNAPSHOT
        },
        Ask::Mentions,
    ),
    (
        StreamSpec {
            name: "followers",
            summary: "Who follows the user. X bills each of them, so only on request.",
            family: Family::Crm,
            page_size: Some(1_000),
            is_ordinary: false,
            is_apart: true,
            ..SNAPSHOT
        },
        Ask::Followers,
    ),
    (
        StreamSpec {
            name: "search_recent",
            summary: "Posts of the last seven days that fit the setting search_query.",
            kind: EntityKind::Post,
            cursor: Some("created_at"),
            page_size: Some(100),
            is_ordinary: false,
            needs: Some("search_query"),
            ..SNAPSHOT
        },
        Ask::Search,
    ),
    (
        StreamSpec {
            name: "ads_daily",
            summary: "Campaigns per day, on X and its publisher network together.",
            kind: EntityKind::Campaign,
            key: &["id", "day"],
            cursor: Some("day"),
            lookback_days: 14,
            lookback_setting: Some("ads_lookback_days"),
            // X allows no more.
            slice_days: 7,
            budget: Some(|campaign| mapping::daily_budget(campaign, "ACTIVE", "daily_budget")),
            ..StreamSpec::DAY
        },
        Ask::Ads,
    ),
];

/// The streams without the way they are asked for.
pub(super) const SPECS: &[StreamSpec] = &{
    let mut specs = [StreamSpec::DAY; STREAMS.len()];
    let mut index = 0;
    while index < specs.len() {
        specs[index] = STREAMS[index].0;
        index += 1;
    }
    specs
};

/// How a stream is asked for.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    STREAMS.iter().find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}

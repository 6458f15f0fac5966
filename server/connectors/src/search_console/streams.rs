//! The streams as data.

use crate::error::{Error, Result};
use crate::stream::StreamSpec;
use metrics::Family;
use model::entities::EntityKind;

/// A kind of search. Figures of two kinds are never added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SearchType {
    Web,
    Image,
    Video,
    News,
    Discover,
    GoogleNews,
}

impl SearchType {
    pub(super) const ALL: [Self; 6] =
        [Self::Web, Self::Image, Self::Video, Self::News, Self::Discover, Self::GoogleNews];

    /// As Google spells it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Image => "image",
            Self::Video => "video",
            Self::News => "news",
            Self::Discover => "discover",
            Self::GoogleNews => "googleNews",
        }
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Nobody searches for something in the two feeds: there are no queries, and no positions.
    pub(super) fn is_feed(self) -> bool {
        matches!(self, Self::Discover | Self::GoogleNews)
    }
}

/// What splits a day further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    /// Rows belong to pages instead of the site.
    Page,
    Query,
    /// ISO 3166-1 alpha-3 in lower case.
    Country,
    /// `DESKTOP`, `MOBILE`, `TABLET`.
    Device,
}

impl Dimension {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Query => "query",
            Self::Country => "country",
            Self::Device => "device",
        }
    }
}

/// How a stream is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// Rows per day and these dimensions, in this order.
    Days(&'static [Dimension]),
    /// Rows per day and way of being shown, which Google gives with no other dimension.
    Appearances,
    /// The site in the list of sites.
    Site,
    /// The sitemaps of the site.
    Sitemaps,
}

const DAILY: StreamSpec = StreamSpec {
    family: Family::Search,
    cursor: Some("date"),
    lookback_days: 5,
    lookback_setting: Some("lookback_days"),
    page_size: Some(25_000),
    slice_days: 3,
    ..StreamSpec::DAY
};

/// Days in one question where a day has some dozen rows: a month of them is one page.
const FEW_ROWS: u32 = 30;

const SNAPSHOT: StreamSpec = StreamSpec { family: Family::Search, ..StreamSpec::SNAPSHOT };

/// The snapshots come last: a site that is refused is known by then.
pub(super) const STREAMS: &[(StreamSpec, Call)] = &[
    (
        StreamSpec {
            name: "site_daily",
            summary: "The site's own totals per day: pages and queries add up to less.",
            key: &["type", "date"],
            slice_days: FEW_ROWS,
            breakdowns: &[(EntityKind::Account, "search_type")],
            has_totals: true,
            ..DAILY
        },
        Call::Days(&[]),
    ),
    (
        StreamSpec {
            name: "page_daily",
            summary: "Pages per day. Google gives about the first 50,000 of a day.",
            kind: EntityKind::Page,
            key: &["type", "date", "page"],
            breakdowns: &[(EntityKind::Page, "search_type")],
            has_totals: true,
            ..DAILY
        },
        Call::Days(&[Dimension::Page]),
    ),
    (
        StreamSpec {
            name: "query_daily",
            summary: "What people searched for, per day. Rare queries are left out by Google.",
            key: &["type", "date", "query"],
            breakdowns: &[(EntityKind::Account, "query"), (EntityKind::Account, "query+search_type")],
            ..DAILY
        },
        Call::Days(&[Dimension::Query]),
    ),
    (
        StreamSpec {
            name: "query_page_daily",
            summary: "What people searched for, per day and page. The most expensive one for Google's quota.",
            kind: EntityKind::Page,
            key: &["type", "date", "query", "page"],
            breakdowns: &[(EntityKind::Page, "query"), (EntityKind::Page, "query+search_type")],
            slice_days: 1,
            ..DAILY
        },
        Call::Days(&[Dimension::Query, Dimension::Page]),
    ),
    (
        StreamSpec {
            name: "country_daily",
            summary: "Countries of the people who searched, per day.",
            key: &["type", "date", "country"],
            breakdowns: &[(EntityKind::Account, "country"), (EntityKind::Account, "country+search_type")],
            slice_days: FEW_ROWS,
            ..DAILY
        },
        Call::Days(&[Dimension::Country]),
    ),
    (
        StreamSpec {
            name: "device_daily",
            summary: "Computers, phones and tablets, per day.",
            key: &["type", "date", "device"],
            breakdowns: &[(EntityKind::Account, "device"), (EntityKind::Account, "device+search_type")],
            slice_days: FEW_ROWS,
            ..DAILY
        },
        Call::Days(&[Dimension::Device]),
    ),
    (
        StreamSpec {
            name: "appearance_daily",
            summary: "Ways of being shown (rich results, videos, …), per day.",
            key: &["type", "date", "searchAppearance"],
            breakdowns: &[
                (EntityKind::Account, "search_appearance"),
                (EntityKind::Account, "search_appearance+search_type"),
            ],
            slice_days: FEW_ROWS,
            ..DAILY
        },
        Call::Appearances,
    ),
    (
        StreamSpec {
            name: "sites",
            summary: "What the Google user may do with the site.",
            key: &["siteUrl"],
            ..SNAPSHOT
        },
        Call::Site,
    ),
    (
        StreamSpec {
            name: "sitemaps",
            summary: "The sitemaps of the site, with what Google found in them.",
            key: &["path"],
            ..SNAPSHOT
        },
        Call::Sitemaps,
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
pub(super) fn call(stream: &str) -> Result<Call> {
    let found = STREAMS.iter().find(|(spec, _)| spec.name == stream);
    found
        .map(|(_, call)| *call)
        .ok_or_else(|| Error::configuration(format!("Google Search Console has no stream {stream:?}.")))
}

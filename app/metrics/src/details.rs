//! Things one by one: what the vendor tells of each beside its figures.

use chrono::{DateTime, NaiveDate, Utc};
use model::entities::EntityKind;
use model::ids::{AccountId, EntityId};
use serde::{Deserialize, Serialize};

/// Most things of a list.
pub const MOST_LISTED: usize = 500;

/// An account and which kinds of things there are of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailAccount {
    /// Key.
    pub account: AccountId,
    /// For people.
    pub name: String,
    /// Platform slug.
    pub platform: String,
    /// Kinds with how many things there are of each; at least one.
    pub kinds: Vec<(EntityKind, i64)>,
}

/// A thing in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedThing {
    /// Key.
    pub entity: EntityId,
    /// For people.
    pub name: String,
    /// In the vendor's words.
    pub status: Option<String>,
    /// Where it can be seen: an `http` or `https` address.
    pub link: Option<String>,
    /// When it was published, sent or started.
    pub began: Option<NaiveDate>,
    /// When it ended, or is to end.
    pub ended: Option<NaiveDate>,
    /// When it was first read.
    pub first_seen: DateTime<Utc>,
}

/// How many people a word goes for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleCount {
    /// The word; none where the vendor tells nothing.
    pub word: Option<String>,
    /// Contacts and leads.
    pub people: i64,
}

/// The people of a CRM, counted. Nobody is named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// By the stage of the life cycle at which they stand now, in the vendor's words.
    pub stages: Vec<PeopleCount>,
    /// By the steps that they ever took; who took several is counted at each.
    pub reached: Vec<PeopleCount>,
    /// By their score, where the vendor gives one: in ranges such as "50 to 99".
    pub scores: Vec<PeopleCount>,
}

/// Things of one kind of an account, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThingList {
    /// At most [`MOST_LISTED`].
    pub things: Vec<ListedThing>,
    /// How many fit the search altogether.
    pub found: i64,
}

/// A move of a deal from stage to stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageMove {
    /// The stage that it left, by its name; none: it came into being, or nobody knows.
    pub from: Option<String>,
    /// The stage that it came to, by its name.
    pub to: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Seconds that it stood in the stage that it left, where that is known.
    pub stood: Option<i64>,
}

/// Everything about one thing but its figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThingDetail {
    /// As in a list.
    pub thing: ListedThing,
    /// What it is.
    pub kind: EntityKind,
    /// The vendor's id.
    pub remote_id: String,
    /// Name of its account.
    pub account: String,
    /// Platform slug.
    pub platform: String,
    /// What the vendor tells, by name, without what names or reaches a person.
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// Moves of a deal, the first one first.
    pub moves: Vec<StageMove>,
}

//! Newtypes for ids, so that one kind of id can't stand where another is wanted.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = <$inner as FromStr>::Err;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(/// A person who can log in.
    UserId(i32));
id!(/// One log-in of one browser.
    SessionId(i64));
id!(/// A tenant: its data, members and settings. First part of every key in the warehouse.
    WorkspaceId(i32));
id!(/// A link to one grant at one vendor.
    ConnectionId(i32));
id!(/// One execution of a connection's synchronisation.
    RunId(i64));
id!(/// One file that was, or is about to be, loaded.
    ImportId(i32));
id!(/// An account at a vendor, or the stand-in for one that a file import made.
    AccountId(i32));
id!(/// A campaign, ad group, ad, … in the warehouse (not the vendor's id, which is text).
    EntityId(i64));
id!(/// A campaign that runs on several platforms, put together by mapping rules and by hand.
    UnifiedCampaignId(i32));
id!(/// A mapping rule.
    RuleId(i32));

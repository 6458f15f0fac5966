//! Pages, which Facebook and Instagram both list, and how lists of objects are written.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::error::GraphError;
use super::fields::{Field, parse, select};
use super::{AGENCY_PAGE, Ids, page, token};
use crate::asked::Asked;
use crate::state::SimulatorState;
use crate::world::MANAGER_NAME;
use crate::world::build::slug;
use crate::world::posts::Feed;

/// Objects on a page, unless the call says otherwise.
const USUAL: usize = 25;

/// The fields that a call wants, or the usual ones.
pub fn wanted(asked: &Asked, usual: &str) -> Vec<Field> {
    parse(asked.get("fields").unwrap_or(usual))
}

/// Meta's way to write a moment.
pub fn written(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%z").to_string()
}

/// A page of objects with the wanted fields.
///
/// # Errors
/// For a field that the objects do not have, and a cursor that is none.
pub fn list(
    asked: &Asked,
    usual: &str,
    node: &str,
    total: usize,
    object: impl Fn(usize) -> Value,
) -> Result<Value, GraphError> {
    let fields = wanted(asked, usual);
    page(asked, USUAL, total, |at| select(&object(at), &fields, node))
}

/// Followers of a business as of the last count.
pub fn followers(state: &SimulatorState, feed: Feed, at: usize) -> i64 {
    state.page_days(feed, at).last().map_or(0, |(_, day)| day.followers)
}

/// A business's user name on Instagram.
pub fn user_name(state: &SimulatorState, at: usize) -> String {
    slug(&state.world().accounts[at].name).replace('-', "_")
}

/// `GET /me/accounts`: the businesses' pages, and one without an Instagram account.
///
/// # Errors
/// As [`list`].
pub fn pages(state: &SimulatorState, asked: &Asked, of: &[Ids]) -> Result<Value, GraphError> {
    list(asked, "access_token,category,name,id,tasks", "Page", of.len() + 1, |nth| match of.get(nth) {
        Some(ids) => business_page(state, asked, *ids),
        None => agency_page(asked),
    })
}

/// `GET /{page}`; none for what is no page.
///
/// # Errors
/// As [`list`].
pub fn page_node(
    state: &SimulatorState,
    asked: &Asked,
    of: &[Ids],
    id: &str,
) -> Result<Option<Value>, GraphError> {
    let own = of.iter().find(|ids| ids.page.to_string() == id);
    let object = match own {
        Some(ids) => business_page(state, asked, *ids),
        None if id == AGENCY_PAGE => agency_page(asked),
        None => return Ok(None),
    };
    select(&object, &wanted(asked, "name,id"), "Page").map(Some)
}

fn agency_page(asked: &Asked) -> Value {
    json!({
        "id": AGENCY_PAGE,
        "name": MANAGER_NAME,
        "category": "Marketing agency",
        "tasks": ["ANALYZE"],
        "access_token": token::of_page(asked, AGENCY_PAGE),
        "link": format!("https://www.facebook.com/{AGENCY_PAGE}"),
        "fan_count": 412,
        "followers_count": 420,
        "instagram_business_account": null,
    })
}

fn business_page(state: &SimulatorState, asked: &Asked, ids: Ids) -> Value {
    let of = &state.world().accounts[ids.at];
    let fans = followers(state, Feed::Facebook, ids.at);
    json!({
        "id": ids.page.to_string(),
        "name": of.name,
        "category": "Shopping & retail",
        "tasks": ["ANALYZE", "ADVERTISE"],
        "access_token": token::of_page(asked, &ids.page.to_string()),
        "link": format!("https://www.facebook.com/{}", ids.page),
        "fan_count": fans,
        "followers_count": fans,
        "instagram_business_account": {
            "id": ids.instagram.to_string(),
            "username": user_name(state, ids.at),
            "name": of.name,
            "followers_count": followers(state, Feed::Instagram, ids.at),
            "profile_picture_url": format!("{}/media/logo.png", of.template.site()),
        },
    })
}

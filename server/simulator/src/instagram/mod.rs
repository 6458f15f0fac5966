//! Instagram's professional accounts in the Graph API, through both of its doors: Facebook's sign-in and its own.

mod insights;
mod media;
mod token;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::routing::any;
use serde_json::{Value, json};

use crate::asked::Asked;
use crate::meta::error::GraphError;
use crate::meta::fields::select;
use crate::meta::objects::{followers, pages, user_name, wanted};
use crate::meta::{self, Ids, Manners, token::LONG};
use crate::state::SimulatorState;
use crate::vendor::{Access, Vendor};
use crate::world::posts::Feed;

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: "instagram",
    name: "Instagram",
    routes: || {
        let routes = token::routes().route("/{version}", any(call));
        routes.route("/{version}/{node}", any(call)).route("/{version}/{node}/{edge}", any(call))
    },
    is_api_call: |path| {
        !path.contains("access_token") && !path.contains("/oauth") && !path.ends_with("/debug_token")
    },
    refuse: |state, path, trouble| MANNERS.refuse(state, object_of(path), trouble),
    access: |state| Access::of_client([("access_token", state.issue_access_token_of(meta::REALM, LONG))]),
};

static MANNERS: Manners =
    Manners { slug: "instagram", usage: "instagram", calls: 100_000, code: 80_002, oldest: 19 };

/// The version of calls that name none.
const USUAL_VERSION: &str = "v25.0";

fn object_of(path: &str) -> &str {
    path.split('/').filter(|part| !part.is_empty()).nth(1).unwrap_or_default()
}

async fn call(State(state): State<SimulatorState>, request: Request) -> Response<Body> {
    let mut asked = Asked::read(request).await;
    let is_version = |part: &String| part.starts_with('v') && part.contains('.');
    if !asked.path.first().is_some_and(is_version) {
        asked.path.insert(0, USUAL_VERSION.to_owned());
    }
    let version = asked.path[0].clone();
    if let Err(error) = MANNERS.check(&state, &asked, &version) {
        return error.respond(&state.request_id());
    }
    let object = asked.path.get(1).cloned().unwrap_or_default();
    MANNERS.answer(&state, &object, &version, || answer(&state, &asked))
}

fn accounts(state: &SimulatorState) -> Vec<Ids> {
    Feed::Instagram.accounts().iter().filter_map(|at| meta::ids(state.world(), *at)).collect()
}

fn answer(state: &SimulatorState, asked: &Asked) -> Result<Value, GraphError> {
    let (node, edge) = meta::node_and_edge(asked)?;
    let all = accounts(state);
    match (node, edge) {
        ("me", Some("accounts")) => return pages(state, asked, &all),
        // With Instagram's own sign-in a token belongs to one account.
        ("me", None) => {
            let first = all.first().copied().ok_or_else(|| GraphError::missing("me"))?;
            return select(&profile(state, first), &wanted(asked, "user_id,username"), "IGUser");
        }
        _ => {}
    }
    let user = meta::owner(state.world(), Feed::Instagram.accounts(), |ids| ids.instagram, node);
    match (user, edge) {
        (Some(ids), None) => select(&profile(state, ids), &wanted(asked, "id"), "IGUser"),
        (Some(ids), Some("media")) => media::list_of(state, asked, ids),
        (Some(ids), Some("stories")) => media::stories(state, asked, ids),
        (Some(ids), Some("insights")) => insights::of_user(state, asked, ids),
        (_, Some("tags" | "comments")) => Ok(json!({"data": []})),
        (None, edge @ (None | Some("insights"))) => {
            let found = media::find(state, node).ok_or_else(|| GraphError::missing(node))?;
            match edge {
                None => select(&found.object, &wanted(asked, "id"), "IGMedia"),
                Some(_) => insights::of_media(asked, &found),
            }
        }
        _ => Err(GraphError::unknown_path(&asked.path)),
    }
}

fn profile(state: &SimulatorState, ids: Ids) -> Value {
    let of = &state.world().accounts[ids.at];
    json!({
        "id": ids.instagram.to_string(),
        "user_id": ids.instagram.to_string(),
        "ig_id": ids.instagram % 100_000_000_000,
        "username": user_name(state, ids.at),
        "name": of.name,
        "account_type": "BUSINESS",
        "biography": format!("{} · {}", of.template.brand, of.template.topics[0].name),
        "website": format!("{}/", of.template.site()),
        "followers_count": followers(state, Feed::Instagram, ids.at),
        "follows_count": 118,
        "media_count": state.posts(Feed::Instagram, ids.at).len(),
        "profile_picture_url": format!("{}/media/logo.png", of.template.site()),
    })
}

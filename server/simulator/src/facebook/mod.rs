//! Meta's Marketing API: ad accounts, campaigns, insights at once or as a job, and leads of forms.

mod insights;
mod nodes;
mod query;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response};
use axum::routing::any;
use serde_json::{Value, json};

use crate::asked::Asked;
use crate::meta::error::GraphError;
use crate::meta::{self, Ids, Manners, objects, page, token};
use crate::state::SimulatorState;
use crate::vendor::{Access, Vendor};
use crate::world::paid::Network;

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: "facebook",
    name: "Facebook Ads",
    routes: || {
        let routes = token::routes().route("/{version}", any(call));
        routes.route("/{version}/{node}", any(call)).route("/{version}/{node}/{edge}", any(call))
    },
    is_api_call: |path| !path.contains("/oauth") && !path.ends_with("/debug_token"),
    refuse: |state, path, trouble| MANNERS.refuse(state, object_of(path), trouble),
    access: |state| {
        Access::of_client([("access_token", state.issue_access_token_of(meta::REALM, token::LONG))])
    },
};

static MANNERS: Manners = Manners {
    slug: "facebook",
    usage: "ads_insights",
    calls: 190_000,
    code: 80_000,
    // The Marketing API ends sooner than the Graph API: v24.0 did on 6 October 2026.
    oldest: 25,
};

/// Added to the number of a job.
const FIRST_JOB: u64 = 6_023_920_149_050;

/// How often a job is looked at before it is complete.
const LOOKS: u32 = 2;

/// The ad account or other object of a path, whose quota a call takes from.
fn object_of(path: &str) -> &str {
    let object = path.split('/').filter(|part| !part.is_empty()).nth(1).unwrap_or_default();
    object.strip_prefix("act_").unwrap_or(object)
}

async fn call(State(state): State<SimulatorState>, request: Request) -> Response<Body> {
    let object = object_of(request.uri().path()).to_owned();
    let asked = Asked::read(request).await;
    let version = asked.path.first().cloned().unwrap_or_default();
    if let Err(error) = MANNERS.check(&state, &asked, &version) {
        return error.respond(&state.request_id());
    }
    MANNERS.answer(&state, &object, &version, || answer(&state, &asked))
}

/// The businesses that advertise here.
fn accounts(state: &SimulatorState) -> Vec<Ids> {
    Network::Meta.accounts().iter().filter_map(|at| meta::ids(state.world(), *at)).collect()
}

fn answer(state: &SimulatorState, asked: &Asked) -> Result<Value, GraphError> {
    let (node, edge) = meta::node_and_edge(asked)?;
    let own = node == "me" || node == meta::PERSON;
    if let Some(id) = node.strip_prefix("act_") {
        let ids = meta::owner(state.world(), Network::Meta.accounts(), |ids| ids.ad_account, id)
            .ok_or_else(|| GraphError::missing(node))?;
        return of_account(state, asked, ids, edge);
    }
    match (node, edge) {
        _ if own && edge.is_none() => Ok(json!({"name": "Maya Lindholm", "id": meta::PERSON})),
        (_, Some("permissions")) if own => Ok(json!({"data": [
            {"permission": "ads_read", "status": "granted"},
            {"permission": "business_management", "status": "granted"},
        ]})),
        (_, Some("adaccounts")) if own => nodes::accounts(state, asked, &accounts(state)),
        (meta::BUSINESS, Some("owned_ad_accounts")) => nodes::accounts(state, asked, &accounts(state)),
        (meta::BUSINESS, Some("client_ad_accounts")) => Ok(json!({"data": []})),
        (_, Some("accounts")) if own => objects::pages(state, asked, &accounts(state)),
        // The agency's own page has none.
        (meta::AGENCY_PAGE, Some("leadgen_forms")) => {
            objects::list(asked, "id,name", "LeadGenData", 0, |_| Value::Null)
        }
        (id, Some("leadgen_forms")) => {
            let ids = meta::owner(state.world(), Network::Meta.accounts(), |ids| ids.page, id)
                .ok_or_else(|| GraphError::missing(id))?;
            nodes::forms(state, asked, ids)
        }
        (id, Some("leads")) => {
            let ids = meta::owner(state.world(), Network::Meta.accounts(), |ids| ids.form, id)
                .ok_or_else(|| GraphError::missing(id))?;
            nodes::leads(state, asked, ids)
        }
        (id, None) => match objects::page_node(state, asked, &accounts(state), id)? {
            Some(page) => Ok(page),
            None => job(state, asked, id, false),
        },
        (id, edge @ Some("insights")) => job(state, asked, id, edge.is_some()),
        _ => Err(GraphError::unknown_path(&asked.path)),
    }
}

fn of_account(
    state: &SimulatorState,
    asked: &Asked,
    ids: Ids,
    edge: Option<&str>,
) -> Result<Value, GraphError> {
    match edge {
        None => nodes::account(state, asked, ids),
        Some("insights") if asked.method == Method::POST => {
            query::Query::read(state, asked, ids)?;
            let mut params = asked.params.clone();
            params.push(("account".to_owned(), ids.at.to_string()));
            let number = FIRST_JOB + state.put_job(VENDOR.slug, params);
            Ok(json!({"report_run_id": number.to_string()}))
        }
        Some("insights") => insights::rows(state, asked, &query::Query::read(state, asked, ids)?),
        Some("campaigns") => nodes::campaigns(state, asked, ids),
        Some("adsets") => nodes::ad_sets(state, asked, ids),
        Some("ads") => nodes::ads(state, asked, ids),
        Some(_) => Err(GraphError::unknown_path(&asked.path)),
    }
}

/// A report that is made while the client waits: its state, and its rows when it is complete.
fn job(state: &SimulatorState, asked: &Asked, id: &str, wants_rows: bool) -> Result<Value, GraphError> {
    let missing = || GraphError::missing(id);
    let number =
        id.parse::<u64>().ok().and_then(|number| number.checked_sub(FIRST_JOB)).ok_or_else(missing)?;
    let (params, looks) = state.job(VENDOR.slug, number, !wants_rows).ok_or_else(missing)?;
    let at = params.iter().find(|(name, _)| name == "account").and_then(|(_, at)| at.parse().ok());
    let ids = at.and_then(|at| meta::ids(state.world(), at)).ok_or_else(missing)?;
    let is_done = looks >= LOOKS;
    if !wants_rows {
        return Ok(json!({
            "id": id,
            "account_id": ids.ad_account.to_string(),
            "async_status": if is_done { "Job Completed" } else { "Job Running" },
            "async_percent_completion": if is_done { 100 } else { 35 },
            "is_running": !is_done,
        }));
    }
    if !is_done {
        return Err(GraphError::parameter("Async report run is not completed yet"));
    }
    let paging = asked.params.iter().filter(|(name, _)| name == "after" || name == "limit").cloned();
    let original = Asked {
        method: Method::GET,
        path: asked.path.clone(),
        params: paging.chain(params.into_iter().filter(|(name, _)| name != "after")).collect(),
        headers: asked.headers.clone(),
        body: asked.body.clone(),
        unknown: asked.unknown,
    };
    insights::rows(state, &original, &query::Query::read(state, &original, ids)?)
}

//! What Meta's platforms share: the Graph API's tokens, refusals, fields and pages.

pub mod error;
pub mod fields;
pub mod objects;
pub mod token;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use self::error::GraphError;
use crate::asked::Asked;
use crate::quota::{Quota, Wait};
use crate::state::SimulatorState;
use crate::vendor::{Trouble, json as answer, with_header};
use crate::world::World;

/// What Meta's tokens are good for.
pub const REALM: &str = "meta";

/// The oldest version of the Graph API that still answers.
const OLDEST: u32 = 19;

/// The newest version.
const NEWEST: u32 = 26;

/// Id of the business that all accounts belong to.
pub const BUSINESS: &str = "1500000000000001";

/// Id of the person who signed in.
pub const PERSON: &str = "1207059004711";

/// The page of the agency itself, without an Instagram account and without forms.
pub const AGENCY_PAGE: &str = "100000000000001";

/// Ids of one business's things at Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// Position of the account in the world.
    pub at: usize,
    /// Ad account, without `act_`.
    pub ad_account: i64,
    /// Facebook page.
    pub page: i64,
    /// Instagram professional account.
    pub instagram: i64,
    /// Form for leads on the page.
    pub form: i64,
}

/// The object of a call's path, and what of it is asked for: `/{version}/{node}/{edge}`.
///
/// # Errors
/// For longer and shorter paths.
pub fn node_and_edge(asked: &Asked) -> Result<(&str, Option<&str>), GraphError> {
    match asked.path.get(1..) {
        Some([node]) => Ok((node, None)),
        Some([node, edge]) => Ok((node, Some(edge))),
        _ => Err(GraphError::unknown_path(&asked.path)),
    }
}

/// Ids by position of the account in the world.
pub fn ids(world: &World, at: usize) -> Option<Ids> {
    let id = world.accounts.get(at)?.id;
    Some(Ids {
        at,
        ad_account: 500_000_000_000_000 + id,
        page: 100_000_000_000_000 + id,
        instagram: 17_841_400_000_000_000 + id,
        form: 900_000_000_000_000 + id,
    })
}

/// The business that has this id in some place.
pub fn owner(world: &World, accounts: &[usize], place: fn(&Ids) -> i64, id: &str) -> Option<Ids> {
    let id: i64 = id.parse().ok()?;
    accounts.iter().filter_map(|at| ids(world, *at)).find(|ids| place(ids) == id)
}

/// How a platform's calls are counted and named in headers.
#[derive(Debug)]
pub struct Manners {
    /// Slug.
    pub slug: &'static str,
    /// `type` in the header of the business use case.
    pub usage: &'static str,
    /// Calls per hour and object.
    pub calls: u64,
    /// The code that says that these are used up.
    pub code: i64,
    /// The oldest version for its calls.
    pub oldest: u32,
}

impl Manners {
    /// Checks version and token of a call.
    ///
    /// # Errors
    /// When the version is gone or the token is not good.
    pub fn check(&self, state: &SimulatorState, asked: &Asked, version: &str) -> Result<(), GraphError> {
        let number = version.strip_prefix('v').and_then(|text| text.split('.').next()?.parse::<u32>().ok());
        let number = number.ok_or_else(|| GraphError::unknown_path(&asked.path))?;
        if number > NEWEST || number < OLDEST.min(self.oldest) {
            return Err(GraphError::unknown_path(&asked.path));
        }
        if number < self.oldest {
            return Err(GraphError::sunset(number, NEWEST));
        }
        let token = token::of(asked).ok_or_else(GraphError::no_token)?;
        let proof = asked.get("appsecret_proof");
        if proof.is_some_and(|proof| proof.len() != 64 || !proof.bytes().all(|b| b.is_ascii_hexdigit())) {
            return Err(GraphError::parameter("Invalid appsecret_proof provided in the API argument"));
        }
        if state.is_live_in(REALM, token::person(token)) { Ok(()) } else { Err(GraphError::expired()) }
    }

    /// An answer with the headers that tell how much of the quota is used, or the refusal when all of it is.
    pub fn answer(
        &self,
        state: &SimulatorState,
        object: &str,
        version: &str,
        body: impl FnOnce() -> Result<Value, GraphError>,
    ) -> Response<Body> {
        let quota = Quota { calls: self.calls, seconds: 3_600 };
        let left = match state.count(self.slug, object, quota) {
            Ok(left) => left,
            Err(Wait(seconds)) => return self.throttled(state, object, seconds, self.code),
        };
        let percent = (quota.calls - left.calls) * 100 / quota.calls;
        let response = match body() {
            Ok(body) => answer(StatusCode::OK, &body),
            Err(error) => error.respond(&state.request_id()),
        };
        let response = with_header(response, "facebook-api-version", version);
        let app = json!({"call_count": percent / 4, "total_time": percent / 5, "total_cputime": percent / 5});
        let response = with_header(response, "x-app-usage", app);
        with_header(response, "x-business-use-case-usage", self.used(object, percent, 0))
    }

    fn used(&self, object: &str, percent: u64, minutes: u64) -> Value {
        json!({object: [{
            "type": self.usage,
            "call_count": percent,
            "total_cputime": percent / 2,
            "total_time": percent / 2,
            "estimated_time_to_regain_access": minutes,
            "ads_api_access_tier": "standard_access",
        }]})
    }

    fn throttled(&self, state: &SimulatorState, object: &str, seconds: u64, code: i64) -> Response<Body> {
        let response = GraphError::throttled(code).respond(&state.request_id());
        // Meta tells whole minutes.
        with_header(response, "x-business-use-case-usage", self.used(object, 100, seconds.div_ceil(60)))
    }

    /// What went wrong, in Meta's words; `object` is whose quota it is.
    pub fn refuse(&self, state: &SimulatorState, object: &str, trouble: Trouble) -> Response<Body> {
        let error = match trouble {
            Trouble::Throttled(seconds) => return self.throttled(state, object, seconds, 17),
            Trouble::Quota(seconds) => return self.throttled(state, object, seconds, self.code),
            Trouble::Unauthenticated => GraphError::expired(),
            Trouble::PermissionDenied => GraphError::denied(),
            Trouble::Server(status) => GraphError::server(status),
        };
        error.respond(&state.request_id())
    }
}

/// One page of a list: `limit` rows behind the cursor `after`, out of so many.
///
/// # Errors
/// For a cursor that is none.
pub fn page(
    asked: &Asked,
    usual: usize,
    total: usize,
    row: impl FnMut(usize) -> Result<Value, GraphError>,
) -> Result<Value, GraphError> {
    let size = asked.number("limit").unwrap_or(usual).clamp(1, 1_000);
    let first = match asked.get("after") {
        None => 0,
        Some(cursor) => place(cursor).ok_or_else(|| GraphError::parameter("Invalid cursor"))? + 1,
    };
    let end = (first + size).min(total);
    let mut rows = (first.min(end)..end).map(row).collect::<Result<Vec<_>, _>>()?;
    asked.odd(&mut rows);
    if rows.is_empty() {
        return Ok(json!({"data": []}));
    }
    let after = cursor(end - 1);
    let mut paging = json!({"cursors": {"before": cursor(first), "after": after}});
    if end < total {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(asked.params.iter().filter(|(name, _)| name != "after" && name != "access_token"));
        query.append_pair("after", &after);
        let path = asked.path.join("/");
        // The vendor puts the token into this address; here it says only that there is more.
        paging["next"] = format!("https://graph.facebook.com/{path}?{}", query.finish()).into();
    }
    Ok(json!({"data": rows, "paging": paging}))
}

fn cursor(at: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("c{at}"))
}

fn place(cursor: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    text.strip_prefix('c')?.parse().ok()
}

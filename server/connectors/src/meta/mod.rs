//! What Meta's Graph API has in common for all its products: one consent, proofs over the token, pages, quotas that are
//! told in headers, and one form of refusals.

mod refusal;
mod usage;
pub(crate) mod webhook;

pub(crate) use refusal::judge;

/// What most is used of, of all the percentages that headers tell.
pub(crate) const QUOTAS: &[QuotaSpec] =
    &[QuotaSpec { name: "percent of the hour", told: Told::By(usage::used) }];

use crate::connector::{Context, Slice};
use crate::error::{Error, ErrorKind, Result};
use crate::fields::Fields;
use crate::http::paginate::{Pagination, Place, Progress};
use crate::http::{Answer, Batch, Budget, Node, QuotaSpec, Request, Told};
use crate::oauth::{OAuthSpec, Renewal, Swap, Wire};
use crate::record::Warning;
use crate::setting::{Rule, SettingSpec};
use crate::webhook::{Writing, hmac_sha256};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::time::Duration;

/// Without another word, stay away that long after a refusal for too many calls.
pub(crate) const THROTTLE_WINDOW: Duration = Duration::from_mins(1);

/// Refusals of so many minutes are ordinary, and are sat out where the headers tell them.
pub(crate) const LIMIT_WINDOW: Duration = Duration::from_mins(15);

/// A living token is exchanged for a new one that many days before it ends.
pub(crate) const EARLY_DAYS: i64 = 10;

/// Rows per page below which a page is not made smaller.
const FEWEST_ROWS: u64 = 10;

const VERSION: &str = "served_version";

/// The cursor is named on the last page too; the address of a next page is not. The address itself is never followed,
/// because it holds a token.
const PAGES: Pagination = Pagination::TokenWhile {
    send: "after",
    place: Place::Query,
    read: "/paging/cursors/after",
    more: "/paging/next",
};

const TOKEN_URL: &str = "https://graph.facebook.com/{api_version}/oauth/access_token";

/// The token of a consent lives for hours, the one that it is exchanged for about 60 days. There is no refresh token: the
/// exchange is repeated while the token lives.
const LONGER: Swap = Swap {
    url: TOKEN_URL,
    grant_type: "fb_exchange_token",
    token: "fb_exchange_token",
    with_client_id: true,
    with_client_secret: true,
};

/// Facebook Login for these permissions.
pub(crate) const fn facebook_login(scopes: &'static [&'static str]) -> OAuthSpec {
    OAuthSpec {
        authorize_url: "https://www.facebook.com/{api_version}/dialog/oauth",
        token_url: TOKEN_URL,
        scopes,
        scope_separator: ",",
        renewal: Renewal::Swap(LONGER, EARLY_DAYS),
        first_swap: Some(LONGER),
        // 100 stands for codes that are spent or too old, the others for tokens.
        wire: Wire { error: "/error/code", ..Wire::STANDARD },
        dead_grant: &["100", "102", "190"],
        ..OAuthSpec::STANDARD
    }
}

/// Version of the Graph API.
pub(crate) const API_VERSION: SettingSpec = SettingSpec {
    name: "api_version",
    help: "Version of the Graph API. Meta switches versions of the Marketing API off within about a year.",
    default: "v25.0",
    rule: Rule::Matching(is_version, "a version such as v25.0"),
};

fn is_version(text: &str) -> bool {
    let is_number = |t: &str| !t.is_empty() && t.len() < 4 && t.bytes().all(|b| b.is_ascii_digit());
    let numbers = text.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    numbers.is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

/// What is made smaller where an answer would hold too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Less {
    /// Rows per page, which is the parameter `limit`.
    Rows,
    /// Days, by the engine.
    Days,
}

/// One of the doors to the Graph API.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Door {
    /// With its scheme.
    pub(crate) host: &'static str,
    /// For people.
    pub(crate) vendor: &'static str,
}

impl Door {
    /// A request with a proof over the connection's token, where the app's secret is known.
    pub(crate) async fn request(
        self,
        ctx: &Context,
        method: Method,
        path: &str,
        budget: &Budget,
    ) -> Result<Request> {
        let request = self.bare(ctx, method, path)?;
        let Some(secret) = ctx.credentials.get("client_secret") else {
            return Ok(request);
        };
        let token = ctx.session.secret(budget).await?;
        Ok(request.secret_query("appsecret_proof", proof(secret, &token)))
    }

    /// A reading request with its query.
    pub(crate) async fn get(
        self,
        ctx: &Context,
        path: &str,
        query: &[(&str, &str)],
        budget: &Budget,
    ) -> Result<Request> {
        Ok(self.request(ctx, Method::GET, path, budget).await?.query(query))
    }

    /// A reading request with another token than the connection's, such as a page's.
    pub(crate) fn get_as(
        self,
        ctx: &Context,
        token: &SecretString,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Request> {
        let bearer = format!("Bearer {}", token.expose_secret());
        let request = self.bare(ctx, Method::GET, path)?.query(query).without_token();
        let request = request.header("authorization", &bearer, true)?;
        Ok(match ctx.credentials.get("client_secret") {
            Some(secret) => request.secret_query("appsecret_proof", proof(secret, token)),
            None => request,
        })
    }

    fn bare(self, ctx: &Context, method: Method, path: &str) -> Result<Request> {
        Request::new(method, &format!("{}/{}/{path}", self.host, ctx.settings.get("api_version")))
    }

    /// Asks once, and slows down where little is left of a quota.
    pub(crate) async fn call(
        self,
        ctx: &Context,
        request: &Request,
        budget: &Budget,
    ) -> Result<(Answer, Value)> {
        let judged = |answer: &Answer| judge(answer, self.vendor);
        let (answer, value) = ctx.session.call_json(request, budget, &judged).await?;
        note_version(ctx, &answer);
        if let Some(wait) = usage::pause(&answer) {
            ctx.session.slow_down(wait, budget).await;
        }
        Ok((answer, value))
    }

    /// As [`Self::call`], with the answer as a batch.
    pub(crate) async fn batch(self, ctx: &Context, request: &Request, budget: &Budget) -> Result<Batch> {
        let (answer, value) = self.call(ctx, request, budget).await?;
        Ok(Batch::new(request, answer, value))
    }

    /// Asks page after page. Ends after the first error.
    pub(crate) fn pages(
        self,
        ctx: &Context,
        first: Request,
        budget: Budget,
        less: Less,
    ) -> BoxStream<'_, Result<Batch>> {
        let batches = try_stream! {
            let mut progress = Progress::default();
            let mut following = Some(first);
            while let Some(mut request) = following {
                let (answer, value) = self.page(ctx, &mut request, &budget, less).await?;
                following = PAGES.next(&request, &answer, &value, 0, &mut progress)?;
                if following.is_none() && names_next(&value) {
                    let told = with_cursor(&value)?;
                    following = PAGES.next(&request, &answer, &told, 0, &mut progress)?;
                }
                yield Batch::new(&request, answer, value);
            }
        };
        batches.boxed()
    }

    /// One page; of half the rows, where it would hold too much.
    async fn page(
        self,
        ctx: &Context,
        request: &mut Request,
        budget: &Budget,
        less: Less,
    ) -> Result<(Answer, Value)> {
        loop {
            match self.call(ctx, request, budget).await {
                Err(error) if less == Less::Rows && is_too_much(&error) => {
                    *request = with_fewer_rows(request).ok_or(error)?;
                }
                other => return other,
            }
        }
    }
}

/// The proof that whoever shows a token also knows the app's secret.
fn proof(secret: &SecretString, token: &SecretString) -> SecretString {
    hmac_sha256(secret, &[token.expose_secret().as_bytes()], Writing::Hex).into()
}

/// Whether an answer would have held too much.
pub(crate) fn is_too_much(error: &Error) -> bool {
    error.kind == ErrorKind::Interrupted { needs_fewer_days: true }
}

/// The numeric code of a refusal, without its second part.
pub(crate) fn code_of(error: &Error) -> &str {
    error.vendor_code.as_deref().and_then(|code| code.split('/').next()).unwrap_or_default()
}

/// The field that a refusal is about, if the query can do without it.
pub(crate) fn refused_field(fields: &Fields, error: &Error) -> Option<String> {
    let is_about_fields = code_of(error) == "100" && error.message.to_lowercase().contains("field");
    is_about_fields.then(|| fields.dispensable(&error.message)).flatten()
}

fn names_next(value: &Value) -> bool {
    value.pointer("/paging/next").and_then(Value::as_str).is_some_and(|next| !next.is_empty())
}

/// An answer whose cursor stands in the address of the next page alone.
fn with_cursor(value: &Value) -> Result<Value> {
    let next = value.pointer("/paging/next").and_then(Value::as_str).unwrap_or_default();
    let address = url::Url::parse(next).ok();
    let pairs = address.iter().flat_map(url::Url::query_pairs);
    let after = pairs.filter(|(name, _)| name == "after").map(|(_, after)| after.into_owned()).next();
    let after = after
        .filter(|after| !after.is_empty())
        .ok_or_else(|| Error::drift("paging.cursors.after", "there is a next page, and no cursor for it"))?;
    Ok(json!({ "paging": { "cursors": { "after": after }, "next": next } }))
}

fn with_fewer_rows(sent: &Request) -> Option<Request> {
    let pairs: Vec<(String, String)> = sent.url.query_pairs().into_owned().collect();
    let rows: u64 = pairs.iter().find(|(name, _)| name == "limit")?.1.parse().ok()?;
    let fewer = (rows / 2).max(FEWEST_ROWS);
    if fewer >= rows {
        return None;
    }
    let mut next = sent.clone();
    let others = pairs.iter().filter(|(name, _)| name != "limit");
    next.url.query_pairs_mut().clear().extend_pairs(others).append_pair("limit", &fewer.to_string());
    Some(next)
}

/// Meta answers by a living version where the one that was asked for is dead, and tells only in a header.
fn note_version(ctx: &Context, answer: &Answer) {
    if let Some(version) = answer.header("facebook-api-version") {
        tracing::debug!(version, "answered by the Graph API");
        ctx.memory.keep(VERSION, version);
    }
}

/// A warning where another version answered than the one that was asked for.
pub(crate) fn version_warning(ctx: &Context, slice: &Slice<'_>) -> Option<Warning> {
    let (asked, served) = (ctx.settings.get("api_version"), ctx.memory.recall(VERSION)?);
    (served != asked).then(|| {
        let message = format!(
            "Asked for {asked} of the Graph API, and {served} answered; set api_version to a living one."
        );
        Warning::account(&slice.account.id, message)
    })
}

/// Where the rows of an answer are.
pub(crate) const ROWS: &str = "/data";

/// The rows of an answer. The list is there also when it is empty: without it the answer is not understood.
pub(crate) fn rows(answer: &Value) -> Result<Node<'_>> {
    match answer.pointer(ROWS).filter(|rows| !rows.is_null()) {
        Some(rows) => Ok(Node::root(rows, "data")),
        None => Err(Error::drift("data", "it is missing")),
    }
}

/// An id, which becomes a part of a path: digits only, since it may come from an answer or a person.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 32 && text.bytes().all(|b| b.is_ascii_digit())
}

/// An id in an answer that is to be asked about.
pub(crate) fn need_id(node: &Node<'_>) -> Result<String> {
    let id = node.need_text()?;
    if is_id(&id) { Ok(id) } else { Err(node.drift(format!("{id:?} is no id"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_ids() {
        assert!(is_version("v25.0") && is_version("v101.12"));
        for wrong in ["25.0", "v25", "v25.", "v25.0/", "v.0", "v25.0.1"] {
            assert!(!is_version(wrong), "{wrong}");
        }
        assert!(is_id("0017841400000000") && !is_id("") && !is_id("../1") && !is_id("act_1"));
    }

    #[test]
    fn the_proof_is_an_hmac_of_the_token_by_the_secret() {
        // RFC 4231, test case 2.
        let made = proof(&"Jefe".into(), &"what do ya want for nothing?".into());
        assert_eq!(made.expose_secret(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn refusals_of_other_things_cost_no_field() {
        let fields = Fields::new(["id"], ["name", "effective_status"]);
        let check = |message: &str, found: Option<&str>| {
            let error = Error::new(ErrorKind::Rejected, message).with_code("100");
            assert_eq!(refused_field(&fields, &error).as_deref(), found, "{message}");
        };
        check("(#100) Tried accessing nonexisting field (name) on node type (Ad)", Some("name"));
        check("(#100) effective_status is not valid for fields param.", Some("effective_status"));
        check("(#100) Invalid effective_status", None);
        check("(#100) Tried accessing nonexisting field (id) on node type (Ad)", None);
    }

    #[test]
    fn a_page_that_is_too_large_is_asked_for_with_half_the_rows() {
        let sent = Request::get("https://a.example/x", &[("limit", "100"), ("fields", "id,name")]).unwrap();
        let fewer = with_fewer_rows(&sent).unwrap();
        assert_eq!(fewer.url.query(), Some("fields=id%2Cname&limit=50"));
        let least = Request::get("https://a.example/x", &[("limit", "10")]).unwrap();
        assert!(with_fewer_rows(&least).is_none());
        assert!(with_fewer_rows(&Request::get("https://a.example/x", &[]).unwrap()).is_none());
    }
}

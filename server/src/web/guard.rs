//! Who is calling, and from where.

use super::Site;
use super::reply::Refusal;
use app::api::cookie;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use model::access::{Caller, Member, Origin, Role};
use model::{AppError, ErrorKind};
use std::net::SocketAddr;

/// Puts [`Origin`] and, with a good session cookie, [`Caller`] into the request; for pages also what they need to know
/// of the session before their first byte.
pub async fn identify(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let origin = origin(&request);
    let path = request.uri().path();
    let needs_nobody = path.starts_with("/assets/") || ["/healthz", "/readyz"].contains(&path);
    let mut failure = None;
    if !needs_nobody && let Some(token) = session_token(request.headers(), site.settings.is_secure) {
        match site.identity.caller(&token, &origin).await {
            Ok(Some(caller)) => drop(request.extensions_mut().insert(caller)),
            Ok(None) => {}
            // A page says it in its own words.
            Err(error) if is_page(&request) => failure = Some(error),
            Err(error) => return Refusal(error).into_response(),
        }
    }
    request.extensions_mut().insert(origin);
    if is_page(&request) {
        let caller = request.extensions().get::<Caller>();
        let session = match failure {
            Some(error) => Err(error.into()),
            None => {
                app::api::session::session_state(site.identity.as_ref(), caller, site.settings.is_secure)
                    .await
            }
        };
        request.extensions_mut().insert(session);
    }
    next.run(request).await
}

/// Whether the answer is a page of the app (or a file of `public/`, which costs nothing more).
fn is_page(request: &Request) -> bool {
    let path = request.uri().path();
    let plain = ["/api/", "/assets/", "/oauth/", "/healthz", "/readyz"];
    matches!(*request.method(), Method::GET | Method::HEAD)
        && !plain.iter().any(|start| path.starts_with(start))
}

/// Refuses unsafe methods and sockets that another site's page started. Programs that send neither `Origin` nor
/// `Sec-Fetch-Site` are let through: they carry no browser's cookies.
pub async fn same_origin(State(site): State<Site>, request: Request, next: Next) -> Response {
    let is_socket = request.headers().contains_key(header::UPGRADE);
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) && !is_socket;
    if is_safe || comes_from_us(request.headers(), site.settings.public_origin.as_deref()) {
        return next.run(request).await;
    }
    tracing::warn!("refused a request that another site's page made");
    let error = AppError::new(ErrorKind::Forbidden, "This request came from another site's page.")
        .with_hint("Behind a reverse proxy, set public_url to the address in the browser.");
    Refusal(error).into_response()
}

fn comes_from_us(headers: &HeaderMap, public_origin: Option<&str>) -> bool {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(origin) = text(header::ORIGIN) {
        let host_matches = origin
            .split_once("://")
            .zip(text(header::HOST))
            .is_some_and(|((_, from), host)| from.eq_ignore_ascii_case(host));
        return host_matches || public_origin.is_some_and(|ours| ours.eq_ignore_ascii_case(origin));
    }
    text(header::HeaderName::from_static("sec-fetch-site"))
        .is_none_or(|site| site == "same-origin" || site == "none")
}

fn origin(request: &Request) -> Origin {
    let address = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip().to_canonical().to_string())
        .unwrap_or_default();
    let user_agent =
        request.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    Origin { address, user_agent: user_agent.chars().take(400).collect() }
}

/// The session cookie's value.
pub fn session_token(headers: &HeaderMap, is_secure: bool) -> Option<String> {
    CookieJar::from_headers(headers).get(cookie::name(is_secure)).map(|c| c.value().to_owned())
}

/// Proof that the request's caller has the role in the workspace.
pub async fn member(site: &Site, caller: Option<&Caller>, slug: &str, role: Role) -> Result<Member, Refusal> {
    let caller = caller.ok_or_else(AppError::unauthenticated)?;
    Ok(site.identity.authorise(caller, slug, role).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (header::HeaderName::from_static(k), v.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_pages_may_change_things() {
        let ours = Some("https://numbers.example.com");
        let cases = [
            (vec![("origin", "http://localhost:3210"), ("host", "localhost:3210")], true),
            (vec![("origin", "https://numbers.example.com"), ("host", "10.0.0.1")], true),
            (vec![("origin", "https://evil.example.com"), ("host", "localhost:3210")], false),
            (vec![("origin", "null"), ("host", "localhost:3210")], false),
            (vec![("sec-fetch-site", "cross-site")], false),
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![], true),
        ];
        for (pairs, expected) in cases {
            assert_eq!(comes_from_us(&headers(&pairs), ours), expected, "{pairs:?}");
        }
    }
}

//! The token endpoint and revocation.

use axum::Json;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::REALM;
use super::grants::{ACCESS_TOKEN_SECONDS, Refused, Tokens};
use crate::state::SimulatorState;

/// A token request, form-encoded.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Request {
    grant_type: String,
    client_id: String,
    client_secret: String,
    code: String,
    redirect_uri: String,
    code_verifier: Option<String>,
    refresh_token: String,
}

/// `POST /token`.
pub async fn token(
    State(state): State<SimulatorState>,
    headers: HeaderMap,
    form: Result<Form<Request>, axum::extract::rejection::FormRejection>,
) -> Response {
    let Form(request) = match form {
        Ok(form) => form,
        Err(error) => return error_answer(StatusCode::BAD_REQUEST, "invalid_request", &error.body_text()),
    };
    let (client_id, secret) = basic(&headers).unwrap_or((request.client_id, request.client_secret));
    if client_id.is_empty() {
        return error_answer(StatusCode::UNAUTHORIZED, "invalid_client", "The client_id is missing.");
    }
    if secret.is_empty() {
        return error_answer(StatusCode::BAD_REQUEST, "invalid_request", "client_secret is missing.");
    }
    let now = state.clock().real_now();
    let granted = match request.grant_type.as_str() {
        "authorization_code" => {
            let verifier = request.code_verifier.as_deref();
            state.grants(REALM, |grants| {
                grants.exchange(&request.code, &client_id, &request.redirect_uri, verifier, now)
            })
        }
        "refresh_token" => {
            state.grants(REALM, |grants| grants.refresh(&request.refresh_token, &client_id, now))
        }
        "" => return error_answer(StatusCode::BAD_REQUEST, "invalid_request", "grant_type is missing."),
        other => {
            let message = format!("Invalid grant_type: {other}");
            return error_answer(StatusCode::BAD_REQUEST, "unsupported_grant_type", &message);
        }
    };
    match granted {
        Ok(tokens) => answer(&tokens),
        Err(error @ Refused::InvalidGrant(_)) => {
            error_answer(StatusCode::BAD_REQUEST, "invalid_grant", &error.to_string())
        }
        Err(error @ Refused::UnauthorizedClient) => {
            error_answer(StatusCode::UNAUTHORIZED, "unauthorized_client", &error.to_string())
        }
    }
}

fn answer(tokens: &Tokens) -> Response {
    let mut body = json!({
        "access_token": tokens.access,
        "expires_in": ACCESS_TOKEN_SECONDS,
        "scope": tokens.scope,
        "token_type": "Bearer",
    });
    if let Some(refresh) = &tokens.refresh {
        body["refresh_token"] = refresh.as_str().into();
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

pub(crate) fn error_answer(status: StatusCode, code: &str, description: &str) -> Response {
    (status, Json(json!({"error": code, "error_description": description}))).into_response()
}

/// Client id and secret from HTTP Basic, which OAuth allows instead of the form.
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// Form of a revocation.
#[derive(Debug, Deserialize)]
pub struct Revocation {
    token: String,
}

/// `POST /revoke`.
pub async fn revoke(State(state): State<SimulatorState>, Form(form): Form<Revocation>) -> Response {
    if state.grants(REALM, |grants| grants.revoke(&form.token)) {
        return Json(json!({})).into_response();
    }
    error_answer(StatusCode::BAD_REQUEST, "invalid_token", "Token expired or revoked")
}

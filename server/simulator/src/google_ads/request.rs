//! Reads a request: who is calling, which account, what is asked.

use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde_json::Value;

use super::answer::Extras;
use super::errors::ApiError;
use super::rows::Subject;
use crate::state::SimulatorState;

/// A caller whose access token and developer token have been checked.
#[derive(Debug)]
pub struct Caller {
    /// The developer token, to which operations are counted.
    pub developer_token: String,
    login_customer: Option<i64>,
}

impl Caller {
    /// Checks the headers of a request.
    ///
    /// # Errors
    /// 401 for a missing, unknown or expired access token or a missing developer token, 400 for a
    /// `login-customer-id` that is no id.
    pub fn of(state: &SimulatorState, headers: &HeaderMap) -> Result<Self, ApiError> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let bearer = text(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        if !bearer.is_some_and(|token| state.is_live(token)) {
            return Err(ApiError::unauthenticated());
        }
        let developer_token = text("developer-token").filter(|token| !token.is_empty());
        let developer_token = developer_token.ok_or_else(|| {
            ApiError::authentication(
                "DEVELOPER_TOKEN_INVALID",
                "The developer token is missing or not valid.",
            )
        })?;
        let login_customer = match text("login-customer-id") {
            None => None,
            Some(id) => Some(customer_id(id).ok_or_else(|| {
                let message =
                    format!("The login customer id '{id}' is invalid: digits only, without dashes.");
                ApiError::header("INVALID_LOGIN_CUSTOMER_ID", message)
            })?),
        };
        Ok(Self { developer_token: developer_token.to_owned(), login_customer })
    }

    /// The account that the path names, if the caller may read it.
    ///
    /// # Errors
    /// 400 for an id that is none, 403 for an account that can't be reached this way or is closed.
    pub fn subject(&self, state: &SimulatorState, path: &str) -> Result<(i64, Subject), ApiError> {
        let id = customer_id(path).ok_or_else(|| {
            let message = format!("Invalid customer ID '{path}': digits only, without dashes.");
            ApiError::request("INVALID_CUSTOMER_ID", message)
        })?;
        let world = state.world();
        let through_manager = self.login_customer == Some(world.manager);
        if id == world.manager {
            // Direct access: the header may be left out.
            let direct = through_manager || self.login_customer.is_none();
            return if direct { Ok((id, Subject::Manager)) } else { Err(ApiError::permission_denied()) };
        }
        if !through_manager {
            return Err(ApiError::permission_denied());
        }
        if id == world.closed {
            return Err(ApiError::authorization(
                "CUSTOMER_NOT_ENABLED",
                "The customer account can't be accessed because it is not yet enabled or has been deactivated.",
            ));
        }
        let (index, _) = world.account(id).ok_or_else(ApiError::permission_denied)?;
        Ok((id, Subject::Client(index)))
    }
}

fn customer_id(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The body of `search` and `searchStream`.
#[derive(Debug, PartialEq, Eq)]
pub struct SearchRequest {
    /// The query.
    pub query: String,
    /// Which page, after the first.
    pub page_token: Option<String>,
    /// What is wanted beside rows.
    pub extras: Extras,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    query: Option<String>,
    page_token: Option<String>,
    page_size: Option<Value>,
    #[serde(default)]
    return_total_results_count: bool,
    #[serde(default)]
    summary_row_setting: SummaryRow,
    #[serde(default)]
    search_settings: Settings,
    #[expect(
        dead_code,
        reason = "accepted, and without effect on a simulator that can't fail validation later"
    )]
    #[serde(default)]
    validate_only: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Settings {
    return_total_results_count: bool,
    return_summary_row: bool,
    omit_results: bool,
}

#[derive(Deserialize, Default, PartialEq, Eq, Clone, Copy)]
enum SummaryRow {
    #[default]
    #[serde(rename = "NO_SUMMARY_ROW")]
    Without,
    #[serde(rename = "SUMMARY_ROW_WITH_RESULTS")]
    WithResults,
    #[serde(rename = "SUMMARY_ROW_ONLY")]
    Alone,
}

impl SearchRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// 400 for malformed JSON, unknown members, a page size, or a missing query.
    pub fn parse(body: &[u8], stream: bool) -> Result<Self, ApiError> {
        let wire: Wire = serde_json::from_slice(body)
            .map_err(|error| ApiError::bad_body(format!("Invalid JSON payload received. {error}")))?;
        if wire.page_size.is_some() {
            return Err(ApiError::request(
                "PAGE_SIZE_NOT_SUPPORTED",
                "Setting the page size is not supported.",
            ));
        }
        if stream && wire.page_token.is_some() {
            let message = "Invalid JSON payload received. Unknown name \"pageToken\": Cannot find field.";
            return Err(ApiError::bad_body(message));
        }
        let query = wire.query.filter(|query| !query.trim().is_empty()).ok_or_else(|| {
            ApiError::request("REQUIRED_FIELD_MISSING", "The required field 'query' was not present.")
        })?;
        let setting = wire.summary_row_setting;
        let extras = Extras {
            total: wire.return_total_results_count || wire.search_settings.return_total_results_count,
            summary: setting != SummaryRow::Without || wire.search_settings.return_summary_row,
            summary_only: setting == SummaryRow::Alone || wire.search_settings.omit_results,
            unknown: false,
        };
        // An empty token asks for the first page.
        let page_token = wire.page_token.filter(|token| !token.is_empty());
        Ok(Self { query, page_token, extras })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_checked() {
        let code =
            |body: &str, stream| SearchRequest::parse(body.as_bytes(), stream).unwrap_err().code().to_owned();
        assert_eq!(code("{", false), "INVALID_ARGUMENT");
        assert_eq!(code(r#"{"query":"a","pages":1}"#, false), "INVALID_ARGUMENT");
        assert_eq!(code(r#"{"query":"a","pageSize":100}"#, false), "PAGE_SIZE_NOT_SUPPORTED");
        assert_eq!(code(r#"{"query":"a","pageToken":"x"}"#, true), "INVALID_ARGUMENT");
        assert_eq!(code("{}", false), "REQUIRED_FIELD_MISSING");
        let body = r#"{"query":"a","pageToken":"","summaryRowSetting":"SUMMARY_ROW_ONLY"}"#;
        let request = SearchRequest::parse(body.as_bytes(), false).unwrap();
        assert_eq!(request.page_token, None);
        assert!(request.extras.summary && request.extras.summary_only);
    }
}

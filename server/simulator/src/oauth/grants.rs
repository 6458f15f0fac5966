//! Authorisation codes, access tokens and refresh tokens.

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

/// Seconds that an access token is said to live.
pub const ACCESS_TOKEN_SECONDS: i64 = 3_599;

/// Minutes that an authorisation code can be exchanged.
const CODE_MINUTES: i64 = 10;

/// What a person agreed to on the consent page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Who asked.
    pub client_id: String,
    /// Where the answer was sent.
    pub redirect_uri: String,
    /// What was granted.
    pub scope: String,
    /// PKCE challenge and whether it is hashed (S256) or plain.
    pub challenge: Option<(String, bool)>,
    /// True when the client asked for offline access, which brings a refresh token.
    pub offline: bool,
    /// True when consent was asked for anew, which brings a refresh token again.
    pub fresh: bool,
}

/// A fresh pair of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// For API calls.
    pub access: String,
    /// For new access tokens; absent in refresh answers and for online access.
    pub refresh: Option<String>,
    /// What was granted.
    pub scope: String,
}

/// Why tokens were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The code or refresh token is unknown, used, expired or revoked, or PKCE failed.
    #[error("{0}")]
    InvalidGrant(&'static str),
    /// The token belongs to another client.
    #[error("Unauthorized")]
    UnauthorizedClient,
}

/// Everything that has been granted.
///
/// Refresh tokens carry their own proof, so that they outlive the process; only revocations are remembered.
pub struct Grants {
    seed: u64,
    realm: &'static str,
    started: i64,
    issued: u64,
    codes: HashMap<String, (Consent, DateTime<Utc>)>,
    access: HashMap<String, Access>,
    /// Clients that have been given a refresh token before.
    known: HashSet<String>,
    live: HashSet<String>,
    revoked: HashSet<String>,
    /// True after everything was revoked: then only tokens issued since are good.
    only_live: bool,
}

struct Access {
    refresh: Option<String>,
    expires: DateTime<Utc>,
}

impl Grants {
    /// Nothing granted yet. Tokens of one seed and realm are good for every simulator with that seed.
    pub fn new(seed: u64, realm: &'static str, now: DateTime<Utc>) -> Self {
        Self {
            seed,
            realm,
            started: now.timestamp_millis(),
            issued: 0,
            codes: HashMap::new(),
            access: HashMap::new(),
            known: HashSet::new(),
            live: HashSet::new(),
            revoked: HashSet::new(),
            only_live: false,
        }
    }

    /// Makes an authorisation code.
    pub fn issue_code(&mut self, consent: Consent, now: DateTime<Utc>) -> String {
        let code = format!("4/sim-{}", self.unique("code"));
        self.codes.insert(code.clone(), (consent, now));
        code
    }

    /// Makes a refresh token, for one client or for any.
    pub fn issue_refresh_token(&mut self, client_id: Option<&str>, now: DateTime<Utc>) -> String {
        let payload = format!("{}.{}", client_id.unwrap_or("*"), now.timestamp_millis());
        let payload = format!("{payload}.{}", self.unique("refresh"));
        let body = URL_SAFE_NO_PAD.encode(payload);
        let token = format!("1//sim-{body}.{}", self.proof(&body));
        self.live.insert(token.clone());
        token
    }

    /// The redirect URI for which a code was given, for vendors that do not ask for it again.
    pub fn redirect_of(&self, code: &str) -> Option<&str> {
        self.codes.get(code).map(|(consent, _)| consent.redirect_uri.as_str())
    }

    /// Exchanges a code; it can be used once.
    ///
    /// # Errors
    /// When the code is not good, or does not fit the client, the redirect URI or the PKCE verifier.
    pub fn exchange(
        &mut self,
        code: &str,
        client_id: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Tokens, Refused> {
        let (consent, at) = self.codes.remove(code).ok_or(Refused::InvalidGrant("Malformed auth code."))?;
        if now - at > TimeDelta::minutes(CODE_MINUTES) {
            return Err(Refused::InvalidGrant("The auth code has expired."));
        }
        if consent.client_id != client_id {
            return Err(Refused::UnauthorizedClient);
        }
        if consent.redirect_uri != redirect_uri {
            return Err(Refused::InvalidGrant("redirect_uri does not match the one of the authorisation."));
        }
        match (&consent.challenge, verifier) {
            (None, _) => {}
            (Some(_), None) => return Err(Refused::InvalidGrant("Missing code verifier.")),
            (Some((challenge, hashed)), Some(verifier)) => {
                let answer = if *hashed { s256(verifier) } else { verifier.to_owned() };
                if answer != *challenge {
                    return Err(Refused::InvalidGrant("Invalid code verifier."));
                }
            }
        }
        // Without prompt=consent a second grant brings no refresh token.
        let first = self.known.insert(consent.client_id.clone());
        let wanted = consent.offline && (first || consent.fresh);
        let refresh = wanted.then(|| self.issue_refresh_token(Some(client_id), now));
        let access = self.issue_access(refresh.clone(), ACCESS_TOKEN_SECONDS, now);
        Ok(Tokens { access, refresh, scope: consent.scope })
    }

    /// Makes a new access token.
    ///
    /// # Errors
    /// When the refresh token is unknown or revoked, or belongs to another client.
    pub fn refresh(&mut self, token: &str, client_id: &str, now: DateTime<Utc>) -> Result<Tokens, Refused> {
        const DEAD: Refused = Refused::InvalidGrant("Token has been expired or revoked.");
        let owner = self.owner(token).ok_or(DEAD)?;
        if self.revoked.contains(token) || (self.only_live && !self.live.contains(token)) {
            return Err(DEAD);
        }
        if owner != "*" && owner != client_id {
            return Err(Refused::UnauthorizedClient);
        }
        self.live.insert(token.to_owned());
        let access = self.issue_access(Some(token.to_owned()), ACCESS_TOKEN_SECONDS, now);
        Ok(Tokens { access, refresh: None, scope: super::ADS_SCOPE.to_owned() })
    }

    /// Makes a new access token and a new refresh token; the old refresh token is dead from then on.
    ///
    /// # Errors
    /// As [`Grants::refresh`].
    pub fn rotate(&mut self, token: &str, client_id: &str, now: DateTime<Utc>) -> Result<Tokens, Refused> {
        let mut tokens = self.refresh(token, client_id, now)?;
        self.live.remove(token);
        self.revoked.insert(token.to_owned());
        let fresh = self.issue_refresh_token(Some(client_id), now);
        if let Some(access) = self.access.get_mut(&tokens.access) {
            access.refresh = Some(fresh.clone());
        }
        tokens.refresh = Some(fresh);
        Ok(tokens)
    }

    /// Kills one refresh token, with its access tokens, or the grant behind one access token. False when the
    /// token is unknown.
    pub fn revoke(&mut self, token: &str) -> bool {
        let refresh = match self.access.get(token) {
            Some(access) => access.refresh.clone(),
            None => self.owner(token).map(|_| token.to_owned()),
        };
        let known = self.access.remove(token).is_some() || refresh.is_some();
        if let Some(refresh) = refresh {
            self.live.remove(&refresh);
            self.access.retain(|_, access| access.refresh.as_ref() != Some(&refresh));
            self.revoked.insert(refresh);
        }
        known
    }

    /// Kills every token.
    pub fn revoke_all(&mut self) {
        self.only_live = true;
        self.live.clear();
        self.access.clear();
    }

    /// Lets every access token expire; refresh tokens stay good.
    pub fn expire_all(&mut self) {
        self.access.clear();
    }

    /// True when the access token is good.
    pub fn is_live(&self, access_token: &str, now: DateTime<Utc>) -> bool {
        self.access.get(access_token).is_some_and(|access| now < access.expires)
    }

    /// Numbers of live access tokens and of refresh tokens that this process has seen alive.
    pub fn count(&self, now: DateTime<Utc>) -> (usize, usize) {
        (self.access.values().filter(|access| now < access.expires).count(), self.live.len())
    }

    /// Makes an access token that lives for so many seconds, with the refresh token that it came from.
    pub fn issue_access(&mut self, refresh: Option<String>, seconds: i64, now: DateTime<Utc>) -> String {
        // Load tests refresh often, and the dead need not pile up.
        self.access.retain(|_, access| now < access.expires);
        let token = format!("ya29.sim-{}", self.unique("access"));
        let expires = now + TimeDelta::seconds(seconds);
        self.access.insert(token.clone(), Access { refresh, expires });
        token
    }

    fn unique(&mut self, purpose: &str) -> String {
        self.issued += 1;
        let digest = Sha256::digest(format!(
            "{}/{}/{}/{purpose}/{}",
            self.realm, self.seed, self.started, self.issued
        ));
        URL_SAFE_NO_PAD.encode(&digest[..18])
    }

    /// Who a refresh token belongs to, if it was issued with this seed.
    pub(crate) fn owner(&self, token: &str) -> Option<String> {
        let (body, proof) = token.strip_prefix("1//sim-")?.rsplit_once('.')?;
        if proof != self.proof(body) {
            return None;
        }
        let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        let (rest, _) = payload.rsplit_once('.')?;
        rest.rsplit_once('.').map(|(owner, _)| owner.to_owned())
    }

    fn proof(&self, body: &str) -> String {
        let digest = Sha256::digest(format!("{}/refresh/{body}/{}", self.realm, self.seed));
        URL_SAFE_NO_PAD.encode(&digest[..12])
    }
}

/// The S256 challenge of a PKCE verifier (RFC 7636).
pub fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    #[test]
    fn s256_is_that_of_rfc_7636() {
        let challenge = s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn refresh_tokens_outlive_the_process_but_not_another_seed() {
        let token = Grants::new(1, "a", now()).issue_refresh_token(Some("client.a"), now());
        let mut restarted = Grants::new(1, "a", now());
        assert!(restarted.refresh(&token, "client.a", now()).is_ok());
        assert_eq!(restarted.refresh(&token, "b", now()), Err(Refused::UnauthorizedClient));
        assert!(Grants::new(2, "a", now()).refresh(&token, "client.a", now()).is_err());
        assert!(Grants::new(1, "b", now()).refresh(&token, "client.a", now()).is_err());
    }

    #[test]
    fn revoking_everything_spares_what_comes_after() {
        let mut grants = Grants::new(1, "a", now());
        let old = grants.issue_refresh_token(None, now());
        let access = grants.refresh(&old, "c", now()).unwrap().access;
        grants.revoke_all();
        assert!(!grants.is_live(&access, now()));
        assert!(grants.refresh(&old, "c", now()).is_err());
        let new = grants.issue_refresh_token(None, now());
        assert!(grants.refresh(&new, "c", now()).is_ok());
        assert!(grants.revoke(&new));
        assert!(grants.refresh(&new, "c", now()).is_err());
        assert!(!grants.revoke("unknown"));
    }

    #[test]
    fn a_rotated_token_is_good_once() {
        let mut grants = Grants::new(1, "a", now());
        let first = grants.issue_refresh_token(None, now());
        let tokens = grants.rotate(&first, "c", now()).unwrap();
        assert!(grants.is_live(&tokens.access, now()));
        assert!(grants.rotate(&first, "c", now()).is_err());
        assert!(grants.rotate(&tokens.refresh.unwrap(), "c", now()).is_ok());
    }

    #[test]
    fn access_tokens_expire() {
        let mut grants = Grants::new(1, "a", now());
        let refresh = grants.issue_refresh_token(None, now());
        let access = grants.refresh(&refresh, "c", now()).unwrap().access;
        assert!(grants.is_live(&access, now() + TimeDelta::seconds(3_598)));
        assert!(!grants.is_live(&access, now() + TimeDelta::seconds(3_599)));
    }
}

//! Runs the command line in-process and reads what it printed.

use crate::server::{Interaction, Server};
use connectors::commandline::{AccountsArguments, ConnectionArguments, ConnectorCommand, ReadArguments, run};
use model::clock::Clock;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Exit code and both outputs.
#[derive(Debug)]
pub struct Outcome {
    pub code: u8,
    pub lines: Vec<Value>,
    pub words: String,
}

impl Outcome {
    pub fn of(&self, record: &str) -> Vec<&Value> {
        self.lines.iter().filter(|l| l["record"] == record).collect()
    }

    pub fn metrics(&self) -> Vec<&Value> {
        self.of("metric")
    }

    /// `entity date metric value` of all figures, sorted.
    pub fn figures(&self) -> Vec<String> {
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let mut figures: Vec<_> = self
            .metrics()
            .iter()
            .map(|l| {
                format!(
                    "{} {} {} {}",
                    text(&l["entity"]),
                    text(&l["date"]),
                    text(&l["metric"]),
                    text(&l["value"])
                )
            })
            .collect();
        figures.sort();
        figures
    }

    pub fn value(&self, entity: &str, date: &str, metric: &str) -> Option<String> {
        let line = self
            .metrics()
            .into_iter()
            .find(|l| l["entity"] == entity && l["date"] == date && l["metric"] == metric)?;
        line["value"].as_str().map(str::to_owned)
    }

    pub fn warnings(&self) -> Vec<String> {
        self.of("warning").iter().map(ToString::to_string).collect()
    }
}

/// A `read` in the making.
pub struct Read {
    pub slug: String,
    pub account: String,
    pub since: String,
    pub until: String,
    pub streams: Vec<String>,
    pub settings: Vec<String>,
    pub credentials: Value,
    pub state: Option<PathBuf>,
    pub now: String,
}

/// Credentials that work for every platform: it takes what it needs and ignores the rest.
pub fn credentials() -> Value {
    json!({
        "access_token": "at-1",
        "refresh_token": "rt-1",
        "client_id": "client",
        "client_secret": "secret",
        "developer_token": "dev",
        "login_customer_id": "1111111111",
        "api_key": "key-us3",
        "api_secret": "key-secret",
        "account_url": "https://example.api-us1.com",
        "instance_url": "https://example.my.salesforce.com",
        "server_prefix": "us3",
        "munchkin_id": "123-ABC-456",
        "data_center": "eu",
    })
}

impl Read {
    pub fn new(account: &str, since: &str, until: &str) -> Self {
        Self {
            slug: "google_ads".into(),
            account: account.into(),
            since: since.into(),
            until: until.into(),
            streams: Vec::new(),
            settings: Vec::new(),
            credentials: credentials(),
            state: None,
            now: "2026-09-04".into(),
        }
    }

    pub fn stream(mut self, name: &str) -> Self {
        self.streams.push(name.into());
        self
    }

    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push(format!("{name}={value}"));
        self
    }

    pub async fn run(&self, server: &Server) -> Outcome {
        self.run_at(&server.address).await
    }

    pub async fn run_at(&self, address: &str) -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("credentials.json");
        std::fs::write(&file, self.credentials.to_string()).unwrap();
        let command = ConnectorCommand::Read(ReadArguments {
            slug: self.slug.clone(),
            account: self.account.clone(),
            since: self.since.parse().unwrap(),
            until: self.until.parse().unwrap(),
            streams: self.streams.clone(),
            connection: ConnectionArguments {
                credentials: file,
                base_url: Some(address.to_owned()),
                settings: self.settings.clone(),
            },
            state: self.state.clone(),
        });
        execute(&command, &self.now).await
    }
}

/// Lists accounts.
pub async fn accounts(
    server: &Server,
    slug: &str,
    credentials: &Value,
    settings: &[String],
    now: &str,
) -> Outcome {
    accounts_at(&server.address, slug, credentials, settings, now).await
}

/// Lists accounts at an address.
pub async fn accounts_at(
    address: &str,
    slug: &str,
    credentials: &Value,
    settings: &[String],
    now: &str,
) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials.json");
    std::fs::write(&file, credentials.to_string()).unwrap();
    let command = ConnectorCommand::Accounts(AccountsArguments {
        slug: slug.into(),
        connection: ConnectionArguments {
            credentials: file,
            base_url: Some(address.to_owned()),
            settings: settings.to_vec(),
        },
    });
    execute(&command, now).await
}

pub async fn execute(command: &ConnectorCommand, now: &str) -> Outcome {
    let clock = Clock::from_setting(Some(now)).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(command, &mut out, &mut err, clock).await;
    let out = String::from_utf8(out).unwrap();
    let lines = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    Outcome { code, lines, words: String::from_utf8(err).unwrap() }
}

pub const SEARCH: &str = "/customers/[0-9]+/googleAds:search$";
pub const STREAM: &str = "/customers/[0-9]+/googleAds:searchStream$";

/// Token endpoint and discovery of one direct account, `42`, in euros.
pub fn basics() -> Vec<Interaction> {
    let client = json!({"customerClient": {
        "resourceName": "customers/42/customerClients/42", "clientCustomer": "customers/42", "level": "0",
        "manager": false, "descriptiveName": "Acme", "currencyCode": "EUR", "timeZone": "Europe/Berlin", "id": "42",
        "status": "ENABLED",
    }});
    vec![
        Interaction::new("POST", "^/token$", &["grant_type=refresh_token"])
            .gives(200, &json!({"access_token": "at-2", "expires_in": 3599, "token_type": "Bearer"})),
        Interaction::new("GET", "/customers:listAccessibleCustomers$", &[])
            .gives(200, &json!({"resourceNames": ["customers/42"]})),
        Interaction::new("POST", SEARCH, &["FROM customer_client"]).gives(200, &json!({"results": [client]})),
        Interaction::new("POST", STREAM, &["FROM customer_client"])
            .gives(200, &json!([{"results": [client]}])),
    ]
}

/// A row of `campaign_daily`.
pub fn campaign_row(id: &str, date: &str, metrics: &Value) -> Value {
    json!({
        "customer": {"resourceName": "customers/42", "id": "42", "currencyCode": "EUR"},
        "campaign": {"resourceName": format!("customers/42/campaigns/{id}"), "id": id, "name": format!("Campaign {id}"),
                     "status": "ENABLED", "advertisingChannelType": "SEARCH"},
        "segments": {"date": date},
        "metrics": metrics,
    })
}

/// All figures of a campaign's day, so that no field counts as missing.
pub fn figures(clicks: &str) -> Value {
    json!({"impressions": "1000", "clicks": clicks, "costMicros": "1230000", "conversions": 1.5, "conversionsValue": 9,
           "allConversions": 2, "videoTrueviewViews": "0", "engagements": "3", "interactions": "4"})
}

/// A refusal in Google's form.
pub fn refusal(status: u16, category: &str, code: &str, message: &str) -> Value {
    json!({"error": {"code": status, "message": "Request failed.", "status": "X", "details": [{
        "@type": "type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure",
        "errors": [{"errorCode": {category: code}, "message": message}], "requestId": "req-1"}]}})
}

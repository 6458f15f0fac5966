//! The simulator on a loopback port, a small HTTP client, and a connection made the way a person makes it.

use crate::common::{World, now};
use model::access::{Caller, Member};
use model::clock::Clock;
use model::connect::{ConnectRequest, Discovery};
use model::connections::{Schedule, StartSync};
use model::ids::{ConnectionId, SessionId};
use model::ports::Connections;
use pipeline::sync::run::{Ending, run};
use pipeline::{PipelineSettings, Platforms};
use serde_json::{Value, json};
use simulator::clock::SimClock;
use simulator::world::config::WorldConfig;
use simulator::{SimulatorOptions, SimulatorState};
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use url::Url;

/// First day of history that tests ask for.
pub const HISTORY_FROM: &str = "2026-10-20";

/// A world in which the vendor is the simulator.
pub struct Vendor {
    pub world: World,
    pub state: SimulatorState,
    pub address: String,
}

impl Vendor {
    pub async fn new() -> Self {
        Self::reading(Platforms::default()).await
    }

    /// With platforms of a test's own.
    pub async fn reading(connectors: Platforms) -> Self {
        let clock = Clock::frozen(now());
        let real = clock.clone();
        let sim_clock = SimClock::real_time(move || real.now());
        // The vendor's figures stand still, so that runs can be compared; waits still pass.
        sim_clock.set_speed(0.0).unwrap();
        let config = WorldConfig {
            accounts: 2,
            campaigns_per_account: 3..=3,
            ad_groups: 1..=2,
            ads: 1..=2,
            months: 2,
            ..WorldConfig::default()
        };
        let options = SimulatorOptions { world: config, ..SimulatorOptions::default() };
        let state = SimulatorState::new(options, sim_clock);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(simulator::serve(listener, state.clone(), std::future::pending()));
        let values = [
            ("base_url", format!("http://{address}")),
            ("client_id", simulator::DEMO_CLIENT_ID.to_owned()),
            ("client_secret", simulator::DEMO_CLIENT_SECRET.to_owned()),
            ("developer_token", simulator::DEMO_DEVELOPER_TOKEN.to_owned()),
        ];
        let settings = PipelineSettings {
            connectors,
            redirect_uri: "http://127.0.0.1:9/oauth/callback".to_owned(),
            platforms: BTreeMap::from([(
                "google_ads".to_owned(),
                values.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
            )]),
            ..PipelineSettings::default()
        };
        let world = World::on(clock, settings).await;
        pipeline::jobs::migrate(&world.pipeline).await.unwrap();
        Self { world, state, address }
    }

    /// With a connection to all accounts, not yet run.
    pub async fn connected() -> (Self, ConnectionId) {
        let vendor = Self::new().await;
        let connection = vendor.connect().await;
        vendor.start(connection).await;
        (vendor, connection)
    }

    pub fn member(&self) -> &Member {
        &self.world.member
    }

    pub fn caller(&self) -> Caller {
        Caller { user: self.member().user, session: SessionId(1), email: "ada@example.com".to_owned() }
    }

    /// What the vendor sends the browser back with, after the person's decision on the consent page.
    pub async fn consent(&self, decision: &str, reconnect: Option<ConnectionId>) -> BTreeMap<String, String> {
        let request =
            ConnectRequest { platform: "google_ads".to_owned(), reconnect, ..ConnectRequest::default() };
        let page = self.world.pipeline.connect(self.member(), request).await.unwrap();
        let page = Url::parse(&page).unwrap();
        assert_eq!(page.host_str(), Some("127.0.0.1"), "the consent page is the simulator's");
        let target = format!("{}?{}", page.path(), page.query().unwrap());
        let (status, _, html) = self.http("GET", &target, &[], "").await;
        assert_eq!(status, 200, "{html}");
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for input in html.split("<input type=\"hidden\" name=\"").skip(1) {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            let (value, _) = rest.split_once('"').unwrap();
            form.append_pair(name, &value.replace("&amp;", "&").replace("&#39;", "'"));
        }
        form.append_pair("decision", decision);
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let (status, headers, body) = self.http("POST", page.path(), &[kind], &form.finish()).await;
        assert!((300..400).contains(&status), "{status} {body}");
        let back = Url::parse(&headers["location"]).unwrap();
        assert_eq!(back.path(), "/oauth/callback");
        back.query_pairs().into_owned().collect()
    }

    /// Consents, and answers the new connection.
    pub async fn connect(&self) -> ConnectionId {
        let answer = self.consent("allow", None).await;
        let path = self.world.pipeline.finish_consent(&self.caller(), answer).await.unwrap();
        assert!(path.starts_with("/w/one/data/connections/") && path.ends_with("/accounts"), "{path}");
        path.split('/').rev().nth(1).unwrap().parse().unwrap()
    }

    pub async fn reconnect(&self, connection: ConnectionId) {
        let answer = self.consent("allow", Some(connection)).await;
        let path = self.world.pipeline.finish_consent(&self.caller(), answer).await.unwrap();
        assert_eq!(path, format!("/w/one/data/connections/{connection}"));
    }

    /// Chooses all accounts.
    pub async fn start(&self, connection: ConnectionId) -> Discovery {
        let found = self.world.pipeline.discover(self.member(), connection).await.unwrap();
        let start = StartSync {
            connection,
            accounts: found.accounts.iter().map(|a| a.remote_id.clone()).collect(),
            history_from: HISTORY_FROM.parse().unwrap(),
            schedule: Schedule::Hourly,
        };
        self.world.pipeline.start(self.member(), start).await.unwrap();
        found
    }

    pub async fn run(&self, connection: ConnectionId) -> Ending {
        self.run_until(connection, &CancellationToken::new()).await.expect("there is something to run")
    }

    pub async fn run_until(&self, connection: ConnectionId, stop: &CancellationToken) -> Option<Ending> {
        run(&self.world.pipeline, self.world.workspace(), connection, stop).await.unwrap()
    }

    /// Both clocks go on.
    pub async fn advance(&self, seconds: u64) {
        self.world.clock.sleep(std::time::Duration::from_secs(seconds)).await;
        self.state.clock().advance(i64::try_from(seconds).unwrap());
    }

    /// Adds a fault, as the simulator's control API takes it.
    pub async fn fault(&self, fault: Value) {
        let kind = ("content-type", "application/json");
        let (status, _, body) =
            self.http("POST", "/_simulator/faults", &[kind], &json!([fault]).to_string()).await;
        assert_eq!(status, 200, "{body}");
    }

    pub async fn clear_faults(&self) {
        self.http("DELETE", "/_simulator/faults", &[], "").await;
    }

    /// All rows of a query, asked of the vendor directly.
    pub async fn ask(&self, customer: i64, query: &str) -> Vec<Value> {
        let refresh = self.state.issue_refresh_token();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", &refresh)
            .append_pair("client_id", simulator::DEMO_CLIENT_ID)
            .append_pair("client_secret", simulator::DEMO_CLIENT_SECRET)
            .finish();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let (_, _, token) = self.http("POST", "/token", &[kind], &form).await;
        let token: Value = serde_json::from_str(&token).unwrap();
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        let manager = self.state.world().manager.to_string();
        let headers = [
            ("authorization", bearer.as_str()),
            ("developer-token", simulator::DEMO_DEVELOPER_TOKEN),
            ("login-customer-id", manager.as_str()),
            ("content-type", "application/json"),
        ];
        let path = format!("/v25/customers/{customer}/googleAds:searchStream");
        let (status, _, body) =
            self.http("POST", &path, &headers, &json!({"query": query}).to_string()).await;
        assert_eq!(status, 200, "{query}: {body}");
        let batches: Value = serde_json::from_str(&body).unwrap();
        let batches = batches.as_array().unwrap();
        batches.iter().flat_map(|b| b["results"].as_array().cloned().unwrap_or_default()).collect()
    }

    /// A request without keep-alive and chunks (HTTP/1.0): status, headers in lower case, body.
    async fn http(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, BTreeMap<String, String>, String) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let mut request = format!("{method} {target} HTTP/1.0\r\nhost: {}\r\n", self.address);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        (status, headers, body.to_owned())
    }

    /// The figures of all accounts as the vendor tells them: per kind, account, day and (for campaigns) entity:
    /// impressions, clicks, spend, conversions, value, rows.
    pub async fn vendor_figures(&self) -> BTreeMap<String, [i64; 6]> {
        let metrics = "metrics.impressions, metrics.clicks, metrics.cost_micros, metrics.conversions, \
                       metrics.conversions_value";
        let mut figures: BTreeMap<String, [i64; 6]> = BTreeMap::new();
        let until = self.state.clock().now().date_naive().succ_opt().unwrap();
        let customers: Vec<i64> = self.state.world().accounts.iter().map(|a| a.id).collect();
        for customer in customers {
            for (kind, resource, entity) in [
                (0, "customer", "customer.id"),
                (1, "campaign", "campaign.id"),
                (2, "ad_group", "ad_group.id"),
                (3, "ad_group_ad", "ad_group_ad.ad.id"),
            ] {
                let query = format!(
                    "SELECT {entity}, segments.date, {metrics} FROM {resource} \
                     WHERE segments.date BETWEEN '{HISTORY_FROM}' AND '{until}'"
                );
                for row in self.ask(customer, &query).await {
                    let day = row["segments"]["date"].as_str().unwrap();
                    let campaign = row["campaign"]["id"].as_str().filter(|_| kind == 1).unwrap_or_default();
                    let values = &row["metrics"];
                    let add = [
                        int(&values["impressions"]),
                        int(&values["clicks"]),
                        int(&values["costMicros"]),
                        millionths(&values["conversions"]),
                        millionths(&values["conversionsValue"]),
                        1,
                    ];
                    let sums = figures.entry(format!("{kind} {customer} {day} {campaign}")).or_default();
                    sums.iter_mut().zip(add).for_each(|(sum, add)| *sum += add);
                }
            }
        }
        figures
    }

    /// The same from the warehouse.
    pub async fn stored_figures(&self) -> BTreeMap<String, [i64; 6]> {
        let rows: Vec<(String, i64, i64, i64, i64, i64, i64)> = sqlx::query_as(
            "SELECT concat(f.kind, ' ', a.remote_id, ' ', f.day, ' ', CASE WHEN f.kind = 1 THEN e.remote_id END) AS key,
                coalesce(sum(impressions), 0)::bigint, coalesce(sum(clicks), 0)::bigint, coalesce(sum(spend), 0)::bigint,
                coalesce(sum(conversions), 0)::bigint, coalesce(sum(conversion_value), 0)::bigint, count(*)
             FROM facts_ads f JOIN accounts a ON a.id = f.account_id JOIN entities e ON e.id = f.entity_id
             GROUP BY 1",
        )
        .fetch_all(self.world.db.pool())
        .await
        .unwrap();
        rows.into_iter().map(|(key, a, b, c, d, e, f)| (key, [a, b, c, d, e, f])).collect()
    }

    /// Fails with the first difference between vendor and warehouse.
    pub async fn assert_equal(&self) {
        let (vendor, stored) = (self.vendor_figures().await, self.stored_figures().await);
        assert!(vendor.len() > 200, "{}", vendor.len());
        for (key, expected) in &vendor {
            assert_eq!(stored.get(key), Some(expected), "{key}");
        }
        let more: Vec<_> = stored.keys().filter(|key| !vendor.contains_key(*key)).collect();
        assert!(more.is_empty(), "only in the warehouse: {more:?}");
    }
}

fn int(value: &Value) -> i64 {
    value.as_str().and_then(|v| v.parse().ok()).unwrap_or(0)
}

fn millionths(value: &Value) -> i64 {
    let text = value.to_string();
    if text == "null" {
        return 0;
    }
    let value: rust_decimal::Decimal = text.parse().unwrap();
    i64::try_from((value * rust_decimal::Decimal::from(1_000_000)).round().mantissa()).unwrap()
}

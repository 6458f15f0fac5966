//! Figures of all families, planted by a formula, and a plain reference of them.

use crate::house::House;
use chrono::NaiveDate;
use metrics::cube::{Account, Entity, Path};
use metrics::testing::{Dataset, Fact};
use metrics::{Family, Level, Metric};
use model::DayRange;
use model::days::WeekStart;
use model::entities::EntityKind;
use model::ids::{AccountId, EntityId, RunId, WorkspaceId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use warehouse::load::{
    AccountSource, AccountSpec, Cause, Duplicates, FactBatch, FactRow, LoadScope, merge, open_account,
};
use warehouse::{Currency, Measures};

/// The last days before the clock of the house.
pub fn last_days(count: u32) -> DayRange {
    DayRange::ending("2026-09-03".parse().unwrap(), count)
}

/// Each account with the kinds that have figures, and how many things of each.
pub const ACCOUNTS: &[(Family, &str, &[(EntityKind, u32)])] = &[
    (Family::Ads, "google_ads", &[(EntityKind::Campaign, 3)]),
    (Family::Ads, "linkedin", &[(EntityKind::Campaign, 2)]),
    (Family::Social, "instagram", &[(EntityKind::Account, 1), (EntityKind::Post, 4)]),
    (Family::Social, "facebook", &[(EntityKind::Account, 1)]),
    (
        Family::Web,
        "ga4",
        &[(EntityKind::Account, 1), (EntityKind::Campaign, 2), (EntityKind::Page, 3), (EntityKind::Event, 2)],
    ),
    (Family::Search, "search_console", &[(EntityKind::Account, 1), (EntityKind::Page, 3)]),
    (
        Family::Email,
        "mailchimp",
        &[(EntityKind::Campaign, 3), (EntityKind::List, 2), (EntityKind::Flow, 1), (EntityKind::Email, 1)],
    ),
    (Family::Crm, "hubspot", &[(EntityKind::Account, 1), (EntityKind::Deal, 5), (EntityKind::Campaign, 1)]),
];

/// Broken down figures: of which account, whose, by what.
const BROKEN_DOWN: &[(&str, Family, EntityKind, &str, &[&str])] = &[
    ("search_console", Family::Search, EntityKind::Account, "query", &["shoes", "red shoes"]),
    ("search_console", Family::Search, EntityKind::Page, "query", &["shoes"]),
    ("search_console", Family::Search, EntityKind::Account, "country", &["deu", "aut"]),
    ("search_console", Family::Search, EntityKind::Account, "device", &["MOBILE", "DESKTOP"]),
    ("instagram", Family::Social, EntityKind::Account, "age+gender", &["25-34 · F", "25-34 · M"]),
    ("instagram", Family::Social, EntityKind::Account, "country", &["DE", "AT"]),
    ("instagram", Family::Social, EntityKind::Account, "city", &["Berlin, Berlin"]),
    ("mailchimp", Family::Email, EntityKind::Campaign, "hour", &["9", "17"]),
    (
        "ga4",
        Family::Web,
        EntityKind::Campaign,
        "channel_group+medium+source",
        &["Organic Search · organic · google", "Paid Search · cpc · google", "Paid Search · cpc · bing"],
    ),
];

pub struct Row {
    account: AccountId,
    family: Family,
    kind: EntityKind,
    remote_id: String,
    day: NaiveDate,
    measures: Measures,
}

/// Figures that differ from row to row; some days are missing, and some metrics of some rows.
pub fn figures(family: Family, seed: u32, day: u32) -> Measures {
    let mut measures = Measures::of(family);
    let metrics = Metric::ALL.iter().filter(|metric| metric.families().contains(&family));
    for (at, metric) in (0_u32..).zip(metrics) {
        let noise = (seed * 37 + day * 101 + at * 17) % 89;
        if !noise.is_multiple_of(11) {
            let unit = 10_i64.pow(metric.scale());
            measures.set(*metric, i64::from(noise) * unit + i64::from(noise % 7)).unwrap();
        }
    }
    measures
}

pub async fn load(house: &House, workspace: WorkspaceId) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut tx = house.db.pool().begin().await.unwrap();
    for (seed, (family, platform, kinds)) in (1_u32..).zip(ACCOUNTS) {
        let spec = AccountSpec {
            platform: (*platform).into(),
            remote_id: platform.to_uppercase(),
            name: format!("Account of {platform}"),
            currency: Currency::EUR,
            time_zone: "Europe/Berlin".into(),
            source: AccountSource::Connector,
            connection: None,
            remark: None,
        };
        let account = open_account(&mut tx, workspace, &spec).await.unwrap();
        for (kind, count) in *kinds {
            let mut batch = FactBatch::new();
            for thing in 0..*count {
                let remote_id = match kind {
                    EntityKind::Account => spec.remote_id.clone(),
                    other => format!("{} {thing}", other.name()),
                };
                for (at, day) in (0_u32..).zip(last_days(70).days()).filter(|(at, _)| (at + thing) % 5 != 4) {
                    let measures = figures(*family, seed * 7 + thing, at);
                    let row = FactRow {
                        remote_id: &remote_id,
                        day,
                        segment: None,
                        currency: Currency::EUR,
                        measures,
                        extra: None,
                    };
                    batch.push(&row).unwrap();
                    let (family, kind, remote_id) = (*family, *kind, remote_id.clone());
                    rows.push(Row { account, family, kind, remote_id, day, measures });
                }
            }
            merge(&mut tx, &scope(workspace, account, *family, *kind, None), batch).await.unwrap();
        }
        for (_, family, kind, dimension, values) in BROKEN_DOWN.iter().filter(|(p, ..)| p == platform) {
            let mut batch = FactBatch::new();
            for (at, value) in (0_u32..).zip(*values) {
                let remote_id = if *kind == EntityKind::Account {
                    spec.remote_id.clone()
                } else {
                    format!("{} 0", kind.name())
                };
                for (offset, day) in (0_u32..).zip(last_days(40).days()) {
                    let row = FactRow {
                        remote_id: &remote_id,
                        day,
                        segment: Some(value),
                        currency: Currency::EUR,
                        measures: figures(*family, at + 3, offset),
                        extra: None,
                    };
                    batch.push(&row).unwrap();
                }
            }
            merge(&mut tx, &scope(workspace, account, *family, *kind, Some(dimension)), batch).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    // Deals are in stages of pipelines.
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "INSERT INTO entities (workspace_id, account_id, kind, remote_id, name, first_seen, last_seen)
         SELECT {workspace}, a.id, k, n, n, now(), now() FROM accounts a,
             (VALUES (40, 'new business'), (41, 'first'), (41, 'second')) v (k, n) WHERE a.platform = 'hubspot';
         INSERT INTO crm_deals (workspace_id, account_id, remote_id, name, pipeline, stage, currency, attributes)
         SELECT {workspace}, e.account_id, e.remote_id, e.remote_id, 'new business',
             CASE WHEN e.id % 2 = 0 THEN 'first' ELSE 'second' END, 'EUR', '{{}}'
         FROM entities e WHERE e.kind = 42;"
    )))
    .execute(house.db.pool())
    .await
    .unwrap();
    rows
}

fn scope(
    workspace: WorkspaceId,
    account: AccountId,
    family: Family,
    kind: EntityKind,
    breakdown: Option<&str>,
) -> LoadScope {
    LoadScope {
        workspace,
        account,
        family,
        kind,
        breakdown: breakdown.map(Into::into),
        stream: Some("daily"),
        replace_days: None,
        duplicates: Duplicates::LastWins,
        cause: Cause::Run(RunId(1)),
        at: "2026-09-04T00:00:00Z".parse().unwrap(),
    }
}

/// What the reference knows of one family and level.
pub struct Reference {
    pub accounts: Vec<Account>,
    /// By (account, kind, vendor's id): own id, and those of the two steps above.
    pub entities: HashMap<(i32, String, String), (i64, Option<i64>, Option<i64>)>,
    pub names: HashMap<i64, String>,
}

impl Reference {
    pub async fn read(house: &House) -> Self {
        let pool = house.db.pool();
        let accounts: Vec<(i32, String, String)> =
            sqlx::query_as("SELECT id, name, platform FROM accounts ORDER BY id")
                .fetch_all(pool)
                .await
                .unwrap();
        let entities: Vec<(i32, i16, String, i64, Option<i64>, Option<i64>)> = sqlx::query_as(
            "SELECT e.account_id, e.kind, e.remote_id, e.id,
                 (SELECT p.id FROM crm_deals d JOIN entities p ON p.remote_id = d.pipeline AND p.kind = 40
                  WHERE d.remote_id = e.remote_id AND e.kind = 42),
                 (SELECT s.id FROM crm_deals d JOIN entities s ON s.remote_id = d.stage AND s.kind = 41
                  WHERE d.remote_id = e.remote_id AND e.kind = 42)
             FROM entities e",
        )
        .fetch_all(pool)
        .await
        .unwrap();
        let names: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, name FROM entities").fetch_all(pool).await.unwrap();
        let account = |(id, name, platform): (i32, String, String)| Account {
            id: AccountId(id),
            name,
            platform,
            currency: "EUR".into(),
            time_zone: "Europe/Berlin".into(),
        };
        Self {
            accounts: accounts.into_iter().map(account).collect(),
            entities: entities
                .into_iter()
                .map(|(account, kind, remote, id, first, second)| {
                    ((account, kind.to_string(), remote), (id, first, second))
                })
                .collect(),
            names: names.into_iter().collect(),
        }
    }

    pub fn dataset(&self, rows: &[Row], family: Family, level: Level) -> Dataset {
        let gives = |row: &&Row| {
            row.family == family
                && match (level, family) {
                    (Level::Only(kind), _) => row.kind == kind,
                    // Nothing below campaigns is planted.
                    (Level::AdGroup | Level::Ad, _) => false,
                    (_, Family::Ads) => row.kind == EntityKind::Campaign,
                    // The e-mails of a flow are its parts.
                    (_, Family::Email) => {
                        matches!(row.kind, EntityKind::Campaign | EntityKind::Flow | EntityKind::List)
                    }
                    (_, Family::Crm) => {
                        matches!(row.kind, EntityKind::Account | EntityKind::Deal)
                    }
                    _ => row.kind == EntityKind::Account,
                }
        };
        let metrics: Vec<Metric> =
            Metric::ALL.iter().copied().filter(|metric| metric.families().contains(&family)).collect();
        let named = |wanted: usize| {
            let mut ids: BTreeSet<i64> = BTreeSet::new();
            for (id, first, second) in self.entities.values() {
                let is_deals = level == Level::Only(EntityKind::Deal);
                match (is_deals, wanted) {
                    (false, 0) | (true, 2) => drop(ids.insert(*id)),
                    (true, 0) => ids.extend(first),
                    (true, 1) => ids.extend(second),
                    _ => {}
                }
            }
            let entity = |id: i64| Entity {
                id: EntityId(id),
                label: self.names[&id].clone(),
                parent: None,
                status: String::new(),
            };
            ids.into_iter().map(entity).collect::<Vec<_>>()
        };
        let number = |kind: EntityKind| match kind {
            EntityKind::Account => 0,
            EntityKind::Campaign => 1,
            EntityKind::Post => 10,
            EntityKind::Page => 20,
            EntityKind::Event => 21,
            EntityKind::List => 30,
            EntityKind::Email => 31,
            EntityKind::Flow => 32,
            _ => 42,
        };
        let fact = |row: &Row| {
            let none = Path { account: row.account, campaign: None, ad_group: None, ad: None };
            let key = (row.account.0, number(row.kind).to_string(), row.remote_id.clone());
            let path = match (row.kind, self.entities.get(&key)) {
                (EntityKind::Account, _) | (_, None) => none,
                (EntityKind::Deal, Some((id, first, second))) if level != Level::Campaign => Path {
                    campaign: first.map(EntityId),
                    ad_group: second.map(EntityId),
                    ad: Some(EntityId(*id)),
                    ..none
                },
                (_, Some((id, ..))) => Path { campaign: Some(EntityId(*id)), ..none },
            };
            Fact {
                path,
                day: row.day,
                values: metrics.iter().map(|metric| row.measures.get(*metric)).collect(),
            }
        };
        Dataset {
            level,
            week_start: WeekStart::Monday,
            currency: "EUR".into(),
            accounts: self.accounts.clone(),
            campaigns: named(0),
            ad_groups: named(1),
            ads: named(2),
            facts: rows.iter().filter(gives).map(fact).collect(),
            counting: BTreeMap::new(),
            missing_rates: BTreeSet::new(),
            span: last_days(70),
            metrics,
        }
    }
}

//! Slices of other families than advertising: where their rows go, and what customers' records come to.

use crate::common::{day, days, now};
use crate::vendor::Vendor;
use connectors::crm::{
    CrmKind, CrmRecord, DealRecord, DealState, LifecycleStage, LinkRecord, Origin, PartyRecord, RosterRecord,
    Tally, TombstoneRecord, TransitionRecord,
};
use connectors::{EntityRecord, ErrorKind, FactRecord, Page, Record, StreamSpec};
use metrics::{Family, Metric};
use model::DayRange;
use model::entities::EntityKind;
use model::ids::RunId;
use pipeline::PipelineError;
use pipeline::sync::slice::{Part, Place, Written, update_completeness, write};
use std::collections::BTreeMap;
use warehouse::Currency;
use warehouse::load::{AccountSource, AccountSpec, open_account};

pub fn stream(platform: &str, name: &str) -> &'static StreamSpec {
    connectors::find(platform).unwrap().stream(name).unwrap()
}

pub fn fact(
    stream: &'static StreamSpec,
    kind: EntityKind,
    entity: &str,
    on: &str,
    values: &[(Metric, i64)],
) -> Record {
    Record::Fact(FactRecord {
        stream: stream.name,
        account: "7".to_owned(),
        kind,
        entity: entity.to_owned(),
        date: day(on),
        began: None,
        hour: None,
        breakdown: BTreeMap::new(),
        currency: None,
        values: values.iter().map(|(metric, value)| (*metric, (*value).into())).collect(),
        extra: serde_json::Map::new(),
    })
}

pub struct Slices {
    pub vendor: Vendor,
    pub place: Place,
    pub remote_id: String,
}

impl Slices {
    pub async fn new(platform: &str) -> Self {
        let (vendor, connection) = Vendor::connected().await;
        let remote_id = vendor.state.world().accounts[0].id.to_string();
        let mut tx = vendor.world.db.database().begin().await.unwrap();
        let spec = AccountSpec {
            platform: platform.to_owned(),
            remote_id: remote_id.clone(),
            name: "One".to_owned(),
            currency: Currency::EUR,
            time_zone: "Europe/Berlin".to_owned(),
            source: AccountSource::Connector,
            connection: Some(connection),
            remark: None,
        };
        let account = open_account(&mut tx, vendor.world.workspace(), &spec).await.unwrap();
        tx.commit().await.unwrap();
        let place = Place {
            workspace: vendor.world.workspace(),
            connection,
            run: RunId(1),
            account,
            currency: Currency::EUR,
            today: day("2026-11-22"),
            at: now(),
        };
        Self { vendor, place, remote_id }
    }

    pub async fn write(
        &self,
        stream: &'static StreamSpec,
        days: DayRange,
        records: Vec<Record>,
    ) -> Result<Written, PipelineError> {
        let rows = records.len() as u64;
        let part = Part {
            stream,
            remote_id: self.remote_id.clone(),
            days,
            pages: vec![Page { rows, records, ..Page::default() }],
        };
        let mut tx = self.vendor.world.db.database().begin().await.unwrap();
        let written = write(&mut tx, &mut self.place.clone(), part).await?;
        tx.commit().await.unwrap();
        Ok(written)
    }

    pub async fn text(&self, sql: &str) -> String {
        self.vendor.world.text(sql).await
    }
}

#[tokio::test]
async fn two_streams_of_one_kind_leave_each_other_alone() {
    let slices = Slices::new("ga4").await;
    let (visits, costs) = (stream("ga4", "traffic_daily"), stream("ga4", "ads_daily"));
    let week = days("2026-11-01", "2026-11-07");
    let campaign =
        |stream, values: &[(Metric, i64)]| fact(stream, EntityKind::Campaign, "spring", "2026-11-03", values);
    slices.write(visits, week, vec![campaign(visits, &[(Metric::Sessions, 12)])]).await.unwrap();
    slices
        .write(costs, week, vec![campaign(costs, &[(Metric::Spend, 3), (Metric::Clicks, 4)])])
        .await
        .unwrap();
    let stored =
        "SELECT concat_ws(' ', day, 'sessions', sessions, 'spend', spend) FROM facts_web ORDER BY stream";
    assert_eq!(slices.text(stored).await, "2026-11-03 sessions 12 spend\n2026-11-03 sessions spend 3000000");
    assert_eq!(slices.text("SELECT count(*)::text FROM facts_ads").await, "0");
    slices.write(visits, week, Vec::new()).await.unwrap();
    assert_eq!(slices.text(stored).await, "2026-11-03 sessions spend 3000000");
    slices.write(costs, week, Vec::new()).await.unwrap();
    assert_eq!(slices.text(stored).await, "");
}

#[tokio::test]
async fn entities_of_all_kinds_are_kept_and_told_piece_by_piece() {
    let slices = Slices::new("hubspot").await;
    let stages = stream("hubspot", "deal_pipelines");
    for (number, kind) in EntityKind::ALL.into_iter().enumerate() {
        for (name, value) in [("first", number), ("second", number + 1)] {
            let record = EntityRecord {
                stream: stages.name,
                account: "7".to_owned(),
                kind,
                id: "x".to_owned(),
                parent: None,
                name: kind.name().to_owned(),
                status: None,
                attributes: serde_json::Map::from_iter([(name.to_owned(), value.into())]),
            };
            slices
                .write(stages, days("2026-11-22", "2026-11-22"), vec![Record::Entity(record)])
                .await
                .unwrap();
        }
    }
    assert_eq!(
        slices
            .text("SELECT count(*)::text FROM entities WHERE attributes ? 'first' AND attributes ? 'second'")
            .await,
        EntityKind::ALL.len().to_string()
    );
}

#[tokio::test]
async fn a_figure_of_another_family_ends_its_stream_with_the_reason() {
    let slices = Slices::new("ga4").await;
    let visits = stream("ga4", "traffic_daily");
    let records = vec![fact(
        visits,
        EntityKind::Campaign,
        "spring",
        "2026-11-03",
        &[(Metric::Sessions, 12), (Metric::EmailsSent, 1)],
    )];
    let error = slices.write(visits, days("2026-11-01", "2026-11-07"), records).await.unwrap_err();
    let PipelineError::Stream(error) = error else { panic!("{error}") };
    assert!(matches!(error.kind, ErrorKind::Drift { .. }) && !error.kind.stops_run(), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("stream traffic_daily") && text.contains("emails_sent"), "{text}");
    assert_eq!(slices.text("SELECT count(*)::text FROM facts_web").await, "0");
    assert_eq!(slices.text("SELECT count(*)::text FROM stream_days").await, "0");
}

#[tokio::test]
async fn an_account_is_complete_where_all_its_streams_are() {
    let slices = Slices::new("hubspot").await;
    let (deals, contacts) = (stream("hubspot", "deals"), stream("hubspot", "contacts"));
    slices.write(deals, days("2026-11-01", "2026-11-22"), Vec::new()).await.unwrap();
    let complete = async || {
        let mut tx = slices.vendor.world.db.database().begin().await.unwrap();
        // A stream that was never read (it may not be allowed) holds nobody up.
        let streams = ["deals", "contacts", "leads"];
        update_completeness(&mut tx, &slices.place, &streams, day("2026-11-21")).await.unwrap();
        tx.commit().await.unwrap();
        let own = "SELECT complete_until::text FROM accounts WHERE platform = 'hubspot'";
        slices.text(own).await
    };
    assert_eq!(complete().await, "2026-11-21", "today still runs");
    slices.write(contacts, days("2026-11-01", "2026-11-10"), Vec::new()).await.unwrap();
    assert_eq!(complete().await, "2026-11-10");
}

fn origin(stream: &'static StreamSpec) -> Origin {
    Origin { stream: stream.name, account: String::new(), counted_under: None, seen_at: now() }
}

fn deal(stream: &'static StreamSpec, number: u32) -> DealRecord {
    let state = [DealState::Open, DealState::Won, DealState::Lost, DealState::Closed][number as usize % 4];
    let on = |offset: u32| format!("2026-11-{:02}", 1 + (number * 7 + offset) % 22).parse().ok();
    DealRecord {
        origin: origin(stream),
        id: format!("d{number}"),
        name: format!("Deal {number}"),
        pipeline: Some("sales".into()),
        stage: Some("s".into()),
        state: (number % 9 != 8).then_some(state),
        probability: (!number.is_multiple_of(5)).then(|| "0.3333".parse().unwrap()),
        amount: (number % 6 != 1).then(|| rust_decimal::Decimal::new(i64::from(number) * 12_345, 2)),
        currency: (!number.is_multiple_of(3)).then(|| "SEK".into()),
        owner: None,
        created: on(0).filter(|_| number % 7 != 3),
        closed: on(5).filter(|_| state != DealState::Open),
        changed_at: None,
        attributes: serde_json::Map::new(),
    }
}

/// The records as a portal would bring them, stream by stream.
fn portal() -> Vec<(&'static StreamSpec, Vec<CrmRecord>)> {
    let of = |name| stream("hubspot", name);
    let dead = |kind, id: &str, by: &'static str| {
        CrmRecord::Tombstone(TombstoneRecord {
            origin: origin(of(by)),
            kind,
            id: id.into(),
            at: Some("2026-11-20T00:00:00Z".parse().unwrap()),
            merged_into: None,
        })
    };
    let moves = (0..40_u32).map(|number| {
        CrmRecord::Transition(TransitionRecord {
            origin: origin(of("deal_stage_history")),
            deal: format!("d{}", number % 23),
            from: None,
            to: format!("s{}", number % 3),
            at: format!("2026-11-{:02}T23:30:00Z", 1 + number % 20).parse().unwrap(),
            seconds_in_from: None,
        })
    });
    let contacts = (0..30_u32).map(|number| {
        let stages =
            [LifecycleStage::Lead, LifecycleStage::Mql, LifecycleStage::Sql, LifecycleStage::Customer];
        let entered = stages.into_iter().take(number as usize % 5).zip(0..).map(|(stage, step)| {
            (stage, format!("2026-11-{:02}T00:30:00Z", 1 + (number + step) % 20).parse().unwrap())
        });
        CrmRecord::Party(PartyRecord {
            origin: origin(of("contacts")),
            kind: if number % 10 == 9 { CrmKind::Company } else { CrmKind::Contact },
            id: format!("c{number}"),
            name: None,
            stage: None,
            entered: entered.collect(),
            owner: None,
            created_at: None,
            changed_at: None,
            attributes: serde_json::Map::new(),
        })
    });
    let link = CrmRecord::Link(LinkRecord {
        origin: origin(of("deal_contacts")),
        from: (CrmKind::Deal, "d1".into()),
        to: (CrmKind::Contact, "c1".into()),
        role: "3".into(),
    });
    let deals = |name: &'static str, keep: fn(&DealRecord) -> bool| -> Vec<CrmRecord> {
        (0..24).map(|number| deal(of(name), number)).filter(keep).map(CrmRecord::Deal).collect()
    };
    vec![
        (of("deals_archived"), vec![dead(CrmKind::Deal, "d4", "deals_archived")]),
        (of("open_deals"), deals("open_deals", |deal| deal.state == Some(DealState::Open))),
        (of("deal_stage_history"), moves.collect()),
        (of("deals"), deals("deals", |_| true)),
        (of("contacts"), contacts.chain([dead(CrmKind::Contact, "c3", "contacts")]).collect()),
        (of("deal_contacts"), vec![link]),
    ]
}

/// A vendor that says nothing of deals that were deleted still lists those that there are.
#[tokio::test]
async fn deals_that_are_missing_among_all_leave_the_figures() {
    let slices = Slices::new("pipedrive").await;
    let all = stream("pipedrive", "deals_full");
    let today = days("2026-11-22", "2026-11-22");
    let records = |of: &[u32]| -> Vec<Record> {
        let deals: Vec<DealRecord> = of.iter().map(|number| deal(all, *number)).collect();
        let mut roster = RosterRecord::new(origin(all));
        roster.deals.extend(deals.iter().map(|deal| deal.id.clone()));
        let roster = CrmRecord::Roster(roster).into();
        deals.into_iter().map(|deal| CrmRecord::Deal(deal).into()).chain([roster]).collect()
    };
    let counted = "SELECT string_agg(DISTINCT e.remote_id, ' ' ORDER BY e.remote_id)
                   FROM facts_crm f JOIN entities e ON e.id = f.entity_id";
    slices.write(all, today, records(&[0, 1, 2])).await.unwrap();
    assert_eq!(slices.text(counted).await, "d0 d1 d2");
    let written = slices.write(all, today, records(&[1, 2])).await.unwrap();
    assert_eq!((written.records, slices.text(counted).await.as_str()), (1, "d1 d2"));
    slices.write(all, today, records(&[0, 1, 2])).await.unwrap();
    assert_eq!(slices.text(counted).await, "d0 d1 d2", "it had only been hidden");
}

/// What is counted from stored records is what the command line counts from those that it reads.
#[tokio::test]
async fn stored_records_come_to_what_the_connector_counts() {
    let slices = Slices::new("hubspot").await;
    let month = days("2026-11-01", "2026-11-30");
    let mut tally = Tally::default();
    for (stream, records) in portal() {
        for record in &records {
            tally.add(record.clone());
        }
        let records: Vec<Record> = records.into_iter().map(|record| Record::Crm(Box::new(record))).collect();
        let first = slices.write(stream, month, records.clone()).await.unwrap();
        assert!(first.records > 0, "{}", stream.name);
        let again = slices.write(stream, month, records).await.unwrap();
        assert_eq!((again.records, again.counts.changed()), (0, false), "{}", stream.name);
    }
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    for (stream, _) in portal() {
        for fact in tally.figures(stream.name, month) {
            for (metric, value) in &fact.values {
                let entity = if fact.kind == EntityKind::Account { &slices.remote_id } else { &fact.entity };
                let currency = if metric.is_money() { fact.currency.as_deref().unwrap_or("EUR") } else { "" };
                let key = format!("{entity} {} {} {currency}", fact.date, metric.name());
                let units = pipeline::sync::slice::scale(*value, metric.scale()).unwrap();
                *expected.entry(key).or_default() += units;
            }
        }
    }
    assert!(expected.len() > 80, "{}", expected.len());
    // The connector tells one record from the other; what takes several of them, the warehouse alone can tell.
    let of_stored = [
        Metric::SalesCycleDays,
        Metric::OpenDeals,
        Metric::CohortLeads,
        Metric::CohortMqls,
        Metric::CohortSqls,
        Metric::CohortCustomers,
    ];
    let names: Vec<&str> = Metric::ALL
        .iter()
        .filter(|metric| metric.families().contains(&Family::Crm) && !of_stored.contains(metric))
        .map(|metric| metric.name())
        .collect();
    let mut stored: BTreeMap<String, i64> = BTreeMap::new();
    for name in names {
        let money = Metric::from_name(name).is_some_and(Metric::is_money);
        let currency = if money { "currency" } else { "''" };
        let rows: Vec<(String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT concat(e.remote_id, ' ', day, ' {name} ', {currency}), sum({name})::bigint
             FROM facts_crm f JOIN entities e ON e.id = f.entity_id WHERE {name} IS NOT NULL GROUP BY 1"
        )))
        .fetch_all(slices.vendor.world.db.pool())
        .await
        .unwrap();
        stored.extend(rows);
    }
    assert_eq!(stored, expected);
}

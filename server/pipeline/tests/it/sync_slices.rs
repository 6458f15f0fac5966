//! Slices as they are written, without a vendor.

use crate::common::{day, days, now};
use crate::vendor::Vendor;
use connectors::{FactRecord, Page, Record, StreamSpec};
use metrics::Metric;
use model::entities::EntityKind;
use model::ids::RunId;
use pipeline::sync::slice::{Part, Place, write};
use warehouse::Currency;
use warehouse::load::{AccountSource, AccountSpec, open_account};

fn stream(name: &str) -> &'static StreamSpec {
    let streams = connectors::find("google_ads").unwrap().streams();
    streams.iter().find(|s| s.name == name).unwrap()
}

/// A keyword's clicks on a day.
fn keyword(criterion: &str, text: Option<&str>, on: &str, clicks: i64) -> Record {
    let breakdown = [("criterion", Some(criterion)), ("keyword", text)]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    Record::Fact(FactRecord {
        stream: "keyword_daily",
        account: "1".to_owned(),
        kind: EntityKind::AdGroup,
        entity: "7".to_owned(),
        date: day(on),
        began: None,
        hour: None,
        breakdown: breakdown.collect(),
        currency: Some("EUR".to_owned()),
        values: vec![(Metric::Clicks, clicks.into())],
        extra: serde_json::Map::new(),
    })
}

struct Slices {
    vendor: Vendor,
    place: Place,
    remote_id: String,
}

impl Slices {
    async fn new() -> Self {
        let (vendor, connection) = Vendor::connected().await;
        let remote_id = vendor.state.world().accounts[0].id.to_string();
        let mut tx = vendor.world.db.database().begin().await.unwrap();
        let spec = AccountSpec {
            platform: "google_ads".to_owned(),
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

    /// Writes what came for the days; answers what is stored.
    async fn write(&self, from: &str, until: &str, records: Vec<Record>) -> String {
        let rows = records.len() as u64;
        let part = Part {
            stream: stream("keyword_daily"),
            remote_id: self.remote_id.clone(),
            days: days(from, until),
            pages: vec![Page { rows, records, ..Page::default() }],
        };
        let mut tx = self.vendor.world.db.database().begin().await.unwrap();
        write(&mut tx, &mut self.place.clone(), part).await.unwrap();
        tx.commit().await.unwrap();
        self.vendor
            .world
            .text(
                "SELECT concat_ws(' ', day, dimension, value, clicks) FROM facts_ads_by ORDER BY day, value",
            )
            .await
    }
}

#[tokio::test]
async fn breakdown_rows_that_the_vendor_withdrew_go_with_their_slice() {
    let slices = Slices::new().await;
    let both = vec![keyword("11", Some("shoes"), "2026-11-01", 5), keyword("12", None, "2026-11-08", 3)];
    let stored = "2026-11-01 criterion+keyword 11 · shoes 5\n2026-11-08 criterion 12 3";
    assert_eq!(slices.write("2026-11-01", "2026-11-14", both).await, stored);
    // Nothing came for the second week: its rows go, those of the first one stay.
    let left = "2026-11-01 criterion+keyword 11 · shoes 5";
    assert_eq!(slices.write("2026-11-08", "2026-11-14", Vec::new()).await, left);
    // The text of a keyword can't be read any more: its row is not left behind under the other name.
    let bare = vec![keyword("11", None, "2026-11-01", 5)];
    assert_eq!(slices.write("2026-11-01", "2026-11-07", bare).await, "2026-11-01 criterion 11 5");
    assert_eq!(slices.write("2026-11-01", "2026-11-14", Vec::new()).await, "");
}

//! What vendors push: counted once, in its hour, whatever the order; what is not genuine leaves a trace and no figure.

use crate::common::{World, now};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::secrets::Place;
use model::hooks::DeliveryOutcome;
use model::ids::ConnectionId;
use model::ports::Hooks;
use pipeline::PipelineSettings;
use std::collections::BTreeMap;
use warehouse::load::{AccountSource, AccountSpec, open_account};

/// A connection to a platform with one account in New York.
async fn connected(platform: &str) -> (World, ConnectionId) {
    let settings = PipelineSettings {
        redirect_uri: "https://numbers.example/oauth/callback".to_owned(),
        ..PipelineSettings::default()
    };
    let world = World::on(model::clock::Clock::frozen(now()), settings).await;
    let id: i32 = sqlx::query_scalar(
        "INSERT INTO connections (workspace_id, platform, name, history_from, secret, created_at)
         VALUES ($1, $2, 'It', '2026-11-01', decode(repeat('00', 44), 'hex'), $3) RETURNING id",
    )
    .bind(world.workspace().0)
    .bind(platform)
    .bind(now())
    .fetch_one(world.db.pool())
    .await
    .unwrap();
    let secret = world
        .pipeline
        .secrets
        .seal(br#"{"access_token":null}"#, Place { table: "connections", row: &id.to_string() });
    sqlx::query("UPDATE connections SET secret = $1").bind(secret).execute(world.db.pool()).await.unwrap();
    let spec = AccountSpec {
        platform: platform.to_owned(),
        remote_id: "me".to_owned(),
        name: "Me".to_owned(),
        currency: "EUR".parse().unwrap(),
        time_zone: "America/New_York".to_owned(),
        source: AccountSource::Connector,
        connection: Some(ConnectionId(id)),
        remark: None,
    };
    let database = world.db.database();
    let mut tx = database.begin().await.unwrap();
    open_account(&mut tx, world.workspace(), &spec).await.unwrap();
    tx.commit().await.unwrap();
    (world, ConnectionId(id))
}

/// The secret part of the connection's address.
async fn token(world: &World, connection: ConnectionId, proof: Option<String>) -> String {
    let state = world.pipeline.open(&world.member, connection, proof).await.unwrap();
    let url = state.address.unwrap().url;
    url.strip_prefix("https://numbers.example/hooks/").unwrap_or_else(|| panic!("{url}")).to_owned()
}

async fn hours(world: &World) -> String {
    world
        .text(
            "SELECT concat_ws(' ', e.remote_id, f.day, f.value, f.delivered, f.opens, f.subscribers_added,
                 f.subscribers_removed)
             FROM facts_email_by f JOIN entities e ON e.id = f.entity_id
             WHERE f.dimension = 'hour' ORDER BY 1",
        )
        .await
}

#[tokio::test]
async fn a_signed_event_counts_once_in_its_hour() {
    let (world, connection) = connected("sendgrid").await;
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let key = STANDARD.encode(der.as_ref());
    let at = now().timestamp();
    let event = |id: &str, name: &str, seconds: i64, more: &str| {
        format!(r#"{{"sg_event_id":"{id}","event":"{name}","timestamp":{}{more}}}"#, at - seconds)
    };
    // Noon in UTC is seven in New York; the second open is of a machine.
    let body = format!(
        "[{},{},{},{}]\r\n",
        event("a", "delivered", 0, r#","singlesend_id":"s1""#),
        event("b", "open", 3_600, ""),
        event("c", "open", 0, r#","sg_machine_open":true"#),
        event("d", "deferred", 0, ""),
    );
    let signed = |body: &str| {
        let moment = at.to_string();
        let signature = pair.sign(&SystemRandom::new(), format!("{moment}{body}").as_bytes()).unwrap();
        BTreeMap::from([
            (connectors::sendgrid::webhook::TIMESTAMP.to_owned(), moment),
            (connectors::sendgrid::webhook::SIGNATURE.to_owned(), STANDARD.encode(signature.as_ref())),
        ])
    };
    let take = async |token: &str, headers, body: &str| {
        world.pipeline.take(token, headers, body.as_bytes()).await.unwrap()
    };

    let address = token(&world, connection, None).await;
    let early = take(&address, signed(&body), &body).await.unwrap();
    assert!(matches!(&early, DeliveryOutcome::NotGenuine(why) if why.contains("not entered")), "{early:?}");
    assert_eq!(token(&world, connection, Some(key)).await, address, "the address stays");

    let forged = take(&address, signed("[]"), &body).await.unwrap();
    assert!(matches!(&forged, DeliveryOutcome::NotGenuine(why) if why.contains("signature")), "{forged:?}");
    assert_eq!(hours(&world).await, "");

    assert_eq!(take(&address, signed(&body), &body).await, Some(DeliveryOutcome::Taken));
    let counted = "me 2026-11-22 6 1\nme 2026-11-22 7 1\ns1 2026-11-22 7 1";
    assert_eq!(hours(&world).await, counted);
    assert_eq!(take(&address, signed(&body), &body).await, Some(DeliveryOutcome::Taken), "delivered again");
    assert_eq!(hours(&world).await, counted);
    let broken = r#"{"no":"list"}"#;
    let unread = take(&address, signed(broken), broken).await.unwrap();
    assert!(matches!(unread, DeliveryOutcome::Unreadable(_)), "{unread:?}");

    let state = world.pipeline.state(&world.member, connection).await.unwrap().unwrap();
    let traces: Vec<_> =
        state.deliveries.iter().map(|t| (t.outcome.name(), t.events, t.new_events)).collect();
    assert_eq!(
        traces,
        [
            ("unreadable", 0, 0),
            ("taken", 3, 0),
            ("taken", 3, 3),
            ("not_genuine", 0, 0),
            ("not_genuine", 0, 0)
        ]
    );
}

#[tokio::test]
async fn events_of_a_list_count_whatever_their_order() {
    let (world, connection) = connected("campaign_monitor").await;
    let address = token(&world, connection, None).await;
    let event = |kind: &str, at: &str, who: &str| {
        format!(
            r#"{{"Type":"{kind}","Date":"{at}","EmailAddress":"{who}","State":"Active","CustomFields":[]}}"#
        )
    };
    let deliver = async |events: &[String]| {
        let body = format!(r#"{{"ListID":"l1","Events":[{}]}}"#, events.join(","));
        world.pipeline.take(&address, BTreeMap::new(), body.as_bytes()).await.unwrap()
    };
    let left = event("Deactivate", "2026-11-21 23:59:00", "a@example.com");
    let joined = event("Subscribe", "2026-11-21 09:00:00", "a@example.com");
    // Another person in the same second is another event.
    let other = event("Subscribe", "2026-11-21 09:00:00", "b@example.com");
    let update = event("Update", "2026-11-21 10:00:00", "b@example.com");
    for events in [vec![left.clone()], vec![joined.clone(), update], vec![other, joined], vec![left]] {
        assert_eq!(deliver(&events).await, Some(DeliveryOutcome::Taken));
    }
    assert_eq!(hours(&world).await, "l1 2026-11-21 23 1\nl1 2026-11-21 9 2");
    assert_eq!(world.number("SELECT count(*) FROM hook_events").await, 3);
    assert_eq!(world.number("SELECT count(*) FROM facts_email").await, 0, "totals are the reports'");
    assert_eq!(world.pipeline.take("elsewhere", BTreeMap::new(), b"{}").await.unwrap(), None);

    world.pipeline.close(&world.member, connection).await.unwrap();
    assert_eq!(world.pipeline.take(&address, BTreeMap::new(), b"{}").await.unwrap(), None);
    assert!(world.pipeline.state(&world.member, connection).await.unwrap().unwrap().address.is_none());
}

#[tokio::test]
async fn a_platform_that_pushes_nothing_has_no_address() {
    let (world, connection) = connected("google_ads").await;
    assert_eq!(world.pipeline.state(&world.member, connection).await.unwrap(), None);
    assert!(world.pipeline.open(&world.member, connection, None).await.is_err());
}

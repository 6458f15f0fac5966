//! The lines that are printed: one JSON object each, keys in a fixed order.

use crate::connector::Connector;
use crate::crm::{CrmKind, CrmRecord, DealState, Origin};
use crate::error::{Error, Result};
use crate::http::node::canonical;
use crate::record::{EntityRecord, FactRecord, RemoteAccount, Warning};
use crate::stream::Grain;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Serialize)]
struct MetricLine<'a> {
    record: &'static str,
    stream: &'a str,
    account: &'a str,
    entity_kind: &'a str,
    entity: &'a str,
    date: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    hour: Option<u8>,
    metric: &'a str,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    breakdown: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct EntityLine<'a> {
    record: &'static str,
    stream: &'a str,
    account: &'a str,
    entity_kind: &'a str,
    entity: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    attributes: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct WarningLine<'a> {
    record: &'static str,
    #[serde(flatten)]
    warning: &'a Warning,
}

#[derive(Serialize)]
struct AccountLine<'a> {
    record: &'static str,
    id: &'a str,
    name: &'a str,
    currency: Option<&'a str>,
    time_zone: Option<&'a str>,
}

#[derive(Serialize)]
struct StateLine<'a> {
    record: &'static str,
    stream: &'a str,
    account: &'a str,
    state: Value,
}

fn line(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map(|text| text + "\n")
        .map_err(|e| Error::configuration(format!("A record can't be printed: {e}.")))
}

/// One line per figure.
pub(super) fn fact(fact: &FactRecord, lines: &mut String) -> Result<()> {
    for (metric, value) in &fact.values {
        lines.push_str(&line(&MetricLine {
            record: "metric",
            stream: fact.stream,
            account: &fact.account,
            entity_kind: fact.kind.name(),
            entity: &fact.entity,
            date: fact.date,
            hour: fact.hour,
            metric: metric.name(),
            value: canonical(*value),
            currency: fact.currency.as_deref().filter(|_| metric.is_money()),
            breakdown: &fact.breakdown,
        })?);
    }
    Ok(())
}

pub(super) fn entity(entity: &EntityRecord) -> Result<String> {
    line(&EntityLine {
        record: "entity",
        stream: entity.stream,
        account: &entity.account,
        entity_kind: entity.kind.name(),
        entity: &entity.id,
        parent_kind: entity.parent.as_ref().map(|(kind, _)| kind.name()),
        parent: entity.parent.as_ref().map(|(_, id)| id.as_str()),
        name: &entity.name,
        status: entity.status.as_deref(),
        attributes: &entity.attributes,
    })
}

/// A record of a CRM. What has a name is printed like any entity.
pub(super) fn crm(record: &CrmRecord) -> Result<String> {
    match record {
        CrmRecord::Deal(deal) => {
            let mut attributes = deal.attributes.clone();
            let more = [
                ("pipeline", deal.pipeline.clone()),
                ("stage", deal.stage.clone()),
                ("probability", deal.probability.map(canonical)),
                ("amount", deal.amount.map(canonical)),
                ("currency", deal.currency.clone()),
                ("owner", deal.owner.clone()),
                ("created", deal.created.map(|d| d.to_string())),
                ("closed", deal.closed.map(|d| d.to_string())),
                ("changed_at", deal.changed_at.map(moment)),
            ];
            extend(&mut attributes, more);
            let status = deal.state.map(DealState::name);
            thing(&deal.origin, CrmKind::Deal, &deal.id, &deal.name, status, &attributes)
        }
        CrmRecord::Party(party) => {
            let mut attributes = party.attributes.clone();
            extend(
                &mut attributes,
                party.entered.iter().map(|(stage, at)| (stage.name(), Some(moment(*at)))),
            );
            let more = [
                ("owner", party.owner.clone()),
                ("created_at", party.created_at.map(moment)),
                ("changed_at", party.changed_at.map(moment)),
            ];
            extend(&mut attributes, more);
            let name = party.name.as_deref().unwrap_or(&party.id);
            thing(&party.origin, party.kind, &party.id, name, party.stage.as_deref(), &attributes)
        }
        CrmRecord::Transition(step) => line(&json!({
            "record": "transition", "stream": step.origin.stream, "account": step.origin.account,
            "deal": step.deal, "from": step.from, "to": step.to, "at": moment(step.at),
            "seconds_in_from": step.seconds_in_from,
        })),
        CrmRecord::Tombstone(gone) => line(&json!({
            "record": "tombstone", "stream": gone.origin.stream, "account": gone.origin.account,
            "entity_kind": gone.kind.name(), "entity": gone.id, "at": gone.at.map(moment),
            "merged_into": gone.merged_into,
        })),
        CrmRecord::Link(link) => line(&json!({
            "record": "link", "stream": link.origin.stream, "account": link.origin.account,
            "from_kind": link.from.0.name(), "from": link.from.1, "to_kind": link.to.0.name(), "to": link.to.1,
            "role": link.role,
        })),
        CrmRecord::Roster(all) => line(&json!({
            "record": "roster", "stream": all.origin.stream, "account": all.origin.account,
            "entity_kind": CrmKind::Deal.name(), "count": all.deals.len(), "at": moment(all.origin.seen_at),
        })),
    }
}

fn thing(
    origin: &Origin,
    kind: CrmKind,
    id: &str,
    name: &str,
    status: Option<&str>,
    attributes: &Map<String, Value>,
) -> Result<String> {
    line(&EntityLine {
        record: "entity",
        stream: origin.stream,
        account: &origin.account,
        entity_kind: kind.name(),
        entity: id,
        parent_kind: None,
        parent: None,
        name,
        status,
        attributes,
    })
}

fn extend<'a>(
    attributes: &mut Map<String, Value>,
    more: impl IntoIterator<Item = (&'a str, Option<String>)>,
) {
    let known = more.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::String(text?))));
    attributes.extend(known);
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

pub(super) fn warning(warning: &Warning) -> Result<String> {
    line(&WarningLine { record: "warning", warning })
}

pub(super) fn account(account: &RemoteAccount) -> Result<String> {
    line(&AccountLine {
        record: "account",
        id: &account.id,
        name: &account.name,
        currency: account.currency.as_deref(),
        time_zone: account.time_zone.as_deref(),
    })
}

pub(super) fn state(stream: &str, account: &str, state: Value) -> Result<String> {
    line(&StateLine { record: "state", stream, account, state })
}

pub(super) fn connector(connector: &dyn Connector) -> Result<String> {
    let info = connector.info();
    let streams: Vec<Value> = connector
        .streams()
        .iter()
        .map(|s| {
            json!({
                "name": s.name,
                "summary": s.summary,
                "entity_kind": s.kind.name(),
                "grain": match s.grain {
                    Grain::Snapshot => "snapshot",
                    Grain::Day => "day",
                    Grain::Event => "event",
                    Grain::Record => "record",
                },
                "is_breakdown": s.is_breakdown(),
                "is_ordinary": s.is_ordinary,
            })
        })
        .collect();
    let settings: Vec<Value> = connector
        .settings()
        .iter()
        .map(|s| json!({ "name": s.name, "default": s.default, "help": s.help }))
        .collect();
    let ways: Vec<Value> = info
        .ways
        .iter()
        .map(|way| {
            let fields: Vec<&str> = way.fields.iter().map(|field| field.name.as_str()).collect();
            let settings: Vec<&str> = way.choices.iter().map(|choice| choice.setting.as_str()).collect();
            json!({ "name": way.name, "label": way.label, "credentials": fields, "settings": settings })
        })
        .collect();
    line(&json!({
        "record": "connector",
        "slug": info.slug,
        "name": info.name,
        "summary": info.summary,
        "ways": ways,
        "streams": streams,
        "settings": settings,
    }))
}

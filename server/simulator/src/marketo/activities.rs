//! The log of all that happened, read with tokens that stand for a place in it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, Problem, assets, leads, moment, size, written};
use crate::asked::Call;
use crate::world::leads::Lead;
use crate::world::nurture::{self, Deed, EMAILS};

/// Rows on a page, usually and at most.
const MOST: usize = 300;

/// Types of one call at most.
const TYPES: usize = 10;

/// Activities of one lead at most, for their ids.
const OF_LEAD: i64 = 100;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Mail(usize, Deed),
    Came,
    Status(&'static str, &'static str),
    Program(&'static str, &'static str, bool),
}

/// One line of the log.
#[derive(Debug, Clone)]
pub(super) struct Activity {
    id: i64,
    at: DateTime<Utc>,
    lead: i64,
    event: Event,
}

/// Types: id, name, what the primary attribute is, and the other attributes.
const KINDS: [(i64, &str, Option<&str>, &[&str]); 11] = [
    (6, "Send Email", Some("Mailing ID"), &["Campaign Run ID", "Choice Number", "Step ID", "Test Variant"]),
    (
        7,
        "Email Delivered",
        Some("Mailing ID"),
        &["Campaign Run ID", "Choice Number", "Step ID", "Test Variant"],
    ),
    (8, "Email Bounced", Some("Mailing ID"), &["Category", "Details", "Email"]),
    (9, "Unsubscribe Email", Some("Mailing ID"), &["Client IP Address", "User Agent", "Webform ID"]),
    (10, "Open Email", Some("Mailing ID"), &["Device", "Is Mobile Device", "Platform", "User Agent"]),
    (11, "Click Email", Some("Mailing ID"), &["Device", "Is Mobile Device", "Link", "Platform"]),
    (12, "New Lead", None, &["Created Date", "Form Name", "Lead Source", "Source Type"]),
    (13, "Change Data Value", Some("Attribute Name"), &["New Value", "Old Value", "Reason", "Source"]),
    (27, "Email Bounced Soft", Some("Mailing ID"), &["Category", "Details", "Email"]),
    (37, "Delete Lead", None, &["API Method Name", "Remove From CRM"]),
    (
        104,
        "Change Status in Progression",
        Some("Program"),
        &["Acquired By", "New Status", "Old Status", "Program Member ID", "Reason", "Success"],
    ),
];

impl Event {
    fn kind(self) -> i64 {
        match self {
            Self::Mail(_, Deed::Sent) => 6,
            Self::Mail(_, Deed::Delivered) => 7,
            Self::Mail(_, Deed::HardBounce) => 8,
            Self::Mail(_, Deed::Unsubscribed) => 9,
            Self::Mail(_, Deed::Opened) => 10,
            Self::Mail(_, Deed::Clicked) => 11,
            Self::Mail(_, Deed::SoftBounce) => 27,
            Self::Came => 12,
            Self::Status(..) => 13,
            Self::Program(..) => 104,
        }
    }
}

/// `GET /rest/v1/activities/types.json`.
pub(super) fn types() -> Vec<Value> {
    let typed = |name: &&str| json!({"name": name, "dataType": "string"});
    let row = |(id, name, primary, more): &(i64, &str, Option<&str>, &[&str])| {
        let mut row = json!({
            "id": id,
            "name": name,
            "description": format!("{name} activity"),
            "attributes": more.iter().map(typed).collect::<Vec<_>>(),
        });
        if let Some(primary) = primary {
            row["primaryAttribute"] = json!({"name": primary, "dataType": "integer"});
        }
        row
    };
    KINDS.iter().map(row).collect()
}

fn of_lead(lead: &Lead, seed: u64, until: DateTime<Utc>) -> Vec<(Event, DateTime<Utc>)> {
    let mut list = vec![
        (Event::Came, lead.created_at),
        (Event::Program("Not in Program", "Member", false), lead.created_at),
    ];
    if let Some(at) = lead.mql_at {
        list.push((Event::Status("New", "MQL"), at));
        list.push((Event::Program("Member", "Engaged", false), at));
    }
    if let Some(at) = lead.sql_at {
        list.push((Event::Status("MQL", "SQL"), at));
        list.push((Event::Program("Engaged", "Won over", true), at));
    }
    let mails = nurture::deeds(lead, seed, until).into_iter();
    list.extend(mails.map(|(mail, deed, at)| (Event::Mail(mail, deed), at)));
    list
}

/// The whole log, oldest first. It only grows.
pub(super) fn log(call: &Call) -> Arc<Vec<Activity>> {
    let (leads, at) = (call.state.leads(ACCOUNT), call.state.counted_at());
    call.state.memo(("marketo log", ACCOUNT, at.timestamp()), |world| {
        let mut log = Vec::new();
        for lead in leads.iter() {
            let id = leads::id(lead);
            let events = of_lead(lead, world.config.seed, at);
            log.extend((0..).zip(events).map(|(nth, (event, at))| Activity {
                id: id * OF_LEAD + nth,
                at,
                lead: id,
                event,
            }));
        }
        log.sort_by_key(|of: &Activity| (of.at, of.id));
        log
    })
}

impl Activity {
    /// Number of its type.
    pub(super) fn kind(&self) -> i64 {
        self.event.kind()
    }

    /// When it happened.
    pub(super) fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// What it is about, by id and name.
    fn primary(&self) -> Option<(i64, &'static str)> {
        match self.event {
            Event::Mail(mail, _) => Some((assets::email_id(mail), EMAILS[mail].0)),
            Event::Program(..) => Some((assets::NURTURE, assets::NURTURE_NAME)),
            Event::Status(..) => Some((641, "Lead Status")),
            Event::Came => None,
        }
    }

    fn attributes(&self) -> Vec<(&'static str, Value)> {
        match self.event {
            Event::Mail(_, Deed::HardBounce) => {
                vec![("Category", "2".into()), ("Details", "550 5.1.1 No such user".into())]
            }
            Event::Mail(_, Deed::SoftBounce) => {
                vec![("Category", "4".into()), ("Details", "452 4.2.2 Mailbox full".into())]
            }
            Event::Mail(_, Deed::Opened) => {
                vec![("Device", "unknown".into()), ("Is Mobile Device", false.into())]
            }
            Event::Mail(_, Deed::Clicked) => {
                vec![("Is Mobile Device", false.into()), ("Link", "https://nordlicht-us.example/".into())]
            }
            Event::Mail(..) => vec![("Step ID", 1.into()), ("Choice Number", 0.into())],
            Event::Came => vec![
                ("Created Date", self.at.date_naive().to_string().into()),
                ("Source Type", "Web form fillout".into()),
            ],
            Event::Status(old, new) => vec![("New Value", new.into()), ("Old Value", old.into())],
            Event::Program(old, new, is_success) => vec![
                ("New Status", new.into()),
                ("Old Status", old.into()),
                ("Program Member ID", self.lead.into()),
                ("Success", is_success.into()),
            ],
        }
    }

    fn base(&self) -> Value {
        json!({
            "id": self.id,
            "marketoGUID": self.id.to_string(),
            "leadId": self.lead,
            "activityDate": written(self.at),
            "activityTypeId": self.kind(),
        })
    }

    fn row(&self) -> Value {
        let mut row = self.base();
        let pair = |(name, value)| json!({"name": name, "value": value});
        row["attributes"] = self.attributes().into_iter().map(pair).collect();
        if let Event::Mail(mail, _) = self.event {
            row["campaignId"] = assets::campaign_id(mail).into();
        }
        if let Some((id, name)) = self.primary() {
            row["primaryAttributeValueId"] = id.into();
            row["primaryAttributeValue"] = name.into();
        }
        row
    }

    /// The same as a line of an export: the attributes are JSON.
    pub(super) fn cells(&self) -> [String; 9] {
        let (id, name) = self.primary().map_or_else(Default::default, |(id, name)| (id.to_string(), name));
        let campaign = match self.event {
            Event::Mail(mail, _) => assets::campaign_id(mail).to_string(),
            _ => "null".to_owned(),
        };
        let attributes: serde_json::Map<String, Value> =
            self.attributes().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        [
            self.id.to_string(),
            self.lead.to_string(),
            written(self.at),
            self.kind().to_string(),
            campaign,
            id,
            name.to_owned(),
            Value::from(attributes).to_string(),
            self.id.to_string(),
        ]
    }
}

/// `GET /rest/v1/activities/pagingtoken.json`.
pub(super) fn paging_token(call: &Call) -> Result<Value, Problem> {
    let since = moment(call, "sinceDatetime")?;
    Ok(json!({"nextPageToken": sealed(since.timestamp_millis(), None)}))
}

/// A token: the moment from which on is read, and how many lines behind it have been.
fn sealed(since: i64, read: Option<usize>) -> String {
    let read = read.map(|read| format!(":{read}")).unwrap_or_default();
    format!("{}====", URL_SAFE_NO_PAD.encode(format!("page:{since}{read}")))
}

fn opened(token: &str) -> Option<(i64, Option<usize>)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')).ok()?).ok()?;
    let text = text.strip_prefix("page:")?;
    match text.split_once(':') {
        Some((since, read)) => Some((since.parse().ok()?, Some(read.parse().ok()?))),
        None => Some((text.parse().ok()?, None)),
    }
}

/// A page of what is in the log behind a token's place.
fn page<T>(
    call: &Call,
    log: &[T],
    at: impl Fn(&T) -> DateTime<Utc>,
    is_asked: impl Fn(&T) -> bool,
    row: impl Fn(&T) -> Value,
) -> Result<Value, Problem> {
    let size = size(call, "batchSize", MOST, MOST)?;
    let token =
        call.get("nextPageToken").ok_or_else(|| (1_003, "nextPageToken cannot be blank".to_owned()))?;
    let Some((since, read)) = opened(token) else {
        return Err((1_003, format!("Paging token {token} is not valid")));
    };
    let first = log.partition_point(|of| at(of).timestamp_millis() < since);
    // A page may be empty although there is more: the first one is.
    let Some(read) = read else {
        return Ok(json!({"nextPageToken": sealed(since, Some(0)), "moreResult": true}));
    };
    // The last line of a page comes again on the next one.
    let begin = first + read.saturating_sub(1);
    let (mut rows, mut end) = (Vec::new(), begin);
    for of in log.iter().skip(begin) {
        if is_asked(of) {
            if rows.len() == size {
                break;
            }
            rows.push(call.row(row(of)));
        }
        end += 1;
    }
    let more = log.iter().skip(end).any(is_asked);
    let mut body = json!({"nextPageToken": sealed(since, Some(end - first.min(end))), "moreResult": more});
    if !rows.is_empty() {
        body["result"] = rows.into();
    }
    Ok(body)
}

/// `GET /rest/v1/activities.json`.
pub(super) fn list(call: &Call) -> Result<Value, Problem> {
    let ids = call.list("activityTypeIds");
    if ids.is_empty() {
        return Err((1_003, "activityTypeIds cannot be blank".to_owned()));
    }
    if ids.len() > TYPES {
        return Err((1_003, "Number of activity types is greater than 10".to_owned()));
    }
    let kinds: Result<Vec<i64>, _> = ids.iter().map(|id| id.parse()).collect();
    let kinds = kinds.map_err(|_| (1_001, "activityTypeIds must be of type 'integer'".to_owned()))?;
    page(call, &log(call), |of| of.at, |of| kinds.contains(&of.kind()), Activity::row)
}

/// `GET /rest/v1/activities/leadchanges.json`: how fields changed, and who came.
pub(super) fn changes(call: &Call) -> Result<Value, Problem> {
    let fields = call.list("fields");
    if fields.is_empty() {
        return Err((1_003, "fields cannot be blank".to_owned()));
    }
    let with_status = fields.contains(&"leadStatus");
    let is_asked = |of: &Activity| match of.event {
        Event::Status(..) => with_status,
        Event::Came => true,
        _ => false,
    };
    page(
        call,
        &log(call),
        |of| of.at,
        is_asked,
        |of| {
            let mut row = of.base();
            row["fields"] = match of.event {
                Event::Status(old, new) => {
                    json!([{"id": 641, "name": "leadStatus", "oldValue": old, "newValue": new}])
                }
                _ => json!([]),
            };
            row["attributes"] = json!([{"name": "Source", "value": "Salesperson"}]);
            row
        },
    )
}

/// `GET /rest/v1/activities/deletedleads.json`: second entries of people. What else was logged about them went
/// with them.
pub(super) fn deleted(call: &Call) -> Result<Value, Problem> {
    let (leads, now) = (call.state.leads(ACCOUNT), call.state.counted_at());
    let mut gone: Vec<_> = leads.iter().filter_map(|lead| lead.second_entry(now)).collect();
    gone.sort_by_key(|copy| (copy.deleted_at, copy.number));
    page(
        call,
        &gone,
        |copy| copy.deleted_at,
        |_| true,
        |copy| {
            let lead = leads::small(copy.number);
            json!({
                "id": lead * OF_LEAD,
                "marketoGUID": (lead * OF_LEAD).to_string(),
                "leadId": lead,
                "activityDate": written(copy.deleted_at),
                "activityTypeId": 37,
                "primaryAttributeValueId": lead,
                "primaryAttributeValue": "",
                "attributes": [{"name": "API Method Name", "value": "merge"}],
            })
        },
    )
}

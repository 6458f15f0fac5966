//! Programs, smart campaigns and e-mails: small lists that people keep.

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, Problem, size, written};
use crate::asked::{self, Call};
use crate::world::nurture::EMAILS;

/// Id and name of the program whose members are all leads.
pub(super) const NURTURE: i64 = 1_004;
pub(super) const NURTURE_NAME: &str = "Lead nurture";

/// Programs: id, name, type, channel, and what each month costs in whole units of the account's currency.
const PROGRAMS: [(i64, &str, &str, &str, i64); 3] = [
    (NURTURE, NURTURE_NAME, "engagement", "Nurture", 240),
    (1_007, "Trail guide download", "program", "Content", 90),
    (1_012, "Web forms", "program", "Web Form", 0),
];

/// Rows on a page of assets, usually and at most.
const USUAL: usize = 20;
const MOST: usize = 200;

/// An e-mail's id, by its position.
pub(super) fn email_id(nth: usize) -> i64 {
    // Ids are unique per type only: an e-mail may have that of a program.
    NURTURE + i64::try_from(nth).unwrap_or(0)
}

/// The id of the smart campaign that sends it.
pub(super) fn campaign_id(nth: usize) -> i64 {
    2_101 + i64::try_from(nth).unwrap_or(0)
}

/// A moment as assets have it: with two marks of its zone.
fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ+0000").to_string()
}

fn begun(call: &Call) -> DateTime<Utc> {
    call.state.world().first_day.and_hms_opt(15, 25, 35).unwrap_or_default().and_utc()
}

/// The first of each month since the first day, newest last.
fn months(call: &Call) -> Vec<NaiveDate> {
    let (first, today) = (call.state.world().first_day, call.state.counted_at().date_naive());
    let firsts = (0..).map_while(|nth| first.with_day(1)?.checked_add_months(Months::new(nth)));
    firsts.take_while(|day| *day <= today).filter(|day| *day >= first).collect()
}

/// A page of assets; one without any has a warning and no result.
fn page(call: &Call, rows: Vec<Value>) -> Result<Value, Problem> {
    let size = size(call, "maxReturn", USUAL, MOST)?;
    let offset = call.number("offset").unwrap_or(0);
    let page: Vec<_> = rows.into_iter().skip(offset).take(size).map(|row| call.row(row)).collect();
    if page.is_empty() {
        let warning = "No assets found for the given search criteria.";
        return Ok(json!({"errors": [], "warnings": [warning]}));
    }
    Ok(json!({"errors": [], "warnings": [], "result": page}))
}

/// `GET /rest/asset/v1/programs.json`. A program changes when the costs of a month are entered.
pub(super) fn programs(call: &Call) -> Result<Value, Problem> {
    let bound = |name: &str| match call.get(name) {
        None => Ok(None),
        Some(text) => {
            let wrong = || (1_001, format!("Invalid value '{text}'. Required of type 'datetime'"));
            asked::moment(text).map(Some).ok_or_else(wrong)
        }
    };
    let (from, to) = (bound("earliestUpdatedAt")?, bound("latestUpdatedAt")?);
    let months = months(call);
    let entered = months.last().and_then(|day| day.and_hms_opt(8, 30, 0)).map(|at| at.and_utc());
    let updated = entered.unwrap_or_default().max(begun(call)).min(call.state.counted_at());
    if from.is_some_and(|from| updated < from) || to.is_some_and(|to| updated > to) {
        return page(call, Vec::new());
    }
    let row = |(id, name, kind, channel, cost): &(i64, &str, &str, &str, i64)| {
        let costs: Vec<_> = months
            .iter()
            .filter(|_| *cost > 0)
            .map(|day| json!({"startDate": day.to_string(), "cost": cost, "note": ""}))
            .collect();
        json!({
            "id": id,
            "name": name,
            "description": "",
            "createdAt": stamp(begun(call)),
            "updatedAt": stamp(updated),
            "url": format!("https://app-sj01.marketo.com/#PG{id}A1"),
            "type": kind,
            "channel": channel,
            "folder": {"type": "Folder", "value": 401, "folderName": call.state.world().accounts[ACCOUNT].name},
            "status": "on",
            "workspace": "Default",
            "costs": costs,
            "headStart": false,
        })
    };
    page(call, PROGRAMS.iter().map(row).collect())
}

/// `GET /rest/asset/v1/emails.json`.
pub(super) fn emails(call: &Call) -> Result<Value, Problem> {
    let row = |(nth, (name, _)): (usize, &(&str, i64))| {
        json!({
            "id": email_id(nth),
            "name": name,
            "description": "",
            "createdAt": stamp(begun(call)),
            "updatedAt": stamp(begun(call)),
            "url": format!("https://app-sj01.marketo.com/#EM{}A1", email_id(nth)),
            "subject": {"type": "Text", "value": name},
            "operational": false,
            "status": "approved",
            "folder": {"type": "Program", "value": NURTURE, "folderName": NURTURE_NAME},
            "workspace": "Default",
        })
    };
    page(call, EMAILS.iter().enumerate().map(row).collect())
}

/// `GET /rest/v1/campaigns.json`.
pub(super) fn campaigns(call: &Call) -> Result<Value, Problem> {
    let size = size(call, "batchSize", 300, 300)?;
    let from = match call.get("nextPageToken") {
        None => 0,
        Some(token) => token
            .strip_prefix("campaigns-")
            .and_then(|at| at.parse::<usize>().ok())
            .ok_or_else(|| (1_003, format!("Paging token {token} is not valid")))?,
    };
    let row = |(nth, (name, _)): (usize, &(&str, i64))| {
        call.row(json!({
            "id": campaign_id(nth),
            "name": format!("Send {name}"),
            "description": "",
            "type": "trigger",
            "programName": NURTURE_NAME,
            "programId": NURTURE,
            "workspaceName": "Default",
            "createdAt": written(begun(call)),
            "updatedAt": written(begun(call)),
            "active": true,
        }))
    };
    let rows: Vec<_> = EMAILS.iter().enumerate().skip(from).take(size).map(row).collect();
    let end = from + rows.len();
    let mut body = json!({"result": rows});
    if end < EMAILS.len() {
        body["nextPageToken"] = format!("campaigns-{end}").into();
    }
    Ok(body)
}

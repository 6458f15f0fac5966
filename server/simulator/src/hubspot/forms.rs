//! Forms: each lead of the business has sent one of them.

use axum::body::Body;
use axum::http::Response;
use serde_json::json;

use super::{ACCOUNT, invalid, iso, not_found, ok};
use crate::asked::Call;
use crate::world::leads::Lead;

/// Guids and names. Who came by an ad was asked for more than who came by themselves.
const FORMS: [(&str, &str); 2] = [
    ("0bf0c00f-e68d-4de2-8cd9-d9b04e41072f", "Request a demo"),
    ("7c6f1d9e-3a52-4b1c-9c3b-5e0f6d2a8b44", "Contact us"),
];

fn form_of(lead: &Lead) -> usize {
    usize::from(!matches!(lead.utm.1, "cpc" | "paid_social"))
}

/// `GET /marketing/v3/forms`.
pub(super) fn list(call: &Call) -> Response<Body> {
    let since = iso(call.state.world().first_day.and_time(chrono::NaiveTime::MIN).and_utc());
    let rows = FORMS.iter().map(|(id, name)| {
        call.row(json!({
            "id": id,
            "name": name,
            "createdAt": since,
            "updatedAt": since,
            "archived": false,
            "fieldGroups": [{"groupType": "default_group", "richTextType": "text", "fields": [
                {"objectTypeId": "0-1", "name": "email", "label": "Email", "required": true, "hidden": false,
                 "fieldType": "email"}]}],
            "formType": "hubspot",
        }))
    });
    ok(&json!({"results": rows.collect::<Vec<_>>()}))
}

/// `GET /form-integrations/v1/submissions/forms/{guid}`: newest first.
pub(super) fn submissions(call: &Call, form: &str) -> Response<Body> {
    let Some(index) = FORMS.iter().position(|(id, _)| *id == form) else { return not_found(&call.state) };
    let size = call.whole("limit").ok().map_or(51, |size| size.unwrap_or(20));
    if !(1..=50).contains(&size) {
        return invalid(&call.state, "limit must be from 1 to 50");
    }
    let Ok(after) = call.whole("after") else {
        return invalid(&call.state, "after is not a valid cursor");
    };
    let after = after.unwrap_or(0);
    let site = call.state.world().accounts[ACCOUNT].template.site();
    let leads = call.state.leads(ACCOUNT);
    let of_form: Vec<_> = leads.iter().rev().filter(|lead| form_of(lead) == index).collect();
    let rows: Vec<_> = of_form
        .iter()
        .skip(after)
        .take(size)
        .map(|lead| {
            let (source, medium, campaign) = &lead.utm;
            let page = format!("{site}/?utm_source={source}&utm_medium={medium}&utm_campaign={campaign}");
            call.row(json!({
                "conversionId": format!("c{}", lead.number),
                "submittedAt": lead.created_at.timestamp_millis(),
                "values": [{"name": "email", "value": lead.email, "objectTypeId": "0-1"}],
                "pageUrl": page,
            }))
        })
        .collect();
    let mut body = json!({"results": rows});
    if after + rows.len() < of_form.len() {
        body["paging"] = json!({"next": {"after": (after + rows.len()).to_string()}});
    }
    ok(&body)
}

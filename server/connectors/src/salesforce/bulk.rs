//! The Bulk API 2.0: the same query as a job, whose result comes as tables.

use super::auth;
use crate::connector::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::force::{AtLimit, PRODUCT, judge};
use crate::http::{Answer, Batch, Budget, Node, Patience, Request, csv};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::Method;
use serde_json::{Value, json};

/// Rows of one table.
const ROWS: &str = "50000";

/// Starts the job and waits for it. None where the Bulk API does not take the query, which then goes on page by page.
pub(super) async fn query<'a>(
    ctx: &'a Context,
    budget: &Budget,
    soql: &str,
) -> Result<Option<BoxStream<'a, Result<Batch>>>> {
    let judge = |answer: &Answer| judge(answer, AtLimit::ByMessage);
    let mut create = auth::data(ctx, budget, "/jobs/query", &[]).await?;
    create.method = Method::POST;
    let create = create.json(json!({ "operation": "queryAll", "query": soql }));
    let created = match ctx.session.call_json(&create, budget, &judge).await {
        Ok((_, created)) => created,
        // It rejects some objects, and some orgs do not have it.
        Err(error) if matches!(error.kind, ErrorKind::Rejected | ErrorKind::Permission(_)) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let id = Node::root(&created, "job").at("id").need_text()?;
    let look = auth::data(ctx, budget, &format!("/jobs/query/{id}"), &[]).await?;
    let is_done = ctx.session.job(&look, budget, judge, Patience::USUAL, state).await?;
    if !is_done {
        return Ok(None);
    }
    let budget = budget.clone();
    let batches = try_stream! {
        let mut locator: Option<String> = None;
        loop {
            let request = results(ctx, &budget, &id, locator.as_deref()).await?;
            let answer = ctx.session.call(&request, &budget, &judge).await?;
            let rows = csv::rows(&answer.body)?;
            let following = answer.header("sforce-locator").and_then(following).map(str::to_owned);
            if following.is_some() && following == locator {
                Err(Error::drift("Sforce-Locator", "the same page is named twice in a row"))?;
            }
            yield Batch::new(&request, answer, json!({ "records": rows }));
            if following.is_none() {
                break;
            }
            locator = following;
        }
    };
    Ok(Some(batches.boxed()))
}

async fn results(ctx: &Context, budget: &Budget, id: &str, locator: Option<&str>) -> Result<Request> {
    let mut query = vec![("maxRecords", ROWS)];
    query.extend(locator.map(|locator| ("locator", locator)));
    let request = auth::data(ctx, budget, &format!("/jobs/query/{id}/results"), &query).await?;
    request.header("accept", "text/csv", false)
}

/// The end is the text `null`.
fn following(locator: &str) -> Option<&str> {
    Some(locator).filter(|text| !text.is_empty() && *text != "null")
}

/// Whether a job is done; false where it can't be done in bulk, so that it is worth to ask in the other way.
fn state(job: &Value) -> Result<Option<bool>> {
    let job = Node::root(job, "job");
    let said = job.at("errorMessage").text()?.unwrap_or_default();
    match job.at("state").need_text()?.as_str() {
        "JobComplete" => Ok(Some(true)),
        "Failed" if said.contains("INVALIDENTITY") || said.contains("compound data") => Ok(Some(false)),
        // The vendor has tried fifteen times by then.
        "Failed" | "Aborted" => Err(Error::interrupted(format!("{PRODUCT} gave up a job: {said}."))),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_runs_ends_fails_or_can_not_be_done_in_bulk() {
        let state = |text: &str, said: &str| state(&json!({"state": text, "errorMessage": said}));
        assert_eq!(state("UploadComplete", ""), Ok(None));
        assert_eq!(state("InProgress", ""), Ok(None));
        assert_eq!(state("JobComplete", ""), Ok(Some(true)));
        assert_eq!(state("Failed", "INVALIDENTITY: CaseStatus is not supported"), Ok(Some(false)));
        assert!(matches!(state("Failed", "x").unwrap_err().kind, ErrorKind::Interrupted { .. }));
        assert!(matches!(state("Aborted", "").unwrap_err().kind, ErrorKind::Interrupted { .. }));
        assert_eq!((following("null"), following("MTAwMDA")), (None, Some("MTAwMDA")));
    }
}

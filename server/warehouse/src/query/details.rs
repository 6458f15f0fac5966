//! Things one by one, with what the vendor tells of each.

use super::attributes::{end, link, start, without_people};
use super::{QueryError, Warehouse};
use crate::load::kind_number;
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use metrics::details::{
    DetailAccount, ListedThing, MOST_LISTED, People, PeopleCount, StageMove, ThingDetail, ThingList,
};
use metrics::ports::Details;
use model::access::Member;
use model::entities::EntityKind;
use model::error::AppError;
use model::ids::{AccountId, EntityId, WorkspaceId};
use model::ports::Result;
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Most moves of a deal that are told.
const MOST_MOVES: i64 = 500;
/// Most words for stages that are told; a field that anybody writes into can have thousands.
const MOST_STAGES: i64 = 50;

/// The kind behind a number. Those who own deals are people: they are never listed.
fn kind_of(number: i16) -> Option<EntityKind> {
    let listed = EntityKind::ALL.into_iter().filter(|kind| *kind != EntityKind::Owner);
    listed.into_iter().find(|kind| kind_number(*kind) == number)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    kind: i16,
    remote_id: String,
    name: String,
    status: Option<String>,
    attributes: Value,
    first_seen: DateTime<Utc>,
    began: Option<NaiveDate>,
    closed: Option<NaiveDate>,
}

impl Row {
    fn listed(&self) -> ListedThing {
        ListedThing {
            entity: EntityId(self.id),
            name: self.name.clone(),
            status: self.status.clone(),
            link: link(&self.attributes),
            began: self.began.or_else(|| start(&self.attributes)),
            ended: self.closed.or_else(|| end(&self.attributes)),
            first_seen: self.first_seen,
        }
    }
}

async fn accounts(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<Vec<DetailAccount>, QueryError> {
    let rows: Vec<(i32, String, String, i16, i64)> = sqlx::query_as(
        "SELECT a.id, a.name, a.platform, e.kind, count(*)
         FROM accounts a JOIN entities e ON e.workspace_id = a.workspace_id AND e.account_id = a.id
         WHERE a.workspace_id = $1 GROUP BY a.id, a.name, a.platform, e.kind
         ORDER BY lower(a.name), a.id, e.kind",
    )
    .bind(workspace.0)
    .fetch_all(tx)
    .await?;
    let mut accounts: Vec<DetailAccount> = Vec::new();
    for (id, name, platform, kind, count) in rows {
        let Some(kind) = kind_of(kind) else { continue };
        match accounts.last_mut() {
            Some(last) if last.account == AccountId(id) => last.kinds.push((kind, count)),
            _ => {
                let account = AccountId(id);
                accounts.push(DetailAccount { account, name, platform, kinds: vec![(kind, count)] });
            }
        }
    }
    Ok(accounts)
}

/// Things whose name, id or status holds the text.
async fn list(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    (account, kind): (AccountId, EntityKind),
    text: &str,
) -> Result<ThingList, QueryError> {
    if kind == EntityKind::Owner {
        return Ok(ThingList { things: Vec::new(), found: 0 });
    }
    let fits = "e.workspace_id = $1 AND e.account_id = $2 AND e.kind = $3 AND ($4 = ''
        OR strpos(lower(e.name), $4) > 0 OR strpos(lower(e.remote_id), $4) > 0 OR strpos(lower(e.status), $4) > 0)";
    let text = text.trim().to_lowercase();
    let found: i64 =
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM entities e WHERE {fits}")))
            .bind(workspace.0)
            .bind(account.0)
            .bind(kind_number(kind))
            .bind(&text)
            .fetch_one(&mut *tx)
            .await?;
    // A thing has a snapshot for each family of its figures.
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT e.id, e.kind, e.remote_id, e.name, e.status, e.attributes, e.first_seen,
                coalesce(d.created, s.began) AS began, d.closed
         FROM entities e
         LEFT JOIN (SELECT entity_id, min(began) AS began FROM lifetime_snapshots
                    WHERE workspace_id = $1 AND account_id = $2 AND kind = $3 AND dimension = '' GROUP BY entity_id) s
              ON s.entity_id = e.id
         LEFT JOIN crm_deals d ON e.kind = $6 AND d.workspace_id = e.workspace_id AND d.account_id = e.account_id
              AND d.remote_id = e.remote_id
         WHERE {fits}
         ORDER BY coalesce(d.created, s.began, e.first_seen::date) DESC, lower(e.name), e.id LIMIT $5"
    )))
    .bind(workspace.0)
    .bind(account.0)
    .bind(kind_number(kind))
    .bind(&text)
    .bind(i64::try_from(MOST_LISTED).unwrap_or(i64::MAX))
    .bind(kind_number(EntityKind::Deal))
    .fetch_all(tx)
    .await?;
    Ok(ThingList { things: rows.iter().map(Row::listed).collect(), found })
}

async fn thing(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    entity: EntityId,
) -> Result<ThingDetail, QueryError> {
    let found: Option<(i32, String, String, Option<Value>)> = sqlx::query_as(
        "SELECT a.id, a.name, a.platform, d.attributes
         FROM entities e
         JOIN accounts a ON a.workspace_id = e.workspace_id AND a.id = e.account_id
         LEFT JOIN crm_deals d ON e.kind = $3 AND d.workspace_id = e.workspace_id AND d.account_id = e.account_id
              AND d.remote_id = e.remote_id
         WHERE e.workspace_id = $1 AND e.id = $2",
    )
    .bind(workspace.0)
    .bind(entity.0)
    .bind(kind_number(EntityKind::Deal))
    .fetch_optional(&mut *tx)
    .await?;
    let row: Option<Row> = sqlx::query_as(
        "SELECT e.id, e.kind, e.remote_id, e.name, e.status, e.attributes, e.first_seen, d.closed,
                coalesce(d.created, (SELECT min(s.began) FROM lifetime_snapshots s
                                     WHERE s.workspace_id = e.workspace_id AND s.account_id = e.account_id
                                       AND s.kind = e.kind AND s.dimension = '' AND s.entity_id = e.id)) AS began
         FROM entities e
         LEFT JOIN crm_deals d ON e.kind = $3 AND d.workspace_id = e.workspace_id AND d.account_id = e.account_id
              AND d.remote_id = e.remote_id
         WHERE e.workspace_id = $1 AND e.id = $2",
    )
    .bind(workspace.0)
    .bind(entity.0)
    .bind(kind_number(EntityKind::Deal))
    .fetch_optional(&mut *tx)
    .await?;
    let gone = || AppError::not_found("This thing does not exist (any more).");
    let ((account, account_name, platform, of_deal), row) = found.zip(row).ok_or_else(gone)?;
    let kind = kind_of(row.kind).ok_or_else(gone)?;
    // What is known of a deal stands with the deal, not with the thing that figures belong to.
    let mut attributes = match of_deal {
        Some(Value::Object(of_deal)) => of_deal,
        _ => serde_json::Map::new(),
    };
    attributes.extend(row.attributes.as_object().cloned().unwrap_or_default());
    let moves = match kind {
        EntityKind::Deal => moves(tx, workspace, account, &row.remote_id).await?,
        _ => Vec::new(),
    };
    Ok(ThingDetail {
        thing: row.listed(),
        kind,
        remote_id: row.remote_id,
        account: account_name,
        platform,
        attributes: without_people(attributes),
        moves,
    })
}

#[derive(sqlx::FromRow)]
struct Moved {
    at: DateTime<Utc>,
    from_stage: Option<String>,
    to_stage: String,
    seconds_in_from: Option<i64>,
    from_name: Option<String>,
    to_name: Option<String>,
}

/// The moves of a deal. How long it stood in the stage before is the vendor's word, or else the time since it came there.
async fn moves(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: i32,
    deal: &str,
) -> Result<Vec<StageMove>, QueryError> {
    let rows: Vec<Moved> = sqlx::query_as(
        "SELECT t.at, t.from_stage, t.to_stage, t.seconds_in_from, f.name AS from_name, g.name AS to_name
         FROM crm_stage_transitions t
         LEFT JOIN entities f ON f.workspace_id = t.workspace_id AND f.account_id = t.account_id AND f.kind = $4
              AND f.remote_id = t.from_stage
         LEFT JOIN entities g ON g.workspace_id = t.workspace_id AND g.account_id = t.account_id AND g.kind = $4
              AND g.remote_id = t.to_stage
         WHERE t.workspace_id = $1 AND t.account_id = $2 AND t.record = 'deal' AND t.remote_id = $3
         ORDER BY t.at, t.to_stage LIMIT $5",
    )
    .bind(workspace.0)
    .bind(account)
    .bind(deal)
    .bind(kind_number(EntityKind::Stage))
    .bind(MOST_MOVES)
    .fetch_all(tx)
    .await?;
    let mut came: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    let mut moves = Vec::with_capacity(rows.len());
    for row in rows {
        let since = row.from_stage.as_ref().and_then(|from| came.get(from));
        let stood = row.seconds_in_from.or_else(|| Some((row.at - *since?).num_seconds()));
        came.insert(row.to_stage.clone(), row.at);
        moves.push(StageMove {
            from: row.from_name.or(row.from_stage),
            to: row.to_name.unwrap_or(row.to_stage),
            at: row.at,
            stood,
        });
    }
    Ok(moves)
}

/// Contacts and leads that were not deleted, counted.
async fn people(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<People, QueryError> {
    let count = |(word, people): (Option<String>, i64)| PeopleCount { word, people };
    let stages: Vec<(Option<String>, i64)> = sqlx::query_as(
        "SELECT nullif(trim(stage), ''), count(*) FROM crm_leads
         WHERE workspace_id = $1 AND account_id = $2 AND record IN ('contact', 'lead') AND deleted_at IS NULL
         GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $3",
    )
    .bind(workspace.0)
    .bind(account.0)
    .bind(MOST_STAGES)
    .fetch_all(&mut *tx)
    .await?;
    if stages.is_empty() {
        return Ok(People::default());
    }
    let reached: Vec<(Option<String>, i64)> = sqlx::query_as(
        "SELECT t.to_stage, count(DISTINCT (t.record, t.remote_id)) FROM crm_stage_transitions t
         JOIN crm_leads l ON l.workspace_id = t.workspace_id AND l.account_id = t.account_id AND l.record = t.record
              AND l.remote_id = t.remote_id
         WHERE t.workspace_id = $1 AND t.account_id = $2 AND t.record IN ('contact', 'lead') AND l.deleted_at IS NULL
         GROUP BY 1
         ORDER BY array_position(ARRAY['lead', 'mql', 'sql', 'opportunity', 'customer', 'converted'], t.to_stage)",
    )
    .bind(workspace.0)
    .bind(account.0)
    .fetch_all(&mut *tx)
    .await?;
    let scores: Vec<(Option<String>, i64)> = sqlx::query_as(
        "SELECT CASE WHEN score <= 0 THEN '0 or less' WHEN score < 50 THEN '1 to 49' WHEN score < 100 THEN '50 to 99'
                     WHEN score < 200 THEN '100 to 199' ELSE '200 or more' END, count(*)
         FROM (SELECT (attributes ->> 'score')::numeric AS score FROM crm_leads
               WHERE workspace_id = $1 AND account_id = $2 AND record IN ('contact', 'lead') AND deleted_at IS NULL
                 AND attributes ->> 'score' ~ '^-?[0-9]{1,9}([.][0-9]{1,9})?$') s
         GROUP BY 1 ORDER BY min(score)",
    )
    .bind(workspace.0)
    .bind(account.0)
    .fetch_all(tx)
    .await?;
    let counted = |rows: Vec<(Option<String>, i64)>| rows.into_iter().map(count).collect();
    Ok(People { stages: counted(stages), reached: counted(reached), scores: counted(scores) })
}

#[async_trait]
impl Details for Warehouse {
    async fn accounts(&self, member: &Member) -> Result<Vec<DetailAccount>> {
        let read = async {
            let mut tx = self.database.scoped(member.workspace).await?;
            accounts(&mut tx, member.workspace).await
        };
        read.await.map_err(|error: QueryError| self.fail(&error))
    }

    async fn list(
        &self,
        member: &Member,
        account: AccountId,
        kind: EntityKind,
        text: &str,
    ) -> Result<ThingList> {
        let read = async {
            let mut tx = self.database.scoped_snapshot(member.workspace).await?;
            list(&mut tx, member.workspace, (account, kind), text).await
        };
        read.await.map_err(|error: QueryError| self.fail(&error))
    }

    async fn thing(&self, member: &Member, entity: EntityId) -> Result<ThingDetail> {
        let read = async {
            let mut tx = self.database.scoped_snapshot(member.workspace).await?;
            thing(&mut tx, member.workspace, entity).await
        };
        read.await.map_err(|error: QueryError| self.fail(&error))
    }

    async fn people(&self, member: &Member, account: AccountId) -> Result<People> {
        let read = async {
            let mut tx = self.database.scoped_snapshot(member.workspace).await?;
            people(&mut tx, member.workspace, account).await
        };
        read.await.map_err(|error: QueryError| self.fail(&error))
    }
}

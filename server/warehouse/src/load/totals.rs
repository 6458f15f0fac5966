//! Which rows add up to an account's totals, and which stream a row belongs to.

use crate::error::LoadError;
use crate::load::kind_number;
use crate::load::scope::LoadScope;
use crate::{columns, columns::Tables};
use metrics::Family;
use model::entities::EntityKind;
use model::ids::{AccountId, WorkspaceId};
use sqlx::{AssertSqlSafe, PgConnection};

/// The kinds whose rows can be an account's totals.
enum Rule {
    /// The first one that has rows is. Kinds stand side by side: each tells of the same things at another level.
    First(&'static [EntityKind]),
    /// Their rows together are: they tell of different things.
    All(&'static [EntityKind]),
}

const fn rule(family: Family) -> Rule {
    use EntityKind::{Account, Campaign, Deal, Event, Page};
    match family {
        // Campaigns can be drilled into, and what they lack (Performance Max has no ads) they lack below, not above.
        Family::Ads | Family::Email => Rule::First(&[Campaign, Account]),
        // People can't be added up from anything finer, and vendors leave rare campaigns and pages out.
        Family::Social | Family::Web | Family::Search => Rule::First(&[Account, Campaign, Page, Event]),
        // Deals are counted deal by deal; the steps of contacts by account, so that no person has figures.
        Family::Crm => Rule::All(&[Account, Deal]),
    }
}

/// Whether rows of the kind are part of the totals of an account, `known` being the kinds that were so far.
pub(crate) fn gives_totals(family: Family, kind: EntityKind, known: &[i16]) -> bool {
    match rule(family) {
        Rule::All(kinds) => kinds.contains(&kind),
        Rule::First(kinds) => {
            let mut better = kinds.iter().take_while(|candidate| **candidate != kind);
            kinds.contains(&kind) && !better.any(|candidate| known.contains(&kind_number(*candidate)))
        }
    }
}

/// Whether rows of the kind can be totals of an account of the family, whatever else it has.
pub fn can_give_totals(family: Family, kind: EntityKind) -> bool {
    gives_totals(family, kind, &[])
}

/// Whether rows of the kind are part of the totals of an account that has rows of all of those kinds.
pub fn gives_totals_among(family: Family, kind: EntityKind, kinds: &[EntityKind]) -> bool {
    let numbers: Vec<i16> = kinds.iter().map(|kind| kind_number(*kind)).collect();
    gives_totals(family, kind, &numbers)
}

/// Looks which kinds have rows, and writes down which of them give the totals.
pub(crate) async fn settle_totals(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
    family: Family,
) -> Result<(), LoadError> {
    let (kinds, most) = match rule(family) {
        Rule::First(kinds) => (kinds, 1),
        Rule::All(kinds) => (kinds, kinds.len()),
    };
    let numbers: Vec<i16> = kinds.iter().map(|kind| kind_number(*kind)).collect();
    let Tables { rollup, .. } = columns::tables(family);
    sqlx::query(AssertSqlSafe(format!(
        "WITH now AS (
             SELECT kind FROM unnest($4::smallint[]) WITH ORDINALITY AS k (kind, place)
             WHERE EXISTS (
                 SELECT FROM {rollup} r WHERE r.workspace_id = $1 AND r.account_id = $2 AND r.kind = k.kind
             )
             ORDER BY place LIMIT $5
         ), gone AS (
             DELETE FROM account_totals t
             WHERE t.workspace_id = $1 AND t.account_id = $2 AND t.family = $3
               AND t.kind NOT IN (SELECT kind FROM now)
         )
         INSERT INTO account_totals (workspace_id, account_id, family, kind) SELECT $1, $2, $3, kind FROM now
         ON CONFLICT ON CONSTRAINT account_totals_pkey DO NOTHING"
    )))
    .bind(workspace.0)
    .bind(account.0)
    .bind(family.name())
    .bind(numbers)
    .bind(i64::try_from(most).unwrap_or(1))
    .execute(tx)
    .await?;
    Ok(())
}

/// The kinds that give the totals now.
pub(crate) async fn known_totals(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
    family: Family,
) -> Result<Vec<i16>, LoadError> {
    Ok(sqlx::query_scalar(
        "SELECT kind FROM account_totals WHERE workspace_id = $1 AND account_id = $2 AND family = $3",
    )
    .bind(workspace.0)
    .bind(account.0)
    .bind(family.name())
    .fetch_all(tx)
    .await?)
}

/// Whose rows a load replaces, among those of its account, family, kind and dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamNumber {
    /// As stored.
    pub(crate) number: i16,
    /// Other streams have such rows, too.
    pub(crate) is_shared: bool,
}

/// The number of the scope's stream; a new one where it comes for the first time.
pub(crate) async fn stream_number(
    tx: &mut PgConnection,
    scope: &LoadScope,
) -> Result<StreamNumber, LoadError> {
    let dimension = scope.breakdown.as_deref().unwrap_or_default();
    let known: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM fact_streams
         WHERE workspace_id = $1 AND account_id = $2 AND family = $3 AND kind = $4 AND dimension = $5
         ORDER BY stream",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(scope.family.name())
    .bind(kind_number(scope.kind))
    .bind(dimension)
    .fetch_all(&mut *tx)
    .await?;
    let numbered = |at: usize| i16::try_from(at).map_err(|_| LoadError::Protocol("too many streams"));
    // Files have no streams.
    let Some(name) = scope.stream else {
        return Ok(StreamNumber { number: 0, is_shared: known.len() > 1 });
    };
    if let Some(at) = known.iter().position(|other| other == name) {
        return Ok(StreamNumber { number: numbered(at)?, is_shared: known.len() > 1 });
    }
    let number = numbered(known.len())?;
    sqlx::query(
        "INSERT INTO fact_streams (workspace_id, account_id, family, kind, dimension, stream, name)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(scope.family.name())
    .bind(kind_number(scope.kind))
    .bind(dimension)
    .bind(number)
    .bind(name)
    .execute(tx)
    .await?;
    Ok(StreamNumber { number, is_shared: number > 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn campaigns_come_before_the_account_where_they_tell_the_same() {
        let (account, campaign) = (kind_number(EntityKind::Account), kind_number(EntityKind::Campaign));
        let gives = |family, kind, known: &[i16]| gives_totals(family, kind, known);
        assert!(gives(Family::Ads, EntityKind::Account, &[]));
        assert!(gives(Family::Ads, EntityKind::Account, &[account]));
        assert!(!gives(Family::Ads, EntityKind::Account, &[campaign]));
        assert!(gives(Family::Ads, EntityKind::Campaign, &[account]));
        assert!(!gives(Family::Ads, EntityKind::Ad, &[]));
        assert!(gives(Family::Web, EntityKind::Account, &[campaign]));
        assert!(!gives(Family::Web, EntityKind::Campaign, &[account]));
        assert!(gives(Family::Crm, EntityKind::Account, &[kind_number(EntityKind::Deal)]));
        assert!(!gives(Family::Crm, EntityKind::Form, &[]));
    }
}

//! Things one by one, with what the vendor tells of each.

use super::ApiError;
use leptos::prelude::*;
use metrics::details::{DetailAccount, People, ThingDetail, ThingList};
use model::entities::EntityKind;
use model::ids::{AccountId, EntityId};
use server_fn::codec::GetUrl;

#[cfg(feature = "ssr")]
use super::context::{answer, member, provided};
#[cfg(feature = "ssr")]
use metrics::ports::Details;
#[cfg(feature = "ssr")]
use model::access::Role;
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// All accounts with the kinds of things that there are of each.
#[server(prefix = "/api/f", endpoint = "detail_accounts", input = GetUrl)]
pub async fn detail_accounts(ws: String) -> Result<Vec<DetailAccount>, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        provided::<Arc<dyn Details>>()?.accounts(&member).await
    })
    .await
}

/// Things of a kind of an account whose name, id or status holds the text.
#[server(prefix = "/api/f", endpoint = "detail_list", input = GetUrl)]
pub async fn detail_list(
    ws: String,
    account: AccountId,
    kind: EntityKind,
    text: String,
) -> Result<ThingList, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        provided::<Arc<dyn Details>>()?.list(&member, account, kind, &text).await
    })
    .await
}

/// Everything about one thing but its figures.
#[server(prefix = "/api/f", endpoint = "detail_thing", input = GetUrl)]
pub async fn detail_thing(ws: String, thing: EntityId) -> Result<ThingDetail, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        provided::<Arc<dyn Details>>()?.thing(&member, thing).await
    })
    .await
}

/// The people of a CRM, counted; nothing where an account has none.
#[server(prefix = "/api/f", endpoint = "detail_people", input = GetUrl)]
pub async fn detail_people(ws: String, account: AccountId) -> Result<People, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        provided::<Arc<dyn Details>>()?.people(&member, account).await
    })
    .await
}

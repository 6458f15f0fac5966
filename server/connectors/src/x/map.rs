//! Posts, users and mentions become records.

use crate::connector::Slice;
use crate::crm::{CrmKind, CrmRecord, Origin, PartyRecord};
use crate::error::Result;
use crate::http::{Batch, Node};
use crate::mapping::{self, Form, Measure, attributes, entity};
use crate::record::{EntityRecord, Page, Record, RemoteAccount};
use chrono::NaiveDate;
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Characters of a post that stand for it where it needs a name.
const NAME: usize = 80;

/// What everybody sees.
const PUBLIC: &[Measure] = &[
    (Metric::Likes, &["like_count"], Form::Whole),
    (Metric::Comments, &["reply_count"], Form::Whole),
    (Metric::Saves, &["bookmark_count"], Form::Whole),
];

/// A post and what it has come to. The figures come in blocks; a block that is missing is unknown, not zero.
pub(super) fn post(
    slice: &Slice<'_>,
    id: &str,
    post: &Node<'_>,
    media: &HashMap<String, Value>,
    today: NaiveDate,
    records: &mut Vec<Record>,
) -> Result<()> {
    records.push(Record::Entity(described(slice, id, post)?));
    let (public, private, organic) =
        (post.at("public_metrics"), post.at("non_public_metrics"), post.at("organic_metrics"));
    let mut fact = mapping::fact(slice, EntityKind::Post, id.to_owned(), today);
    fact.began = post.at("created_at").instant()?.map(|at| slice.account.today(at));
    // Without what was paid for, where that is told apart.
    let impressions = first(&[organic, private, public], "impression_count")?;
    fact.values.extend(impressions.map(|count| (Metric::Impressions, count)));
    fact.values.extend(mapping::values(&public, PUBLIC)?);
    let shares = sum([public.at("retweet_count").integer()?, public.at("quote_count").integer()?]);
    fact.values.extend(shares.map(|count| (Metric::Shares, count)));
    let clicks = first(&[organic, private], "url_link_clicks")?;
    fact.values.extend(clicks.map(|count| (Metric::LinkClicks, count)));
    let engagements = first(&[private], "engagements")?;
    fact.values.extend(engagements.map(|count| (Metric::Engagements, count)));
    fact.values.extend(views(post, media)?.map(|count| (Metric::VideoViews, count)));
    if let Some(clicks) = first(&[organic, private], "user_profile_clicks")? {
        fact.extra.insert("user_profile_clicks".to_owned(), Value::String(clicks.to_string()));
    }
    if !fact.values.is_empty() {
        records.push(Record::Fact(fact));
    }
    Ok(())
}

fn first(blocks: &[Node<'_>], name: &str) -> Result<Option<Decimal>> {
    for block in blocks {
        if let Some(count) = block.at(name).integer()? {
            return Ok(Some(Decimal::from(count)));
        }
    }
    Ok(None)
}

fn sum(parts: impl IntoIterator<Item = Option<i64>>) -> Option<Decimal> {
    parts.into_iter().flatten().map(Decimal::from).reduce(|a, b| a + b)
}

/// Views of the videos of a post; photos have none.
fn views(post: &Node<'_>, media: &HashMap<String, Value>) -> Result<Option<Decimal>> {
    let mut counts = Vec::new();
    post.at("attachments").at("media_keys").each(|key| {
        if let Some(item) = key.filled()?.and_then(|key| media.get(&key)) {
            let item = Node::root(item, "includes.media");
            counts.push(item.at("public_metrics").at("view_count").integer()?);
        }
        Ok(())
    })?;
    Ok(sum(counts))
}

fn described(slice: &Slice<'_>, id: &str, post: &Node<'_>) -> Result<EntityRecord> {
    const OWN: &[&str] = &["id", "text"];
    let text = post.at("text").filled()?.map(|text| plain(&text));
    let mut attributes = attributes(post, OWN)?;
    post.at("referenced_tweets").each(|other| {
        // `replied_to`, `quoted`: what it answers and what it shows.
        if let (Some(kind), Some(id)) = (other.at("type").filled()?, other.at("id").filled()?) {
            attributes.insert(kind, Value::String(id));
        }
        Ok(())
    })?;
    let name = text.as_deref().map(short);
    attributes.extend(text.map(|text| ("text".to_owned(), Value::String(text))));
    let post = entity(slice, EntityKind::Post, id.to_owned(), name.filter(|name| !name.is_empty()));
    Ok(EntityRecord { attributes, ..post })
}

/// X escapes three characters of a text.
fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// Posts of others: they are known, and their figures are not ours. What everybody sees of them is kept as words about them.
pub(super) fn others(slice: &Slice<'_>, batch: Batch, relation: &'static str) -> Result<Page> {
    mapping::page(batch, super::fetch::ROWS, |row, records| {
        let id = row.at("id").need_text()?;
        let mut post = described(slice, &id, row)?;
        post.attributes.insert("relation".to_owned(), Value::String(relation.to_owned()));
        let counts = row.at("public_metrics");
        let counts = counts.object()?.into_iter().flatten().filter(|(_, count)| count.is_number());
        post.attributes.extend(counts.map(|(name, count)| (name.clone(), count.clone())));
        records.push(Record::Entity(post));
        Ok(())
    })
}

/// Those who follow, without their names.
pub(super) fn followers(slice: &Slice<'_>, batch: Batch) -> Result<Page> {
    let origin = Origin::new(slice, batch.raw.fetched_at);
    let page = mapping::page(batch, super::fetch::ROWS, |row, records| {
        let id = row.at("id").need_text()?;
        let mut follower = PartyRecord::new(origin.clone(), CrmKind::Contact, id);
        follower.created_at = row.at("created_at").instant()?;
        records.push(CrmRecord::Party(follower).into());
        Ok(())
    })?;
    Ok(Page { raw: None, ..page })
}

/// The user, and how many follow now.
pub(super) fn user(slice: &Slice<'_>, root: &Node<'_>, today: NaiveDate) -> Result<Vec<Record>> {
    let user = root.at("data");
    if user.object()?.is_none() {
        return Err(user.drift("it is missing"));
    }
    let attributes = attributes(&user, &["id", "name"])?;
    let mut account = mapping::account(slice, attributes);
    if let Some(name) = user.at("name").filled()? {
        account.name = name;
    }
    let mut records = vec![Record::Entity(account)];
    let counts = user.at("public_metrics");
    let mut fact = mapping::fact(slice, EntityKind::Account, slice.account.id.clone(), today);
    if let Some(followers) = counts.at("followers_count").integer()? {
        fact.values.push((Metric::Followers, Decimal::from(followers)));
    }
    fact.extra = more(&counts)?;
    if !fact.values.is_empty() {
        records.push(Record::Fact(fact));
    }
    Ok(records)
}

fn more(counts: &Node<'_>) -> Result<Map<String, Value>> {
    let fields = counts.object()?.into_iter().flatten();
    let others = fields.filter(|(name, value)| *name != "followers_count" && !value.is_null());
    Ok(others.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// A user as an account.
pub(super) fn account(user: &Node<'_>) -> Result<RemoteAccount> {
    let id = user.at("id").need_text()?;
    let name = user.at("name").filled()?.or(user.at("username").filled()?);
    let account = super::auth::user(&id);
    Ok(RemoteAccount { name: name.unwrap_or(id), ..account })
}

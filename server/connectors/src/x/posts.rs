//! The posts of a user, each as the newest answers tell it.

use crate::connector::Slice;
use crate::error::Result;
use crate::http::Node;
use crate::mapping::Seen;
use crate::record::{Page, Record, Warning};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The author sees more of a post for so long.
const PRIVATE_DAYS: i64 = 30;

/// The figures that each post has.
const PUBLIC_FIELDS: &[&str] =
    &["impression_count", "like_count", "reply_count", "retweet_count", "quote_count", "bookmark_count"];

/// Posts of one pull, each once however often it was served.
#[derive(Debug, Default)]
pub(super) struct Posts {
    order: Vec<String>,
    known: HashMap<String, Value>,
    /// Media by their keys.
    media: HashMap<String, Value>,
    /// What was refused beside good rows, by title: how often, and what the first says.
    refused: BTreeMap<String, (u64, String)>,
}

impl Posts {
    /// Takes the posts of a page.
    pub(super) fn take(&mut self, page: &Value) -> Result<u64> {
        self.read(page, true)
    }

    /// Takes what a look-up tells more of posts that are known.
    pub(super) fn complete(&mut self, page: &Value) -> Result<u64> {
        self.read(page, false)
    }

    fn read(&mut self, page: &Value, takes_new: bool) -> Result<u64> {
        let root = Node::root(page, "$");
        root.at("errors").each(|error| self.note(error))?;
        let includes = root.at("includes");
        includes.at("media").each(|media| {
            if let (Some(key), Some(value)) = (media.at("media_key").filled()?, media.value()) {
                self.media.insert(key, value.clone());
            }
            Ok(())
        })?;
        let rows = root.at("data").each(|row| {
            let id = row.at("id").need_text()?;
            if self.known.contains_key(&id) || takes_new {
                self.merge(id, row.object()?);
            }
            Ok(())
        })?;
        Ok(rows as u64)
    }

    /// Later answers win; what they leave out stays as it was known.
    fn merge(&mut self, id: String, fields: Option<&Map<String, Value>>) {
        let order = &mut self.order;
        let known = self.known.entry(id).or_insert_with_key(|id| {
            order.push(id.clone());
            Value::Object(Map::new())
        });
        let present = fields.into_iter().flatten().filter(|(_, value)| !value.is_null());
        if let Value::Object(known) = known {
            known.extend(present.map(|(name, value)| (name.clone(), value.clone())));
        }
    }

    fn note(&mut self, error: &Node<'_>) -> Result<()> {
        let title = error.at("title").filled()?.unwrap_or_else(|| "Error".to_owned());
        let detail = error.at("detail").filled()?.or(error.at("message").filled()?).unwrap_or_default();
        self.refused.entry(title).or_insert_with(|| (0, detail)).0 += 1;
        Ok(())
    }

    /// Own posts that are young enough for what only the author sees.
    pub(super) fn young(&self, now: DateTime<Utc>) -> Result<Vec<String>> {
        let oldest = now - TimeDelta::days(PRIVATE_DAYS);
        let mut young = Vec::new();
        for id in &self.order {
            let Some(post) = self.known.get(id) else { continue };
            let post = Node::root(post, "data");
            let is_young = post.at("created_at").instant()?.is_none_or(|at| at > oldest);
            if is_young && !is_repost(&post)? {
                young.push(id.clone());
            }
        }
        Ok(young)
    }

    /// All posts as records, dated by the day of the pull. Reposts of others' posts are left out, and so is what a later
    /// version of the same post has replaced.
    pub(super) fn page(&self, slice: &Slice<'_>, today: NaiveDate) -> Result<Page> {
        let replaced = self.replaced()?;
        let (mut records, mut seen) = (Vec::new(), Seen::default());
        for id in self.order.iter().filter(|id| !replaced.contains(*id)) {
            let Some(post) = self.known.get(id) else { continue };
            let post = Node::root(post, "data");
            if is_repost(&post)? {
                continue;
            }
            seen.fields_of(&post.at("public_metrics"))?;
            super::map::post(slice, id, &post, &self.media, today, &mut records)?;
        }
        let mut warnings = self.warnings(slice);
        warnings.extend(seen.missing(slice, PUBLIC_FIELDS.iter().copied()));
        records.extend(warnings.into_iter().map(Record::Warning));
        Ok(Page { records, ..Page::default() })
    }

    fn warnings(&self, slice: &Slice<'_>) -> Vec<Warning> {
        let warning = |(title, (count, first)): (&String, &(u64, String))| {
            let message =
                format!("X leaves out a part of its answers ({title}, {count} times); the first: {first}");
            Warning::stream(&slice.account.id, slice.stream.name, message)
        };
        self.refused.iter().map(warning).collect()
    }

    /// Ids whose post was edited into another one that is known: each edit has an id of its own, and ids grow.
    fn replaced(&self) -> Result<HashSet<String>> {
        let mut replaced = HashSet::new();
        for post in self.known.values() {
            let post = Node::root(post, "data");
            let mut versions = Vec::new();
            post.at("edit_history_tweet_ids").each(|id| {
                versions.extend(id.filled()?);
                Ok(())
            })?;
            // As numbers of any length: the longer is the larger.
            versions.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
            if versions.pop().is_some_and(|newest| self.known.contains_key(&newest)) {
                replaced.extend(versions);
            }
        }
        Ok(replaced)
    }
}

/// Somebody else's post, shown again.
pub(super) fn is_repost(post: &Node<'_>) -> Result<bool> {
    let mut is_repost = false;
    post.at("referenced_tweets").each(|other| {
        is_repost |= other.at("type").text()?.as_deref() == Some("retweeted");
        Ok(())
    })?;
    Ok(is_repost)
}

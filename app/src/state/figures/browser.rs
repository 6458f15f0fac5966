//! Loading figures, in the browser.

use super::{Answers, Figures, Place, Slot, Source, key_of};
use crate::state::view::cube_url;
use gloo_net::http::{Request, Response};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use metrics::{Cube, Frame, Query, Scope};
use model::{AppError, ErrorKind};
use std::collections::HashMap;
use std::sync::Arc;
use web_sys::{AbortController, AbortSignal, RequestInit};

/// How long questions are collected before the server is asked.
const COLLECT: std::time::Duration = std::time::Duration::from_millis(150);

/// Questions that are remembered as answered.
const MOST_KNOWN: usize = 1_000;

/// Between two fetches of figures that keep changing.
const REST_MS: u32 = 500;

/// A request for cubes under way, or just over.
struct Flight {
    scopes: Vec<Scope>,
    abort: AbortController,
}

/// Counts down when a request ends, however it ends.
struct Running(RwSignal<u32>);

impl Running {
    fn start(count: RwSignal<u32>) -> Self {
        count.update(|n| *n += 1);
        Self(count)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.try_update(|n| *n = n.saturating_sub(1));
    }
}

impl Figures {
    /// One request at a time: figures that change while one is under way are fetched when it is over and a
    /// moment has passed, so that a synchronisation that commits many times a second does not fetch as often.
    /// Another scope does not wait: nobody wants the answer that is under way.
    ///
    /// All cubes that are wanted come in one answer.
    pub(super) fn keep_loaded(self, wanted: Memo<Vec<Scope>>) {
        let current = StoredValue::new_local(None::<Flight>);
        let landed = RwSignal::new(0_u32);
        Effect::new(move |seen_retries: Option<u32>| {
            landed.track();
            let (version, retries) =
                self.orders.with_value(|orders| (orders.version.get(), orders.retries.get()));
            let is_retry = seen_retries.is_some_and(|seen| seen != retries);
            let mut scopes = wanted.get();
            let covered = scopes.iter().all(|scope| self.holds(scope, None));
            scopes.retain(|scope| is_retry || !self.holds(scope, Some(version)));
            let is_asked = current.with_value(|c| c.as_ref().is_some_and(|flight| flight.scopes == scopes));
            if scopes.is_empty() || (is_asked && !is_retry) {
                return retries;
            }
            let Ok(abort) = AbortController::new() else { return retries };
            let signal = abort.signal();
            current.update_value(|current| {
                if let Some(last) = current.replace(Flight { scopes: scopes.clone(), abort }) {
                    last.abort.abort();
                }
            });
            leptos::task::spawn_local(async move {
                // What is shown stays as it is while the same figures are looked at again.
                let running = (!covered).then(|| Running::start(self.running));
                self.fetch_cubes(&scopes, version, &signal).await;
                drop(running);
                if signal.aborted() {
                    return;
                }
                TimeoutFuture::new(REST_MS).await;
                if !signal.aborted() {
                    let _ = current.try_update_value(|current| *current = None);
                    let _ = landed.try_update(|n| *n += 1);
                }
            });
            retries
        });
        Effect::new(move |before: Option<u32>| {
            let stops = self.orders.with_value(|orders| orders.stops.get());
            if before.is_none_or(|before| before == stops) {
                return stops;
            }
            let is_first = |slot: &Slot| matches!(slot.source, Source::Waiting | Source::Failed(_));
            let flight = current.try_update_value(Option::take).flatten();
            if let Some(flight) = flight {
                flight.abort.abort();
                let version = self.orders.with_value(|orders| orders.version.get_untracked());
                for scope in flight.scopes {
                    if let Some(slot) = self.slot(place(&scope)).filter(|slot| slot.with_untracked(is_first))
                    {
                        let source = Source::Failed(stopped());
                        slot.set(Slot { scope: Some(scope), source, version, etag: None });
                    }
                }
            }
            stops
        });
        on_cleanup(move || {
            current.try_update_value(|current| {
                current.take().iter().for_each(|flight| flight.abort.abort());
            });
        });
    }

    /// Whether the figures of a scope are here, at least of that version.
    fn holds(self, scope: &Scope, version: Option<i64>) -> bool {
        self.slot(place(scope)).is_none_or(|slot| {
            slot.with_untracked(|slot| slot.covers(scope) && version.is_none_or(|v| slot.version >= v))
        })
    }

    async fn fetch_cubes(self, scopes: &[Scope], version: i64, signal: &AbortSignal) {
        let Some(url) = self.orders.try_with_value(|orders| cube_url(&orders.slug, scopes)) else { return };
        let answer = match get(&url, signal) {
            Some(request) => request.send().await.ok(),
            None => None,
        };
        if signal.aborted() || self.running.try_get_untracked().is_none() {
            return;
        }
        let slots: Vec<(&Scope, RwSignal<Slot>)> =
            scopes.iter().filter_map(|scope| Some((scope, self.slot(place(scope))?))).collect();
        let etag = answer.as_ref().and_then(|response| response.headers().get("etag"));
        let has = |slot: &Slot, scope: &Scope| slot.covers(scope) && etag.is_some() && slot.etag == etag;
        let is_same = slots.iter().all(|(scope, slot)| slot.with_untracked(|slot| has(slot, scope)));
        if is_same && answer.as_ref().is_some_and(Response::ok) {
            // Nothing that is shown has changed.
            slots.iter().for_each(|(_, slot)| slot.update_untracked(|slot| slot.version = version));
            return;
        }
        let sources = match answer {
            Some(response) => read(response, scopes.len()).await,
            None => vec![Source::Failed(unreachable()); scopes.len()],
        };
        if signal.aborted() {
            return;
        }
        if sources.iter().any(|source| !matches!(source, Source::Failed(_))) {
            // What the server answers question by question has changed with it.
            let _ = self.answers.try_update(|answers: &mut Answers| answers.clear());
        }
        for ((scope, slot), source) in slots.into_iter().zip(sources) {
            // A refresh that failed leaves what is shown; the live status says that the line is down.
            let covered = slot.try_with_untracked(|slot| slot.covers(scope)).unwrap_or(true);
            if matches!(source, Source::Failed(_)) && covered {
                continue;
            }
            let _ = slot.try_set(Slot { scope: Some(scope.clone()), source, version, etag: etag.clone() });
        }
    }

    /// Says of each question that is being asked that a person gave it up. An answer that comes all the same is shown.
    pub(super) fn give_up_questions(self) {
        let asked = self.questions.with_value(|questions| questions.asked.clone());
        self.answers.update(|answers| {
            answers.extend(asked.into_iter().map(|key| (key, Err(stopped()))));
        });
    }

    pub(super) fn ask_server_too(self, queries: Memo<Vec<Query>>) {
        Effect::new(move |_| {
            queries.with(|queries| {
                for query in queries {
                    let is_remote = query.conflict().is_none() && self.source(query).is_none();
                    let key = key_of(query);
                    if is_remote && self.answers.with(|answers| !answers.contains_key(&key)) {
                        self.enqueue(key, query.clone());
                    }
                }
            });
        });
    }

    fn enqueue(self, key: String, query: Query) {
        let is_first = self
            .questions
            .try_update_value(|questions| {
                let is_first = questions.pending.is_empty();
                questions.pending.insert(key, query);
                is_first
            })
            .unwrap_or(false);
        if is_first {
            set_timeout(move || self.ask_collected(), COLLECT);
        }
    }

    fn ask_collected(self) {
        let asked = self.questions.try_update_value(|questions| {
            let pending = std::mem::take(&mut questions.pending);
            let is_new = pending.keys().any(|key| !questions.known.contains(key));
            if questions.known.len() > MOST_KNOWN {
                questions.known.clear();
            }
            questions.known.extend(pending.keys().cloned());
            questions.asked.extend(pending.keys().cloned());
            (pending, is_new)
        });
        let Some((questions, is_new)) = asked else { return };
        leptos::task::spawn_local(async move {
            let _running = is_new.then(|| Running::start(self.running));
            let url = self.orders.with_value(|orders| format!("/api/w/{}/frames", orders.slug));
            let (keys, queries): (Vec<String>, Vec<Query>) = questions.into_iter().unzip();
            let answer = ask_frames(&url, &queries).await;
            let _ = self.questions.try_update_value(|questions| {
                for key in &keys {
                    questions.asked.remove(key);
                }
            });
            let found: HashMap<String, Result<Arc<Frame>, AppError>> = match answer {
                Ok(frames) => keys.into_iter().zip(frames.into_iter().map(|f| Ok(Arc::new(f)))).collect(),
                Err(error) => keys.into_iter().map(|key| (key, Err(error.clone()))).collect(),
            };
            let _ = self.answers.try_update(|answers| answers.extend(found));
        });
    }
}

/// A request for exactly this address. (The library's builder writes `&` after a query; then the browser does not take
/// what the document had it load ahead.)
fn get(url: &str, signal: &AbortSignal) -> Option<Request> {
    let init = RequestInit::new();
    init.set_signal(Some(signal));
    web_sys::Request::new_with_str_and_init(url, &init).ok().map(Request::from)
}

fn place(scope: &Scope) -> Place {
    (scope.family, scope.level)
}

/// The sources in an answer to so many scopes: a cube, or one after the other, each behind its length.
async fn read(response: Response, count: usize) -> Vec<Source> {
    let all = |source: Source| vec![source; count];
    match response.status() {
        200 => match response.binary().await {
            Ok(bytes) if count == 1 => vec![decoded(&bytes)],
            Ok(bytes) => parts(&bytes, count),
            Err(_) => all(Source::Failed(unreachable())),
        },
        413 => all(Source::Server),
        _ => all(Source::Failed(error_of(response).await)),
    }
}

/// A part without bytes is too large for a browser.
fn parts(mut bytes: &[u8], count: usize) -> Vec<Source> {
    let mut sources = Vec::with_capacity(count);
    for _ in 0..count {
        let part = bytes.split_first_chunk().and_then(|(length, rest)| {
            rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
        });
        sources.push(match part {
            Some(([], rest)) => {
                bytes = rest;
                Source::Server
            }
            Some((part, rest)) => {
                bytes = rest;
                decoded(part)
            }
            None => decoded(&[]),
        });
    }
    sources
}

fn decoded(bytes: &[u8]) -> Source {
    match Cube::decode(bytes) {
        Ok(cube) => Source::Cube(Arc::new(cube)),
        Err(_) => Source::Failed(
            AppError::new(ErrorKind::Unavailable, "The figures that came can't be read.")
                .with_hint("Reload the page; it may be older than the server."),
        ),
    }
}

async fn ask_frames(url: &str, queries: &[Query]) -> Result<Vec<Frame>, AppError> {
    let request = Request::post(url).json(&queries).map_err(|_| unreachable())?;
    let response = request.send().await.map_err(|_| unreachable())?;
    if !response.ok() {
        return Err(error_of(response).await);
    }
    response.json().await.map_err(|_| unreachable())
}

/// The error in an answer, or one that says what the status says.
async fn error_of(response: Response) -> AppError {
    let status = response.status();
    if let Ok(error) = response.json::<AppError>().await {
        return error;
    }
    match status {
        401 => AppError::unauthenticated().with_hint("Your session has ended; reload the page to log in."),
        403 | 404 => AppError::not_found("These figures are not there, or not for you to see."),
        _ => unreachable(),
    }
}

fn stopped() -> AppError {
    AppError::new(ErrorKind::Unavailable, "You stopped the loading.")
        .with_hint("Fewer days or a filter load faster.")
}

fn unreachable() -> AppError {
    AppError::new(ErrorKind::Unavailable, "The figures could not be loaded.")
        .with_hint("The server can't be reached. What was shown before stays.")
}

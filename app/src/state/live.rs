//! The live socket: which topics changed on the server, told to every page of a workspace.
//!
//! Messages carry versions, never figures; whoever shows data refetches it when [`use_topic_version`] moves. A
//! socket that can't be opened (a proxy that blocks it) is replaced by polling, and tried again slowly.

use leptos::prelude::*;
use model::live::{LiveMessage, Topic, Versions};

/// How the page hears about changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LiveStatus {
    /// Not heard from the server yet.
    #[default]
    Connecting,
    /// The socket is open.
    Live,
    /// The socket can't be opened; the server is asked every few seconds.
    Polling,
    /// The server can't be reached at all.
    Offline,
}

/// What is known about the server's versions; one per workspace, in context.
#[derive(Debug, Clone, Copy)]
pub struct Live {
    versions: RwSignal<Versions>,
    status: RwSignal<LiveStatus>,
}

impl Live {
    /// How the page hears about changes.
    pub fn status(self) -> Signal<LiveStatus> {
        self.status.into()
    }

    /// The version of a topic; 0 until the server was heard.
    pub fn version(self, topic: Topic) -> Signal<i64> {
        Memo::new(move |_| self.versions.with(|v| v.0.get(&topic).copied().unwrap_or(0))).into()
    }

    /// Takes over what a message says. Signals only move when a version does.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser hears the server"))]
    fn take(self, message: &LiveMessage) -> After {
        let mut next = self.versions.get_untracked();
        let after = apply(&mut next, message);
        if next != self.versions.get_untracked() {
            self.versions.set(next);
        }
        after
    }

    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser hears the server"))]
    fn set_status(self, status: LiveStatus) {
        if self.status.get_untracked() != status {
            self.status.set(status);
        }
    }
}

/// Opens the workspace's live connection and puts it into context. Call it once, where the workspace is known; it
/// ends with the owner, and reconnects when the slug changes.
pub fn provide_live(slug: Signal<String>) -> Live {
    let live =
        Live { versions: RwSignal::new(Versions::default()), status: RwSignal::new(LiveStatus::default()) };
    provide_context(live);
    #[cfg(feature = "hydrate")]
    browser::follow(slug, live);
    #[cfg(not(feature = "hydrate"))]
    let _ = slug;
    live
}

/// The version of a topic, to be read where data is fetched: the fetch runs again when somebody's commit changed the
/// topic. 0 until the server was heard, and always without a live connection.
pub fn use_topic_version(topic: Topic) -> Signal<i64> {
    use_context::<Live>().map_or_else(|| Signal::stored(0), |live| live.version(topic))
}

/// What to do after a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// Listen on.
    Listen,
    /// Messages were lost: ask for all versions.
    AskVersions,
    /// The server goes away: connect again soon.
    Reconnect,
}

/// Versions only grow, except when the server's own story starts anew (another database): `Hello` is the truth.
fn apply(known: &mut Versions, message: &LiveMessage) -> After {
    match message {
        LiveMessage::Hello { versions } => {
            *known = versions.clone();
            After::Listen
        }
        LiveMessage::Changed { topic, version } => {
            let entry = known.0.entry(*topic).or_insert(0);
            *entry = (*entry).max(*version);
            After::Listen
        }
        LiveMessage::Resync => After::AskVersions,
        LiveMessage::Bye { .. } => After::Reconnect,
    }
}

/// Milliseconds to wait before the next try: doubles from half a second to half a minute, spread over its upper half
/// so that a restarted server is not met by everyone at once. `unit` is random in 0..1.
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only a browser reconnects"))]
fn backoff_ms(failures: u32, unit: f64) -> u32 {
    let full = 500_u32.saturating_mul(2_u32.saturating_pow(failures.min(6))).min(30_000);
    let half = full / 2;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 ≤ unit < 1, half ≤ 15,000"
    )]
    let spread = (f64::from(half) * unit.clamp(0.0, 1.0)) as u32;
    half + spread
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::{After, Live, LiveStatus, backoff_ms};
    use futures_util::StreamExt;
    use futures_util::future::{Either, select};
    use gloo_net::http::Request;
    use gloo_net::websocket::{Message, futures::WebSocket};
    use gloo_timers::future::TimeoutFuture;
    use leptos::ev;
    use leptos::prelude::*;
    use model::live::LiveMessage;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// A socket that says nothing for so long is checked by asking for the versions.
    const SILENCE_MS: u32 = 25_000;
    /// A socket that is not open by then counts as blocked.
    const OPEN_MS: u32 = 6_000;
    /// Between two polls.
    const POLL_MS: u32 = 3_000;
    /// Failures in a row after which polling stands in.
    const FAILURES_BEFORE_POLLING: u32 = 2;

    /// Shared by the loop and the window's events.
    #[derive(Clone, Default)]
    struct Reins {
        ended: Arc<AtomicBool>,
        wake: Arc<AtomicBool>,
    }

    impl Reins {
        fn is_ended(&self) -> bool {
            self.ended.load(Ordering::Relaxed)
        }

        /// Waits, but no longer than until the network came back or the page was looked at again.
        async fn rest(&self, ms: u32) {
            let mut left = ms;
            while left > 0 && !self.is_ended() && !self.wake.swap(false, Ordering::Relaxed) {
                let step = left.min(250);
                TimeoutFuture::new(step).await;
                left -= step;
            }
        }
    }

    pub(super) fn follow(slug: Signal<String>, live: Live) {
        let wake = Arc::new(AtomicBool::new(false));
        for handle in [
            {
                let wake = wake.clone();
                window_event_listener(ev::online, move |_| wake.store(true, Ordering::Relaxed))
            },
            window_event_listener(ev::offline, move |_| live.set_status(LiveStatus::Offline)),
        ] {
            on_cleanup(move || handle.remove());
        }
        Effect::new(move |_| {
            let slug = slug.get();
            if slug.is_empty() {
                return;
            }
            let reins = Reins { ended: Arc::default(), wake: wake.clone() };
            let ended = reins.ended.clone();
            on_cleanup(move || ended.store(true, Ordering::Relaxed));
            leptos::task::spawn_local(run(slug, live, reins));
        });
    }

    async fn run(slug: String, live: Live, reins: Reins) {
        let mut failures = 0;
        while !reins.is_ended() {
            let heard = socket(&slug, live, &reins).await;
            if reins.is_ended() {
                return;
            }
            failures = if heard { 0 } else { failures + 1 };
            let pause = backoff_ms(failures, js_sys::Math::random());
            if failures < FAILURES_BEFORE_POLLING {
                reins.rest(pause).await;
                continue;
            }
            let mut waited = 0;
            loop {
                poll(&slug, live, LiveStatus::Polling).await;
                reins.rest(POLL_MS).await;
                waited += POLL_MS;
                if waited >= pause || reins.is_ended() {
                    break;
                }
            }
        }
    }

    /// One life of a socket. True when the server was heard on it.
    async fn socket(slug: &str, live: Live, reins: &Reins) -> bool {
        let location = window().location();
        let (Ok(protocol), Ok(host)) = (location.protocol(), location.host()) else { return false };
        let scheme = if protocol == "https:" { "wss" } else { "ws" };
        let Ok(mut socket) = WebSocket::open(&format!("{scheme}://{host}/api/w/{slug}/live")) else {
            return false;
        };
        let mut heard = false;
        while !reins.is_ended() {
            let patience = if heard { SILENCE_MS } else { OPEN_MS };
            let message = match select(socket.next(), TimeoutFuture::new(patience)).await {
                Either::Left((Some(Ok(message)), _)) => message,
                Either::Left(_) => break,
                Either::Right(_) if heard => {
                    // A dead socket looks like a quiet one: if versions moved meanwhile, or nobody answers, it is dead.
                    let before = live.versions.get_untracked();
                    let answered = poll(slug, live, LiveStatus::Live).await;
                    if answered && before == live.versions.get_untracked() {
                        continue;
                    }
                    break;
                }
                Either::Right(_) => break,
            };
            let Message::Text(text) = message else { continue };
            // An unknown message is of a newer server; the versions that we know stay right.
            let Ok(message) = serde_json::from_str::<LiveMessage>(&text) else { continue };
            heard = true;
            live.set_status(LiveStatus::Live);
            match live.take(&message) {
                After::Listen => {}
                After::AskVersions => {
                    poll(slug, live, LiveStatus::Live).await;
                }
                After::Reconnect => break,
            }
        }
        drop(socket.close(None, None));
        heard
    }

    /// Asks for all versions; false when nobody answered.
    async fn poll(slug: &str, live: Live, on_answer: LiveStatus) -> bool {
        let answer = match Request::get(&format!("/api/w/{slug}/versions")).send().await {
            Ok(response) if response.ok() => response.json::<LiveMessage>().await.ok(),
            _ => None,
        };
        let Some(message) = answer else {
            live.set_status(LiveStatus::Offline);
            return false;
        };
        live.set_status(on_answer);
        live.take(&message);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(pairs: &[(Topic, i64)]) -> Versions {
        Versions(pairs.iter().copied().collect())
    }

    #[test]
    fn changes_only_move_forward() {
        let mut known = versions(&[(Topic::Figures, 7)]);
        assert_eq!(
            apply(&mut known, &LiveMessage::Changed { topic: Topic::Figures, version: 5 }),
            After::Listen
        );
        assert_eq!(known, versions(&[(Topic::Figures, 7)]));
        apply(&mut known, &LiveMessage::Changed { topic: Topic::Imports, version: 1 });
        assert_eq!(known, versions(&[(Topic::Figures, 7), (Topic::Imports, 1)]));
    }

    #[test]
    fn hello_replaces_what_was_known() {
        let mut known = versions(&[(Topic::Figures, 70)]);
        apply(&mut known, &LiveMessage::Hello { versions: versions(&[(Topic::Figures, 2)]) });
        assert_eq!(known, versions(&[(Topic::Figures, 2)]));
    }

    #[test]
    fn lost_messages_and_goodbyes_are_acted_upon() {
        let mut known = Versions::default();
        assert_eq!(apply(&mut known, &LiveMessage::Resync), After::AskVersions);
        assert_eq!(apply(&mut known, &LiveMessage::Bye { reason: "stop".into() }), After::Reconnect);
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        assert_eq!(backoff_ms(0, 0.0), 250);
        assert_eq!(backoff_ms(0, 1.0), 500);
        assert!(backoff_ms(3, 0.0) > backoff_ms(1, 1.0));
        assert_eq!(backoff_ms(50, 1.0), 30_000);
    }

    #[test]
    fn a_page_sees_the_version_of_its_topic_only() {
        let owner = Owner::new();
        owner.with(|| {
            let live = Live {
                versions: RwSignal::new(versions(&[(Topic::Figures, 3)])),
                status: RwSignal::new(LiveStatus::Live),
            };
            provide_context(live);
            assert_eq!(use_topic_version(Topic::Figures).get_untracked(), 3);
            assert_eq!(use_topic_version(Topic::Imports).get_untracked(), 0);
        });
    }
}

//! Live announcements: one listener per process, many sockets. Messages carry no business data.

use super::Site;
use super::guard::{member, session_token};
use super::reply::Refusal;
use crate::lifecycle::Lifecycle;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Extension, Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use database::Database;
use database::changes::{Change, Changes};
use model::access::{Caller, Member, Origin, Role};
use model::live::LiveMessage;
use std::time::Duration;
use tokio::sync::broadcast;

/// A page that misses more than this many messages is told to fetch everything again.
const CAPACITY: usize = 1024;
const PING: Duration = Duration::from_secs(20);
const SESSION_CHECK: u8 = 3; // every third ping

/// Passes announcements of the database on to the sockets of this process.
#[derive(Debug, Clone)]
pub struct Hub {
    sender: broadcast::Sender<Change>,
}

impl Hub {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the database can't be listened to.
    pub async fn start(database: &Database, lifecycle: &Lifecycle) -> Result<Self, sqlx::Error> {
        let mut changes = Changes::listen(database).await?;
        let sender = broadcast::Sender::new(CAPACITY);
        let hub = Self { sender: sender.clone() };
        let soft = lifecycle.soft.clone();
        lifecycle.spawn(async move {
            loop {
                let change = tokio::select! {
                    change = changes.next() => change,
                    () = soft.cancelled() => return,
                };
                let Some(change) = change else { return };
                // Nobody listening is fine.
                drop(sender.send(change));
            }
        });
        Ok(hub)
    }
}

/// `GET /api/w/{slug}/live`: says how things stand, then every change of that workspace.
pub async fn socket(
    State(site): State<Site>,
    caller: Option<Extension<Caller>>,
    Extension(origin): Extension<Origin>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refusal> {
    let member = member(&site, caller.as_deref(), &slug, Role::Viewer).await?;
    let token = session_token(&headers, site.settings.is_secure).unwrap_or_default();
    Ok(upgrade.max_message_size(4096).on_upgrade(move |socket| async move {
        let tasks = site.lifecycle.tasks.clone();
        tasks.track_future(serve(socket, site, member, Session { token, origin, slug })).await;
    }))
}

/// What is needed to see later that the person may still listen.
struct Session {
    token: String,
    origin: Origin,
    slug: String,
}

impl Session {
    async fn still_holds(&self, site: &Site) -> bool {
        let Ok(Some(caller)) = site.identity.caller(&self.token, &self.origin).await else { return false };
        site.identity.authorise(&caller, &self.slug, Role::Viewer).await.is_ok()
    }
}

async fn serve(mut socket: WebSocket, site: Site, member: Member, session: Session) {
    // Subscribed before the versions are read, so that nothing falls between.
    let mut changes = site.live.sender.subscribe();
    let Ok(versions) = site.figures.versions(&member).await else { return };
    let mut said = versions.0.clone();
    if send(&mut socket, &LiveMessage::Hello { versions }).await.is_err() {
        return;
    }
    let mut ping = tokio::time::interval(PING);
    ping.reset();
    let mut unanswered = 0_u8;
    let mut pings = 0_u8;
    loop {
        let message = tokio::select! {
            change = changes.recv() => match change {
                Ok(Change::Changed { workspace, topic, version }) if workspace == member.workspace => {
                    // Of a change just before the greeting the news may come after it.
                    let known = said.entry(topic).or_default();
                    if *known >= version {
                        continue;
                    }
                    *known = version;
                    LiveMessage::Changed { topic, version }
                }
                Ok(Change::Changed { .. }) => continue,
                Ok(Change::Gap) | Err(broadcast::error::RecvError::Lagged(_)) => LiveMessage::Resync,
                Err(broadcast::error::RecvError::Closed) => return bye(socket, "the server stops").await,
            },
            incoming = socket.recv() => match incoming {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {
                    unanswered = 0;
                    continue;
                }
            },
            _ = ping.tick() => {
                unanswered += 1;
                pings = pings.wrapping_add(1);
                let is_gone = unanswered > 2 || socket.send(Message::Ping(Vec::new().into())).await.is_err();
                if is_gone {
                    return;
                }
                if pings.is_multiple_of(SESSION_CHECK) && !session.still_holds(&site).await {
                    return bye(socket, "the session ended").await;
                }
                continue;
            }
            () = site.lifecycle.soft.cancelled() => return bye(socket, "the server restarts").await,
        };
        if send(&mut socket, &message).await.is_err() {
            return;
        }
    }
}

async fn send(socket: &mut WebSocket, message: &LiveMessage) -> Result<(), axum::Error> {
    let text = serde_json::to_string(message).map_err(axum::Error::new)?;
    socket.send(Message::Text(text.into())).await
}

async fn bye(mut socket: WebSocket, reason: &'static str) {
    let said = send(&mut socket, &LiveMessage::Bye { reason: reason.into() }).await;
    if said.is_ok() {
        let close = CloseFrame { code: close_code::AWAY, reason: reason.into() };
        drop(socket.send(Message::Close(Some(close))).await);
    }
}

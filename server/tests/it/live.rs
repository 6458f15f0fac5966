//! The live socket, over a real connection.

use crate::house::{EMAIL, House, Visitor};
use futures_util::{SinkExt, StreamExt};
use model::access::Role;
use model::live::{LiveMessage, Topic};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Serves the house's site on a port of its own.
async fn serve(house: &House) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = house.router.clone().into_make_service_with_connect_info::<SocketAddr>();
    let soft = house.lifecycle.soft.clone();
    house.lifecycle.spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(async move { soft.cancelled().await })
            .await
            .unwrap();
    });
    address
}

/// Opens the socket as a browser on our own page does, or as one on another site's page.
pub async fn open(address: &str, slug: &str, cookie: Option<&str>, origin: &str) -> Result<Socket, u16> {
    let mut request = format!("ws://{address}/api/w/{slug}/live").into_client_request().unwrap();
    request.headers_mut().insert("origin", origin.parse().unwrap());
    if let Some(token) = cookie {
        request.headers_mut().insert("cookie", format!("windhover={token}").parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

async fn open_as(address: SocketAddr, visitor: &Visitor, slug: &str) -> Result<Socket, u16> {
    open(&address.to_string(), slug, visitor.token.as_deref(), &format!("http://{address}")).await
}

/// The next message; none when the server closed.
pub async fn next(socket: &mut Socket) -> Option<LiveMessage> {
    loop {
        let message =
            tokio::time::timeout(Duration::from_secs(10), socket.next()).await.expect("a message in 10 s");
        match message?.ok()? {
            Message::Text(text) => return Some(serde_json::from_str(&text).unwrap()),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

async fn stays_silent(socket: &mut Socket) {
    let message = tokio::time::timeout(Duration::from_millis(400), socket.next()).await;
    assert!(message.is_err(), "{message:?}");
}

#[tokio::test]
async fn a_page_is_told_what_changed_and_when_the_server_stops() {
    let (house, admin) = House::lived_in().await;
    let acme = house.workspace("acme").await.id;
    let known = house.bump(acme, Topic::Figures).await;
    let address = serve(&house).await;
    let mut socket = open_as(address, &admin, "acme").await.unwrap();
    let Some(LiveMessage::Hello { versions }) = next(&mut socket).await else { panic!("hello comes first") };
    assert_eq!(versions.0[&Topic::Figures], known);

    for topic in [Topic::Figures, Topic::Connections, Topic::Imports] {
        let version = house.bump(acme, topic).await;
        assert_eq!(next(&mut socket).await, Some(LiveMessage::Changed { topic, version }));
    }
    // A change that is rolled back never was.
    let mut tx = house.db.pool().begin().await.unwrap();
    database::bump(&mut tx, acme, Topic::Figures).await.unwrap();
    tx.rollback().await.unwrap();
    stays_silent(&mut socket).await;

    house.lifecycle.soft.cancel();
    assert!(matches!(next(&mut socket).await, Some(LiveMessage::Bye { .. })), "bye");
    assert_eq!(next(&mut socket).await, None, "then it closes");
    tokio::time::timeout(Duration::from_secs(5), house.lifecycle.drained()).await.expect("everything ends");
}

#[tokio::test]
async fn other_workspaces_are_none_of_its_business() {
    let (house, admin) = House::lived_in().await;
    let elsewhere = house.add_workspace("elsewhere").await;
    let stranger = house.person("eve@example.com", Some(("elsewhere", Role::Admin))).await;
    let address = serve(&house).await;
    let mut mine = open_as(address, &admin, "acme").await.unwrap();
    let mut theirs = open_as(address, &stranger, "elsewhere").await.unwrap();
    next(&mut mine).await.unwrap();
    next(&mut theirs).await.unwrap();
    let version = house.bump(elsewhere, Topic::Figures).await;
    assert_eq!(next(&mut theirs).await, Some(LiveMessage::Changed { topic: Topic::Figures, version }));
    stays_silent(&mut mine).await;
    assert_eq!(open_as(address, &stranger, "acme").await.err(), Some(404));
    assert_eq!(open_as(address, &house.anonymous(), "acme").await.err(), Some(401));
}

#[tokio::test]
async fn another_site_s_page_can_t_listen() {
    let (house, admin) = House::lived_in().await;
    let address = serve(&house).await;
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let refused = open(&address.to_string(), "acme", admin.token.as_deref(), origin).await;
        assert_eq!(refused.err(), Some(403), "{origin}");
    }
}

#[tokio::test]
async fn what_a_page_says_is_not_trusted() {
    let (house, admin) = House::lived_in().await;
    let acme = house.workspace("acme").await.id;
    let address = serve(&house).await;
    let mut socket = open_as(address, &admin, "acme").await.unwrap();
    next(&mut socket).await.unwrap();
    socket.send(Message::Text("{\"type\":\"nonsense\"}".into())).await.unwrap();
    socket.send(Message::Binary(vec![0, 159, 146].into())).await.unwrap();
    let version = house.bump(acme, Topic::Figures).await;
    assert_eq!(
        next(&mut socket).await,
        Some(LiveMessage::Changed { topic: Topic::Figures, version }),
        "it goes on"
    );
    // More than any page of ours says ends this socket, and no other.
    let mut calm = open_as(address, &house.log_in(EMAIL).await, "acme").await.unwrap();
    next(&mut calm).await.unwrap();
    drop(socket.send(Message::Text("x".repeat(1 << 20).into())).await);
    assert_eq!(next(&mut socket).await, None);
    let version = house.bump(acme, Topic::Figures).await;
    assert_eq!(next(&mut calm).await, Some(LiveMessage::Changed { topic: Topic::Figures, version }));
}

//! Files come in as a stream, within limits.

use crate::house::{Answer, House, Visitor};
use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode, header};
use model::ErrorKind;
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

type Chunk = Result<Bytes, std::io::Error>;

/// Sends chunk after chunk, as they come.
async fn upload(visitor: Visitor, name: &str, chunks: mpsc::Receiver<Chunk>) -> Answer {
    let request = visitor
        .request(Method::POST, &format!("/api/w/acme/imports/upload?name={name}"))
        .body(Body::from_stream(ReceiverStream::new(chunks)))
        .unwrap();
    visitor.send(request).await
}

/// Bytes in all files below the folder of uploads.
fn bytes_on_disk(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries
        .map(Result::unwrap)
        .map(
            |e| {
                if e.path().is_dir() { bytes_on_disk(&e.path()) } else { e.metadata().map_or(0, |m| m.len()) }
            },
        )
        .sum()
}

async fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..200 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what} did not happen within 5 s");
}

fn rows(from: usize, count: usize) -> Bytes {
    use std::fmt::Write;
    (from..from + count)
        .fold(String::new(), |mut text, n| {
            writeln!(text, "2026-08-{:02},Campaign {n},{n}", n % 28 + 1).unwrap();
            text
        })
        .into()
}

#[tokio::test]
async fn a_file_goes_to_the_disk_while_it_still_comes_in() {
    let (house, admin) = House::lived_in().await;
    let dir = house.dir.path().to_owned();
    let before = bytes_on_disk(&dir);
    let (sender, chunks) = mpsc::channel(1);
    let running = tokio::spawn(upload(admin, "august.csv", chunks));
    sender.send(Ok("Day,Campaign,Clicks\n".into())).await.unwrap();
    sender.send(Ok(rows(0, 20_000))).await.unwrap();
    wait_for("the first part on the disk", || bytes_on_disk(&dir) > before + 100_000).await;
    assert!(!running.is_finished(), "the rest is still to come");
    sender.send(Ok(rows(20_000, 1_000))).await.unwrap();
    drop(sender);
    let answer = running.await.unwrap();
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let preview = answer.json();
    assert_eq!((preview["rows"].as_u64(), preview["file_name"].as_str()), (Some(21_000), Some("august.csv")));
}

#[tokio::test]
async fn too_large_is_refused_before_and_while_it_comes() {
    let house = House::with(Box::new(|config| config.upload_limit = 64 * 1024)).await;
    let admin = house.move_in().await;
    let dir = house.dir.path().to_owned();
    let before = bytes_on_disk(&dir);
    let announced = admin
        .request(Method::POST, "/api/w/acme/imports/upload?name=large.csv")
        .header(header::CONTENT_LENGTH, "5000000000")
        .body(Body::from("Day,Clicks\n"))
        .unwrap();
    let refusal = admin.send(announced).await.refusal();
    assert_eq!(refusal.kind, ErrorKind::Invalid);
    assert!(refusal.hint.unwrap().contains("upload_limit"));

    // Nobody said how long it is.
    let (sender, chunks) = mpsc::channel(1);
    let running = tokio::spawn(upload(admin.clone(), "large.csv", chunks));
    let header: Bytes = "Day,Campaign,Clicks\n".into();
    for chunk in std::iter::once(header).chain((0..20).map(|n| rows(n * 1000, 1000))) {
        if sender.send(Ok(chunk)).await.is_err() {
            break;
        }
    }
    drop(sender);
    let refusal = running.await.unwrap().refusal();
    assert_eq!(refusal.kind, ErrorKind::Invalid, "{refusal:?}");
    assert!(refusal.message.contains("larger than"), "{refusal:?}");
    assert_eq!(bytes_on_disk(&dir), before, "half a file is no file");
    assert_eq!(house.count("SELECT count(*) FROM imports").await, 0);
}

#[tokio::test]
async fn a_broken_line_leaves_nothing() {
    let (house, admin) = House::lived_in().await;
    let dir = house.dir.path().to_owned();
    let before = bytes_on_disk(&dir);
    let (sender, chunks) = mpsc::channel(1);
    let running = tokio::spawn(upload(admin, "cut.csv", chunks));
    sender.send(Ok("Day,Campaign,Clicks\n".into())).await.unwrap();
    sender.send(Ok(rows(0, 5_000))).await.unwrap();
    sender.send(Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "gone"))).await.unwrap();
    let answer = running.await.unwrap();
    assert!(!answer.status.is_success(), "{}", answer.text());
    assert!(answer.refusal().reference.is_none(), "no fault of ours: {}", answer.text());
    assert_eq!(bytes_on_disk(&dir), before);
    assert_eq!(house.count("SELECT count(*) FROM imports").await, 0);
}

#[tokio::test]
async fn a_browser_that_goes_away_leaves_nothing() {
    let (house, admin) = House::lived_in().await;
    let dir = house.dir.path().to_owned();
    let before = bytes_on_disk(&dir);
    let (sender, chunks) = mpsc::channel(1);
    let running = tokio::spawn(upload(admin, "gone.csv", chunks));
    sender.send(Ok("Day,Campaign,Clicks\n".into())).await.unwrap();
    sender.send(Ok(rows(0, 20_000))).await.unwrap();
    wait_for("the first part on the disk", || bytes_on_disk(&dir) > before).await;
    // The server drops the request of a connection that is gone, and its body breaks off.
    running.abort();
    drop(sender.send(Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "gone"))).await);
    drop(sender);
    let mut left = (0, 0);
    for _ in 0..100 {
        left =
            (house.count("SELECT count(*) FROM imports").await, bytes_on_disk(&dir).saturating_sub(before));
        if left == (0, 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a draft that nobody can finish stays, and bytes on the disk: {left:?}");
}

#[tokio::test]
async fn names_are_names_and_no_paths() {
    let (house, admin) = House::lived_in().await;
    for name in
        ["..%2F..%2F..%2Fetc%2Fpasswd", "%00", "a%0Ab.csv", "%E2%80%AE.csv", "x".repeat(5_000).as_str()]
    {
        let answer = admin
            .post(&format!("/api/w/acme/imports/upload?name={name}"), "Day,Clicks\n2026-08-01,5\n")
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text());
    }
    let files = std::fs::read_dir(house.dir.path()).unwrap().count();
    assert!(files <= 4, "uploads stay in their folder");
    let answer = admin.post("/api/w/acme/imports/upload", "Day,Clicks\n").await;
    answer.assert_refused(ErrorKind::Invalid);
    let empty = admin.post("/api/w/acme/imports/upload?name=empty.csv", "").await;
    assert!(
        empty.status == StatusCode::UNPROCESSABLE_ENTITY || empty.json()["refusal"].is_string(),
        "{}",
        empty.text()
    );
}

//! Ctrl-C: what runs is finished or handed back, open pages are told, and the next start goes on.

use crate::house::NOW;
use crate::live::{next, open};
use crate::machine::Machine;
use crate::vendor::Vendor;
use model::live::LiveMessage;
use rustix::process::Signal;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_stop_during_a_sync_hands_the_run_back() {
    let vendor = Vendor::start(NOW).await;
    vendor.take_time(Duration::from_millis(200));
    let machine = Machine::with(&vendor);
    let mut server = machine.start("serve").await;
    server.set_up().await;
    println!("idle server: {} MB resident (debug build)", server.memory());
    let token = server.token.clone();
    server.connect(&vendor, "2026-07-10").await;
    let begun = Instant::now();
    while vendor.calls() < 6 {
        assert!(begun.elapsed() < Duration::from_secs(20), "no sync: {}", server.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let origin = format!("http://{}", server.address);
    let mut page = open(&server.address, "acme", token.as_deref(), &origin).await.unwrap();
    assert!(matches!(next(&mut page).await, Some(LiveMessage::Hello { .. })));

    let begun = Instant::now();
    server.signal(Signal::INT);
    loop {
        match next(&mut page).await {
            Some(LiveMessage::Bye { .. }) => break,
            Some(_) => {}
            None => panic!("closed without a word"),
        }
    }
    let status = server.ended(Duration::from_secs(10)).await;
    println!("stopped after {:?}", begun.elapsed());
    assert_eq!(status.code(), Some(0), "{}", server.log());
    assert!(server.find("stopped cleanly").is_some(), "{}", server.log());
    assert!(machine.postmaster().is_none(), "PostgreSQL is stopped too");

    vendor.take_time(Duration::ZERO);
    let mut server = machine.start("serve").await;
    server.token = token;
    server.wait_for_success().await;
    let runs = machine.text("SELECT outcome || ': ' || coalesce(error, '') FROM sync_runs ORDER BY id").await;
    assert_eq!(runs.len(), 2, "{runs:?}");
    assert!(runs[0].starts_with("cancelled: The server was stopped."), "{runs:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_termination_without_work_is_quick_and_a_second_signal_is_quicker() {
    let machine = Machine::new();
    let mut server = machine.start("serve").await;
    let begun = Instant::now();
    server.signal(Signal::TERM);
    let status = server.ended(Duration::from_secs(10)).await;
    println!("stopped after {:?}", begun.elapsed());
    assert_eq!(status.code(), Some(0), "{}", server.log());

    let mut server = machine.start("serve").await;
    server.signal(Signal::INT);
    tokio::time::sleep(Duration::from_millis(50)).await;
    rustix::process::kill_process(server.pid(), Signal::INT).ok();
    let status = server.ended(Duration::from_secs(10)).await;
    assert_eq!(status.code(), Some(0), "{}", server.log());
    assert!(machine.postmaster().is_none(), "PostgreSQL is stopped too");
}

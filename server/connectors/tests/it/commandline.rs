//! Arguments, outputs and wrong use.

use crate::server::Server;
use crate::support::{Read, basics, execute};
use clap::Parser;
use connectors::commandline::ConnectorCommand;

#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    command: ConnectorCommand,
}

fn parse(line: &str) -> Result<ConnectorCommand, clap::Error> {
    Program::try_parse_from(std::iter::once("windhover").chain(line.split(' '))).map(|p| p.command)
}

#[tokio::test]
async fn list_prints_one_object_per_connector() {
    let outcome = execute(&parse("list").unwrap(), "2026-09-04").await;
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.lines.len(), connectors::all().len());
    for (line, connector) in outcome.lines.iter().zip(connectors::all()) {
        assert_eq!(line["slug"], connector.slug());
        for setting in ["page_size", "api_version"] {
            let names: Vec<_> = line["settings"].as_array().unwrap().iter().map(|s| &s["name"]).collect();
            assert!(names.iter().any(|n| *n == setting), "{} has no {setting}", connector.slug());
        }
    }
}

#[test]
fn arguments_are_those_of_the_design() {
    let line = "read google_ads --account 1 --since 2026-09-01 --until 2026-09-03 --stream a --stream b \
                --credentials c.json --base-url http://127.0.0.1:1 --state s.json --setting page_size=5 \
                --setting api_version=v25";
    let line: Vec<_> = line.split_whitespace().collect();
    let ConnectorCommand::Read(read) = parse(&line.join(" ")).unwrap() else { panic!("not read") };
    assert_eq!(read.streams, ["a", "b"]);
    assert_eq!(read.connection.settings, ["page_size=5", "api_version=v25"]);
    // TikTok gives its accounts such ids.
    let hyphen = parse(
        "read tiktok --account -000aB_c --since 2026-09-01 --until 2026-09-03 --credentials c.json --setting page_size=5",
    );
    let ConnectorCommand::Read(read) = hyphen.unwrap() else { panic!("not read") };
    assert_eq!((read.account.as_str(), read.connection.settings.len()), ("-000aB_c", 1));
    assert!(parse("accounts google_ads --credentials c.json").is_ok());
    let wrong =
        parse("read google_ads --account 1 --since soon --until 2026-09-03 --credentials c").err().unwrap();
    assert_eq!(wrong.exit_code(), 2);
}

#[tokio::test]
async fn wrong_use_says_what_is_wrong_and_sends_nothing() {
    let server = Server::start(basics()).await;
    let read = || Read::new("42", "2026-09-01", "2026-09-03");
    let mut cases = vec![
        (read().stream("campains"), "its streams are accounts, campaigns"),
        (read().setting("pagesize", "1"), "There is no setting \"pagesize\""),
        (read().setting("api_version", "25"), "a version such as v25"),
        (read().setting("conversion_window_days", "91"), "from 1 to 90"),
        (Read::new("acme", "2026-09-01", "2026-09-03"), "is no Google Ads account"),
        (Read::new("42", "2026-09-03", "2026-09-01"), "lies before the first day"),
    ];
    let mut unknown = read();
    unknown.slug = "goggle_ads".into();
    cases.push((unknown, "There is no connector \"goggle_ads\"; there are "));
    let mut bare = read();
    bare.settings = vec!["page_size".into()];
    cases.push((bare, "NAME=VALUE"));
    let mut broken = read();
    broken.credentials = serde_json::json!(["x"]);
    cases.push((broken, "must be one JSON object"));
    for (read, says) in cases {
        let outcome = read.run(&server).await;
        assert_eq!(outcome.code, 2, "{says}");
        assert!(outcome.words.contains(says), "{says}\n{}", outcome.words);
        assert!(outcome.words.contains("What to do:"), "{}", outcome.words);
        assert!(outcome.lines.is_empty());
    }
    assert!(server.seen().is_empty(), "{:?}", server.seen());

    let outcome = read().run_at("localhost:1").await;
    assert_eq!(outcome.code, 2);
    assert!(outcome.words.contains("base URL"), "{}", outcome.words);
}

#[tokio::test]
async fn no_token_at_all_is_named() {
    let server = Server::start(basics()).await;
    let mut read = Read::new("42", "2026-09-01", "2026-09-03");
    read.credentials = serde_json::json!({"client_id": "a", "client_secret": "b"});
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.words.contains("neither a living access token nor a refresh token"), "{}", outcome.words);
}

#[tokio::test]
async fn a_broken_state_is_refused_and_left_alone() {
    let server = Server::start(basics()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut read = Read::new("42", "2026-09-01", "2026-09-03");
    let file = folder.path().join("state.json");
    std::fs::write(&file, "{\"version\":").unwrap();
    read.state = Some(file.clone());
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"version\":");
}

#[tokio::test]
async fn secrets_never_show() {
    let server = Server::start(Vec::new()).await;
    let outcome = Read::new("42", "2026-09-01", "2026-09-03").run(&server).await;
    assert_ne!(outcome.code, 0);
    for secret in ["at-1", "rt-1", "secret\"", "\"dev\""] {
        assert!(!outcome.words.contains(secret), "{}", outcome.words);
    }
}

//! The command line of the real program.

use crate::machine::{Machine, Said};
use std::path::Path;

const FILE: &str = "Day,Campaign,Clicks,Cost,Currency code\n\
    2026-08-01,Alpha,10,1.50,EUR\n2026-08-01,Beta,5,2.25,EUR\n2026-08-02,Alpha,7,0.75,EUR\n";

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn must(said: &Said, code: i32) {
    assert_eq!(said.code, Some(code), "{said:#?}");
}

#[tokio::test]
async fn version_and_list_need_nothing() {
    let mut machine = Machine::new();
    // They work although nothing else would.
    machine.set("WINDHOVER_ROLE", "boss");
    let said = machine.run(&["version"]).await;
    must(&said, 0);
    assert_eq!(said.out.trim(), format!("windhover {}", env!("CARGO_PKG_VERSION")));
    let said = machine.run(&["connector", "list"]).await;
    must(&said, 0);
    let slugs: Vec<String> = said
        .out
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["slug"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(slugs.contains(&"google_ads".to_owned()), "{slugs:?}");
    assert!(!machine.data().exists(), "nothing was made");
    must(&machine.run(&["nonsense"]).await, 2);
    must(&machine.run(&[]).await, 2);
}

#[tokio::test]
async fn all_errors_of_the_configuration_are_said_at_once() {
    let mut machine = Machine::new();
    machine.set("WINDHOVER_LISTEN", "here");
    machine.set("WINDHOVER_ROLE", "boss");
    machine.set("WINDHOVER_NOW", "soon");
    machine.set("WINDHOVER_LISEN", "127.0.0.1:1");
    machine.set("WINDHOVER_SECRET_KEY", "too short");
    for command in ["serve", "demo", "migrate", "doctor"] {
        let said = machine.run(&[command]).await;
        must(&said, 2);
        for name in ["listen:", "role:", "now:", "lisen"] {
            assert!(said.err.contains(name), "{name} is missing in {}", said.err);
        }
        assert!(!said.err.contains("too short"), "a secret is not repeated: {}", said.err);
    }
    assert!(!machine.data().exists(), "nothing was made");
    let missing = machine.run(&["--config", "elsewhere.toml", "doctor"]).await;
    must(&missing, 2);
    assert!(missing.err.contains("elsewhere.toml"), "{}", missing.err);
}

#[tokio::test]
async fn a_file_of_settings_stands_behind_the_environment() {
    let machine = Machine::new();
    machine.file(
        "windhover.toml",
        "listen = \"127.0.0.1:1\"\nupload_limit = 5\n[google_ads]\nclient_id = \"x\"\n",
    );
    must(&machine.run(&["doctor"]).await, 0);
    let file = machine.file("other.toml", "lisen = \"127.0.0.1:1\"\n[google_ads]\nclient = \"x\"\n");
    let said = machine.run(&["--config", path(&file), "doctor"]).await;
    must(&said, 2);
    assert!(said.err.contains("lisen") && said.err.contains("google_ads.client"), "{}", said.err);
    let file = machine.file("broken.toml", "listen = \n");
    let said = machine.run(&["--config", path(&file), "doctor"]).await;
    must(&said, 2);
    assert!(said.err.contains("broken.toml"), "{}", said.err);
}

#[tokio::test]
async fn the_doctor_looks_at_everything() {
    let mut machine = Machine::new();
    let said = machine.run(&["doctor"]).await;
    must(&said, 0);
    for name in ["configuration", "browser bundle", "data directory", "address", "database"] {
        assert!(said.out.contains(&format!("ok    {name}")), "{name}: {}", said.out);
    }
    let server = machine.start("serve").await;
    let address = server.address.clone();
    machine.set("WINDHOVER_LISTEN", &address);
    let said = machine.run(&["doctor"]).await;
    must(&said, 0);
    assert!(
        said.out.contains("in use by a running server") && said.out.contains("ok    database: answers"),
        "{}",
        said.out
    );
    server.stop().await;

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    machine.set("WINDHOVER_LISTEN", &taken.local_addr().unwrap().to_string());
    machine.set("WINDHOVER_ASSETS_DIR", "/nowhere");
    machine.set("WINDHOVER_DATABASE_URL", "postgres://nobody:secret-of-the-database@127.0.0.1:9/none");
    let said = machine.run(&["doctor"]).await;
    must(&said, 1);
    for name in ["browser bundle", "address", "database"] {
        assert!(said.out.contains(&format!("FAIL  {name}")), "{name}: {}", said.out);
    }
    assert!(
        said.out.contains("cargo xtask bundle") && said.out.contains("WINDHOVER_LISTEN"),
        "what to do: {}",
        said.out
    );
    assert!(!said.out.contains("secret-of-the-database"), "{}", said.out);

    // The same reasons stop a start.
    let said = machine.run(&["serve"]).await;
    must(&said, 1);
    assert!(said.err.contains("cargo xtask bundle"), "{}", said.err);
}

#[tokio::test]
async fn files_are_imported_with_and_without_a_server() {
    let machine = Machine::new();
    let said = machine.run(&["migrate"]).await;
    must(&said, 0);
    assert!(said.out.contains("up to date"));
    must(&machine.run(&["migrate"]).await, 0);
    assert!(machine.postmaster().is_none(), "the private PostgreSQL is stopped again");

    let mut server = machine.start("serve").await;
    server.set_up().await;
    let before = server.ask("imports", "ws=acme").await;
    assert_eq!(before.as_array().unwrap().len(), 0);
    let august = machine.file("august.csv", FILE);
    let import = ["import", "csv", path(&august), "--workspace", "Acme"];
    let with = |more: &[&'static str]| {
        import.iter().copied().chain(more.iter().copied()).map(str::to_owned).collect::<Vec<_>>()
    };
    let run = async |arguments: Vec<String>| {
        machine.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await
    };

    // Beside the running server: into its database.
    let dry = run(with(&["--dry-run"])).await;
    must(&dry, 0);
    assert!(dry.out.contains("spend") && dry.out.contains("4.5") && dry.out.contains("22"), "{dry:#?}");
    assert_eq!(machine.number("SELECT count(*) FROM facts_ads").await, 0, "a dry run loads nothing");
    assert_eq!(machine.number("SELECT count(*) FROM imports").await, 0, "and leaves nothing");

    let printed = run(with(&["--print-mapping"])).await;
    must(&printed, 0);
    let mapping = machine.file("mapping.json", &printed.out);
    let mut arguments = with(&[]);
    arguments.extend(["--mapping".into(), path(&mapping).into()]);
    let loaded = run(arguments.clone()).await;
    must(&loaded, 0);
    assert!(loaded.out.contains("Loaded 3 rows of august.csv"), "{loaded:#?}");
    assert_eq!(machine.number("SELECT sum(spend) FROM facts_ads").await, 4_500_000);
    let seen = server.ask("imports", "ws=acme").await;
    assert_eq!(seen[0]["file_name"], "august.csv", "the server sees it at once");

    let rates = machine.file("rates.csv", "Date,USD,GBP\n2026-09-03,1.1,0.85\n");
    let rates = ["import", "rates", path(&rates), "--workspace", "acme"];
    let said = machine.run(&rates).await;
    must(&said, 0);
    assert!(said.out.contains("Loaded 2 rates"), "{said:#?}");
    assert_eq!(server.try_get("/readyz").await, Some(200));
    server.stop().await;

    // Without a server: the private PostgreSQL runs for the command.
    let september = machine.file("september.csv", "Day,Campaign,Clicks\n2026-09-01,Alpha,3\n");
    let said = machine.run(&["import", "csv", path(&september), "--workspace", "acme"]).await;
    must(&said, 0);
    must(&machine.run(&rates).await, 0);
    assert!(machine.postmaster().is_none(), "it is stopped again");
    let server = machine.start("serve").await;
    assert_eq!(machine.number("SELECT count(*) FROM facts_ads").await, 4);
    server.stop().await;
}

#[tokio::test]
async fn what_a_file_does_not_say_is_asked_for() {
    let machine = Machine::new();
    let mut server = machine.start("serve").await;
    server.set_up().await;
    let import = async |file: &Path, options: &[&str]| {
        let mut arguments = vec!["import", "csv", path(file), "--workspace", "acme"];
        arguments.extend(options);
        machine.run(&arguments).await
    };

    let undated = machine.file("undated.csv", "Campaign,Clicks,Cost\nAlpha,10,3.10\nBeta,5,6.20\n");
    let said = import(&undated, &[]).await;
    must(&said, 2);
    assert!(said.err.contains("--period"), "{}", said.err);
    let said = import(&undated, &["--period", "2026-08-01..2026-08-31", "--currency", "usd"]).await;
    must(&said, 0);
    assert_eq!(
        machine.number("SELECT sum(spend) FROM facts_ads").await,
        9_300_000,
        "spread, and nothing lost"
    );
    assert_eq!(machine.text("SELECT DISTINCT currency::text FROM facts_ads").await, ["USD"]);

    let months = machine.file("months.csv", "Month,Day,Campaign,Clicks\nApril,1,Alpha,5\nApril,2,Alpha,6\n");
    let said = import(&months, &[]).await;
    must(&said, 2);
    assert!(said.err.contains("--year"), "{}", said.err);
    must(&import(&months, &["--year", "2025"]).await, 0);
    assert_eq!(machine.number("SELECT sum(clicks) FROM facts_ads WHERE day < '2026-01-01'").await, 11);

    let either = machine.file("either.csv", "Date,Campaign,Clicks\n01/02/2026,Alpha,5\n02/02/2026,Alpha,6\n");
    let said = import(&either, &[]).await;
    must(&said, 2);
    assert!(said.err.contains("--dates"), "{}", said.err);
    must(&import(&either, &["--dates", "dmy"]).await, 0);
    assert_eq!(machine.number("SELECT count(*) FROM facts_ads WHERE day = '2026-02-01'").await, 1);

    let before = machine.number("SELECT count(*) FROM imports").await;
    let refused = machine.file("people.csv", "Name,Favourite colour\nAna,blue\nBob,green\n");
    let said = import(&refused, &[]).await;
    must(&said, 2);
    assert!(said.err.contains("people.csv") && said.out.is_empty(), "{said:#?}");
    let ragged = machine.file("ragged.csv", "Date,Campaign,Clicks\n2026-02-03,Alpha\n");
    let said = import(&ragged, &[]).await;
    must(&said, 2);
    for part in ["line 2: ends after 2 of 3 fields", "none of its rows", "file / either (--platform"] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    for (options, why) in [
        (["--period", "soon"], "--period"),
        (["--currency", "EURO"], "--currency"),
        (["--dates", "ydm"], "--dates"),
        (["--mapping", "/nowhere.json"], "/nowhere.json"),
    ] {
        let said = import(&undated, &options).await;
        assert!(!matches!(said.code, Some(0)) && said.err.contains(why), "{said:#?}");
    }
    let said = import(Path::new("/nowhere.csv"), &[]).await;
    assert!(said.code != Some(0) && said.err.contains("/nowhere.csv"), "{said:#?}");
    assert_eq!(
        machine.number("SELECT count(*) FROM imports").await,
        before,
        "what was not loaded leaves nothing"
    );

    let said = machine.run(&["import", "csv", path(&undated), "--workspace", "nowhere"]).await;
    must(&said, 2);
    assert!(
        said.err.contains("nowhere") && said.err.contains("Acme"),
        "it names those that there are: {}",
        said.err
    );
    let bad = machine.file("bad-rates.csv", "this is no file of rates\n");
    let said = machine.run(&["import", "rates", path(&bad), "--workspace", "acme"]).await;
    assert!(said.code != Some(0) && !said.err.is_empty(), "{said:#?}");
    server.stop().await;
}

#[tokio::test]
async fn a_server_gives_free_memory_back_and_leaves_postgresql_its_own_way() {
    let mut machine = Machine::new();
    machine.set("WINDHOVER_LISTEN", "127.0.0.1:0");
    let server = machine.start("serve").await;
    let settings = |pid: rustix::process::Pid| {
        std::fs::read_to_string(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap()
    };
    assert!(settings(server.pid()).contains("MALLOC_ARENA_MAX=2"));
    assert!(!settings(machine.postmaster().unwrap()).contains("MALLOC_"));
    server.stop().await;
}

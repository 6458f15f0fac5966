//! The life of an import: loaded, taken back, loaded again, killed in the middle; and files larger than memory.

use crate::common::{World, fixture, now, services_on};
use database::{Database, PoolOptions};
use model::clock::Clock;
use model::imports::ImportState;
use model::ports::Imports;
use pipeline::PipelineSettings;
use std::fmt::Write as _;
use std::time::Duration;

const HEADER: &str = "Day,Campaign,Impressions,Clicks,Cost (EUR)\n";

#[tokio::test]
async fn undo_restores_what_was_there_and_loading_again_works() {
    let world = World::new().await;
    let first = format!("{HEADER}2026-07-01,A,100,5,1.50\n2026-07-02,A,100,5,1.50\n");
    let second = format!("{HEADER}2026-07-02,A,70,3,0.50\n2026-07-03,B,10,1,0.25\n");
    let set_account = |mapping: &mut model::imports::Mapping| mapping.account = "Shop".into();
    let write = |name: &str, text: &str| {
        let path = world.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    world.import(&write("first.csv", &first), set_account).await;
    let before = world.all_facts().await;
    let path = write("second.csv", &second);
    let (import, _) = world.import(&path, set_account).await;
    let after = world.all_facts().await;
    assert_ne!(before, after);
    assert_eq!(world.sums(1).await["impressions"], "180");

    let summary = world.pipeline.undo(&world.member, import).await.unwrap();
    assert_eq!(summary.state, ImportState::Undone);
    assert_eq!(world.all_facts().await, before);
    let error = world.pipeline.undo(&world.member, import).await.unwrap_err();
    assert!(error.message.contains("Only a loaded import"), "{}", error.message);

    let (_, file, preview) = world.look(&path).await;
    world.load(import, &file, preview.mapping).await.unwrap();
    assert_eq!(world.all_facts().await, after);
}

#[tokio::test]
async fn imports_that_replaced_each_other_are_taken_back_in_any_order() {
    let world = World::new().await;
    let mut imports = Vec::new();
    let mut states = vec![world.all_facts().await];
    for clicks in [1, 2, 3] {
        let path = world.dir.path().join(format!("part{clicks}.csv"));
        std::fs::write(
            &path,
            format!("{HEADER}2026-07-01,A,100,{clicks},1.50\n2026-07-0{},A,1,1,1\n", clicks + 1),
        )
        .unwrap();
        imports.push(world.import(&path, |mapping| mapping.account = "Shop".into()).await.0);
        states.push(world.all_facts().await);
    }
    // The middle one first: the last one's word on the shared day stays.
    world.pipeline.undo(&world.member, imports[1]).await.unwrap();
    assert_eq!(world.number("SELECT clicks FROM facts_ads WHERE day = '2026-07-01'").await, 3);
    assert_eq!(world.number("SELECT count(*) FROM facts_ads WHERE day = '2026-07-03'").await, 0);
    world.pipeline.undo(&world.member, imports[2]).await.unwrap();
    assert_eq!(world.all_facts().await, states[1]);
    world.pipeline.undo(&world.member, imports[0]).await.unwrap();
    assert_eq!(world.all_facts().await, states[0]);
    assert_eq!(
        world.number("SELECT count(*) FROM accounts").await,
        0,
        "accounts that only files made go with them"
    );
    assert_eq!(world.number("SELECT count(*) FROM entities").await, 0);
}

#[tokio::test]
async fn files_named_after_two_platforms_do_not_share_an_account() {
    let world = World::new().await;
    let google = format!("{HEADER}2026-07-01,Brand,100,5,1.50\n");
    let facebook = format!("{HEADER}2026-07-01,Brand,7,1,0.25\n");
    world.import_text("google-ads-july.csv", &google).await;
    let (_, preview) = world.import_text("facebook-july.csv", &facebook).await;
    assert_eq!((preview.is_remembered, preview.mapping.platform.as_str()), (false, "facebook"));
    assert_eq!(world.sums(1).await["impressions"], "107");
    let (_, _, august) =
        world.look_at("google-ads-august.csv", google.replace("07-01", "08-01").as_bytes()).await;
    assert!(august.is_remembered);
    assert_eq!(
        (august.mapping.platform.as_str(), august.mapping.account.as_str()),
        ("google_ads", "google-ads-july")
    );
}

#[tokio::test]
async fn a_mapping_is_remembered_for_files_of_the_same_shape() {
    let world = World::new().await;
    let july = "When,Thing,Shown,Paid\n2026-07-01,A,100,1.50\n";
    let (import, file, preview) = world.look_at("july.csv", july.as_bytes()).await;
    assert!(preview.refusal.is_some(), "nothing is known of these words");
    let mut mapping = preview.mapping.clone();
    let metric = |name: &str| model::imports::ColumnRole::Metric { metric: name.into() };
    mapping.columns[0].role = model::imports::ColumnRole::Date;
    mapping.columns[1].role =
        model::imports::ColumnRole::EntityName { level: model::imports::EntityLevel::Campaign };
    mapping.columns[2].role = metric("impressions");
    mapping.columns[3].role = metric("spend");
    mapping.currency = Some("SEK".into());
    mapping.account = "Shop".into();
    mapping.platform = "tiktok".into();
    world.load(import, &file, mapping).await.unwrap();

    let august = "When,Thing,Shown,Paid\n2026-08-01,A,50,2.50\n2026-08-02,A,50,2.50\n";
    let (import, file, preview) = world.look_at("august.csv", august.as_bytes()).await;
    assert!(
        preview.is_remembered && preview.refusal.is_none() && preview.questions.is_empty(),
        "{preview:#?}"
    );
    assert_eq!((preview.mapping.account.as_str(), preview.mapping.platform.as_str()), ("Shop", "tiktok"));
    world.load(import, &file, preview.mapping).await.unwrap();
    assert_eq!(world.sums(1).await["spend"], "6.5");
    assert_eq!(world.number("SELECT count(*) FROM accounts").await, 1);

    let (_, _, other) =
        world.look_at("other.csv", b"When,Thing,Shown,Paid,More\n2026-08-01,A,50,2.50,1\n").await;
    assert!(!other.is_remembered);
}

#[tokio::test]
async fn loading_a_file_twice_counts_once() {
    let world = World::new().await;
    let path = fixture("microsoft-advertising.csv");
    world.import(&path, |_| {}).await;
    let facts = "SELECT concat_ws(' ', day, entity_id, impressions, spend) FROM facts_ads ORDER BY 1";
    let once = world.text(facts).await;
    world.import(&path, |_| {}).await;
    assert_eq!(world.text(facts).await, once);
}

/// Many campaigns, so that the key of each row is new; `padding` bytes in each row that are not loaded.
fn large(rows: u32, padding: usize) -> String {
    let remark = "x".repeat(padding);
    let mut text = String::with_capacity(rows as usize * (padding + 80));
    text.push_str("Day,Campaign,Device,Country,Impressions,Clicks,Cost (EUR),Remark\n");
    for row in 0..rows {
        let (day, campaign) = (1 + row % 28, row / 28);
        let (impressions, clicks, cost) = (row % 1000, row % 10, row % 100);
        let device = ["mobile", "desktop"][(row % 2) as usize];
        writeln!(
            text,
            "2026-07-{day:02},Campaign {campaign:06},{device},DE,{impressions},{clicks},{cost}.25,{remark}"
        )
        .unwrap();
    }
    text
}

#[tokio::test]
async fn a_file_larger_than_what_stays_in_memory_loads_exactly() {
    let world = World::new().await;
    // A load keeps 250,000 rows in memory, shared by its levels and breakdowns (here 62,500 for each): the rest waits
    // in the database.
    let rows = 70_000_u32;
    let text = large(rows, 400);
    assert!(text.len() > 30_000_000, "{}", text.len());
    let (import, file, preview) = world.look_at("large.csv", text.as_bytes()).await;
    drop(text);
    assert_eq!((preview.rows, preview.rejected_rows), (u64::from(rows), 0));
    world.load(import, &file, preview.mapping.clone()).await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM facts_ads").await, i64::from(rows));
    let sums = world.sums(1).await;
    for total in &preview.totals {
        assert_eq!(sums[total.metric.as_str()], total.total, "{}", total.metric);
    }
    for sum in [
        "SELECT sum(clicks)::bigint FROM rollup_ads_account_day",
        "SELECT sum(clicks)::bigint FROM facts_ads_by WHERE dimension = 'device'",
        "SELECT sum(clicks)::bigint FROM facts_ads_by WHERE dimension = 'country'",
    ] {
        assert_eq!(world.number(sum).await.to_string(), sums["clicks"], "{sum}");
    }
}

/// The process dies in the middle of a load: a runtime with its own connections ends while rows are on their way.
#[test]
fn a_load_that_is_killed_leaves_nothing() {
    let outer = tokio::runtime::Runtime::new().unwrap();
    let world = outer.block_on(World::new());
    let text = large(60_000, 0);
    let (import, file, preview) = outer.block_on(async {
        world.import_text("small.csv", &format!("{HEADER}2026-07-01,A,100,5,1.50\n")).await;
        world.look_at("large.csv", text.as_bytes()).await
    });
    let before = outer.block_on(world.all_facts());
    for wait in [Duration::ZERO, Duration::from_millis(150), Duration::from_millis(500)] {
        let doomed = tokio::runtime::Runtime::new().unwrap();
        let (url, workspace) = (world.db.url(), world.workspace());
        let (file, mapping) = (file.clone(), preview.mapping.clone());
        let data_dir = world.dir.path().to_owned();
        doomed.spawn(async move {
            let options = PoolOptions { max_connections: 4, ..PoolOptions::default() };
            let database = Database::connect(&url, &options).await.unwrap();
            let settings = PipelineSettings { data_dir, ..PipelineSettings::default() };
            let pipeline = services_on(database, &Clock::frozen(now()), settings);
            drop(pipeline.load_file(workspace, import, file, mapping, None).await);
        });
        outer.block_on(async {
            let state = format!("SELECT state FROM imports WHERE id = {import}");
            for _ in 0..1000 {
                if world.text(&state).await == "loading" {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tokio::time::sleep(wait).await;
        });
        doomed.shutdown_background();
        outer.block_on(async {
            // The database notices that its client is gone.
            for _ in 0..200 {
                let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE '%transaction%'";
                if world.number(open).await == 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let state = world.text(&format!("SELECT state FROM imports WHERE id = {import}")).await;
            assert_ne!(state, "loaded", "the load was faster than the kill after {wait:?}");
            assert_eq!(world.all_facts().await, before, "killed after {wait:?}");
            world.pipeline.recover_imports().await.unwrap();
        });
    }
    outer.block_on(async {
        let state = world.text(&format!("SELECT state FROM imports WHERE id = {import}")).await;
        assert!(matches!(state.as_str(), "failed" | "draft"), "{state}");
        world.load(import, &file, preview.mapping.clone()).await.expect("it can be begun again");
        assert_eq!(world.number("SELECT count(*) FROM facts_ads").await, 60_001);
    });
    drop(outer.enter());
    drop(world);
}

#[tokio::test]
async fn uploads_are_kept_until_discarded() {
    let world = World::new().await;
    let chunks = vec![Ok(bytes::Bytes::from(HEADER)), Ok(bytes::Bytes::from("2026-07-01,A,100,5,1.50\n"))];
    let body = Box::pin(futures_util::stream::iter(chunks));
    let preview = world.pipeline.upload(&world.member, "up\u{7}load.csv", body).await.unwrap();
    assert_eq!((preview.file_name.as_str(), preview.rows), ("upload.csv", 1));
    let again = world.pipeline.preview(&world.member, preview.import, None).await.unwrap();
    assert_eq!(again.totals, preview.totals);
    world.pipeline.discard(&world.member, preview.import).await.unwrap();
    assert!(world.pipeline.list(&world.member).await.unwrap().is_empty());
    let gone = world.pipeline.preview(&world.member, preview.import, None).await.unwrap_err();
    assert!(gone.message.contains("does not exist"), "{}", gone.message);

    let broken = vec![Ok(bytes::Bytes::from(HEADER)), Err(std::io::Error::other("the line went dead"))];
    let error = world
        .pipeline
        .upload(&world.member, "half.csv", Box::pin(futures_util::stream::iter(broken)))
        .await
        .unwrap_err();
    assert!(error.message.contains("broke off"), "{}", error.message);
    assert!(world.pipeline.list(&world.member).await.unwrap().is_empty(), "half a file is no file");
    assert_eq!(std::fs::read_dir(world.dir.path().join("uploads")).unwrap().count(), 0);
}

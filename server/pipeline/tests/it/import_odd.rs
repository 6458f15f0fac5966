//! Bad input: what it gets, and that nothing is written.

use crate::common::{World, days};
use model::imports::{ColumnRole, DateOrder, LineKind, Question};

/// A file that can't be loaded says why, and loading it anyway changes nothing.
async fn assert_refused(name: &str, content: &[u8], reason: &str) {
    let world = World::new().await;
    let (import, file, preview) = world.look_at(name, content).await;
    let refusal = preview.refusal.clone().unwrap_or_default();
    assert!(refusal.contains(reason), "{name}: {refusal:?} {:?}", preview.questions);
    assert!(preview.questions.is_empty(), "a refused file asks nothing");
    let error = world.load(import, &file, preview.mapping).await.unwrap_err();
    assert!(!error.is_empty());
    assert_eq!(world.number("SELECT count(*) FROM facts_ads").await, 0);
    assert_eq!(world.number("SELECT count(*) FROM accounts").await, 0);
    assert_eq!(world.text("SELECT state FROM imports").await, "draft");
}

#[tokio::test]
async fn files_without_a_table_say_what_they_are() {
    let cases: [(&str, &[u8], &str); 10] = [
        ("empty.csv", b"", "The file is empty"),
        ("blank.csv", b"\n \r\n\t\n", "The file is empty"),
        ("book.xlsx", b"PK\x03\x04rest of it", "a workbook that can't be opened"),
        ("book.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook or document that can't be opened"),
        ("page.csv", b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        ("data.csv", br#"{"data": [{"spend": 1}]}"#, "JSON"),
        ("list.csv", br#"[{"spend": 1, "clicks": 2}]"#, "JSON"),
        ("doc.csv", b"%PDF-1.7 ...", "PDF"),
        ("archive.csv", b"\x1f\x8b\x08\x00", "gzip"),
        ("binary.csv", b"\x00\x01\x02abc\x00\x00def", "zero bytes"),
    ];
    for (name, content, reason) in cases {
        assert_refused(name, content, reason).await;
    }
}

#[tokio::test]
async fn files_without_figures_say_so() {
    assert_refused("people.csv", b"name,age\nAda,36\nAlan,41\n", "no advertising metrics by day").await;
    assert_refused("prose.csv", b"It was a dark night.\nNothing moved.\n", "No header row").await;
    // A table of texts has a header; what it lacks are metrics.
    assert_refused(
        "texts.csv",
        b"Team,City,Captain\nA,Berlin,Ada\nB,Graz,Alan\n",
        "none of its columns (Team, City, Captain)",
    )
    .await;
    assert_refused("header.csv", b"Day,Campaign,Impressions,Cost\n", "no rows below").await;
    assert_refused("shop.csv", b"Order,Total revenue\nA1,12.50\nA2,7.00\n", "neither days nor campaigns")
        .await;
}

#[tokio::test]
async fn ragged_rows_are_left_out_with_line_and_reason() {
    let world = World::new().await;
    let text = "Day,Campaign,Impressions,Clicks,Cost (EUR)\n\
                2026-07-01,A,100,5,1.50\n\
                2026-07-02,A,100\n\
                2026-07-03,A,100,5,1.50,7\n\
                2026-07-04,A,100,5,1.50,,\n\
                2026-07-05,A,many,5,1.50\n\
                2026-07-32,A,100,5,1.50\n\
                2026-07-06,A,1.5,5,1.50\n\
                2026-07-07,A,100,5%,1.50\n\
                2026-07-08,A,--,5,1.50\n";
    let (_, preview) = world.import_text("ragged.csv", text).await;
    assert_eq!((preview.rows, preview.rejected_rows), (3, 6));
    let reasons: Vec<String> = preview
        .rejected
        .iter()
        .map(|l| format!("{} {}", l.number, l.reason.clone().unwrap_or_default()))
        .collect();
    assert_eq!(
        reasons,
        [
            "3 ends after 3 of 5 fields, before \"Cost (EUR)\"",
            "4 has 6 fields, but the header names 5 columns",
            "6 Impressions: \"many\" is no number",
            "7 Day: \"2026-07-32\" is no date",
            "8 Impressions: \"1.5\" must be a whole number",
            "9 Clicks: \"5%\" is a percentage, not an amount",
        ]
    );
    assert!(
        preview.notes.iter().any(|n| n.contains("6 rows are left out") && n.contains("line 3")),
        "{:?}",
        preview.notes
    );
    assert_eq!(world.sums(1).await["clicks"], "15");
    assert_eq!(world.number("SELECT count(*) FROM facts_ads WHERE impressions IS NULL").await, 1);
}

#[tokio::test]
async fn rows_of_one_day_are_added_up() {
    let world = World::new().await;
    let text = "Day,Campaign,Impressions,Clicks,Cost (EUR)\n2026-07-01,A,100,5,1.50\n2026-07-01,A,10,1,0.25\n2026-07-01,B,1,0,0\n2026-07-01,A,100,5,1.50\n";
    let (_, preview) = world.import_text("twice.csv", text).await;
    assert_eq!((preview.rows, preview.repeated_rows), (4, 2));
    assert!(preview.notes.iter().any(|n| n.contains("2 rows repeat the keys")), "{:?}", preview.notes);
    let rows = world.text("SELECT concat_ws(' ', e.remote_id, impressions, clicks, spend) FROM facts_ads JOIN entities e ON e.id = entity_id ORDER BY 1").await;
    assert_eq!(rows, "A 210 11 3250000\nB 1 0 0");
}

#[tokio::test]
async fn dates_in_two_possible_orders_are_asked_for() {
    let world = World::new().await;
    let text = "Date;Campaign;Impressions;Spend EUR\n03/04/2026;A;100;1.50\n05/04/2026;A;200;2.50\n";
    let (import, file, preview) = world.look_at("order.csv", text.as_bytes()).await;
    assert_eq!(preview.questions, [Question::DateOrder { example: "03/04/2026".into() }]);
    assert_eq!(preview.mapping.format.dates, None);
    let refused = world.load(import, &file, preview.mapping.clone()).await.unwrap_err();
    assert!(refused.contains("03/04/2026 can be read day first or month first"), "{refused}");
    for (order, expected) in [
        (DateOrder::DayMonthYear, days("2026-04-03", "2026-04-05")),
        (DateOrder::MonthDayYear, days("2026-03-04", "2026-05-04")),
    ] {
        let mut mapping = preview.mapping.clone();
        mapping.format.dates = Some(order);
        let seen =
            world.pipeline.preview_file(world.workspace(), import, &file, Some(mapping)).await.unwrap();
        assert!(seen.questions.is_empty());
        assert_eq!(seen.days, Some(expected));
    }
}

#[tokio::test]
async fn one_date_or_the_title_decides_the_order() {
    let world = World::new().await;
    let body = "Date,Campaign,Impressions,Cost USD\n7/1/2026,A,100,1\n7/2/2026,A,100,1\n";
    for (name, text) in [
        ("last-row.csv", format!("{body}7/13/2026,A,100,1\n")),
        ("title.csv", format!("Report time: 7/1/2026,7/31/2026\n\n{body}")),
    ] {
        let (_, _, preview) = world.look_at(name, text.as_bytes()).await;
        assert_eq!(preview.mapping.format.dates, Some(DateOrder::MonthDayYear), "{name}");
        assert!(preview.questions.is_empty(), "{name}: {:?}", preview.questions);
        assert_eq!(preview.days.map(|d| d.from().to_string()).as_deref(), Some("2026-07-01"), "{name}");
    }
    let both = format!("{body}7/13/2026,A,100,1\n14/7/2026,A,100,1\n");
    let (_, _, preview) = world.look_at("both.csv", both.as_bytes()).await;
    assert!(matches!(preview.questions[..], [Question::DateOrder { .. }]), "{:?}", preview.questions);
}

#[tokio::test]
async fn lines_of_two_encodings_are_read_and_named() {
    let world = World::new().await;
    let mut bytes =
        "Tag;Kampagne;Impressionen;Kosten (EUR)\n2026-07-01;Köln;1.000;1,50\n".as_bytes().to_vec();
    bytes.extend_from_slice(b"2026-07-02;M\xfcnchen;2.000;2,50\n");
    let path = world.dir.path().join("mixed.csv");
    std::fs::write(&path, bytes).unwrap();
    let (_, preview) = world.import(&path, |_| {}).await;
    assert!(preview.notes.iter().any(|n| n.contains("not UTF-8")), "{:?}", preview.notes);
    assert_eq!(world.text("SELECT name FROM entities ORDER BY name COLLATE \"C\"").await, "Köln\nMünchen");
    assert_eq!(world.sums(1).await["spend"], "4");
    assert_eq!(world.sums(1).await["impressions"], "3000");
}

#[tokio::test]
async fn a_stray_quote_spoils_its_line_only() {
    let world = World::new().await;
    let mut text = String::from(
        "Day,Campaign,Impressions,Cost EUR\n2026-07-01,\"A, with comma\",100,1\n2026-07-02,\"B,100,1\n",
    );
    for number in 3..=60 {
        text.push_str(&format!("2026-0{}-{:02},C,100,1\n", 7 + number / 31, 1 + number % 28));
    }
    let (_, preview) = world.import_text("quote.csv", &text).await;
    assert_eq!(preview.rejected_rows, 1, "{:#?}", preview.rejected);
    assert_eq!(preview.rejected[0].number, 3);
    assert_eq!(world.sums(1).await["impressions"], "5900");
}

#[tokio::test]
async fn totals_in_the_middle_unmarked_sums_and_footnotes_are_left_out() {
    let world = World::new().await;
    let text = "Campaign,Day,Impressions,Cost EUR\n\
                A,2026-07-01,100,1.25\n\
                B,2026-07-01,50,0.75\n\
                Subtotal,2026-07-01,150,2.00\n\
                A,2026-07-02,10,0.10\n\
                B,2026-07-02,20,0.20\n\
                ,2026-07-02,30,0.30\n\
                \n\
                Figures may change within 30 days.\n";
    let (_, preview) = world.import_text("sums.csv", text).await;
    assert_eq!((preview.rows, preview.total_rows, preview.rejected_rows), (4, 2, 0), "{:#?}", preview.lines);
    assert_eq!(world.sums(1).await["impressions"], "180");
    assert_eq!(preview.lines.iter().filter(|l| l.kind == LineKind::Preamble).count(), 2);
}

#[tokio::test]
async fn rows_without_a_campaign_count_in_the_totals() {
    let world = World::new().await;
    let text = "Campaign,Day,Impressions,Cost EUR\nA,2026-07-01,100,1\n,2026-07-01,7,2\nB,2026-07-01,50,1\n";
    let (_, preview) = world.import_text("unnamed.csv", text).await;
    assert_eq!((preview.rows, preview.total_rows), (3, 0));
    assert_eq!(world.sums(1).await["impressions"], "157");
    let rollup = world
        .number("SELECT sum(r.impressions)::bigint FROM rollup_ads_account_day r WHERE r.kind = 1")
        .await;
    assert_eq!(rollup, 157);
    assert_eq!(
        world.text("SELECT name FROM entities WHERE kind = 1 ORDER BY name COLLATE \"C\"").await,
        "(no campaign)\nA\nB"
    );
}

#[tokio::test]
async fn ads_without_campaigns_count_as_the_accounts_own() {
    let world = World::new().await;
    let text = "Ad name,Day,Impressions,Cost EUR\nOne,2026-07-01,100,1\nTwo,2026-07-01,50,2\n";
    world.import_text("ads.csv", text).await;
    assert_eq!(world.sums(0).await, world.sums(3).await);
    let served = world
        .served(metrics::Level::Campaign, days("2026-07-01", "2026-07-01"), &[metrics::Metric::Impressions])
        .await;
    assert_eq!(served.totals, [Some(150)]);
}

#[tokio::test]
async fn a_mapping_with_unknown_or_doubled_metrics_is_refused_by_name() {
    let world = World::new().await;
    let text = "Day,Campaign,Impressions,Cost EUR\n2026-07-01,A,100,1\n";
    let (import, file, preview) = world.look_at("map.csv", text.as_bytes()).await;
    let with = |column: usize, metric: &str| {
        let mut mapping = preview.mapping.clone();
        mapping.columns[column].role = ColumnRole::Metric { metric: metric.into() };
        mapping
    };
    for (mapping, reason) in [
        (with(2, "views_per_moon"), "there is no metric \"views_per_moon\""),
        (with(2, "likes"), "of advertising hold no Likes (column \"Impressions\")"),
        (with(2, "spend"), "are both mapped to spend: choose one"),
    ] {
        let error = world.load(import, &file, mapping.clone()).await.unwrap_err();
        assert!(error.contains(reason), "{error}");
        let seen =
            world.pipeline.preview_file(world.workspace(), import, &file, Some(mapping)).await.unwrap();
        assert!(seen.refusal.unwrap_or_default().contains(reason));
    }
    let mut bad_currency = preview.mapping.clone();
    bad_currency.currency = Some("EURO".into());
    let error = world.load(import, &file, bad_currency).await.unwrap_err();
    assert!(error.contains("EURO"), "{error}");
    assert_eq!(world.text("SELECT state FROM imports").await, "failed");
    assert_eq!(world.number("SELECT count(*) FROM facts_ads").await, 0);
    world.load(import, &file, preview.mapping.clone()).await.expect("a failed load can be begun again");
    let again = world.load(import, &file, preview.mapping).await.unwrap_err();
    assert!(again.contains("loaded already"), "{again}");
}

#[tokio::test]
async fn figures_too_large_to_be_true_are_left_out_with_their_line() {
    let world = World::new().await;
    let text = "Day,Campaign,Impressions,Cost EUR\n2026-07-01,A,100,1\n2026-07-02,A,100,99999999999999999\n";
    let (_, preview) = world.import_text("large.csv", text).await;
    let rejected = &preview.rejected[0];
    let reason = rejected.reason.clone().unwrap_or_default();
    assert!(rejected.number == 3 && reason.starts_with("Cost EUR: \"9999"), "{reason}");
    assert!(reason.contains("too large"), "{reason}");
    assert_eq!(world.sums(1).await["impressions"], "100");
}

#[tokio::test]
async fn currencies_per_row_are_kept_apart() {
    let world = World::new().await;
    let text = "Day,Account,Campaign,Currency,Impressions,Cost\n2026-07-01,Shop,A,EUR,100,1.00\n2026-07-01,Shop,A,USD,10,2.00\n2026-07-01,Shop,B,EUR,1,3.00\n";
    let (_, preview) = world.import_text("two-currencies.csv", text).await;
    assert!(preview.questions.is_empty());
    let accounts = world
        .text("SELECT concat_ws(' ', a.name, a.currency, sum(f.spend)) FROM facts_ads f JOIN accounts a ON a.id = f.account_id GROUP BY a.name, a.currency ORDER BY 1")
        .await;
    assert_eq!(accounts, "Shop (USD) USD 2000000\nShop EUR 4000000");
}

#[tokio::test]
async fn figures_without_money_go_to_the_account_as_it_is() {
    let world = World::new().await;
    let accounts = "SELECT concat_ws(' ', a.name, a.currency, sum(f.impressions)) FROM facts_ads f
                    JOIN accounts a ON a.id = f.account_id GROUP BY a.name, a.currency ORDER BY a.name";
    let paid =
        |currency: &str| format!("Day,Campaign,Currency,Impressions,Cost\n2026-07-01,A,{currency},10,1.00\n");
    world.import_text("shop.csv", &paid("USD")).await;
    // The workspace is in euros, and the account is not.
    world.import_text("shop.csv", "Day,Campaign,Impressions\n2026-07-02,A,5\n").await;
    assert_eq!(world.text(accounts).await, "shop USD 15");
    // An account does not change its currency.
    let (import, file, preview) = world.look_at("shop.csv", paid("CHF").as_bytes()).await;
    let error = world.load(import, &file, preview.mapping).await.unwrap_err();
    assert!(error.contains("holds figures in USD, so it can't change to CHF"), "{error}");
    assert_eq!(world.text(accounts).await, "shop USD 15");
}

#[tokio::test]
async fn a_load_that_the_database_refuses_says_so_in_plain_words() {
    let world = World::new().await;
    sqlx::raw_sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'relation 4711'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON rollup_ads_account_day FOR EACH ROW EXECUTE FUNCTION refuse();",
    )
    .execute(world.db.pool())
    .await
    .unwrap();
    let text = "Day,Campaign,Impressions,Cost EUR\n2026-07-01,A,100,1\n";
    let (import, file, preview) = world.look_at("refused.csv", text.as_bytes()).await;
    let load =
        world.pipeline.load_file(world.workspace(), import, file.clone(), preview.mapping.clone(), None);
    assert!(load.await.is_err());
    let reason = world.text("SELECT reason FROM imports").await;
    assert!(
        reason.starts_with("The figures could not be stored. Nothing was changed. Load the file again"),
        "{reason}"
    );
    assert!(!reason.contains("4711"), "{reason}");
    assert!(world.text("SELECT raw_error FROM imports").await.contains("relation 4711"));
    assert_eq!(world.number("SELECT count(*) FROM facts_ads").await, 0);
    sqlx::raw_sql("DROP TRIGGER refuse ON rollup_ads_account_day").execute(world.db.pool()).await.unwrap();
    world.load(import, &file, preview.mapping).await.expect("a failed load can be begun again");
    assert_eq!(world.text("SELECT concat_ws(' ', state, reason, raw_error) FROM imports").await, "loaded");
}

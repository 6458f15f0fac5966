//! Files that mislead: names like totals rows, two currencies, columns that are named twice, figures that are none. What is
//! read must be right, and what is not read must be said.

use crate::common::World;
use crate::import_unseen::{look, read};
use model::imports::{DateOrder, ImportPreview, Question};
use std::fmt::Write as _;

fn totals(preview: &ImportPreview) -> String {
    preview.totals.iter().map(|t| format!("{} {}", t.metric, t.total)).collect::<Vec<_>>().join(", ")
}

fn assert_note(preview: &ImportPreview, says: &[&str]) {
    let is_it = |note: &&String| says.iter().all(|part| note.contains(part));
    assert!(preview.notes.iter().any(|note| is_it(&note)), "{says:?} in {:?}", preview.notes);
}

#[test]
fn a_campaign_may_be_named_like_a_totals_row() {
    // A day of its own, where the mark leaves it open.
    let dated = "Campaign,Day,Impr.,Clicks,Cost (EUR)\n\
                 Total - Brand,2026-08-01,100,1,1.00\n\
                 Gesamt – Köln,2026-08-01,200,2,2.00\n\
                 Overall (awareness),2026-08-02,300,3,3.00\n\
                 Total: Campaigns, --,600,6,6.00\n\
                 Total - Account, --,600,6,6.00\n";
    assert_eq!(
        read("days.csv", dated.as_bytes()),
        "3+2 2026-08-01..2026-08-02 google_ads: impressions 600, clicks 6, spend 6 EUR"
    );
    // An id of its own, also where the mark is sure; a subtotal has only the id of what it sums up.
    let with_ids = "Day,Campaign,Campaign ID,Ad name,Ad ID,Impressions,Cost (EUR)\n\
                    2026-08-01,Total,77,One,1,100,1\n\
                    2026-08-01,Total,77,Two,2,200,2\n\
                    2026-08-01,Total,77,Total,,300,3\n";
    assert_eq!(
        read("ids.csv", with_ids.as_bytes()),
        "2+1 2026-08-01..2026-08-01 file: impressions 300, spend 3 EUR"
    );
    // What is left out is named, should it be a campaign after all.
    let named = "Day,Campaign,Impressions\n2026-08-01,A,1\n2026-08-01,Total: everything you need,2\n";
    assert_note(
        &look("named.csv", named.as_bytes()),
        &["1 totals row is left out", "line 3 (Total: everything"],
    );
    let all = look("all.csv", b"Campaign,Day,Impressions\nTotal,2026-08-01,1\nSumme,2026-08-01,2\n");
    let refusal = all.refusal.expect("nothing is left");
    assert!(refusal.contains("All 2 rows") && refusal.contains("ids"), "{refusal}");
}

#[tokio::test]
async fn each_row_keeps_the_currency_of_its_symbol() {
    let world = World::new().await;
    let text =
        "Date,Campaign,Impressions,Cost\n2026-08-01,A,1,€1.50\n2026-08-02,A,2,$2.50\n2026-08-03,A,3,$4.00\n";
    let (_, preview) = world.import_text("symbols.csv", text).await;
    assert_eq!(preview.mapping.currency, None);
    let shown = "SELECT concat_ws(' ', f.currency, sum(f.spend)) FROM facts_ads f WHERE kind = 1 GROUP BY f.currency ORDER BY 1";
    assert_eq!(world.text(shown).await, "EUR 1500000\nUSD 6500000");

    let both = "Date,Campaign,Cost,Conversion value\n2026-08-01,A,€1.50,€3\n2026-08-02,A,€2.50,$4\n";
    let preview = look("both.csv", both.as_bytes());
    assert_eq!(totals(&preview), "spend 1.5, conversion_value 3");
    let reason = preview.rejected[0].reason.clone().unwrap_or_default();
    assert!(preview.rejected[0].number == 3 && reason.contains("another currency"), "{reason}");

    let headers = "Date,Campaign,Cost (USD),Conversion value (EUR)\n2026-08-01,A,1.50,3\n";
    let preview = look("headers.csv", headers.as_bytes());
    assert_eq!(
        (totals(&preview).as_str(), preview.totals[0].currency.as_deref()),
        ("spend 1.5", Some("USD"))
    );
    assert_note(&preview, &["USD", "Conversion value (EUR)"]);
}

#[test]
fn what_can_not_be_true_costs_its_row_only() {
    let text =
        "Date,Campaign,Impressions,Cost (EUR)\n2026-08-01,A,5,1\n2026-08-02,A,99999999999999999999999,1\n";
    let preview = look("large.csv", text.as_bytes());
    assert_eq!((totals(&preview).as_str(), preview.rejected_rows), ("impressions 5, spend 1", 1));
    assert_note(&preview, &["line 3", "Impressions", "too large"]);
}

#[tokio::test]
async fn a_zero_byte_far_below_costs_its_row_only() {
    let world = World::new().await;
    let mut text = "Date,Campaign,Impressions,Cost (EUR)\n".to_owned();
    let name = "long name ".repeat(10);
    for _ in 0..3_000 {
        writeln!(text, "2026-08-01,{name},1,0.10").unwrap();
    }
    text.push_str("2026-08-01,a\0b,1,0.10\n");
    let (_, preview) = world.import_text("zero.csv", &text).await;
    assert_eq!((preview.rows, preview.rejected_rows), (3_000, 1));
    assert_note(&preview, &["line 3002", "zero byte"]);
    assert_eq!(world.sums(1).await["impressions"], "3000");
}

#[test]
fn what_is_not_loaded_is_said() {
    let twins = "Day,Campaign,Clicks,Impressions,Clicks,Cost (EUR)\n2026-08-01,A,1,10,2,5\n";
    assert_note(&look("twins.csv", twins.as_bytes()), &["named \"Clicks\"", "only column 3"]);
    let short = "Date,Campaign,Impressions,Cost (EUR)\n2026-08-01,A,1.2K,5\n2026-08-02,A,3M,5\n";
    let preview = look("short.csv", short.as_bytes());
    assert_eq!(totals(&preview), "spend 10");
    assert_note(&preview, &["no plain numbers", "Impressions", "\"1.2K\" in line 2"]);
    let weeks = "Week,Campaign,Impressions\nW23,A,5\nW24,A,5\n";
    let preview = look("weeks.csv", weeks.as_bytes());
    assert_eq!(preview.questions, [Question::Period { suggestion: None }]);
    assert_note(&preview, &["Week is named like a date", "\"W23\" in line 2"]);
}

#[test]
fn the_title_says_the_period_and_the_order_of_dates() {
    let text = "\"Report Time: 8/1/2026,8/9/2026\"\n\"Last Completed Available Day: 11/20/2026 11:59:00 PM (GMT)\"\n\n\
                \"Gregorian date\",\"Campaign name\",\"Impressions\",\"Spend\",\"Currency code\"\n\
                \"8/1/2026\",\"A\",\"10\",\"1.50\",\"USD\"\n\"8/9/2026\",\"A\",\"20\",\"2.50\",\"USD\"\n";
    assert_eq!(
        read("days.csv", text.as_bytes()),
        "2+0 2026-08-01..2026-08-09 microsoft_ads: impressions 30, spend 4 USD"
    );
    let text = "Campaigns report 8/1/2026 - 8/31/2026\nCampaign,Impr.,Clicks,Spend\nA,10,1,$1.50\nOverall total - 1 campaigns,10,1,$1.50\n";
    assert_eq!(
        read("period.csv", text.as_bytes()),
        "1+1 2026-08-01..2026-08-31 microsoft_ads: impressions 10, clicks 1, spend 1.5 USD"
    );
    // Without such a line the person is asked.
    let asked =
        look("asked.csv", b"Report Time: 8/1/2026\nDate,Campaign,Clicks\n8/1/2026,A,1\n8/2/2026,A,1\n");
    assert_eq!(asked.questions, [Question::DateOrder { example: "8/1/2026".into() }]);
    let days = look("dmy.csv", b"Stand: 21/11/2026\nDatum;Kampagne;Klicks\n02/08/2026;A;1\n");
    assert_eq!(days.mapping.format.dates, Some(DateOrder::DayMonthYear));
}

#[test]
fn months_and_quarters_as_spreadsheets_shorten_them() {
    for (cells, days) in [
        (["Jan-26", "Feb-26"], "2026-01-01..2026-02-28"),
        (["Jan '26", "Feb '26"], "2026-01-01..2026-02-28"),
        (["janv.-26", "févr.-26"], "2026-01-01..2026-02-28"),
    ] {
        let text =
            format!("Month,Campaign,Impressions,Cost (EUR)\n{},A,310,31\n{},A,28,28\n", cells[0], cells[1]);
        let expected = format!("2+0 {days} file: impressions 338, spend 59 EUR");
        assert_eq!(read("months.csv", text.as_bytes()), expected, "{cells:?}");
    }
    // A day without a year stays one.
    let asked = look("days.csv", b"Date,Campaign,Impressions\nJan-26,A,310\nJan-27,A,28\n");
    assert!(matches!(asked.questions[..], [Question::Year { .. }]), "{:?}", asked.questions);
    let text = "Quartal;Kampagne;Impressionen\nQ1 2026;A;90\n2. Quartal 2026;A;91\n";
    assert_eq!(read("quarters.csv", text.as_bytes()), "2+0 2026-01-01..2026-06-30 file: impressions 181");
}

#[test]
fn accounting_dashes_and_bounds_are_no_figures() {
    let text = "Date,Campaign,Impressions,Reach,Cost\n2026-08-01,A,5,<10,€ -\n2026-08-02,A,5,50,\"€1,234.50\"\n2026-08-03,A,5,60,-   €\n";
    let preview = look("dashes.csv", text.as_bytes());
    assert_eq!(
        (preview.rejected_rows, totals(&preview).as_str()),
        (0, "impressions 15, reach 110, spend 1234.5")
    );
    assert_eq!((preview.totals[2].values, preview.totals[2].blanks), (1, 2));
}

#[tokio::test]
async fn ids_that_a_spreadsheet_has_shortened_do_not_put_campaigns_together() {
    let world = World::new().await;
    let text = "Date,Campaign ID,Campaign name,Impressions,Cost (EUR)\n2026-08-01,2.38437E+16,A,5,1\n2026-08-01,2.38437E+16,B,7,1\n";
    world.import_text("ids.csv", text).await;
    let names = world.text("SELECT concat_ws(' ', remote_id, name) FROM entities ORDER BY 1").await;
    assert_eq!(names, "A A\nB B");
}

#[test]
fn exports_that_were_not_known_yet() {
    let cases = [
        (
            "Content,Video title,Video publish time,Views,Watch time (hours),Subscribers,Impressions\n\
             Total,,,300,1.5,4,900\na1,One,\"Aug 1, 2026\",100,0.5,-1,300\nb2,Two,\"Aug 2, 2026\",200,1,5,600\n",
            "2+1 2026-08-01..2026-08-02 youtube: video_views 300, watch_seconds 5400, new_followers 4, impressions 900",
        ),
        (
            "日,キャンペーン名,インプレッション数,クリック数,合計コスト,通貨\n2026/08/01,ブランド,100,5,1200,JPY\n合計,--,100,5,1200,JPY\n",
            "1+1 2026-08-01..2026-08-01 file: impressions 100, clicks 5, spend 1200 JPY",
        ),
        (
            "Won time (monthly),Deals won,Won value (EUR)\nAug 2026,3,\"10,500.00\"\nJul 2026,2,\"9,000.00\"\nTotal,5,\"19,500.00\"\n",
            "2+1 2026-07-01..2026-08-31 file: deals_won 5, revenue 19500 EUR",
        ),
        (
            "E-Mail-Name,Versanddatum,Gesendet,Zugestellt,Geöffnet,Geklickt,Abgemeldet\nEins,2026-08-01,100,99,50,5,1\n",
            "1+0 2026-08-01..2026-08-01 file: emails_sent 100, delivered 99, unique_opens 50, unique_clicks 5, unsubscribes 1",
        ),
        (
            "Analytics overview\nDate range: 2026-08-01 - 2026-08-02\n\nImpressions\nDate,Impressions\n2026-08-01,5\n2026-08-02,6\n\n\
             Top Pins\nLink,Impressions\nhttps://pin.example/1,11\n",
            "2+0 2026-08-01..2026-08-02 file: impressions 11",
        ),
        (
            "# 20260801-20260802\n\nLanguage,Users,% Users\nen-us,\"1,200\",60.00%\nde-de,800,40.00%\n,\"2,000\",100.00%\n\n\
             Day Index,Users\n8/1/26,900\n8/2/26,1100\n",
            "2+1 2026-08-01..2026-08-02 file: users 2000",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read("export.csv", text.as_bytes()), expected);
    }
}

#[test]
fn a_column_per_month_is_refused_as_such() {
    for (text, says) in [
        ("Kanal;Januar;Februar;März\nGoogle;100;200;300\n", "a column per month (Januar, Februar"),
        ("Campaign,Metric,Jan 2026,Feb 2026\nA,Clicks,1,2\n", "a column per period (Jan 2026, Feb 2026"),
        ("Campaign,Clicks Jan 2026,Clicks Feb 2026\nA,1,2\n", "a column per period (Clicks Jan 2026"),
    ] {
        let refusal = look("wide.csv", text.as_bytes()).refusal.expect("is refused");
        assert!(refusal.contains(says), "{refusal}");
    }
}

//! Exports of other families than advertising, with invented rows.

use crate::common::{World, days, fixture};
use metrics::Family;
use model::imports::{ColumnRole, ImportPreview, Question};

fn totals(preview: &ImportPreview) -> String {
    preview.totals.iter().map(|t| format!("{} {}", t.metric, t.total)).collect::<Vec<_>>().join(", ")
}

async fn look(name: &str, text: &str) -> ImportPreview {
    let world = World::new().await;
    let (_, _, preview) = world.look_at(name, text.as_bytes()).await;
    preview
}

#[tokio::test]
async fn tables_under_titles_are_loaded_each_for_its_platform() {
    let world = World::new().await;
    let (import, preview) = world.import(&fixture("page-visits-utf16.csv"), |_| {}).await;
    assert_eq!((preview.rows, preview.rejected_rows), (10, 0), "{:?}", preview.rejected);
    assert_eq!(totals(&preview), "profile_views 55");
    let shown = "SELECT concat_ws(' ', a.platform, count(*), sum(profile_views)) FROM facts_social f
                 JOIN accounts a ON a.id = f.account_id GROUP BY a.platform ORDER BY 1";
    assert_eq!(world.text(shown).await, "facebook 5 15\ninstagram 5 40");
    assert!(
        preview.notes.iter().any(|n| n.contains("\"Top cities\"") && n.contains("other columns")),
        "{:?}",
        preview.notes
    );
    world.take_back(import).await;
    assert_eq!(world.number("SELECT count(*) FROM facts_social").await, 0);
}

#[tokio::test]
async fn columns_of_another_kind_are_named_and_left_out() {
    let text = "Date,Campaign,Delivered,Opens,Clicks,Purchases\n2026-07-01,News,900,300,20,3\n";
    let world = World::new().await;
    let (import, file, preview) = world.look_at("mail.csv", text.as_bytes()).await;
    assert_eq!(totals(&preview), "delivered 900, opens 300, clicks 20");
    assert_eq!(preview.mapping.columns[5].role, ColumnRole::Ignore);
    assert!(
        preview.notes.iter().any(|n| n.contains("e-mail") && n.contains("Purchases")),
        "{:?}",
        preview.notes
    );
    let mut mixed = preview.mapping.clone();
    mixed.columns[5].role = ColumnRole::Metric { metric: "conversions".into() };
    let error = world.load(import, &file, mixed).await.unwrap_err();
    assert!(error.contains("Conversions") && error.contains("Purchases"), "{error}");
    world.load(import, &file, preview.mapping).await.unwrap();
    let sums = world.sums_in(Family::Email, "", "kind = 1").await;
    assert_eq!(sums["opens"], "300");
}

#[tokio::test]
async fn a_remembered_mapping_holds_for_the_next_file() {
    let world = World::new().await;
    let text = "Date,Users,Sessions,Mystery\n2026-07-01,9,12,3\n";
    world
        .import(&write(&world, "a.csv", text), |mapping| {
            mapping.columns[3].role = ColumnRole::Metric { metric: "pageviews".into() };
        })
        .await;
    let (_, _, next) = world.look_at("b.csv", text.replace("07-01", "07-02").as_bytes()).await;
    assert!(next.is_remembered);
    assert_eq!(totals(&next), "users 9, sessions 12, pageviews 3");
}

fn write(world: &World, name: &str, text: &str) -> std::path::PathBuf {
    let path = world.dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn another_table_is_left_out_and_the_first_one_goes_on() {
    let text = "# Start date: 20260701\n# End date: 20260702\nDate,Sessions,Total users\n20260701,5,4\n20260702,6,5\n\n\
                Event name,Event count,New users\nscroll,9,1\n\nDate,Sessions,Total users\n20260703,7,6\n";
    let preview = look("report.csv", text).await;
    assert_eq!((totals(&preview).as_str(), preview.rejected_rows), ("sessions 18, users 15", 0));
    assert!(
        preview.notes.iter().any(|n| n.contains("line 7") && n.contains("Event name")),
        "{:?}",
        preview.notes
    );
}

#[tokio::test]
async fn exports_of_many_vendors_are_understood() {
    let cases = [
        (
            "Page path and screen class,Date,Views,Active users,Event count,Key events,Total revenue\n/a,20260701,9,3,20,1,0\n",
            "web",
            "pageviews 9, active_users 3, events 20, conversions 1, revenue 0",
        ),
        (
            "Suchanfrage,Klicks,Impressionen,CTR,Position\nschuhe,\"1\",10,10 %,\"3,5\"\n",
            "search",
            "clicks 1, impressions 10, position 3.5",
        ),
        (
            "Top pages,Clicks,Impressions,CTR,Position\nhttps://a.example/,1,10,10%,3.5\n",
            "search",
            "clicks 1, impressions 10, position 3.5",
        ),
        (
            "Country,Clicks,Impressions,CTR,Position\nGermany,1,10,10%,3.5\n",
            "search",
            "clicks 1, impressions 10, position 3.5",
        ),
        (
            "Date,Impressions (organic),Impressions (sponsored),Impressions (total),Clicks (total),Reactions (total),Comments (total),Reposts (total),Engagement rate (total)\n07/15/2026,4,5,9,2,1,0,1,0.2\n",
            "social",
            "impressions 9, clicks 2, likes 1, comments 0, shares 1",
        ),
        (
            "Date,Video Views,Profile Views,Likes,Comments,Shares\n2026-07-01,9,3,2,1,0\n",
            "social",
            "video_views 9, profile_views 3, likes 2, comments 1, shares 0",
        ),
        (
            "Date,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,Unfollows,Replies,Reposts,Profile visits\n\"Wed, Jul 1, 2026\",9,3,5,1,1,2,1,0,1,4\n",
            "social",
            "impressions 9, likes 3, engagements 5, saves 1, new_followers 2, comments 0, shares 1, profile_views 4",
        ),
        (
            "Title,Subject,List,Send Date,Send Weekday,Total Recipients,Successful Deliveries,Soft Bounces,Hard Bounces,Total Bounces,Times Forwarded,Unique Opens,Open Rate,Total Opens,Unique Clicks,Click Rate,Total Clicks,Unsubscribes,Abuse Complaints,Unique Id\n\
             News,Hello,All,\"Jul 01, 2026 09:00 am\",Wednesday,100,98,1,1,2,0,40,40%,60,10,10%,12,1,0,abc\n",
            "email",
            "emails_sent 100, delivered 98, soft_bounces 1, hard_bounces 1, bounces 2, unique_opens 40, opens 60, unique_clicks 10, clicks 12, unsubscribes 1, spam_complaints 0",
        ),
        (
            "Date,Requests,Delivered,Opens,Unique Opens,Clicks,Unique Clicks,Unsubscribes,Bounces,Spam Reports,Bounce Drops\n2026-07-01,10,9,5,4,3,2,1,1,0,0\n",
            "email",
            "emails_sent 10, delivered 9, opens 5, unique_opens 4, clicks 3, unique_clicks 2, unsubscribes 1, bounces 1, spam_complaints 0",
        ),
        (
            "Campaign Name,Send Time,Total Recipients,Unique Opens,Open Rate,Total Opens,Unique Clicks,Unsubscribes,Spam Complaints,Bounces\nNews,2026-07-01 09:00:00,10,4,40%,6,2,1,0,0\n",
            "email",
            "emails_sent 10, unique_opens 4, opens 6, unique_clicks 2, unsubscribes 1, spam_complaints 0, bounces 0",
        ),
        (
            "Month,Year,New contacts,MQLs,SQLs,Deals created,Closed won\n7,2026,30,9,4,3,1\n",
            "crm",
            "leads 30, mqls 9, sqls 4, deals_created 3, deals_won 1",
        ),
        (
            "Campaign Name,Start Date,Leads in Campaign,Converted Leads,Opportunities in Campaign,Won Opportunities in Campaign\nFair,2026-07-01,30,9,4,1\n",
            "crm",
            "leads 30, leads_converted 9, deals_created 4, deals_won 1",
        ),
    ];
    for (text, family, expected) in cases {
        let preview = look("export.csv", text).await;
        assert_eq!(totals(&preview), expected, "{text} {:?} {:?}", preview.refusal, preview.notes);
        assert_eq!(preview.rejected_rows, 0, "{text} {:?}", preview.rejected);
        let metrics = pipeline::file_import::families::of_mapping(&preview.mapping);
        assert_eq!(metrics.map(Family::name), Some(family), "{text}");
    }
}

#[tokio::test]
async fn campaigns_of_a_crm_count_in_its_totals() {
    let world = World::new().await;
    let text = "Date,Campaign,Deals created,Deals won\n2026-07-01,A,3,1\n2026-07-01,B,4,2\n";
    world.import_text("crm.csv", text).await;
    let account = world.sums_in(Family::Crm, "", "kind = 0").await;
    assert_eq!((account["deals_created"].as_str(), account["deals_won"].as_str()), ("7", "3"));
    assert_eq!(world.sums_in(Family::Crm, "", "kind = 1").await["deals_created"], "7");
}

#[tokio::test]
async fn a_report_without_days_asks_for_its_period() {
    let world = World::new().await;
    let text = "Session source / medium,Users,Sessions\ngoogle / organic,7,10\n\"\"\"x\"\" / y\",3,4\n";
    let (import, file, preview) = world.look_at("sources.csv", text.as_bytes()).await;
    assert_eq!(preview.questions, [Question::Period { suggestion: None }]);
    let mut mapping = preview.mapping.clone();
    mapping.period = Some(days("2026-07-01", "2026-07-02"));
    world.load(import, &file, mapping).await.unwrap();
    let by = "SELECT concat_ws('|', value, day, sessions, users) FROM facts_web_by ORDER BY 1";
    let expected = "\"x\" / y|2026-07-01|2\n\"x\" / y|2026-07-02|2\ngoogle / organic|2026-07-01|5\ngoogle / organic|2026-07-02|5";
    assert_eq!(world.text(by).await, expected);
    assert_eq!(world.sums_in(Family::Web, "", "kind = 0").await["sessions"], "14");
}

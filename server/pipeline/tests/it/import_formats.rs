//! How exports of vendors are understood, in several languages, with invented rows. No database takes part.

use metrics::Family;
use model::imports::{ColumnRole, ImportPreview, Question};
use pipeline::file_import::families::of_mapping;
use pipeline::file_import::preview::{SourceFile, prepare, preview, refused};
use std::path::Path;
use std::sync::Arc;

fn look_in(folder: &Path, name: &str, text: &str) -> ImportPreview {
    let path = folder.join("file");
    std::fs::write(&path, text).unwrap();
    let file = SourceFile { path, name: name.into(), size: text.len() as u64, read: Arc::default() };
    let today = "2026-11-22".parse().unwrap();
    let import = serde_json::from_str("1").unwrap();
    match prepare(&file, None, today, |_| None) {
        Ok(prepared) => preview(import, &file, prepared, today),
        Err(why) => refused(import, &file, &why, None),
    }
}

fn look(name: &str, text: &str) -> ImportPreview {
    look_in(tempfile::tempdir().unwrap().path(), name, text)
}

/// Platform, family and the sums of all metrics.
fn shown(preview: &ImportPreview) -> String {
    let family = of_mapping(&preview.mapping).map_or("none", Family::name);
    let totals: Vec<String> = preview.totals.iter().map(|t| format!("{} {}", t.metric, t.total)).collect();
    format!("{} {family}: {}", preview.mapping.platform, totals.join(", "))
}

fn days(preview: &ImportPreview) -> String {
    preview.days.map_or_else(|| "none".into(), |days| format!("{}..{}", days.from(), days.until()))
}

fn has_note(preview: &ImportPreview, text: &str) -> bool {
    preview.notes.iter().any(|note| note.contains(text))
}

#[test]
fn web_analytics_in_four_languages() {
    let cases = [
        (
            "# Startdatum: 20260701\n# Enddatum: 20260731\nPrimäre Channelgruppe der Sitzung (Standard-Channelgruppe),Sitzungen,Sitzungen mit Interaktionen,Engagement-Rate,Ereignisanzahl,Schlüsselereignisse,Gesamtumsatz\nOrganic Search,1200,800,0.6667,4920,12,340.5\nDirect,600,300,0.5,2100,3,0\n",
            "ga4 web: sessions 1800, engaged_sessions 1100, events 7020, conversions 15, revenue 340.5",
            "2026-07-01..2026-07-31",
        ),
        (
            "# Date de début: 20260701\n# Date de fin: 20260731\nDate,Utilisateurs actifs,Nouveaux utilisateurs,Sessions,Nombre d'événements,Événements clés,Revenu total\n20260701,10,5,12,40,1,0\n20260702,11,6,14,45,2,9.5\n",
            "ga4 web: active_users 21, new_users 11, sessions 26, events 85, conversions 3, revenue 9.5",
            "2026-07-01..2026-07-02",
        ),
        (
            "# Fecha de inicio: 20260701\n# Fecha de finalización: 20260731\nFecha,Usuarios activos,Usuarios nuevos,Sesiones,Sesiones con interacción,Número de eventos,Eventos clave\n20260701,10,5,12,8,40,1\n",
            "ga4 web: active_users 10, new_users 5, sessions 12, engaged_sessions 8, events 40, conversions 1",
            "2026-07-01..2026-07-01",
        ),
        (
            "date,visitors,pageviews,visits,views_per_visit,bounce_rate,visit_duration\n2026-07-01,100,380,120,3.16,41,75\n",
            "file web: users 100, pageviews 380, sessions 120",
            "2026-07-01..2026-07-01",
        ),
        (
            "Date,Unique visitors,Visits,Users,Actions,Bounces,Pageviews\n2026-07-01,100,120,3,400,50,380\n",
            "file web: users 100, sessions 120, pageviews 380",
            "2026-07-01..2026-07-01",
        ),
    ];
    for (text, expected, covered) in cases {
        let preview = look("export.csv", text);
        assert_eq!(shown(&preview), expected, "{text} {:?}", preview.refusal);
        assert_eq!(
            (days(&preview).as_str(), preview.rejected_rows),
            (covered, 0),
            "{text} {:?}",
            preview.rejected
        );
    }
}

#[test]
fn explorations_name_their_period_and_mark_their_total() {
    let text = "# ---\n# Free form 1\n# 20260701-20260707\n# ---\n\nSession source / medium,Sessions,Total users\n,33,20,Grand total\n\
                google / organic,21,14\n(direct) / (none),10,5\n(not set),2,1\n";
    let preview = look("exploration.csv", text);
    assert_eq!(shown(&preview), "ga4 web: sessions 33, users 20");
    assert_eq!((preview.rows, preview.total_rows, preview.rejected_rows), (3, 1, 0));
    assert_eq!((days(&preview).as_str(), preview.questions.len()), ("2026-07-01..2026-07-07", 0));
}

#[test]
fn campaigns_without_a_name_are_rows_like_others() {
    let text = "# Start date: 20260701\n# End date: 20260702\nSession campaign,Sessions,Key events\n(not set),5,1\n(direct),7,2\n,3,0\n";
    let preview = look("campaigns.csv", text);
    assert_eq!(shown(&preview), "ga4 web: sessions 12, conversions 3");
    assert_eq!((preview.rows, preview.total_rows), (2, 1));
}

#[test]
fn counted_days_begin_with_the_report() {
    let text = "# Start date: 20260701\n# End date: 20260703\nNth day,Active users,New users\n0000,10,5\n0001,12,6\n0002,9,2\n\n\
                # Start date: 20260701\nFirst user primary channel group (Default channel group),New users\nOrganic Search,9\n\n\
                Country,Active users\nGermany,20\n";
    let preview = look("snapshot.csv", text);
    assert_eq!(shown(&preview), "ga4 web: active_users 31, new_users 13");
    assert_eq!((days(&preview).as_str(), preview.rows), ("2026-07-01..2026-07-03", 3));
    assert!(
        has_note(&preview, "(First user primary") && has_note(&preview, "(Country"),
        "{:?}",
        preview.notes
    );
}

#[test]
fn a_total_that_nothing_names_and_a_smaller_table_below() {
    let text = "# 20230101-20230107\n\nDefault Channel Grouping,Users,New Users,Sessions,Bounce Rate,Goal Completions\n\
                Organic Search,\"1,234\",\"1,100\",\"1,500\",45.00%,15\nDirect,234,200,300,50.00%,3\n,\"1,468\",\"1,300\",\"1,800\",46.00%,18\n\n\
                Day Index,Users\n1/1/23,200\n1/2/23,210\n,410\n";
    let preview = look("acquisition.csv", text);
    assert_eq!(shown(&preview), "ga4 web: users 1468, new_users 1300, sessions 1800, conversions 18");
    assert_eq!(
        (preview.rows, preview.total_rows, preview.rejected_rows),
        (2, 1, 0),
        "{:?}",
        preview.rejected
    );
    assert!(has_note(&preview, "(Day Index, Users)"), "{:?}", preview.notes);
}

#[test]
fn queries_are_kept_as_they_were_typed() {
    let text = "Top queries,Clicks,Impressions,CTR,Position\n#1 shoes,1,10,10%,3.1\ntotal,2,20,10%,1\nnull,3,30,10%,2\nshoes,4,40,10%,2\n\
                shoes\u{200b},5,50,10%,2\n";
    let preview = look("Queries.csv", text);
    assert_eq!(shown(&preview), "search_console search: clicks 15, impressions 150, position 10.1");
    assert_eq!((preview.rows, preview.total_rows, preview.repeated_rows), (5, 0, 0));
    let compared =
        look("Queries.csv", "Top queries,7/1/26 - 7/31/26 Clicks,6/1/26 - 6/30/26 Clicks\na,5,4\n");
    assert!(compared.refusal.unwrap_or_default().contains("compares two periods"));
}

#[test]
fn pages_and_posts_of_social_media() {
    let cases = [
        (
            "Datum,Impressions (organisch),Impressions (gesponsert),Impressions (gesamt),Eindeutige Impressions (organisch),Klicks (gesamt),Reaktionen (gesamt),Kommentare (gesamt),Direkt geteilte Beiträge (gesamt)\n07/01/2026,100,0,100,80,5,3,1,0\n07/02/2026,110,50,160,90,8,5,0,1\n",
            "linkedin social: impressions 260, clicks 13, likes 8, comments 1, shares 1",
            "2026-07-01..2026-07-02",
        ),
        (
            "Date,Sponsored followers,Organic followers,Auto-invited followers,Total followers\n07/01/2026,0,5,1,6\n07/02/2026,1,3,0,4\n",
            "linkedin social: new_followers 10",
            "2026-07-01..2026-07-02",
        ),
        (
            "Video title,Video link,Post time,Total likes,Total comments,Total shares,Total views,Total play time,Average watch time\nDance,https://t.example/1,2026-07-01 18:00:00,12,3,1,1500,1h:02m:03s,4.2s\n",
            "file social: likes 12, comments 3, shares 1, video_views 1500, watch_seconds 3723",
            "2026-07-01..2026-07-01",
        ),
        (
            "Post id,Date,Post text,Post Link,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,Replies,Reposts,Profile visits,Detail Expands,URL Clicks\n=\"1812345678901234567\",\"Wed, Jul 1, 2026\",\"Hello,\nworld\",https://x.example/1,900,30,50,1,1,2,0,3,4,6,7\n",
            "x social: impressions 900, likes 30, engagements 50, saves 1, new_followers 2, comments 0, shares 3, profile_views 4, link_clicks 7",
            "2026-07-01..2026-07-01",
        ),
        (
            "Beitrags-ID,Kontoname,Beschreibung,Dauer (Sek.),Veröffentlichungszeit,Permalink,Beitragsart,Datum,Aufrufe,Reichweite,„Gefällt mir“-Angaben,Geteilte Inhalte,Follower,Kommentare,Gespeicherte Inhalte\n1801,Acme,Hallo,0,07/21/2026 09:30,https://i.example/1,IG-Bild,Gesamtdauer,1500,1200,40,3,1,5,7\n",
            "file social: video_views 1500, reach 1200, likes 40, shares 3, new_followers 1, comments 5, saves 7",
            "2026-07-21..2026-07-21",
        ),
        (
            "Date,Views,Watch time (hours),Impressions,Impressions click-through rate (%)\nTotal,300,12.5,4000,3.1\n2026-07-01,100,4.5,1500,3.0\n2026-07-02,200,8.0,2500,3.2\n",
            "youtube social: video_views 300, watch_seconds 45000, impressions 4000",
            "2026-07-01..2026-07-02",
        ),
    ];
    for (text, expected, covered) in cases {
        let preview = look("export.csv", text);
        assert_eq!(shown(&preview), expected, "{text} {:?}", preview.refusal);
        assert_eq!(
            (days(&preview).as_str(), preview.rejected_rows),
            (covered, 0),
            "{text} {:?}",
            preview.rejected
        );
        assert!(!has_note(&preview, "hour"), "{:?}", preview.notes);
    }
}

#[test]
fn titles_of_tables_in_other_languages() {
    for (title, column) in
        [("Facebook-Reichweite", "Datum"), ("Alcance de Facebook", "Fecha"), ("Couverture Facebook", "Date")]
    {
        let text = format!("sep=,\n\"{title}\"\n\"{column}\",\"Primary\"\n\"2026-07-01T00:00:00\",\"100\"\n");
        assert_eq!(shown(&look("reach.csv", &text)), "facebook social: reach 100", "{title}");
    }
    let alone = "sep=,\n\"Content interactions\"\n\"Date\",\"Primary\"\n\"2026-07-01T00:00:00\",\"100\"\n";
    assert_eq!(shown(&look("Interactions.csv", alone)), "facebook social: engagements 100");
}

#[test]
fn e_mails_in_four_languages() {
    let cases = [
        (
            "Nom de la campagne;Objet;Date d'envoi;Destinataires;Délivrés;Ouvreurs;Taux d'ouverture;Cliqueurs;Désinscriptions;Plaintes;Hard bounces\nÉté;Bonjour;01/07/2026;1 000;980;400;40,8 %;80;3;0;5\nAutomne;Salut;15/08/2026;1 010;990;380;38,4 %;70;2;1;6\n",
            "file email: emails_sent 2010, delivered 1970, unique_opens 780, unique_clicks 150, unsubscribes 5, spam_complaints 1, hard_bounces 11",
        ),
        (
            "Name;Betreff;Versanddatum;Empfänger;Zugestellt;Öffnungen;Eindeutige Öffnungen;Öffnungsrate;Klicks;Eindeutige Klicks;Bounces;Abmeldungen\nSommer;Hallo;01.07.2026;1.000;980;612;400;40,8 %;110;80;20;3\n",
            "file email: emails_sent 1000, delivered 980, opens 612, unique_opens 400, clicks 110, unique_clicks 80, bounces 20, unsubscribes 3",
        ),
        (
            "Título;Asunto;Fecha de envío;Destinatarios;Entregas correctas;Aperturas únicas;Aperturas;Clics únicos;Clics;Bajas;Quejas de spam\nVerano;Hola;13/07/2026;1.000;980;400;612;80;110;3;0\n",
            "file email: emails_sent 1000, delivered 980, unique_opens 400, opens 612, unique_clicks 80, clicks 110, unsubscribes 3, spam_complaints 0",
        ),
        (
            "Name,Subject,Sent At,Total Sent,Total Delivered,Total Hard Bounced,Total Soft Bounced,HTML Opens,Unique HTML Opens,Total Clicks,Unique Clicks,Total Opt Outs,Total Spam Complaints\nNews,Hi,\"Jul 1, 2026 9:00 AM\",100,98,1,1,60,40,12,8,1,0\n",
            "pardot email: emails_sent 100, delivered 98, hard_bounces 1, soft_bounces 1, opens 60, unique_opens 40, clicks 12, unique_clicks 8, unsubscribes 1, spam_complaints 0",
        ),
        (
            "date,processed,requests,delivered,bounce_drops\n2026-07-01,98,100,96,1\n",
            "sendgrid email: emails_sent 100, delivered 96",
        ),
    ];
    for (text, expected) in cases {
        let preview = look("export.csv", text);
        assert_eq!(shown(&preview), expected, "{text} {:?}", preview.refusal);
        assert_eq!((preview.rejected_rows, preview.questions.len()), (0, 0), "{text} {:?}", preview.rejected);
    }
    let mail = look(
        "e.csv",
        "Email name,Email ID,Campaign,Publish date,Sent,Delivered,Opened\nWelcome,12,Onboarding,2026-07-01 10:15,100,98,50\n",
    );
    assert_eq!(
        mail.mapping.columns[0].role,
        ColumnRole::EntityName { level: model::imports::EntityLevel::Campaign }
    );
    assert!(!has_note(&mail, "hour"), "{:?}", mail.notes);
}

#[test]
fn days_without_a_year_ask_for_it() {
    let text =
        "\"Date\",\"Video Views\",\"Likes\"\n\"December 31\",\"120\",\"10\"\n\"January 1\",\"140\",\"12\"\n";
    let preview = look("Overview.csv", text);
    assert_eq!(preview.questions, [Question::Year { suggestion: Some(2025) }]);
    assert_eq!(shown(&preview), "file social: video_views 260, likes 22");
    assert_eq!(preview.repeated_rows, 0);
}

#[test]
fn days_in_an_unclear_order_are_asked_for() {
    let preview = look(
        "mail.csv",
        "Campaign Name,Time Sent,Sends,Opens\nA,7/1/2026 9:00 AM,500,200\nB,8/12/2026 9:00 AM,510,201\n",
    );
    assert!(matches!(preview.questions[..], [Question::DateOrder { .. }]), "{:?}", preview.questions);
}

#[test]
fn customer_relations() {
    let campaigns = "Campaign Name,Start Date,Total Leads in Campaign,Converted Leads in Campaign,Total Opportunities in Campaign,Won Opportunities in Campaign,Total Value Won Opportunities in Campaign\nFair,7/13/2026,30,9,4,1,\"$12,000\"\n";
    let expected = "salesforce crm: leads 30, leads_converted 9, deals_created 4, deals_won 1, revenue 12000";
    assert_eq!(shown(&look("export.csv", campaigns)), expected);
    let months = "Month,Deals Created,Deals Won,Deals Lost,Won Amount\nJul 2026,10,3,2,\"€ 12.500,50\"\nAug 2026,12,4,1,\"€ 9.000,00\"\nTotal,22,7,3,\"€ 21.500,50\"\n";
    let preview = look("deals.csv", months);
    assert_eq!(shown(&preview), "file crm: deals_created 22, deals_won 7, deals_lost 3, revenue 21500.5");
    assert_eq!((days(&preview).as_str(), preview.total_rows), ("2026-07-01..2026-08-31", 1));
}

#[test]
fn lists_of_deals_and_people_are_refused_with_what_to_do() {
    for (text, thing) in [
        ("Record ID,Deal Name,Deal Stage,Close Date,Amount\n1,Big,Closed Won,2026-07-20,12000\n", "a deal"),
        (
            "Opportunity Name,Stage,Amount,Expected Revenue,Close Date\nBig,Won,12000,12000,7/20/2026\n",
            "a deal",
        ),
        (
            "Record ID,First Name,Last Name,Email,Create Date,Number of Pageviews\n1,A,B,a@example.com,2026-07-01,5\n",
            "a person",
        ),
    ] {
        let refusal = look("export.csv", text).refusal.unwrap_or_default();
        assert!(refusal.contains(&format!("is {thing}:")), "{text} {refusal}");
    }
}

#[test]
fn shares_are_no_counts() {
    let preview =
        look("mail.csv", "Date,Delivered,Opens,Clicks\n2026-07-01,900,40%,3%\n2026-07-02,800,41%,2%\n");
    assert_eq!(shown(&preview), "file email: delivered 1700");
    assert!(has_note(&preview, "percentages can't be added up: Opens, Clicks"), "{:?}", preview.notes);
    assert_eq!(preview.rejected_rows, 0);
    let only = look("rates.csv", "Date,Campaign,Opens\n2026-07-01,A,40%\n");
    assert!(only.refusal.unwrap_or_default().contains("holds percentages"));
}

#[test]
fn a_day_that_stands_twice_is_told() {
    let preview =
        look("web.csv", "Date,Sessions,Total users\n2026-07-01,10,8\n2026-07-01,10,8\n2026-07-02,12,9\n");
    assert_eq!(preview.repeated_rows, 1);
    assert!(
        has_note(&preview, "added up") && has_note(&preview, "Users can't be added up"),
        "{:?}",
        preview.notes
    );
}

#[test]
fn money_that_is_nothing_needs_no_currency() {
    let text = "Date,Sessions,Total revenue\n2026-07-01,10,0\n2026-07-02,12,0\n";
    assert!(look("web.csv", text).questions.is_empty());
    assert_eq!(look("web.csv", &text.replace("12,0", "12,9.5")).questions, [Question::Currency]);
}

#[test]
fn day_numbers_of_spreadsheets_with_a_time_are_days() {
    let preview = look(
        "mail.csv",
        "Campaign Name,Send Date,Recipients,Unique Opens\nA,46204.375,1000,400\nB,46212,1000,410\n",
    );
    assert_eq!(days(&preview), "2026-07-01..2026-07-09");
}

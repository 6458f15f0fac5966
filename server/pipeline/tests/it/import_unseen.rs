//! Exports of many vendors, languages and spreadsheets, each with a handful of invented rows: what is read from them
//! without anybody's help, and what is asked or refused. No database: loading is tested elsewhere.

use chrono::NaiveDate;
use model::ids::ImportId;
use model::imports::{ImportPreview, Question};
use pipeline::file_import::preview::{SourceFile, prepare, preview, refused};
use std::sync::Arc;

pub fn look(name: &str, content: &[u8]) -> ImportPreview {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    let file = SourceFile { path, name: name.to_owned(), size: content.len() as u64, read: Arc::default() };
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    match prepare(&file, None, today, |_| None) {
        Ok(prepared) => preview(ImportId(1), &file, prepared, today),
        Err(why) => refused(ImportId(1), &file, &why, None),
    }
}

/// `9+2 rows 2026-08-01..2026-08-03 google_ads: impressions 12 clicks 3 spend 4.5 EUR`
pub fn read(name: &str, content: &[u8]) -> String {
    let seen = look(name, content);
    assert_eq!(seen.refusal, None, "{name}: {:?}", seen.mapping);
    assert!(seen.questions.is_empty(), "{name}: {:?} {:?}", seen.questions, seen.mapping);
    assert_eq!(seen.rejected_rows, 0, "{name}: {:#?}", seen.rejected);
    let days = seen.days.expect("rows have days");
    let totals: Vec<String> = seen
        .totals
        .iter()
        .filter(|t| t.metric != "reach")
        .map(|t| {
            [t.metric.as_str(), t.total.as_str()]
                .into_iter()
                .chain(t.currency.as_deref())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    format!(
        "{}+{} {}..{} {}: {}",
        seen.rows,
        seen.total_rows,
        days.from(),
        days.until(),
        seen.mapping.platform,
        totals.join(", ")
    )
}

#[test]
fn google_ads_in_the_languages_of_its_users() {
    let cases = [
        (
            "Kampagnenbericht\n\"1. August 2026 - 2. August 2026\"\nKampagnenstatus,Kampagne,Tag,Währungscode,Impr.,Klicks,\
             Anteil an mögl. Impr.,CTR,Kosten,Conversions\n\
             Aktiv,Marke,2026-08-01,EUR,12.345,67,< 10%,\"0,54%\",\"1.234,56\u{a0}€\",\"1,50\"\n\
             Aktiv,\"Schuhe, neu\",2026-08-02,EUR,1.000,3, --,\"0,30%\",\"0,44\u{a0}€\", --\n\
             Gesamt: Kampagnen, --, --,EUR,13.345,70,,,\"1.235,00\u{a0}€\",\"1,50\"\n",
            "2+1 2026-08-01..2026-08-02 google_ads: impressions 13345, clicks 70, spend 1235 EUR, conversions 1.5",
        ),
        (
            "Rapport sur les campagnes\nÉtat,Campagne,Jour,Code de devise,Impr.,Clics,Coût\n\
             Active,Marque,2026-08-01,EUR,12\u{202f}345,67,\"1\u{202f}234,56\"\n\
             Total\u{a0}: Campagnes, --, --,EUR,12\u{202f}345,67,\"1\u{202f}234,56\"\n",
            "1+1 2026-08-01..2026-08-01 google_ads: impressions 12345, clicks 67, spend 1234.56 EUR",
        ),
        (
            "Campaign report\nCampaign,Day,Currency code,Impr.,Clicks,Cost\n\
             Total: Account, --,INR,\"1,23,456\",67,\"12,34,567.80\"\n\
             Brand,2026-08-01,INR,\"1,23,456\",67,\"12,34,567.80\"\n",
            "1+1 2026-08-01..2026-08-01 google_ads: impressions 123456, clicks 67, spend 1234567.8 INR",
        ),
        (
            "Kampagne,Tag,Währung,Impr.,Klicks,Kosten\nMarke,2026-08-01,CHF,12'345,67,1’234.50\n",
            "1+0 2026-08-01..2026-08-01 google_ads: impressions 12345, clicks 67, spend 1234.5 CHF",
        ),
        (
            "Stan kampanii,Kampania,Dzień,Kod waluty,Wyśw.,Kliknięcia,Koszt,Konwersje\n\
             Włączona,Marka,2026-08-01,PLN,12\u{a0}345,67,\"1\u{a0}234,56\",\"2,00\"\nŁącznie: konto, --, --,PLN,1,1,\"1,00\",\"2,00\"\n",
            "1+1 2026-08-01..2026-08-01 google_ads: impressions 12345, clicks 67, spend 1234.56 PLN, conversions 2",
        ),
        (
            "Kampanj,Dag,Valutakod,Visn.,Klick,Kostnad\nVarumärke,2026-08-01,SEK,12\u{a0}345,67,\"1\u{a0}234,50 kr\"\n",
            "1+0 2026-08-01..2026-08-01 google_ads: impressions 12345, clicks 67, spend 1234.5 SEK",
        ),
        (
            "キャンペーン\t日\t通貨コード\t表示回数\tクリック数\t費用\nブランド\t2026年8月1日\tJPY\t12,345\t67\t1,234\n合計: アカウント\t--\tJPY\t12,345\t67\t1,234\n",
            "1+1 2026-08-01..2026-08-01 google_ads: impressions 12345, clicks 67, spend 1234 JPY",
        ),
    ];
    for (content, expected) in cases {
        assert_eq!(read("report.csv", content.as_bytes()), expected);
    }
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(cases[6].0.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(read("report.csv", &utf16), cases[6].1);
}

#[test]
fn money_in_millionths_is_money() {
    for (header, platform) in [
        ("metrics.cost_micros", "google_ads"),
        ("metrics.costMicros", "google_ads"),
        ("cost_micros", "google_ads"),
        ("Spend (micros)", "file"),
        ("billed_charge_local_micro", "file"),
    ] {
        let text = format!(
            "date,campaign_name,impressions,{header},currency\n2026-08-01,A,10,1234567,EUR\n2026-08-02,A,20,10,EUR\n"
        );
        let expected = format!("2+0 2026-08-01..2026-08-02 {platform}: impressions 30, spend 1.234577 EUR");
        assert_eq!(read("export.csv", text.as_bytes()), expected);
        let notes = look("export.csv", text.as_bytes()).notes;
        assert!(notes.iter().any(|n| n.contains(header) && n.contains("millionths")), "{notes:?}");
    }
}

#[test]
fn metadata_above_and_below_the_rows_is_no_data() {
    let dv360 = "Date,Advertiser,Advertiser Currency,Insertion Order,Impressions,Clicks,Revenue (Adv Currency)\n\
                 2026/08/01,Acme,EUR,IO,1000,5,12.50\n2026/08/02,Acme,EUR,IO,2000,6,7.50\n,,,,3000,11,20.00\n\n\
                 Report Time:,2026/08/05 10:00 GMT\nDate Range:,2026/08/01 to 2026/08/02\nGroup By:,Date\nGroup By:,Advertiser\n\
                 Filter by Advertiser ID:,123\n";
    assert_eq!(
        read("dv360.csv", dv360.as_bytes()),
        "2+1 2026-08-01..2026-08-02 dv360: impressions 3000, clicks 11, spend 20 EUR"
    );
    let microsoft = "\"Report Name: Campaigns\"\n\"Report Time: 8/1/2026,8/31/2026\"\n\"Rows: 1\"\n\n\
                     \"TimePeriod\",\"CampaignName\",\"CurrencyCode\",\"Impressions\",\"Clicks\",\"Spend\"\n\
                     \"8/2/2026\",\"A\",\"EUR\",\"10\",\"2\",\"1.50\"\n\n\"©2026 Microsoft Corporation. All rights reserved. \"\n";
    assert_eq!(
        read("ms.csv", microsoft.as_bytes()),
        "1+0 2026-08-02..2026-08-02 microsoft_ads: impressions 10, clicks 2, spend 1.5 EUR"
    );
    let apple = "\"Report: Campaigns\"\n\"Date Range: Aug 1, 2026 - Aug 3, 2026\"\n\n\
                 Day,Campaign Name,Spend,Avg CPT,Impressions,Taps,Installs (Total)\n2026-08-01,A,\"$1,234.50\",$0.20,100,9,3\n";
    assert_eq!(
        read("apple.csv", apple.as_bytes()),
        "1+0 2026-08-01..2026-08-01 file: spend 1234.5 USD, impressions 100, clicks 9, conversions 3"
    );
}

#[test]
fn meta_in_german_with_a_currency_in_the_header() {
    let text = "\u{feff}Berichtsstart,Berichtsende,Name der Kampagne,Alter,Ausgegebener Betrag (EUR),Impressionen,Link-Klicks,Käufe,\
                Conversion-Wert für Käufe\n2026-08-01,2026-08-01,Marke,18-24,12.5,100,4,1,30\n2026-08-02,2026-08-02,Marke,18-24,2.5,50,1,,\n";
    assert_eq!(
        read("meta.csv", text.as_bytes()),
        "2+0 2026-08-01..2026-08-02 facebook: spend 15 EUR, impressions 150, link_clicks 5, conversions 1, conversion_value 30 EUR"
    );
}

#[test]
fn dates_as_spreadsheets_and_people_write_them() {
    let file = |header: &str, cells: [&str; 2]| {
        format!(
            "{header};Campaign;Impressions;Cost in EUR\n{};A;1.000;1,50\n{};A;2.000;2,50\n",
            cells[0], cells[1]
        )
    };
    let cases = [
        ("Date", ["01.08.2026", "02.08.2026"], "2026-08-01..2026-08-02"),
        ("Date", ["08.01.2026", "08.13.2026"], "2026-08-01..2026-08-13"),
        ("Date", ["46235", "46236"], "2026-08-01..2026-08-02"),
        ("Date", ["1-Aug-26", "2-Aug-26"], "2026-08-01..2026-08-02"),
        (
            "Date",
            ["2026-08-01T00:00:00.000-07:00", "2026-08-02T00:00:00.000-07:00"],
            "2026-08-01..2026-08-02",
        ),
        ("Day", ["Saturday, 1 August 2026", "Sunday, 2 August 2026"], "2026-08-01..2026-08-02"),
        ("Week", ["2026-W31", "2026-W32"], "2026-07-27..2026-08-09"),
        ("Week", ["2026-08-03", "2026-08-10"], "2026-08-03..2026-08-16"),
        ("Month", ["July 2026", "2026-08"], "2026-07-01..2026-08-31"),
        ("Quarter", ["Q2 2026", "2026-Q3"], "2026-04-01..2026-09-30"),
        ("Quarter", ["2026-04-01", "2026-07-01"], "2026-04-01..2026-09-30"),
    ];
    for (header, cells, days) in cases {
        let expected = format!("2+0 {days} file: impressions 3000, spend 4 EUR");
        assert_eq!(read("sheet.csv", file(header, cells).as_bytes()), expected, "{header} {cells:?}");
    }
    let asked = look("sheet.csv", file("Date", ["01/02/2026", "02/02/2026"]).as_bytes());
    assert_eq!(asked.questions, [Question::DateOrder { example: "01/02/2026".into() }]);
}

#[test]
fn files_of_spreadsheets_and_old_systems() {
    let cases: [(&str, &[u8], &str); 6] = [
        (
            "sep=;, Windows-1252",
            b"sep=;\r\nDatum;Kampagne;Impressionen;Kosten (\x80)\r\n01.08.2026;K\xfcche;1.234;0,50\r\n",
            "1+0 2026-08-01..2026-08-01 file: impressions 1234, spend 0.5 EUR",
        ),
        (
            "carriage returns only",
            b"Date,Campaign,Impressions,Cost EUR\r2026-08-01,A,1,2\r2026-08-02,A,3,4\r",
            "2+0 2026-08-01..2026-08-02 file: impressions 4, spend 6 EUR",
        ),
        (
            "accounting signs",
            b"Date,Campaign,Impressions,Cost EUR\n2026-08-01,A,1,(12.50)\n2026-08-02,A,3,2.00-\n2026-08-03,A,3,-1\n",
            "3+0 2026-08-01..2026-08-03 file: impressions 7, spend -15.5 EUR",
        ),
        (
            "line breaks in quotes",
            b"Date,Campaign,Impressions,Cost EUR\n2026-08-01,\"A\n\nB \"\"x\"\"\",1,2\n",
            "1+0 2026-08-01..2026-08-01 file: impressions 1, spend 2 EUR",
        ),
        (
            "cells kept as text",
            b"Date,Campaign ID,Impressions,Cost EUR\n2026-08-01,=\"00123\",'1,=\"2.5\"\n",
            "1+0 2026-08-01..2026-08-01 file: impressions 1, spend 2.5 EUR",
        ),
        (
            "codes in a column of an unknown name",
            b"Date|Campaign|Ccy|Impressions|Cost\n2026-08-01|A|EUR|1|2\n2026-08-02|A|EUR|1|2\n",
            "2+0 2026-08-01..2026-08-02 file: impressions 2, spend 4 EUR",
        ),
    ];
    for (name, content, expected) in cases {
        assert_eq!(read("sheet.csv", content), expected, "{name}");
    }
}

#[test]
fn a_refusal_says_what_is_wrong_and_what_to_do() {
    let cases: [(&[u8], &[&str]); 5] = [
        (b"Campaign,2026-08-01,2026-08-02\nA,1,2\n", &["a column per day (2026-08-01", "one row per day"]),
        (
            b"Day,Campaign,Impressions,Cost\n2026-08-01,A,many,lots\n2026-08-02,A,few,little\n",
            &["\"Impressions\"", "line 2 holds \"many\"", "plain figures"],
        ),
        (
            b"Name,E-mail,Signed up\nAda,ada@example.com,2026-08-01\n",
            &["no advertising metrics", "Name, E-mail, Signed up"],
        ),
        (
            b"Error: You may not view this report.\n",
            &["No header row", "Error: You may not", "export the report as CSV"],
        ),
        (b"PK\x03\x04 xl/workbook.xml", &["a workbook that can't be opened", "export it as CSV"]),
    ];
    for (content, says) in cases {
        let refusal = look("odd.csv", content).refusal.expect("is refused");
        for part in says {
            assert!(refusal.contains(part), "{part:?} in {refusal:?}");
        }
    }
}

#[test]
fn sales_beside_revenue_are_counted() {
    let text =
        "Day;Advertiser;Currency;Displays;Clicks;Cost;Sales;Revenue\n31/8/2026;Acme;EUR;100;5;2.50;3;99.90\n";
    assert_eq!(
        read("criteo.csv", text.as_bytes()),
        "1+0 2026-08-31..2026-08-31 file: impressions 100, clicks 5, spend 2.5 EUR, conversions 3, conversion_value 99.9 EUR"
    );
}

//! Excel workbooks: read as if they had been saved as CSV, and never half.

use crate::common::World;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use std::path::PathBuf;

/// Days, campaigns, counts and money in two sheets of one form, a third of another form, and a hidden one.
fn workbook() -> Workbook {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("dd/mm/yyyy");
    for (name, rows) in [
        ("September", [(1_u8, "Alpha", 1_000.0, 12.5), (2, "Alpha", 900.0, 1.234)]),
        ("More", [(3, "Beta & “Söhne”", 10.0, 0.1), (4, "Beta & “Söhne”", 20.0, 0.2)]),
    ] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (column, head) in
            [(0, "Day"), (1, "Campaign"), (2, "Impressions"), (3, "Cost"), (4, "Currency code")]
        {
            sheet.write_string(0, column, head).unwrap();
        }
        for (row, (day, campaign, impressions, cost)) in (1..).zip(rows) {
            let day = ExcelDateTime::from_ymd(2026, 9, day).unwrap();
            sheet.write_datetime_with_format(row, 0, &day, &date).unwrap();
            sheet.write_string(row, 1, campaign).unwrap();
            sheet.write_number(row, 2, impressions).unwrap();
            sheet.write_number(row, 3, cost).unwrap();
            sheet.write_string(row, 4, "EUR").unwrap();
        }
    }
    book.add_worksheet().set_name("Notes").unwrap().write_string(0, 0, "Ask Ada about May").unwrap();
    let hidden = book.add_worksheet().set_name("Hidden").unwrap();
    hidden.write_string(0, 0, "Day").unwrap();
    hidden.set_hidden(true);
    book
}

fn saved(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn totals(preview: &model::imports::ImportPreview) -> Vec<(String, String)> {
    preview.totals.iter().map(|t| (t.metric.clone(), t.total.clone())).collect()
}

#[tokio::test]
async fn a_workbook_loads_like_the_csv_of_its_sheets() {
    let bench = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = saved(&folder, "google ads.xlsx", &workbook().save_to_buffer().unwrap());
    let (import, file, preview) = bench.look(&path).await;
    assert_eq!(preview.refusal, None);
    assert!(preview.questions.is_empty(), "{:?}", preview.questions);
    assert_eq!((preview.rows, preview.rejected_rows), (4, 0), "{:?}", preview.rejected);
    let days = preview.days.unwrap();
    assert_eq!(
        (days.from().to_string(), days.until().to_string()),
        ("2026-09-01".into(), "2026-09-04".into())
    );
    // 1.234 is one and a bit: never a thousand.
    assert_eq!(totals(&preview), [("impressions".into(), "1930".into()), ("spend".into(), "14.034".into())]);
    let notes = preview.notes.join(" ");
    assert!(notes.contains("“September”, “More” were read one after the other"), "{notes}");
    assert!(notes.contains("not “Notes”") && !notes.contains("Hidden"), "{notes}");
    bench.load(import, &file, preview.mapping).await.unwrap();
    // What the person has stays as it is, and nothing lies about beside it.
    let beside: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(beside, ["google ads.xlsx"]);
}

#[tokio::test]
async fn workbooks_of_excel_97_are_read_too() {
    let bench = World::new().await;
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/daily.xls");
    let (_, _, preview) = bench.look(&path).await;
    assert_eq!(preview.refusal, None);
    assert_eq!((preview.rows, preview.rejected_rows), (3, 0));
    assert_eq!(
        totals(&preview),
        [
            ("impressions".into(), "1910".into()),
            ("clicks".into(), "91".into()),
            ("spend".into(), "13.834".into())
        ]
    );
}

#[tokio::test]
async fn what_is_no_workbook_inside_is_refused_with_the_reason() {
    let bench = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut cut = workbook().save_to_buffer().unwrap();
    cut.truncate(cut.len() / 2);
    for (name, bytes) in [("cut.xlsx", cut), ("old.xls", [&b"\xd0\xcf\x11\xe0"[..], &[7; 600]].concat())] {
        let (_, _, preview) = bench.look(&saved(&folder, name, &bytes)).await;
        let refusal = preview.refusal.expect("refused");
        assert!(refusal.contains("can't be opened"), "{refusal}");
        assert_eq!(preview.rows, 0);
    }
}

#[tokio::test]
async fn an_empty_workbook_says_so() {
    let bench = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut book = Workbook::new();
    book.add_worksheet();
    let (_, _, preview) = bench.look(&saved(&folder, "empty.xlsx", &book.save_to_buffer().unwrap())).await;
    assert!(preview.refusal.expect("refused").contains("empty"));
}

#[tokio::test]
async fn a_cover_is_no_table() {
    let bench = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut book = Workbook::new();
    let cover = book.add_worksheet().set_name("About").unwrap();
    cover.write_string(0, 0, "Company page").unwrap();
    cover.write_string(1, 0, "Exported by").unwrap();
    cover.write_string(1, 1, "Ada").unwrap();
    let sheet = book.add_worksheet().set_name("Metrics").unwrap();
    sheet.write_string(0, 0, "All content, by day").unwrap();
    for (column, head) in
        [(0, "Date"), (1, "Impressions (total)"), (2, "Clicks (total)"), (3, "Reposts (total)")]
    {
        sheet.write_string(1, column, head).unwrap();
    }
    for (row, day, figures) in [(2, "2026-09-01", [100.0, 5.0, 0.0]), (3, "2026-09-02", [110.0, 7.0, 2.0])] {
        sheet.write_string(row, 0, day).unwrap();
        for (column, figure) in (1..).zip(figures) {
            sheet.write_number(row, column, figure).unwrap();
        }
    }
    let path = saved(&folder, "content.xlsx", &book.save_to_buffer().unwrap());
    let (_, _, preview) = bench.look(&path).await;
    let expected = [("impressions", "210"), ("clicks", "12"), ("shares", "2")];
    assert_eq!(totals(&preview), expected.map(|(metric, total)| (metric.to_owned(), total.to_owned())));
    let notes = preview.notes.join(" ");
    assert!(notes.contains("only the sheet “Metrics” was read; not “About”"), "{notes}");
}

/// A sheet of days, with what each holds behind its campaign.
fn sheet(book: &mut Workbook, name: &str, rows: &[(u32, &str, &[f64])]) {
    let sheet = book.add_worksheet().set_name(name).unwrap();
    for (column, head) in (0..).zip(["Day", "Campaign", "Cost (EUR)", "Impressions", "Results"]) {
        sheet.write_string(0, column, head).unwrap();
    }
    for (row, day, figures) in rows {
        sheet.write_string(*row, 0, *day).unwrap();
        sheet.write_string(*row, 1, "Alpha").unwrap();
        for (column, figure) in (2..).zip(*figures) {
            sheet.write_number(*row, column, *figure).unwrap();
        }
    }
}

#[tokio::test]
async fn rows_that_end_early_in_a_workbook_are_whole() {
    let bench = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut book = Workbook::new();
    let rows: [(u32, &str, &[f64]); 4] = [
        (1, "2026-09-01", &[1.5, 10.0, 2.0]),
        (2, "2026-09-02", &[2.5, 20.0]),
        (4, "2026-09-03", &[3.5]),
        (7, "later", &[1.0, 1.0, 1.0]),
    ];
    sheet(&mut book, "Days", &rows);
    let path = saved(&folder, "days.xlsx", &book.save_to_buffer().unwrap());
    let (_, _, preview) = bench.look(&path).await;
    let expected = [("spend", "7.5"), ("impressions", "30"), ("conversions", "2")];
    assert_eq!(totals(&preview), expected.map(|(metric, total)| (metric.to_owned(), total.to_owned())));
    // The number is the row's in the workbook, empty ones counted.
    let rejected: Vec<u64> = preview.rejected.iter().map(|line| line.number).collect();
    assert_eq!(rejected, [8], "{:?}", preview.rejected);
}

#[tokio::test]
async fn a_sheet_that_repeats_another_counts_once() {
    let bench = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut book = Workbook::new();
    let rows: [(u32, &str, &[f64]); 2] =
        [(1, "2026-09-01", &[1.5, 10.0, 2.0]), (2, "2026-09-02", &[2.5, 20.0, 1.0])];
    let more: [(u32, &str, &[f64]); 2] =
        [(1, "2026-09-02", &[2.5, 20.0, 1.0]), (2, "2026-09-03", &[3.0, 5.0, 1.0])];
    sheet(&mut book, "Formatted Report", &rows);
    sheet(&mut book, "Raw Data Report", &rows);
    sheet(&mut book, "More", &more);
    let path = saved(&folder, "report.xlsx", &book.save_to_buffer().unwrap());
    let (_, _, preview) = bench.look(&path).await;
    assert_eq!((preview.rows, totals(&preview)[1].1.as_str()), (4, "55"));
    let notes = preview.notes.join(" ");
    assert!(notes.contains("too: “Raw Data Report”") && notes.contains("“More” were read"), "{notes}");
}

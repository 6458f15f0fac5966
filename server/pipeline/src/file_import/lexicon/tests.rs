use super::*;

fn shown(header: &str) -> String {
    match guess(header).map(|g| g.role) {
        Some(ColumnRole::Metric { metric }) => metric,
        Some(other) => format!("{other:?}"),
        None => "nothing".into(),
    }
}

#[test]
fn headers_of_vendor_exports() {
    let cases = [
        ("Impr.", "impressions"),
        ("Impressions", "impressions"),
        ("Spent", "spend"),
        ("Amount spent (EUR)", "spend"),
        ("Clicks (all)", "clicks"),
        ("Total_Conversion", "all_conversions"),
        ("post_click_sales_amount", "conversion_value"),
        ("Conv. value", "conversion_value"),
        ("CTR", "nothing"),
        ("Cost / conv.", "nothing"),
        ("Avg. CPM", "nothing"),
        ("Campaign group name", "EntityName { level: Campaign }"),
        ("ad_id", "EntityId { level: Ad }"),
        ("Reporting starts", "Date"),
        ("Day", "Date"),
        ("TimePeriod", "Date"),
        ("CampaignName", "EntityName { level: Campaign }"),
        ("metrics.impressions", "impressions"),
        ("segments.date", "Date"),
        ("campaign.id", "EntityId { level: Campaign }"),
        ("# of Impressions", "impressions"),
        ("Spend [USD]", "spend"),
        ("cost_usd", "spend"),
        ("Clicks (destination)", "link_clicks"),
        ("7 Day Total Orders (#)", "conversions"),
        ("Cost per result", "nothing"),
        ("Campaign end date", "nothing"),
        ("metrics.costMicros", "spend"),
        ("cost_micros", "spend"),
        ("Spend (micros)", "spend"),
        ("billed_charge_local_micro", "spend"),
        ("metrics.conversionsValue", "conversion_value"),
        ("Kosten in EUR", "spend"),
        ("Wyśw.", "impressions"),
        ("表示回数", "impressions"),
        ("Revenue (Adv Currency)", "spend"),
        ("Nome da campanha", "EntityName { level: Campaign }"),
    ];
    for (header, expected) in cases {
        assert_eq!(shown(header), expected, "{header}");
    }
    for (header, code) in [
        ("Amount spent (EUR)", "EUR"),
        ("Spend [USD]", "USD"),
        ("cost_gbp", "GBP"),
        ("Kosten in EUR", "EUR"),
        ("Custo (R$)", "BRL"),
        ("Cost, €", "EUR"),
    ] {
        assert_eq!(guess(header).unwrap().currency.as_deref(), Some(code), "{header}");
    }
}

#[test]
fn headers_say_that_money_is_in_millionths() {
    for header in
        ["cost_micros", "metrics.cost_micros", "metrics.costMicros", "Spend (micros)", "Cost in micros"]
    {
        assert!(is_in_micros(header), "{header}");
    }
    for header in ["cost", "Micros campaign", "Spend (EUR)", "cost per micro influencer"] {
        assert!(!is_in_micros(header), "{header}");
    }
}

#[test]
fn platforms_are_known_by_whole_words_and_by_their_headers() {
    let cases = [
        ("meta-ads-daily-by-campaign.csv", Some("facebook")),
        ("KAG_conversion_data.csv", Some("facebook")),
        ("x-ads.csv", Some("x")),
        ("max-ads.csv", None),
        ("bingo.csv", None),
        ("Bing", Some("microsoft_ads")),
    ];
    for (text, expected) in cases {
        assert_eq!(platform(&text.replace('_', " ")), expected, "{text}");
    }
    let of =
        |headers: &[&str]| platform_of_headers(&headers.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>());
    assert_eq!(of(&["Day", "Impr.", "Cost"]), Some("google_ads"));
    assert_eq!(of(&["Date", "Impr.", "Spend"]), Some("microsoft_ads"));
    assert_eq!(of(&["Reporting starts", "Amount spent (EUR)"]), Some("facebook"));
    assert_eq!(of(&["Date", "Clicks"]), None);
}

#[test]
fn totals_rows_are_known_by_their_first_word() {
    for cell in [
        "Total",
        "TOTAL",
        "Total: Campaigns",
        "Grand total",
        "Gesamt – Konto",
        "Total (142)",
        "Total of 25 results",
        "Łącznie: kampanie",
        "合計: キャンペーン",
        "Total\u{a0}: Compte",
    ] {
        assert!(marks_total(cell), "{cell}");
    }
    for (cell, mark) in [
        ("Total", TotalMark::Surely),
        ("Total: Account", TotalMark::Surely),
        ("Overall total - 3 campaigns", TotalMark::Surely),
        ("Total (142)", TotalMark::Surely),
        ("Total - Brand", TotalMark::Perhaps),
        ("Gesamt – Konto", TotalMark::Perhaps),
        ("Total (search)", TotalMark::Perhaps),
    ] {
        assert_eq!(total_mark(cell), Some(mark), "{cell}");
    }
    for cell in ["Total Wine & More", "Totally new", "Summer sale", "Sum of parts", "Total of everything"] {
        assert!(!marks_total(cell), "{cell}");
    }
}

#[test]
fn quotients_are_known() {
    for header in
        ["CTR", "Cost / conv.", "Avg. CPC", "Frequency", "CPC (link)", "Conv. rate", "Interaction rate"]
    {
        assert!(is_derived(header), "{header}");
    }
    assert!(!is_derived("Operation"));
}

//! All unified campaigns, with what is in none as a line of its own.

use super::figures::{MissingMoney, cells, columns, heads};
use super::period::{PeriodSelect, use_period};
use super::sort::{SortHead, SortSelect, sorted, use_sort};
use crate::api::campaigns::campaigns;
use crate::pages::shell::PageHeader;
use crate::state::session::{may, use_workspace};
use crate::state::view::{Column, Sort};
use crate::state::work::{first, keep_fresh};
use crate::ui::{EmptyState, Icon, LinkButton, Notice, NoticeKind, TableScroll, Tone};
use leptos::prelude::*;
use metrics::campaigns::{CampaignRow, CampaignTable};
use metrics::format::day_range;
use metrics::{Measure, platform};
use model::access::Role;
use model::live::Topic;

/// `/w/:ws/campaigns`.
#[component]
pub fn CampaignsPage() -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let rules = format!("/w/{}/data/mapping", workspace.slug);
    let period = use_period();
    let asked = Resource::new(move || period.get(), move |period| campaigns(slug.get_value(), period));
    view! {
        <PageHeader title="Campaigns">
            <LinkButton href=rules icon=Icon::Settings>"Mapping rules"</LinkButton>
        </PageHeader>
        <div class="stack">
            <div class="campaigns__period"><PeriodSelect period/></div>
            {first(asked, move |found| view! { <Loaded found period/> })}
        </div>
    }
}

#[component]
fn Loaded(found: CampaignTable, period: Memo<String>) -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let is_editor = may(&workspace, Role::Editor);
    let found = RwSignal::new(found);
    keep_fresh(Topic::Figures, found, Trigger::new(), move || {
        campaigns(slug.get_value(), period.get_untracked())
    });
    let columns = Memo::new(move |_| found.with(|table| columns(&table.totals)));
    let sort = use_sort(columns);
    let is_empty =
        Memo::new(move |_| columns.with(Vec::is_empty) && found.with(|table| table.campaigns.is_empty()));
    let is_unassigned =
        Memo::new(move |_| found.with(|table| !table.has_rules && table.campaigns.is_empty()));
    let missing = Memo::new(move |_| found.with(|table| table.missing_rates.clone()));
    move || {
        if is_empty.get() {
            return view! {
                <EmptyState
                    icon=Icon::Campaign
                    title="No figures in this period"
                    text="As soon as a source has figures of these days, this table shows them by unified campaign."
                >
                    <LinkButton href=format!("/w/{}/data", slug.get_value()) tone=Tone::Primary>"See the sources"</LinkButton>
                </EmptyState>
            }
            .into_any();
        }
        view! {
            {move || view! { <MissingMoney missing=missing.get()/> }}
            {move || is_unassigned.get().then(|| view! { <NothingAssigned is_editor/> })}
            <p class="muted" role="status">{move || found.with(in_short)}</p>
            <SortSelect columns sort/>
            <TableScroll label="Unified campaigns" stacks=true>
                <thead>
                    <tr>
                        <SortHead column=Column::Name sort names="Campaign"/>
                        <th scope="col">"Platforms"</th>
                        {move || columns.with(|columns| heads(columns, sort))}
                    </tr>
                </thead>
                <tbody>{move || found.with(|table| columns.with(|columns| lines(table, columns, sort.get(), period)))}</tbody>
            </TableScroll>
        }
        .into_any()
    }
}

#[component]
fn NothingAssigned(is_editor: bool) -> impl IntoView {
    let rules = format!("/w/{}/data/mapping", use_workspace().slug);
    view! {
        <Notice kind=NoticeKind::Info>
            <p>
                "Nothing is assigned to unified campaigns yet, so everything is unmapped. Rules do it by name or by the UTM values of links."
                {is_editor.then(|| view! { " " <a href=rules>"Make a rule"</a> })}
            </p>
        </Notice>
    }
}

/// "3 campaigns, 1–30 Nov 2026".
fn in_short(table: &CampaignTable) -> String {
    let campaigns = match table.campaigns.len() {
        0 => "No unified campaign".to_owned(),
        1 => "1 unified campaign".to_owned(),
        n => format!("{n} unified campaigns"),
    };
    format!("{campaigns}, {}", day_range(table.days))
}

/// All lines of the table.
fn lines(
    table: &CampaignTable,
    columns: &[Measure],
    sort: Sort,
    period: Memo<String>,
) -> impl IntoView + use<> {
    let slug = use_workspace().slug;
    let period = period.get_untracked();
    let currency = &table.currency;
    let row = |row: CampaignRow| {
        let href = format!("/w/{slug}/campaigns/{}?r={period}", row.campaign.id);
        let platforms: Vec<String> = row.platforms.iter().map(|slug| platform::label(slug)).collect();
        view! {
            <tr>
                <th scope="row"><a href=href>{row.campaign.name}</a></th>
                <td data-label="Platforms" class="cell--wide">{platforms.join(", ")}</td>
                {cells(columns, &row.values, currency)}
            </tr>
        }
    };
    let campaigns = sorted(table.campaigns.clone(), sort, |row| &row.campaign.name, |row| &row.values);
    let rows = campaigns.into_iter().map(row).collect_view();
    let unmapped = format!("/w/{slug}/campaigns/unmapped?r={period}");
    view! {
        {rows}
        <tr class="table__rest">
            <th scope="row"><a href=unmapped>"Unmapped"</a></th>
            <td class="cell--wide muted">"what belongs to no unified campaign"</td>
            {cells(columns, &table.unmapped, currency)}
        </tr>
        <tr class="table__total">
            <th scope="row">"Total"</th>
            <td class="cell--wide muted">"as on the dashboards"</td>
            {cells(columns, &table.totals, currency)}
        </tr>
    }
}

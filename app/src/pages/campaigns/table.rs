//! All unified campaigns, with what is in none as a line of its own.

use super::figures::{MissingMoney, cells, columns, heads};
use super::period::{PeriodSelect, use_period};
use crate::api::campaigns::campaigns;
use crate::pages::shell::PageHeader;
use crate::state::session::{may, use_workspace};
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
    move || {
        let table = found.get();
        let columns = columns(&table.totals);
        let rules = format!("/w/{}/data/mapping", slug.get_value());
        if columns.is_empty() && table.campaigns.is_empty() {
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
            <MissingMoney missing=table.missing_rates.clone()/>
            {(!table.has_rules && table.campaigns.is_empty())
                .then(|| {
                    view! {
                        <Notice kind=NoticeKind::Info>
                            <p>
                                "Nothing is assigned to unified campaigns yet, so everything is unmapped. Rules do it by name or by the UTM values of links."
                                {is_editor.then(|| view! { " " <a href=rules>"Make a rule"</a> })}
                            </p>
                        </Notice>
                    }
                })}
            <p class="muted" role="status">{in_short(&table)}</p>
            <Table table columns period=period.get_untracked()/>
        }
        .into_any()
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

#[component]
fn Table(table: CampaignTable, columns: Vec<Measure>, period: String) -> impl IntoView {
    let slug = use_workspace().slug;
    let currency = table.currency.clone();
    let row = |row: CampaignRow| {
        let href = format!("/w/{slug}/campaigns/{}?r={period}", row.campaign.id);
        let platforms: Vec<String> = row.platforms.iter().map(|slug| platform::label(slug)).collect();
        view! {
            <tr>
                <th scope="row"><a href=href>{row.campaign.name}</a></th>
                <td data-label="Platforms" class="cell--wide">{platforms.join(", ")}</td>
                {cells(&columns, &row.values, &currency)}
            </tr>
        }
    };
    let rows = table.campaigns.into_iter().map(row).collect_view();
    let unmapped = format!("/w/{slug}/campaigns/unmapped?r={period}");
    view! {
        <TableScroll label="Unified campaigns" stacks=true>
            <thead>
                <tr>
                    <th scope="col">"Campaign"</th>
                    <th scope="col">"Platforms"</th>
                    {heads(&columns)}
                </tr>
            </thead>
            <tbody>
                {rows}
                <tr class="table__rest">
                    <th scope="row"><a href=unmapped>"Unmapped"</a></th>
                    <td class="cell--wide muted">"what belongs to no unified campaign"</td>
                    {cells(&columns, &table.unmapped, &currency)}
                </tr>
                <tr class="table__total">
                    <th scope="row">"Total"</th>
                    <td class="cell--wide muted">"as on the dashboards"</td>
                    {cells(&columns, &table.totals, &currency)}
                </tr>
            </tbody>
        </TableScroll>
    }
}

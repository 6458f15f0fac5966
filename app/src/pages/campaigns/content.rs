//! One unified campaign, or what is in none: the things by platform, and how they came here.

use super::assign::{Chosen, ThingMenu};
use super::figures::{cells, columns, heads};
use super::kind_word;
use super::period::{PeriodSelect, use_period};
use super::sort::{SortHead, SortSelect, sorted, use_sort};
use crate::api::campaigns::things_of_campaign;
use crate::pages::error_page::NotFound;
use crate::pages::shell::{Crumb, PageHeader};
use crate::state::session::{may, use_workspace};
use crate::state::view::{Column, Sort};
use crate::state::work::{first_under, keep_fresh};
use crate::ui::{EmptyState, Icon, TableScroll};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use metrics::campaigns::{CampaignContent, ThingRow, Values};
use metrics::format::{day_range, integer};
use metrics::{Locale, Measure, platform};
use model::access::Role;
use model::ids::UnifiedCampaignId;
use model::live::Topic;
use model::mapping::AssignedBy;

/// How the address names what is in no campaign.
const UNMAPPED: &str = "unmapped";

/// `/w/:ws/campaigns/:id`.
#[component]
pub fn CampaignPage() -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let campaign = match id.parse::<UnifiedCampaignId>() {
        Ok(id) => Some(id),
        Err(_) if id == UNMAPPED => None,
        Err(_) => return view! { <NotFound/> }.into_any(),
    };
    let period = use_period();
    let crumbs = vec![Crumb::new("Campaigns", format!("/w/{}/campaigns", workspace.slug))];
    let asked = Resource::new(
        move || period.get(),
        move |period| things_of_campaign(slug.get_value(), campaign, period),
    );
    first_under(
        asked,
        move |found| view! { <Loaded found campaign period/> },
        move || view! { <PageHeader title="Campaign" crumbs=crumbs.clone()/> },
    )
    .into_any()
}

#[component]
fn Loaded(
    found: CampaignContent,
    campaign: Option<UnifiedCampaignId>,
    period: Memo<String>,
) -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let crumbs = vec![Crumb::new(
        "Campaigns",
        format!("/w/{}/campaigns?r={}", workspace.slug, period.get_untracked()),
    )];
    let found = RwSignal::new(found);
    let again = Trigger::new();
    keep_fresh(Topic::Figures, found, again, move || {
        things_of_campaign(slug.get_value(), campaign, period.get_untracked())
    });
    let title = Signal::derive(move || {
        found.with(|found| found.campaign.as_ref().map_or_else(|| "Unmapped".to_owned(), |c| c.name.clone()))
    });
    let names = Signal::derive(move || {
        found.with(|found| found.all.iter().map(|campaign| campaign.name.clone()).collect::<Vec<_>>())
    });
    let chosen = RwSignal::new(None::<Chosen>);
    let pending = RwSignal::new(false);
    let is_editor = may(&workspace, Role::Editor);
    let columns = Memo::new(move |_| found.with(|content| columns(&content.totals)));
    let sort = use_sort(columns);
    let is_empty =
        Memo::new(move |_| columns.with(Vec::is_empty) && found.with(|content| content.things.is_empty()));
    let actions = is_editor.then_some(Actions { chosen, pending, again });
    view! {
        <PageHeader title crumbs/>
        <div class="stack">
            <div class="campaigns__period"><PeriodSelect period/></div>
            <p class="muted" role="status">{move || found.with(in_short)}</p>
            {move || {
                if is_empty.get() {
                    view! {
                        <EmptyState
                            icon=Icon::Campaign
                            title="Nothing here in this period"
                            text="Choose another period, or look at what the mapping rules catch."
                        />
                    }
                    .into_any()
                } else {
                    view! { <Things found columns sort actions/> }.into_any()
                }
            }}
        </div>
        {is_editor.then(|| view! { <super::assign::AssignDialog chosen names again/> })}
    }
}

fn in_short(content: &CampaignContent) -> String {
    let days = day_range(content.days);
    let listed = content.things.len();
    let all = i64::try_from(listed).unwrap_or(i64::MAX).saturating_add(content.more);
    let things = format!("{} {}", integer(all, Locale::EN), if all == 1 { "thing" } else { "things" });
    match (content.campaign.is_some(), content.more) {
        (_, more) if more > 0 => {
            let most = columns(&content.totals).first().map_or("figures", |measure| measure.label());
            format!(
                "{things}, {days}. Listed (and sorted) are the {listed} with the most {}",
                most.to_lowercase()
            )
        }
        (true, _) => format!("{things}, {days}"),
        (false, _) => format!("{things} with figures, {days}"),
    }
}

/// Things by platform, the platform with the first of them first.
fn by_platform(things: Vec<ThingRow>) -> Vec<(String, Vec<ThingRow>)> {
    let mut groups: Vec<(String, Vec<ThingRow>)> = Vec::new();
    for row in things {
        match groups.iter_mut().find(|(platform, _)| *platform == row.thing.platform) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((row.thing.platform.clone(), vec![row])),
        }
    }
    groups
}

/// What an editor can do with a thing.
#[derive(Clone, Copy)]
struct Actions {
    chosen: RwSignal<Option<Chosen>>,
    pending: RwSignal<bool>,
    again: Trigger,
}

#[component]
fn Things(
    found: RwSignal<CampaignContent>,
    columns: Memo<Vec<Measure>>,
    sort: Memo<Sort>,
    actions: Option<Actions>,
) -> impl IntoView {
    view! {
        <SortSelect columns sort/>
        <TableScroll label="Things" stacks=true>
            <thead>
                <tr>
                    <SortHead column=Column::Name sort/>
                    <th scope="col">"What and where"</th>
                    <th scope="col">"Assigned by"</th>
                    {move || columns.with(|columns| heads(columns, sort))}
                    {actions.map(|_| view! { <th scope="col"><span class="visually-hidden">"Actions"</span></th> })}
                </tr>
            </thead>
            <tbody>{move || found.with(|content| columns.with(|columns| lines(content, columns, sort.get(), actions)))}</tbody>
        </TableScroll>
    }
}

/// All lines of the table: by platform, then what is left.
fn lines(
    content: &CampaignContent,
    columns: &[Measure],
    sort: Sort,
    actions: Option<Actions>,
) -> impl IntoView + use<> {
    let figures = |values: &Values| cells(columns, values, &content.currency);
    let wide = columns.len() + 3 + usize::from(actions.is_some());
    let no_action = || actions.map(|_| view! { <td></td> });
    let line = |row: ThingRow| {
        let values = figures(&row.values);
        let by = match row.by {
            AssignedBy::Nothing => "no rule",
            AssignedBy::Rule(_) => "a rule",
            AssignedBy::Hand => "hand",
        };
        let menu = actions.map(|Actions { chosen, pending, again }| {
            view! { <td><ThingMenu row=row.clone() chosen pending again/></td> }
        });
        view! {
            <tr>
                <th scope="row">
                    {match row.link {
                        Some(link) => view! { <a href=link target="_blank" rel="noopener noreferrer">{row.thing.name}</a> }.into_any(),
                        None => row.thing.name.into_any(),
                    }}
                </th>
                <td class="cell--wide">
                    {kind_word(row.thing.kind)} <span class="muted small block">{row.thing.account}</span>
                </td>
                <td data-label="Assigned by">{by}</td>
                {values}
                {menu}
            </tr>
        }
    };
    let things = sorted(content.things.clone(), sort, |row| &row.thing.name, |row| &row.values);
    let groups = by_platform(things).into_iter().map(|(slug, rows)| {
        view! {
            <tr class="table__group"><th colspan=wide scope="rowgroup">{platform::label(&slug)}</th></tr>
            {rows.into_iter().map(line).collect_view()}
        }
    });
    let groups = groups.collect_view();
    let has_rest = content.rest.iter().any(|value| value.is_some_and(|value| value != 0));
    let rest = has_rest.then(|| {
        view! {
            <tr class="table__rest">
                <th scope="row">"The rest"</th>
                <td class="cell--wide muted">"what platforms do not tell apart, and what is not listed"</td>
                <td></td>
                {figures(&content.rest)}
                {no_action()}
            </tr>
        }
    });
    view! {
        {groups}
        {rest}
        <tr class="table__total">
            <th scope="row">"Total"</th>
            <td></td>
            <td></td>
            {figures(&content.totals)}
            {no_action()}
        </tr>
    }
}

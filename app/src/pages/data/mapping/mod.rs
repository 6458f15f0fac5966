//! Rules by which campaigns, posts and e-mails belong to unified campaigns.

mod conditions;
mod editor;
mod list;
mod preview;
mod suggest;

use super::{DataTabs, count};
use crate::api::campaigns::mapping_rules;
use crate::pages::shell::PageHeader;
use crate::state::session::{may, use_workspace};
use crate::state::work::{first, keep_fresh};
use crate::ui::{Button, EmptyState, Icon, Tone};
use editor::Editor;
use leptos::prelude::*;
use list::Rules;
use metrics::format::{Formatter, Style};
use metrics::{Figure, Locale, Measure, Metric, Value};
use model::access::Role;
use model::ids::RuleId;
use model::live::Topic;
use model::mapping::{Condition, RuleDraft, RuleField, RuleList, RuleTest};
use suggest::Suggestions;

/// A rule in the editor.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edited {
    /// The one that is changed; none = a new one.
    rule: Option<RuleId>,
    /// How it begins.
    draft: RuleDraft,
}

impl Edited {
    fn new() -> Self {
        let condition = Condition { field: RuleField::Name, test: RuleTest::Contains, text: String::new() };
        Self { rule: None, draft: RuleDraft { target: String::new(), conditions: vec![condition] } }
    }
}

/// `/w/:ws/data/mapping`.
#[component]
pub fn MappingPage() -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let is_editor = may(&workspace, Role::Editor);
    let editing = RwSignal::new(None::<Edited>);
    let asked = Resource::new(|| (), move |()| mapping_rules(slug.get_value()));
    view! {
        <PageHeader title="Mapping rules">
            {is_editor
                .then(|| {
                    view! {
                        <Button tone=Tone::Primary icon=Icon::Plus on_click=move |_| editing.set(Some(Edited::new()))>
                            "Add a rule"
                        </Button>
                    }
                })}
        </PageHeader>
        <DataTabs/>
        <div class="stack">
            <p class="muted measure">
                "Rules put campaigns, posts, e-mails and forms of all platforms together to unified campaigns. They are tried from top to bottom; the first one that catches a thing assigns it. What somebody assigns by hand stays, whatever rules say."
            </p>
            {first(asked, move |list| view! { <Loaded list editing is_editor/> })}
        </div>
    }
}

#[component]
fn Loaded(list: RuleList, editing: RwSignal<Option<Edited>>, is_editor: bool) -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let currency = StoredValue::new(workspace.currency.clone());
    let list = RwSignal::new(list);
    let again = Trigger::new();
    keep_fresh(Topic::Figures, list, again, move || mapping_rules(slug.get_value()));
    let is_empty = Memo::new(move |_| list.with(|list| list.rules.is_empty()));
    let unmapped = format!("/w/{}/campaigns/unmapped?r=30d", workspace.slug);
    let campaigns = format!("/w/{}/campaigns?r=30d", workspace.slug);
    view! {
        {move || {
            editing
                .get()
                .map(|edited| {
                    view! { <Editor edited again close=Callback::new(move |()| editing.set(None))/> }
                })
        }}
        {move || {
            if is_empty.get() {
                view! {
                    <EmptyState
                        icon=Icon::Filter
                        title="No rules yet"
                        text="Until there are some, all figures are unmapped. A rule looks at names, accounts, platforms, or the UTM values of links."
                    >
                        {is_editor
                            .then(|| {
                                view! {
                                    <Button on_click=move |_| editing.set(Some(by_utm()))>"One campaign per UTM value"</Button>
                                }
                            })}
                    </EmptyState>
                }
                .into_any()
            } else {
                view! { <Rules list editing again is_editor/> }.into_any()
            }
        }}
        <p>
            {move || {
                list.with(|list| {
                    let things = count(list.unmapped, "thing is", "things are");
                    let spent = match list.unmapped_spend {
                        None => ".".to_owned(),
                        Some(_) => {
                            let spent = currency.with_value(|currency| money(list.unmapped_spend, currency));
                            format!("; they and what platforms do not tell apart cost {spent} in the last 30 days.")
                        }
                    };
                    let by_hand = match list.by_hand {
                        0 => String::new(),
                        n => format!(" {} assigned by hand.", count(n, "thing was", "things were")),
                    };
                    format!("{things} unmapped{spent}{by_hand} ")
                })
            }}
            <a href=unmapped>"See what is unmapped"</a>
            " · "
            <a href=campaigns>"See the campaigns"</a>
        </p>
        {is_editor.then(|| view! { <Suggestions list editing/> })}
    }
}

/// A rule for everything whose links have UTM values.
fn by_utm() -> Edited {
    let condition =
        Condition { field: RuleField::UtmCampaign, test: RuleTest::Matches, text: "(.+)".to_owned() };
    Edited { rule: None, draft: RuleDraft { target: "$1".to_owned(), conditions: vec![condition] } }
}

/// Millionths as money.
fn money(amount: Option<i64>, currency: &str) -> String {
    let value =
        amount.map_or(Value::Missing, |amount| Value::Known(Figure::scaled(amount, Metric::Spend.scale())));
    Formatter::new(Measure::Metric(Metric::Spend), currency, Locale::EN).value(value, Style::Full)
}

/// "Name contains “spring”".
fn condition_words(condition: &Condition) -> String {
    format!("{} {} “{}”", condition.field.label(), condition.test.label(), condition.text)
}

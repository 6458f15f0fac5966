//! Assigning one thing by hand.

use crate::api::campaigns::assign_thing;
use crate::state::session::use_workspace;
use crate::state::toast::use_toasts;
use crate::state::work::run;
use crate::ui::{Align, Button, Dialog, Icon, IconView, Menu, MenuItem, TextField, Tone};
use leptos::prelude::*;
use metrics::campaigns::ThingRow;
use model::ids::EntityId;
use model::mapping::{AssignedBy, Assignment};

/// The thing for which a campaign is being chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    thing: EntityId,
    name: String,
}

/// What can be done with a thing.
#[component]
pub fn ThingMenu(
    /// Which.
    row: ThingRow,
    /// Opens the dialog.
    chosen: RwSignal<Option<Chosen>>,
    /// Works on one of the things. The page's, for rows are made anew when figures change.
    pending: RwSignal<bool>,
    /// Fetches the page anew.
    again: Trigger,
) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let toasts = use_toasts();
    let thing = row.thing.entity;
    let is_by_hand = row.by == AssignedBy::Hand;
    let is_somewhere = row.by != AssignedBy::Nothing;
    let name = row.thing.name;
    let label = format!("Actions for {name}");
    let assign = move |assignment: Assignment, text: &'static str| {
        run(pending, toasts, assign_thing(slug.get_value(), thing, assignment), move |()| {
            toasts.done(text);
            again.notify();
        });
    };
    view! {
        <Menu
            id=format!("thing-{thing}")
            trigger=|| view! { <IconView icon=Icon::More/> }
            label=label
            align=Align::End
        >
            {
                let name = name.clone();
                view! {
                    <MenuItem on_select=move |()| chosen.set(Some(Chosen { thing, name: name.clone() }))>
                        "Assign to a campaign …"
                    </MenuItem>
                }
            }
            {is_somewhere
                .then(|| {
                    view! {
                        <MenuItem on_select=move |()| assign(Assignment::Nothing, "It belongs to no campaign now.")>
                            "Leave out of all campaigns"
                        </MenuItem>
                    }
                })}
            {is_by_hand
                .then(|| {
                    view! {
                        <MenuItem on_select=move |()| assign(Assignment::ByRules, "Rules assign it again.")>
                            "Assign by rules again"
                        </MenuItem>
                    }
                })}
        </Menu>
    }
}

/// Asks for the campaign of the chosen thing.
#[component]
pub fn AssignDialog(
    /// The thing; none = closed.
    chosen: RwSignal<Option<Chosen>>,
    /// All unified campaigns.
    names: Signal<Vec<String>>,
    /// Fetches the page anew.
    again: Trigger,
) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let toasts = use_toasts();
    let open = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    Effect::new(move |_| {
        name.set(String::new());
        open.set(chosen.with(Option::is_some));
    });
    Effect::new(move |before: Option<bool>| {
        let is_open = open.get();
        if before == Some(true) && !is_open {
            chosen.set(None);
        }
        is_open
    });
    let pending = RwSignal::new(false);
    let title = Signal::derive(move || {
        chosen.with(|chosen| chosen.as_ref().map_or_else(String::new, |c| format!("Assign “{}”", c.name)))
    });
    let save = move || {
        let (Some(Chosen { thing, .. }), target) = (chosen.get_untracked(), name.get_untracked()) else {
            return;
        };
        if target.trim().is_empty() {
            return;
        }
        let assigned = assign_thing(slug.get_value(), thing, Assignment::To(target.clone()));
        run(pending, toasts, assigned, move |()| {
            toasts.done(format!("Assigned to “{}”.", target.trim()));
            open.set(false);
            again.notify();
        });
    };
    view! {
        <Dialog id="assign" open title>
            <form
                class="form"
                on:submit=move |event| {
                    event.prevent_default();
                    save();
                }
            >
                <TextField
                    name="campaign"
                    label="Unified campaign"
                    value=name
                    help="One that there is, or a new name. Rules do not change it any more."
                    required=true
                    suggestions=names
                />
                <div class="row row--end">
                    <Button on_click=move |_| open.set(false)>"Cancel"</Button>
                    <Button tone=Tone::Primary submit=true pending>"Assign"</Button>
                </div>
            </form>
        </Dialog>
    }
}

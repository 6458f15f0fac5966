//! One thing: what the vendor tells of it, and the way of a deal through its stages.

use super::shown::{Shown, fields};
use crate::api::details::detail_thing;
use crate::pages::campaigns::kind_word;
use crate::state::session::use_workspace;
use crate::state::work::first;
use crate::ui::{Instant, TableScroll, duration};
use leptos::prelude::*;
use metrics::details::{StageMove, ThingDetail};
use metrics::format::day_long;
use metrics::platform;
use model::ids::EntityId;

/// What is known of a thing.
#[component]
pub fn Panel(
    /// Which.
    thing: EntityId,
) -> impl IntoView {
    let slug = use_workspace().slug;
    let asked = Resource::new(|| (), move |()| detail_thing(slug.clone(), thing));
    first(asked, |found| view! { <Found found/> })
}

#[component]
fn Found(found: ThingDetail) -> impl IntoView {
    let ThingDetail { thing, kind, remote_id, account, platform: slug, attributes, moves } = found;
    let place = format!("{} of {account}, {}", kind_word(kind), platform::label(&slug));
    let days = [("Began", thing.began), ("Ended", thing.ended)];
    let told = fields(&attributes);
    let is_deal = kind == model::entities::EntityKind::Deal;
    view! {
        <p class="muted">{place}</p>
        <dl class="details">
            {thing.status.map(|status| view! { <Line label="Status">{status}</Line> })}
            {days
                .into_iter()
                .filter_map(|(label, day)| {
                    let day = day_long(day?);
                    Some(view! { <Line label>{day}</Line> })
                })
                .collect_view()}
            <Line label="First seen"><Instant at=thing.first_seen/></Line>
            <Line label="ID of the platform"><code>{remote_id}</code></Line>
        </dl>
        {is_deal.then(|| view! { <Moves moves/> })}
        <section class="stack stack--tight">
            <h3>"What the platform tells"</h3>
            {if told.is_empty() {
                view! { <p class="muted">"Nothing beside its name and its figures."</p> }.into_any()
            } else {
                list(told)
            }}
        </section>
    }
}

#[component]
fn Line(#[prop(into)] label: String, children: Children) -> impl IntoView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>{children()}</dd>
        </div>
    }
}

fn list(fields: Vec<(String, Shown)>) -> AnyView {
    let lines = fields.into_iter().map(|(label, value)| {
        let cell = value_view(&label, value);
        view! { <Line label>{cell}</Line> }
    });
    view! { <dl class="details">{lines.collect_view()}</dl> }.into_any()
}

fn value_view(label: &str, value: Shown) -> AnyView {
    match value {
        Shown::Text(text) => text.into_any(),
        Shown::Link(address) => view! {
            <a href=address.clone() target="_blank" rel="external noopener noreferrer">
                {address.clone()}
            </a>
        }
        .into_any(),
        Shown::Fields(fields) => list(fields),
        Shown::Items(items, more) => view! {
            <ul class="dots">{items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view()}</ul>
            {left_out(more)}
        }
        .into_any(),
        Shown::Table { heads, rows, more } => {
            let row = |cells: Vec<String>| {
                view! { <tr>{cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr> }
            };
            view! {
                <TableScroll label=label.to_owned()>
                    <thead>
                        <tr>
                            {heads.into_iter().map(|head| view! { <th scope="col">{head}</th> }).collect_view()}
                        </tr>
                    </thead>
                    <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                </TableScroll>
                {left_out(more)}
            }
            .into_any()
        }
    }
}

fn left_out(more: usize) -> Option<impl IntoView> {
    (more > 0).then(|| view! { <p class="muted small">{format!("and {more} more")}</p> })
}

#[component]
fn Moves(moves: Vec<StageMove>) -> impl IntoView {
    let row = |StageMove { from, to, at, stood }: StageMove| {
        let stood = stood.and_then(|seconds| u64::try_from(seconds).ok()).map(stood_words);
        view! {
            <tr>
                <th scope="row">{to}</th>
                <td data-label="From">{from.unwrap_or_else(|| "—".to_owned())}</td>
                <td data-label="When"><Instant at/></td>
                <td class="num" data-label="Stood there before">{stood.unwrap_or_else(|| "—".to_owned())}</td>
            </tr>
        }
    };
    view! {
        <section class="stack stack--tight">
            <h3>"Way through the stages"</h3>
            {if moves.is_empty() {
                view! { <p class="muted">"No move of this deal is known."</p> }.into_any()
            } else {
                view! {
                    <TableScroll label="Way through the stages" stacks=true>
                        <thead>
                            <tr>
                                <th scope="col">"To"</th>
                                <th scope="col">"From"</th>
                                <th scope="col">"When"</th>
                                <th scope="col" class="num">"Stood there before"</th>
                            </tr>
                        </thead>
                        <tbody>{moves.into_iter().map(row).collect_view()}</tbody>
                    </TableScroll>
                }
                .into_any()
            }}
        </section>
    }
}

/// "3 days", "5 h 10 min": hours say nothing of a stage in which a deal stood for weeks.
fn stood_words(seconds: u64) -> String {
    match seconds / 86_400 {
        0 | 1 => duration(seconds),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_stays_are_told_in_days() {
        assert_eq!(stood_words(3_600), "1 h");
        assert_eq!(stood_words(90_000), "25 h");
        assert_eq!(stood_words(9 * 86_400 + 5), "9 days");
    }
}

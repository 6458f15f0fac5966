//! What can be connected.

use super::{connections_crumb, count};
use crate::api::connections::{connections, platforms};
use crate::pages::shell::PageHeader;
use crate::state::session::use_workspace;
use crate::state::work::first;
use crate::ui::{Badge, BadgeTone, EmptyState, Icon, LinkButton, Segments, TextField};
use leptos::prelude::*;
use metrics::Family;
use model::connect::PlatformInfo;
use std::collections::BTreeMap;

/// Families of all kinds.
const ALL: &str = "all";
/// Lines that say where the search word was found.
const MOST_FINDS: usize = 3;

/// `/w/:ws/data/connect`.
#[component]
pub fn CataloguePage() -> impl IntoView {
    let slug = use_workspace().slug;
    let asked = slug.clone();
    let list = Resource::new(
        || (),
        move |()| {
            let (all, made) = (platforms(asked.clone()), connections(asked.clone()));
            async move {
                let mut connected: BTreeMap<String, usize> = BTreeMap::new();
                for connection in made.await? {
                    *connected.entry(connection.platform).or_default() += 1;
                }
                Ok((all.await?, connected))
            }
        },
    );
    let crumbs = vec![connections_crumb(&slug)];
    view! {
        <PageHeader title="Connect a source" crumbs/>
        {first(list, |(list, connected)| view! { <Catalogue list connected/> })}
    }
}

#[component]
fn Catalogue(list: Vec<PlatformInfo>, connected: BTreeMap<String, usize>) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    if list.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Link
                title="This server has no connectors"
                text="It was built without any. Files can still be imported."
            />
        }
        .into_any();
    }
    let (typed, family) = (RwSignal::new(String::new()), RwSignal::new(ALL.to_owned()));
    let held: Vec<Family> = Family::ALL
        .into_iter()
        .filter(|family| {
            list.iter().any(|platform| platform.families.iter().any(|name| name == family.name()))
        })
        .collect();
    let mut families = vec![(ALL.to_owned(), "All".to_owned())];
    families.extend(held.iter().map(|family| (family.name().to_owned(), capitalised(family.label()))));
    let (all, connected) = (StoredValue::new(list), StoredValue::new(connected));
    let shown = Memo::new(move |_| {
        let (typed, family) = (typed.get().trim().to_lowercase(), family.get());
        all.with_value(|all| {
            all.iter()
                .filter(|platform| family == ALL || platform.families.contains(&family))
                .filter_map(|platform| found(platform, &typed).map(|finds| (platform.slug.clone(), finds)))
                .collect::<Vec<_>>()
        })
    });
    let card = move |(wanted, finds): (String, Vec<String>)| {
        let platform = all.with_value(|all| all.iter().find(|platform| platform.slug == wanted).cloned());
        let times = connected.with_value(|connected| connected.get(&wanted).copied().unwrap_or(0));
        platform.map(|platform| view! { <Card platform finds times slug=slug.get_value()/> })
    };
    view! {
        <div class="stack">
            <div class="filters">
                <TextField name="search" label="Search by name, or by what is read" value=typed/>
                <Segments name="family" legend="Figures of" value=family choices=families/>
            </div>
            <p class="muted" role="status">
                {move || {
                    let number = shown.with(Vec::len);
                    count(i64::try_from(number).unwrap_or(0), "platform", "platforms")
                }}
            </p>
            {move || {
                shown
                    .with(Vec::is_empty)
                    .then(|| {
                        view! {
                            <EmptyState
                                icon=Icon::Search
                                title="No platform fits"
                                text="Nothing of that name or kind is read. Its export can be imported as a file."
                            />
                        }
                    })
            }}
            <ul class="columns columns--wide">
                <For each=move || shown.get() key=|(slug, finds)| (slug.clone(), finds.clone()) children=card/>
            </ul>
            <p class="muted">
                "Another platform? "
                <a href=format!("/w/{}/data/imports", slug.get_value())>"Import its export as a file"</a> ". "
                <a href=format!("/w/{}/data/platforms", slug.get_value())>"What is alike on all platforms"</a>"."
            </p>
        </div>
    }
    .into_any()
}

#[component]
fn Card(platform: PlatformInfo, finds: Vec<String>, times: usize, slug: String) -> impl IntoView {
    let PlatformInfo { slug: platform_slug, name, summary, reads, families, ways, .. } = platform;
    let families: Vec<&str> =
        families.iter().filter_map(|name| Family::from_name(name)).map(Family::label).collect();
    let ways: Vec<String> = ways.into_iter().map(|way| way.label).collect();
    let page = format!("/w/{slug}/data/connect/{platform_slug}");
    let guide = format!("/w/{slug}/data/platforms/{platform_slug}");
    let made = match times {
        0 => None,
        1 => Some("Connected".to_owned()),
        n => Some(format!("{n} connections")),
    };
    let for_it = format!(" for {name}");
    let action = if times == 0 { "Connect" } else { "Connect another" };
    view! {
        <li class="card stack stack--tight platform">
            <div class="row row--between">
                <h2><a href=page.clone()>{name.clone()}</a></h2>
                {made.map(|made| view! { <Badge tone=BadgeTone::Good>{made}</Badge> })}
            </div>
            <p>{summary}</p>
            <ul class="dots small">{reads.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
            {(!finds.is_empty())
                .then(|| {
                    view! {
                        <p class="small">
                            "Also: " {finds.join("; ")} "."
                        </p>
                    }
                })}
            <dl class="platform__facts small">
                <div>
                    <dt>"Figures of"</dt>
                    <dd>{families.join(", ")}</dd>
                </div>
                <div>
                    <dt>"Connect by"</dt>
                    <dd>{ways.join(" · ")}</dd>
                </div>
            </dl>
            <div class="row platform__actions">
                <LinkButton href=page>{action} <span class="visually-hidden">{format!(" {name}")}</span></LinkButton>
                <a href=guide>"What to prepare" <span class="visually-hidden">{for_it}</span></a>
            </div>
        </li>
    }
}

/// Whether every word occurs in what is said of the platform; with the lines that only the details hold.
fn found(platform: &PlatformInfo, typed: &str) -> Option<Vec<String>> {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let has = |text: &str| {
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let mut known = vec![platform.slug.as_str(), &platform.name, &platform.summary];
    known.extend(platform.reads.iter().map(String::as_str));
    known.extend(platform.families.iter().filter_map(|name| Some(Family::from_name(name)?.label())));
    let known = known.join(" ");
    if words.is_empty() || has(&known) {
        return Some(Vec::new());
    }
    let lines = platform.streams.iter().filter(|stream| has(&stream.summary));
    let lines: Vec<String> =
        lines.map(|stream| stream.summary.trim_end_matches('.').to_owned()).take(MOST_FINDS).collect();
    (!lines.is_empty()).then_some(lines)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::connect::StreamInfo;

    fn platform() -> PlatformInfo {
        PlatformInfo {
            slug: "google_ads".into(),
            name: "Google Ads".into(),
            summary: "Spend and clicks.".into(),
            reads: vec!["Figures per day of campaigns.".into()],
            never: Vec::new(),
            families: vec!["ads".into()],
            streams: vec![StreamInfo {
                summary: "Single clicks with their ids.".into(),
                is_ordinary: true,
                max_history_days: Some(90),
            }],
            ways: Vec::new(),
            redirect_uri: String::new(),
        }
    }

    #[test]
    fn a_platform_is_found_by_name_family_and_what_is_read() {
        for typed in ["", "google", "GOOGLE".to_lowercase().as_str(), "spend", "campaigns day", "advertising"]
        {
            assert_eq!(found(&platform(), typed), Some(Vec::new()), "{typed}");
        }
        assert_eq!(found(&platform(), "ids"), Some(vec!["Single clicks with their ids".to_owned()]));
        assert_eq!(found(&platform(), "followers"), None);
        assert_eq!(capitalised("e-mail"), "E-mail");
    }
}

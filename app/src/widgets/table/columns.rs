//! Which columns the table shows, how wide they are and how high its rows: each person's own choice, remembered in the browser.

use crate::state::browser;
use crate::state::template::{ADS, Template};
use crate::state::view::Column;
use leptos::prelude::*;
use metrics::{Measure, Metric};
use std::collections::{BTreeMap, BTreeSet};

/// Where the choice is kept; that of other dashboards than the first one with their name behind it.
const STORED: &str = "wh-table";

fn stored_as(template: &Template) -> String {
    if *template == ADS { STORED.to_owned() } else { format!("{STORED}-{}", template.slug) }
}
/// Narrowest and widest, in pixels.
const NARROWEST: u16 = 56;
const WIDEST: u16 = 600;

/// All columns in their order.
pub fn all(measures: &[Measure]) -> impl Iterator<Item = Column> {
    [Column::Name].into_iter().chain(measures.iter().copied().map(Column::Measure)).chain([Column::Change])
}

/// A column's name for storage and for the page's elements.
pub fn name_of(column: Column) -> &'static str {
    match column {
        Column::Name => "name",
        Column::Change => "change",
        Column::Measure(measure) => measure.name(),
    }
}

/// A column's head; that of the names depends on what the rows are.
pub fn label_of(column: Column, rows: &'static str) -> &'static str {
    match column {
        Column::Name => rows,
        Column::Change => "vs prev.",
        Column::Measure(Measure::Metric(Metric::Conversions)) => "Conv.",
        Column::Measure(Measure::Metric(Metric::ConversionValue)) => "Conv. value",
        Column::Measure(measure) => measure.label(),
    }
}

/// The width of a column that nobody has set, where others are set. The first figure has a bar.
pub fn usual_width(column: Column, measures: &[Measure]) -> u16 {
    match column {
        Column::Name => 280,
        Column::Measure(measure) if measures.first() == Some(&measure) => 160,
        _ => 104,
    }
}

/// How high rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Density {
    /// Room to read and to touch.
    #[default]
    Comfortable,
    /// More rows on the screen.
    Compact,
    /// As many as possible.
    Dense,
}

impl Density {
    /// All, the highest first.
    pub const ALL: [Self; 3] = [Self::Comfortable, Self::Compact, Self::Dense];

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Comfortable => "Comfortable",
            Self::Compact => "Compact",
            Self::Dense => "Dense",
        }
    }

    /// In pixels; the style sheet's.
    pub fn row(self) -> f64 {
        match self {
            Self::Comfortable => 40.0,
            Self::Compact => 32.0,
            Self::Dense => 28.0,
        }
    }

    /// For the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Comfortable => "grid",
            Self::Compact => "grid grid--compact",
            Self::Dense => "grid grid--dense",
        }
    }
}

/// What is hidden, and widths in pixels. Without any width the browser lays the table out by its content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// The columns that there are.
    pub measures: &'static [Measure],
    hidden: BTreeSet<&'static str>,
    widths: BTreeMap<&'static str, u16>,
    /// Height of the rows.
    pub density: Density,
}

impl Layout {
    /// All columns, in the sizes that their content wants.
    pub fn usual(measures: &'static [Measure]) -> Self {
        Self { measures, ..Self::default() }
    }

    /// Reads what [`Self::to_text`] wrote; anything else is left out, so that an old choice never breaks the table.
    fn from_text(text: &str, measures: &'static [Measure]) -> Self {
        let known = |name: &str| all(measures).map(name_of).find(|known| *known == name);
        let mut layout = Self::usual(measures);
        for part in text.split(';') {
            match part.split_once('=') {
                Some(("hide", names)) => {
                    layout.hidden =
                        names.split(',').filter_map(known).filter(|name| *name != "name").collect();
                }
                Some(("rows", label)) => {
                    let known = Density::ALL.into_iter().find(|density| density.label() == label);
                    layout.density = known.unwrap_or_default();
                }
                Some((name, width)) => {
                    if let (Some(name), Ok(width)) = (known(name), width.parse::<u16>()) {
                        layout.widths.insert(name, width.clamp(NARROWEST, WIDEST));
                    }
                }
                None => {}
            }
        }
        layout
    }

    fn to_text(&self) -> String {
        let hidden = self.hidden.iter().copied().collect::<Vec<_>>().join(",");
        let hidden = (!hidden.is_empty()).then(|| format!("hide={hidden}"));
        let widths = self.widths.iter().map(|(name, width)| format!("{name}={width}"));
        let rows = (self.density != Density::default()).then(|| format!("rows={}", self.density.label()));
        hidden.into_iter().chain(rows).chain(widths).collect::<Vec<_>>().join(";")
    }

    /// Whether a column is shown.
    pub fn shows(&self, column: Column) -> bool {
        !self.hidden.contains(name_of(column))
    }

    /// Shows a column, or hides it; names stay.
    pub fn toggle(&mut self, column: Column) {
        let name = name_of(column);
        if column != Column::Name && !self.hidden.remove(name) {
            self.hidden.insert(name);
        }
    }

    /// The width of a column; none while the content decides.
    pub fn width(&self, column: Column) -> Option<u16> {
        (!self.widths.is_empty()).then(|| {
            self.widths.get(name_of(column)).copied().unwrap_or_else(|| usual_width(column, self.measures))
        })
    }

    /// Sets a width. From the first one on all columns have one: `now` says how wide they are at the moment, so that
    /// setting one moves no other.
    pub fn set_width(&mut self, column: Column, width: u16, now: &[(Column, u16)]) {
        if self.widths.is_empty() {
            self.widths.extend(now.iter().map(|(column, width)| (name_of(*column), *width)));
        }
        self.widths.insert(name_of(column), width.clamp(NARROWEST, WIDEST));
    }
}

/// The choice, as this browser remembers it. The server knows none, so the page starts with all columns.
pub fn remembered(template: &'static Template) -> RwSignal<Layout> {
    let measures = template.columns;
    let layout = RwSignal::new(Layout::usual(measures));
    Effect::new(move |before: Option<()>| {
        if before.is_none() {
            if let Some(text) = browser::stored(&stored_as(template)) {
                layout.set(Layout::from_text(&text, measures));
            }
            layout.track();
            return;
        }
        browser::store(&stored_as(template), &layout.with(Layout::to_text));
    });
    layout
}

/// How wide the columns are drawn now.
pub fn drawn_widths(measures: &[Measure]) -> Vec<(Column, u16)> {
    #[cfg(feature = "hydrate")]
    {
        let width = |column: Column| {
            let selector = format!("#table th[data-column='{}']", name_of(column));
            let element = document().query_selector(&selector).ok().flatten()?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a column")]
            Some((column, element.get_bounding_client_rect().width().round() as u16))
        };
        all(measures).filter_map(width).collect()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = measures;
        Vec::new()
    }
}

/// The right edge of a head: dragged, it sets the column's width. For the pointer only; the list of columns is for everybody.
#[component]
pub fn Edge(
    /// Whose.
    column: Column,
    /// What is set.
    layout: RwSignal<Layout>,
) -> impl IntoView {
    // Where the drag began, and how wide the columns were then.
    let start = StoredValue::new_local(None::<(i32, Vec<(Column, u16)>)>);
    view! {
        <span
            class="grid__edge"
            aria-hidden="true"
            on:click=|event| event.stop_propagation()
            on:pointerdown=move |event| {
                event.prevent_default();
                capture(&event);
                let measures = layout.with_untracked(|layout| layout.measures);
                start.set_value(Some((event.client_x(), drawn_widths(measures))));
            }
            on:pointermove=move |event| {
                start
                    .with_value(|start| {
                        let Some((from, now)) = start else { return };
                        let Some((_, width)) = now.iter().find(|(c, _)| *c == column) else { return };
                        let moved = i32::from(*width).saturating_add(event.client_x() - from);
                        let width = u16::try_from(moved.max(0)).unwrap_or(WIDEST);
                        layout.update(|layout| layout.set_width(column, width, now));
                    });
            }
            on:pointerup=move |_| start.set_value(None)
            on:pointercancel=move |_| start.set_value(None)
        ></span>
    }
}

/// Further moves of the pointer belong to the edge, wherever they are.
fn capture(event: &leptos::ev::PointerEvent) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        if let Some(target) = target {
            let _ = target.set_pointer_capture(event.pointer_id());
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = event;
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLICKS: Column = Column::Measure(Measure::Metric(Metric::Clicks));

    fn usual() -> Layout {
        Layout::usual(ADS.columns)
    }

    fn from_text(text: &str) -> Layout {
        Layout::from_text(text, ADS.columns)
    }

    #[test]
    fn a_choice_survives_its_text() {
        let mut layout = usual();
        assert_eq!(layout.to_text(), "");
        layout.toggle(CLICKS);
        layout.set_width(Column::Name, 300, &[]);
        layout.density = Density::Dense;
        assert_eq!(layout.to_text(), "hide=clicks;rows=Dense;name=300");
        assert_eq!(from_text(&layout.to_text()), layout);
        assert_eq!(from_text("hide=name,mood;rows=huge;mood=7;clicks=x;;name"), usual());
        assert_eq!(from_text("clicks=60000").width(CLICKS), Some(WIDEST));
    }

    #[test]
    fn the_name_is_always_there() {
        let mut layout = Layout::default();
        layout.toggle(Column::Name);
        assert!(layout.shows(Column::Name));
        layout.toggle(CLICKS);
        assert!(!layout.shows(CLICKS));
        layout.toggle(CLICKS);
        assert!(layout.shows(CLICKS));
    }

    #[test]
    fn the_first_width_freezes_the_others_as_they_are() {
        let mut layout = Layout::default();
        assert_eq!(layout.width(CLICKS), None);
        layout.set_width(CLICKS, 90, &[(Column::Name, 250), (CLICKS, 80)]);
        assert_eq!((layout.width(Column::Name), layout.width(CLICKS)), (Some(250), Some(90)));
        // Columns that were hidden then have a usual width.
        assert_eq!(layout.width(Column::Change), Some(104));
        layout.set_width(CLICKS, 5, &[(Column::Name, 10)]);
        assert_eq!((layout.width(Column::Name), layout.width(CLICKS)), (Some(250), Some(NARROWEST)));
    }
}

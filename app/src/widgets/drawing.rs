//! How charts look, besides their figures: theme, room, currency.

use crate::state::board::Board;
use crate::state::theme::Theme;
use chart::{ChartSpec, Size};
use leptos::prelude::*;
use metrics::{Locale, Measure};

/// How charts look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drawing {
    /// Light or dark.
    pub theme: chart::Theme,
    /// As narrow as a phone.
    pub is_narrow: bool,
}

impl Drawing {
    /// How a chart of that measure is drawn. Nothing moves: a picture that changes is compared, not watched.
    pub fn spec(self, measure: Measure, board: Board) -> ChartSpec {
        ChartSpec {
            theme: self.theme,
            size: if self.is_narrow { Size::Phone } else { Size::Desktop },
            measure,
            locale: Locale::EN,
            currency: board.workspace.with_value(|ws| ws.currency.clone()),
            animate: false,
        }
    }
}

/// The width below which the page is laid out for phones; the style sheet's.
#[cfg(feature = "hydrate")]
const NARROW: &str = "(max-width: 700px)";

#[derive(Clone, Copy)]
struct IsNarrow(RwSignal<bool>);

/// Follows the window; called once by the dashboard.
pub fn provide_drawing() {
    let narrow = RwSignal::new(false);
    provide_context(IsNarrow(narrow));
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        let look = move || window().match_media(NARROW).ok().flatten().is_some_and(|q| q.matches());
        narrow.set(look());
        let handle = window_event_listener(leptos::ev::resize, move |_| {
            let now = look();
            if narrow.get_untracked() != now {
                narrow.set(now);
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// How to draw now.
pub fn use_drawing() -> Signal<Drawing> {
    let theme = use_context::<Theme>();
    let narrow = use_context::<IsNarrow>();
    Memo::new(move |_| Drawing {
        theme: if theme.is_some_and(|t| t.is_dark.get()) { chart::Theme::Dark } else { chart::Theme::Light },
        is_narrow: narrow.is_some_and(|n| n.0.get()),
    })
    .into()
}

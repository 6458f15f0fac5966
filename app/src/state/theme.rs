//! Light, dark, or as the system says.

use super::browser;
use leptos::prelude::*;

/// What the person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThemeChoice {
    /// As the operating system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl ThemeChoice {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As stored, and as `data-theme`.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The choice stored under that name.
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|choice| choice.name() == name).unwrap_or_default()
    }
}

/// Also read by the script in the document's head, before the first paint.
const STORED: &str = "wh-theme";

/// The theme, for everything that can't be said in CSS (charts).
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    /// What the person chose; `System` until the page is alive.
    pub choice: RwSignal<ThemeChoice>,
    /// What is shown; false until the page is alive.
    pub is_dark: RwSignal<bool>,
}

/// Starts following the choice; called once, by the app.
pub fn provide_theme() -> Theme {
    let theme = Theme { choice: RwSignal::new(ThemeChoice::System), is_dark: RwSignal::new(false) };
    provide_context(theme);
    #[cfg(feature = "hydrate")]
    follow(theme);
    theme
}

/// The theme.
pub fn use_theme() -> Theme {
    expect_context::<Theme>()
}

impl Theme {
    /// Changes and remembers the choice.
    pub fn choose(self, choice: ThemeChoice) {
        browser::store(STORED, choice.name());
        self.choice.set(choice);
    }
}

#[cfg(feature = "hydrate")]
fn follow(theme: Theme) {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;

    Effect::new(move |_| {
        theme.choice.set(ThemeChoice::from_name(&browser::stored(STORED).unwrap_or_default()));
    });
    let system_is_dark = RwSignal::new(false);
    Effect::new(move |_| {
        let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") else {
            return;
        };
        system_is_dark.set(query.matches());
        // Lives as long as the page: the app follows the system until the tab is closed.
        let heard = query.clone();
        let on_change = Closure::<dyn FnMut()>::new(move || system_is_dark.set(heard.matches()));
        let _ = query.add_event_listener_with_callback("change", on_change.as_ref().unchecked_ref());
        on_change.forget();
    });
    Effect::new(move |before: Option<ThemeChoice>| {
        let choice = theme.choice.get();
        theme.is_dark.set(match choice {
            ThemeChoice::System => system_is_dark.get(),
            ThemeChoice::Light => false,
            ThemeChoice::Dark => true,
        });
        // The first run only repeats what the script in the head has done.
        if before.is_some_and(|before| before != choice)
            && let Some(root) = document().document_element()
        {
            let _ = match choice {
                ThemeChoice::System => root.remove_attribute("data-theme"),
                chosen => root.set_attribute("data-theme", chosen.name()),
            };
        }
        choice
    });
}

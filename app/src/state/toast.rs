//! Short messages at the edge of the page, with undo.

use super::browser;
use leptos::prelude::*;

/// How a toast looks and how long it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToastKind {
    /// Something worked; goes by itself.
    Done,
    /// Something failed; stays until it is closed.
    Failed,
}

/// One message.
#[derive(Clone)]
pub struct Toast {
    /// For closing it.
    pub id: u64,
    /// How it looks.
    pub kind: ToastKind,
    /// A plain sentence.
    pub text: String,
    /// What to do now.
    pub hint: Option<String>,
    /// Takes the deed back.
    pub undo: Option<Callback<()>>,
}

/// All messages on screen.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u64>,
}

/// Makes the list; called once, by the app.
pub fn provide_toasts() -> Toasts {
    let toasts = Toasts { list: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
    provide_context(toasts);
    Effect::new(move |_| {
        if let Some(text) = browser::stored(AFTER_RELOAD).filter(|text| !text.is_empty()) {
            browser::store(AFTER_RELOAD, "");
            toasts.done(text);
        }
    });
    toasts
}

const AFTER_RELOAD: &str = "wh-message";

/// The messages.
pub fn use_toasts() -> Toasts {
    expect_context::<Toasts>()
}

impl Toasts {
    /// Says that something worked. Gone after 6 seconds.
    pub fn done(self, text: impl Into<String>) {
        self.push(ToastKind::Done, text.into(), None, None, Some(6_000));
    }

    /// Says that something worked, and offers to take it back for 10 seconds.
    pub fn undoable(self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        self.push(ToastKind::Done, text.into(), None, Some(Callback::new(move |()| undo())), Some(10_000));
    }

    /// Says what failed and what to do. Stays.
    pub fn failed(self, error: &model::AppError) {
        self.push(ToastKind::Failed, error.message.clone(), error.hint.clone(), None, None);
    }

    /// Says that something worked, on the page that is loaded next.
    pub fn after_reload(self, text: &str) {
        browser::store(AFTER_RELOAD, text);
    }

    /// Closes a message.
    pub fn close(self, id: u64) {
        self.list.update(|list| list.retain(|toast| toast.id != id));
    }

    /// What is on screen, oldest first.
    pub fn list(self) -> Signal<Vec<Toast>> {
        self.list.into()
    }

    fn push(
        self,
        kind: ToastKind,
        text: String,
        hint: Option<String>,
        undo: Option<Callback<()>>,
        millis: Option<u64>,
    ) {
        let id = self.next.get_value() + 1;
        self.next.set_value(id);
        self.list.update(|list| {
            // The same failure twice is one message.
            list.retain(|toast| !(toast.kind == ToastKind::Failed && toast.text == text));
            list.push(Toast { id, kind, text, hint, undo });
        });
        if let Some(millis) = millis {
            browser::after(millis, move || self.close(id));
        }
    }
}

//! A place to drop a file on, or to choose one.

use super::icon::{Icon, IconView};
use leptos::html;
use leptos::prelude::*;

/// A file that a person picked. Exists in the browser only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickedFile {
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    #[cfg(feature = "hydrate")]
    handle: Handle,
}

#[cfg(feature = "hydrate")]
#[derive(Debug, Clone, PartialEq, Eq)]
struct Handle(StoredValue<web_sys::File, LocalStorage>);

impl PickedFile {
    /// The browser's file.
    #[cfg(feature = "hydrate")]
    pub fn file(&self) -> Option<web_sys::File> {
        self.handle.0.try_get_value()
    }

    #[cfg(feature = "hydrate")]
    fn new(file: web_sys::File) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a size is a whole number"
        )]
        let size = file.size() as u64;
        Self { name: file.name(), size, handle: Handle(StoredValue::new_local(file)) }
    }
}

/// A drop zone with a button; the button is the way for keyboards and fingers.
#[component]
pub fn FileDrop(
    /// Unique on the page.
    id: &'static str,
    /// What may be dropped, in words.
    #[prop(into)]
    text: String,
    /// For the browser's file chooser, for example `.csv,.tsv`.
    accept: &'static str,
    /// Gets the file.
    #[prop(into)]
    on_file: Callback<PickedFile>,
) -> impl IntoView {
    let over = RwSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    view! {
        <div
            class="drop"
            data-over=move || over.get().to_string()
            on:dragenter=move |event| {
                event.prevent_default();
                over.set(true);
            }
            on:dragover=move |event| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=move |event| {
                event.prevent_default();
                over.set(false);
                dropped(&event, on_file);
            }
        >
            <IconView icon=Icon::Upload/>
            <p>{text}</p>
            <input
                class="visually-hidden"
                id=id
                type="file"
                accept=accept
                tabindex="-1"
                aria-label="File"
                node_ref=input
                on:change=move |_| chosen(input, on_file)
            />
            <button type="button" class="btn" on:click=move |_| open_chooser(input)>"Choose a file"</button>
        </div>
    }
}

fn dropped(event: &leptos::ev::DragEvent, on_file: Callback<PickedFile>) {
    #[cfg(feature = "hydrate")]
    if let Some(file) = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)) {
        on_file.run(PickedFile::new(file));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (event, on_file);
}

fn chosen(input: NodeRef<html::Input>, on_file: Callback<PickedFile>) {
    #[cfg(feature = "hydrate")]
    if let Some(input) = input.get_untracked()
        && let Some(file) = input.files().and_then(|files| files.get(0))
    {
        on_file.run(PickedFile::new(file));
        // So that the same file can be chosen again after an error.
        input.set_value("");
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (input, on_file);
}

fn open_chooser(input: NodeRef<html::Input>) {
    #[cfg(feature = "hydrate")]
    if let Some(input) = input.get_untracked() {
        input.click();
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = input;
}

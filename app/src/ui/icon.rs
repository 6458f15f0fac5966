//! The icons, drawn on a grid of 16 with one stroke.

use leptos::prelude::*;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident $path:literal)*) => {
        /// An icon of the set.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Icon { $(#[doc = stringify!($name)] $name,)* }

        impl Icon {
            /// As markup, for what is written and not drawn.
            pub fn markup(self) -> String {
                format!(
                    "<svg class=\"icon\" viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"{}\"/></svg>",
                    self.path()
                )
            }

            fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }
        }
    };
}

icons! {
    Dashboard "M2.5 2.5h4.5v6h-4.5zM9.5 2.5h4v3.5h-4zM9.5 8.5h4v5h-4zM2.5 11h4.5v2.5h-4.5z"
    Campaign "M2.5 6.5v3H5l6 3.5V3L5 6.5zM13.2 6.3v3.4M5 9.5v3.8h1.8"
    Data "M2.5 4c0-1 2.4-1.8 5.5-1.8s5.5.8 5.5 1.8-2.4 1.8-5.5 1.8S2.5 5 2.5 4zM2.5 4v8c0 1 2.4 1.8 5.5 1.8s5.5-.8 5.5-1.8V4M2.5 8c0 1 2.4 1.8 5.5 1.8s5.5-.8 5.5-1.8"
    Settings "M2 4.5h6.5M12 4.5h2M2 11.5h2M7.5 11.5H14M10.2 2.8a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4zM5.7 9.8a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4z"
    Search "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.4 3.4"
    Close "M4 4l8 8M12 4l-8 8"
    Check "M3 8.5l3.2 3.2L13 4.8"
    ChevronDown "M4 6.2l4 4 4-4"
    ChevronRight "M6.2 4l4 4-4 4"
    ChevronLeft "M9.8 4l-4 4 4 4"
    ChevronUpDown "M5 6l3-3 3 3M5 10l3 3 3-3"
    Plus "M8 3v10M3 8h10"
    Minus "M3 8h10"
    Up "M8 13V3M4 7l4-4 4 4"
    Down "M8 3v10M4 9l4 4 4-4"
    More "M3.5 8h.01M8 8h.01M12.5 8h.01"
    Warning "M8 2.2 14.2 13.3H1.8zM8 6.3v3.4M8 11.6v.01"
    Info "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.2v3.6M8 5v.01"
    Error "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.8v4M8 11v.01"
    Upload "M8 10.5v-8M4.8 5.5 8 2.3l3.2 3.2M2.5 10.5v3h11v-3"
    Refresh "M13.2 6.5A5.5 5.5 0 0 0 3.4 5M2.8 9.5A5.5 5.5 0 0 0 12.6 11M3.2 2v3.2h3.2M12.8 14v-3.2H9.6"
    Pause "M5.5 3v10M10.5 3v10"
    Play "M5 3l8 5-8 5z"
    Calendar "M2.5 3.5h11v10h-11zM2.5 6.8h11M5.5 2v3M10.5 2v3"
    User "M8 2.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM2.8 13.7c.4-2.7 2.5-4.2 5.2-4.2s4.8 1.5 5.2 4.2"
    Panel "M2.5 3h11v10h-11zM6.2 3v10"
    Link "M6.8 9.2 9.2 6.8M7 4.6l1.3-1.3a3 3 0 0 1 4.3 4.3L11.3 9M9 11.4l-1.3 1.3a3 3 0 0 1-4.3-4.3L4.7 7"
    Unlink "M7 4.6l1.3-1.3a3 3 0 0 1 4.3 4.3L11.3 9M9 11.4l-1.3 1.3a3 3 0 0 1-4.3-4.3L4.7 7M3 3l10 10"
    Undo "M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M5.8 3.5 2.8 6.5l3 3"
    Filter "M2.5 3.5h11L9.5 8.4v4.1l-3 1V8.4z"
    Table "M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.7h11M6.5 6.3V13"
    File "M4 2h5.2L12.5 5.3V14H4zM9 2v3.5h3.5"
    Sun "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9"
    Moon "M13 9.8A5.4 5.4 0 0 1 6.2 3a5.4 5.4 0 1 0 6.8 6.8z"
    System "M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3"
    Keyboard "M1.8 4h12.4v8H1.8zM4.3 6.5h.01M6.8 6.5h.01M9.3 6.5h.01M11.7 6.5h.01M5 9.5h6"
    LogOut "M6.5 2.5h-4v11h4M6.5 8h7M10.5 5l3 3-3 3"
    External "M6.5 3.5h-4v10h10v-4M9 2.5h4.5V7M13.2 2.8 7.5 8.5"
    Lock "M3.5 7h9v6.5h-9zM5.3 7V5a2.7 2.7 0 0 1 5.4 0v2"
    Trash "M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4"
    Help "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM6.2 6.3a1.9 1.9 0 1 1 2.7 1.8c-.6.3-.9.6-.9 1.3M8 11.4v.01"
    Coins "M2.5 5c0-1 1.7-1.8 3.9-1.8S10.3 4 10.3 5s-1.7 1.8-3.9 1.8S2.5 6 2.5 5zM2.5 5v4.5c0 1 1.7 1.8 3.9 1.8M10.3 5v1.2M5.9 11c0-1 1.7-1.8 3.9-1.8s3.8.8 3.8 1.8-1.7 1.8-3.8 1.8-3.9-.8-3.9-1.8z"
    Ruler "M2 10.5 10.5 2 14 5.5 5.5 14zM5 7.5l1.5 1.5M7.5 5 9 6.5"
}

/// Draws an icon in the colour of the text. Decoration: whatever holds it must have a name of its own.
#[component]
pub fn IconView(icon: Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d=icon.path()></path>
        </svg>
    }
}

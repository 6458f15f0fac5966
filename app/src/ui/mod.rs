//! Own small component set; knows no domain type.
pub mod button;
pub mod calendar;
pub mod date_range;
pub mod dialog;
pub mod feedback;
pub mod field;
pub mod file_drop;
pub mod form;
pub mod icon;
pub mod later;
pub mod popover;
pub mod table;
pub mod tabs;
pub mod time;
pub mod toast;

pub use button::{Button, IconButton, LinkButton, Tone};
pub use dialog::Dialog;
pub use feedback::{Badge, BadgeTone, EmptyState, ErrorState, Notice, NoticeKind, Progress, Skeleton};
pub use field::{Checkbox, Segments, SelectField, TextField};
pub use file_drop::{FileDrop, PickedFile};
pub use form::{FormError, field_error};
pub use icon::{Icon, IconView};
pub use later::{Later, NotLoaded, NotLoadedNotice};
pub use popover::{Align, Menu, MenuItem, MenuLine, MenuLink, Popover};
pub use table::TableScroll;
pub use tabs::{Tab, Tabs};
pub use time::{Ago, Instant, duration};

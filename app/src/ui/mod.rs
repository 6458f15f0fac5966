//! Own small component set; knows no domain type.
pub mod button;
pub mod date_range;
pub mod calendar;
pub mod dialog;
pub mod feedback;
pub mod icon;
pub mod popover;
pub mod toast;

pub use button::{Button, IconButton, LinkButton, Tone};
pub use dialog::Dialog;
pub use feedback::{Badge, BadgeTone, EmptyState, ErrorState, Notice, NoticeKind, Progress, Skeleton};
pub use icon::{Icon, IconView};
pub use popover::{Align, Menu, MenuItem, MenuLine, MenuLink, Popover};

//! State that outlives a component: session, filters and URL, live socket.

pub mod board;
pub mod live;
pub mod browser;
pub mod session;
pub mod shortcuts;
pub mod theme;
pub mod toast;
pub mod filters;
pub mod view;
pub mod figures;

//! State that outlives a component: session, filters and URL, live socket.

pub mod board;
pub mod browser;
pub mod figures;
pub mod filters;
pub mod live;
pub mod session;
pub mod shortcuts;
pub mod subject;
pub mod template;
pub mod theme;
pub mod toast;
pub mod upload;
pub mod view;
pub mod work;

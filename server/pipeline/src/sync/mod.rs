//! A run of a connection: from the plan to the last slice.

pub mod plan;
pub mod run;
pub mod slice;

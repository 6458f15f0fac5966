//! One file per command.

pub mod bench;
pub mod doctor;
pub mod import;
pub mod migrate;
pub mod serve;

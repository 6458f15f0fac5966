//! Windhover's composition root: configuration, command line, router, jobs, lifecycle. The binary `windhover` is a thin
//! layer over it, so that tests can put the same site together inside their own process.
#![warn(missing_docs)]

pub mod allocator;
pub mod assets;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod lifecycle;
pub mod logging;
pub mod services;
pub mod storage;
pub mod web;

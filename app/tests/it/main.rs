//! Pages and server functions on fake services: no database, no network.
#![cfg(feature = "ssr")]

mod fakes;
mod pages;
mod roles;
mod site;
mod wire;

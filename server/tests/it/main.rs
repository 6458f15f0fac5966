//! The whole server: inside this process on a database of its own, and as the real program with signals and kills.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod boards;
mod commands;
mod consent;
mod crash;
mod doors;
mod figures;
mod house;
mod live;
mod machine;
mod planted;
mod roles;
mod secrets;
mod stopping;
mod surface;
mod uploads;
mod vendor;

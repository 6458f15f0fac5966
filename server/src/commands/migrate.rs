//! `windhover migrate`.

use crate::config::Config;
use crate::storage::{Sharing, Storage};

/// Brings the structure up to date and stops.
///
/// # Errors
/// Says what is wrong and what to do.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let storage = Storage::open(config, Sharing::Join, &|step| eprintln!("{step} …")).await?;
    println!("The database is up to date.");
    storage.close().await
}

//! The hidden `windhover bench`: database figures on a throw-away cluster, one JSON object per line.

use crate::cli::Bench;
use crate::config::Config;
use crate::storage::{Sharing, Storage};

/// Measures ingest against a fresh cluster in a temporary directory.
///
/// # Errors
/// When the cluster can't be made or a load fails.
pub async fn run(config: &Config, arguments: &Bench) -> anyhow::Result<()> {
    let scratch = std::env::temp_dir().join(format!("windhover-bench-{}", std::process::id()));
    let config = Config { data_dir: scratch.clone(), ..config.clone() };
    let storage = Storage::open(&config, Sharing::Alone, &|step| eprintln!("{step} …")).await?;
    let result = warehouse::bench::run(&storage.database, arguments.facts, config.clock.now()).await;
    storage.close().await?;
    drop(std::fs::remove_dir_all(&scratch));
    for figure in result? {
        let line = serde_json::json!({
            "name": figure.name, "value": figure.value, "unit": figure.unit, "detail": figure.detail,
        });
        println!("{line}");
    }
    Ok(())
}

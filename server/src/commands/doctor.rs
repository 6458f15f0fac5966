//! `windhover doctor`: looks at everything that a start needs, and says what to do.

use crate::assets::Bundle;
use crate::config::Config;
use database::{Cluster, ClusterConfig, Database, PoolOptions};
use std::net::TcpListener;

/// Prints one line per check. The exit code is 1 when something is wrong.
pub async fn run(config: &Config) -> u8 {
    let mut is_fine = true;
    let mut report = |name: &str, result: Result<String, String>| match result {
        Ok(text) => println!("ok    {name}: {text}"),
        Err(text) => {
            is_fine = false;
            println!("FAIL  {name}: {text}");
        }
    };
    report(
        "configuration",
        Ok(format!("address {}, data in {}", config.base_url(), config.data_dir.display())),
    );
    report(
        "browser bundle",
        Bundle::read(&config.assets_dir)
            .map(|_| config.assets_dir.display().to_string())
            .map_err(|e| e.to_string()),
    );
    let running = Cluster::address_of_running(&ClusterConfig::new(&config.data_dir));
    let is_running = matches!(running, Ok(Some(_)));
    report(
        "data directory",
        match &running {
            Ok(Some(_)) => Ok("in use by a running server".into()),
            Ok(None) => Ok("free, can be written".into()),
            Err(error) => Err(error.to_string()),
        },
    );
    report(
        "address",
        match TcpListener::bind(config.listen) {
            Ok(_) => Ok(format!("{} is free", config.listen)),
            Err(_) if is_running => {
                Ok(format!("{} is in use, by the running server it seems", config.listen))
            }
            Err(error) => Err(format!("{}: {error}; choose another with WINDHOVER_LISTEN", config.listen)),
        },
    );
    let mut troubles = None;
    let url = config.database_url.clone().or(running.ok().flatten());
    match url {
        None => report("database", Ok("private, not running now; `windhover serve` starts it".into())),
        Some(url) => {
            let found = Database::connect(&url, &PoolOptions::default()).await;
            let result = match found {
                Ok(database) => {
                    let answer =
                        database.ping().await.map(|()| "answers".to_owned()).map_err(|e| e.to_string());
                    // An installation that has not been started yet has no connections to speak of.
                    troubles = pipeline::connections::troubles(&database, config.clock.now()).await.ok();
                    database.close().await;
                    answer
                }
                Err(error) => Err(error.to_string()),
            };
            report("database", result);
        }
    }
    match troubles.as_deref() {
        None => {}
        Some([]) => println!("ok    connections: none needs anybody"),
        // Their sources need a person, not this installation: no failure of it.
        Some(lines) => lines.iter().for_each(|line| println!("note  connection {line}")),
    }
    if !config.is_secure() {
        println!(
            "note  transport: plain HTTP; behind HTTPS set public_url, so that cookies are marked Secure"
        );
    }
    u8::from(!is_fine)
}

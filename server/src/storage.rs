//! The database that a command works on: an external one, the private one of a running server, or the private one
//! started for the command.

use crate::config::Config;
use anyhow::Context;
use database::{Cluster, ClusterConfig, Database, PoolOptions};
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::SecretString;

/// A connected, migrated database, with the private cluster behind it where we run one.
pub struct Storage {
    /// The database.
    pub database: Database,
    /// The private PostgreSQL, if this process runs it.
    pub cluster: Option<Cluster>,
}

/// What to do when another server runs on the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Refuse: two servers must not run.
    Alone,
    /// Use its database.
    Join,
}

impl Storage {
    /// Connects, starting the private PostgreSQL where there is none, and brings the structure up to date.
    ///
    /// # Errors
    /// Says what is wrong and what to do.
    pub async fn open(
        config: &Config,
        sharing: Sharing,
        progress: &(dyn Fn(&str) + Sync),
    ) -> anyhow::Result<Self> {
        let (url, cluster) = Self::locate(config, sharing, progress).await?;
        let database = match Database::connect(&url, &PoolOptions::default()).await {
            Ok(database) => database,
            Err(error) => {
                stop(cluster).await;
                return Err(error.into());
            }
        };
        if let Err(error) = database::migrate(&database).await {
            database.close().await;
            stop(cluster).await;
            return Err(error.into());
        }
        Ok(Self { database, cluster })
    }

    async fn locate(
        config: &Config,
        sharing: Sharing,
        progress: &(dyn Fn(&str) + Sync),
    ) -> anyhow::Result<(SecretString, Option<Cluster>)> {
        if let Some(url) = &config.database_url {
            return Ok((url.clone(), None));
        }
        let place = ClusterConfig::new(&config.data_dir);
        if sharing == Sharing::Join
            && let Some(url) = Cluster::address_of_running(&place)?
        {
            return Ok((url, None));
        }
        let mut rng = StdRng::from_rng(&mut system_rng());
        let cluster = Cluster::start(&place, &mut rng, progress).await?;
        Ok((cluster.url().clone(), Some(cluster)))
    }

    /// Closes the pool and stops the private PostgreSQL.
    ///
    /// # Errors
    /// When PostgreSQL can't be stopped.
    pub async fn close(self) -> anyhow::Result<()> {
        self.database.close().await;
        if let Some(cluster) = self.cluster {
            cluster.stop().await.context("stopping the private PostgreSQL")?;
        }
        Ok(())
    }
}

async fn stop(cluster: Option<Cluster>) {
    if let Some(cluster) = cluster
        && let Err(error) = cluster.stop().await
    {
        tracing::error!(%error, "the private PostgreSQL could not be stopped");
    }
}

#[expect(clippy::disallowed_methods, reason = "the password of a new cluster must be unguessable")]
fn system_rng() -> rand::rngs::ThreadRng {
    rand::rng()
}

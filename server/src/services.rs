//! The composition root: each domain's service, made once.

use crate::config::Config;
use crate::demo::Simulator;
use crate::lifecycle::Lifecycle;
use connectors::http::Pace;
use database::Database;
use identity::secrets::{KeySource, SecretBox};
use identity::{Entropy, Identity};
use pipeline::{DemoSource, Parts, Pipeline, PipelineSettings};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;
use warehouse::Warehouse;

/// All services of a process.
#[derive(Clone)]
pub struct Services {
    /// Users, sessions, workspaces.
    pub identity: Identity,
    /// Connections, runs, imports.
    pub pipeline: Pipeline,
    /// Figures.
    pub warehouse: Warehouse,
}

impl Services {
    /// Puts the services together on a migrated database. With `demo`, the platforms are preset to the simulator.
    ///
    /// # Errors
    /// When the key of sealed secrets is missing, or the queue's tables can't be made.
    pub async fn start(
        config: &Config,
        database: &Database,
        lifecycle: &Lifecycle,
        demo: bool,
    ) -> anyhow::Result<Self> {
        let entropy = Entropy::system();
        let key = KeySource { file: config.data_dir.join("secret.key"), setting: config.secret_key.clone() };
        let secrets = SecretBox::load(database, &key, entropy.clone()).await?;
        let identity = Identity::new(database.clone(), config.clock.clone(), entropy);
        let simulator = Arc::new(Simulator::new(config, lifecycle.clone()));
        let mut platforms: BTreeMap<String, BTreeMap<String, SecretString>> = config.platforms.clone();
        if demo {
            let origin = simulator.origin().await.map_err(anyhow::Error::msg)?;
            for platform in &origin.platforms {
                let fields = platforms.entry(platform.slug.clone()).or_default();
                fields.insert("base_url".into(), platform.base_url.clone().into());
                for (name, value) in platform.shared() {
                    fields.entry(name.clone()).or_insert_with(|| value.clone().into());
                }
            }
        }
        let pipeline = Pipeline::new(Parts {
            database: database.clone(),
            identity: identity.clone(),
            secrets,
            clock: config.clock.clone(),
            pace: Pace::new(config.clock.clone()),
            settings: PipelineSettings {
                redirect_uri: format!("{}/oauth/callback", config.base_url()),
                platforms,
                data_dir: config.data_dir.clone(),
                ..PipelineSettings::default()
            },
            demo: Some(simulator as Arc<dyn DemoSource>),
            tasks: lifecycle.tasks.clone(),
        });
        pipeline::jobs::migrate(&pipeline).await?;
        let warehouse = Warehouse::new(database.clone(), config.clock.clone());
        Ok(Self { identity, pipeline, warehouse })
    }
}

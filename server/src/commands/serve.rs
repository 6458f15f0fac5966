//! `windhover serve` and `windhover demo`.

use crate::assets::Bundle;
use crate::config::Config;
use crate::lifecycle::Lifecycle;
use crate::services::Services;
use crate::storage::{Sharing, Storage};
use crate::web::{self, Site, SiteSettings, health, live};
use anyhow::{Context, bail};
use database::Database;
use leptos::config::LeptosOptions;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Ports tried after a taken one in the demo, where nobody has chosen one.
const DEMO_PORTS: u16 = 20;

/// Runs until a signal, then stops in order.
///
/// # Errors
/// Says what is wrong and what to do.
pub async fn run(config: Config, demo: bool) -> anyhow::Result<()> {
    let mut config = config;
    let lifecycle = Lifecycle::with_signals();
    let say = |step: &str| {
        if demo {
            println!("· {step} …");
        } else {
            tracing::info!("{step}");
        }
    };
    let bundle = Bundle::read(&config.assets_dir)?;
    // Taken first: a taken port is the most common reason not to start, and costs nothing to find.
    let listener = bind(&mut config, demo).await?;
    let storage = Storage::open(&config, Sharing::Alone, &say).await?;
    let result = tokio::select! {
        ended = serve(&config, &storage, bundle, listener, &lifecycle, demo) => ended,
        down = cluster_down(&storage) => down,
    };
    lifecycle.soft.cancel();
    lifecycle.drained().await;
    lifecycle.hard.cancel();
    let closed = storage.close().await;
    result.and(closed)?;
    if demo {
        println!("· stopped cleanly");
    } else {
        tracing::info!("stopped cleanly");
    }
    Ok(())
}

async fn bind(config: &mut Config, demo: bool) -> anyhow::Result<TcpListener> {
    let wanted = config.listen;
    let attempts = if demo { DEMO_PORTS } else { 0 };
    for step in 0..=attempts {
        let address = SocketAddr::new(wanted.ip(), wanted.port().saturating_add(step));
        match TcpListener::bind(address).await {
            Ok(listener) => {
                config.listen = listener.local_addr()?;
                return Ok(listener);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && step < attempts => {}
            Err(error) => bail!(
                "{address} can't be listened on: {error}. Stop the program that uses it, or choose another with \
                 WINDHOVER_LISTEN=127.0.0.1:PORT."
            ),
        }
    }
    bail!("no free port from {wanted} on")
}

async fn serve(
    config: &Config,
    storage: &Storage,
    bundle: Bundle,
    listener: TcpListener,
    lifecycle: &Lifecycle,
    demo: bool,
) -> anyhow::Result<()> {
    let services = Services::start(config, &storage.database, lifecycle, demo).await?;
    if config.role.runs_jobs() {
        start_jobs(&services, storage.cluster.is_some(), lifecycle, demo).await?;
    }
    if !config.role.serves_web() {
        lifecycle.soft.cancelled().await;
        return Ok(());
    }
    let site = site(config, &services, &storage.database, bundle, lifecycle).await?;
    let router = web::router(site);
    announce(config, &services, demo).await?;
    let stop = lifecycle.clone();
    let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move { stop.soft.cancelled().await });
    tokio::select! {
        ended = async { server.await } => ended.context("serving")?,
        // A browser that keeps a download open must not hold the stop up for ever.
        () = lifecycle.hard.cancelled() => {}
    }
    Ok(())
}

/// Everything that requests need, put together from the services.
///
/// # Errors
/// When the database can't be listened to.
pub async fn site(
    config: &Config,
    services: &Services,
    database: &Database,
    bundle: Bundle,
    lifecycle: &Lifecycle,
) -> anyhow::Result<Site> {
    Ok(Site {
        identity: Arc::new(services.identity.clone()),
        connections: Arc::new(services.pipeline.clone()),
        hooks: Arc::new(services.pipeline.clone()),
        imports: Arc::new(services.pipeline.clone()),
        figures: Arc::new(services.warehouse.clone()),
        campaigns: Arc::new(services.warehouse.clone()),
        details: Arc::new(services.warehouse.clone()),
        live: live::Hub::start(database, lifecycle).await?,
        bundle,
        clock: config.clock.clone(),
        settings: Arc::new(SiteSettings {
            is_secure: config.is_secure(),
            public_origin: config.public_url.as_ref().map(|url| url.origin().ascii_serialization()),
            upload_limit: config.upload_limit,
            dev_reload: config.dev_reload,
        }),
        readiness: health::Readiness { database: database.clone(), started: started_at() },
        lifecycle: lifecycle.clone(),
        leptos: LeptosOptions::builder().output_name("app").site_addr(config.listen).build(),
    })
}

async fn start_jobs(
    services: &Services,
    is_alone: bool,
    lifecycle: &Lifecycle,
    demo: bool,
) -> anyhow::Result<()> {
    let pipeline = services.pipeline.clone();
    pipeline.recover_imports().await?;
    pipeline::jobs::recover(&pipeline, is_alone).await?;
    let stop = lifecycle.soft.clone();
    let hard = lifecycle.hard.clone();
    let worker = pipeline.clone();
    lifecycle.spawn(async move {
        tokio::select! {
            () = pipeline::jobs::work(worker, stop, is_alone) => {}
            () = hard.cancelled() => {}
        }
    });
    let has_demo = demo || services.identity.all_workspaces().await?.iter().any(|w| w.is_demo);
    if has_demo {
        pipeline.prepare_demo().await?;
    }
    Ok(())
}

/// Without its database the server can't go on.
async fn cluster_down(storage: &Storage) -> anyhow::Result<()> {
    match &storage.cluster {
        Some(cluster) => bail!(
            "the private PostgreSQL is down for good ({:?}); its log is in the data directory",
            cluster.wait().await
        ),
        None => std::future::pending().await,
    }
}

async fn announce(config: &Config, services: &Services, demo: bool) -> anyhow::Result<()> {
    let address = config.base_url();
    let code = services.identity.setup_code().await?;
    if !demo {
        tracing::info!(%address, "ready");
    }
    // The code goes to the console in plain words, also when the log is JSON.
    println!();
    println!("  Windhover is ready: {address}");
    match code {
        Some(code) => {
            println!("  First start: open it and enter the one-time code  {code}");
            println!(
                "  It lets you make the first admin; afterwards you log in with your e-mail and password."
            );
        }
        None => println!("  Log in with your e-mail and password."),
    }
    if demo {
        println!("  Choose \"Explore demo data\", or connect Google Ads: here it is a simulator.");
        println!("  Ctrl-C stops everything.");
    } else if !config.is_secure() {
        tracing::warn!(
            "served over plain HTTP: cookies are not marked Secure. Behind HTTPS, set public_url (WINDHOVER_PUBLIC_URL)"
        );
    }
    println!();
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "tells two starts of the process apart, also when the clock is frozen"
)]
fn started_at() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

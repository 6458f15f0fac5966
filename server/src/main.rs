//! Windhover: the binary.

use clap::Parser;
use model::clock::Clock;
use server::cli::{Cli, Command};
use server::config::Config;
use server::{allocator, commands, logging};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Command::Serve | Command::Demo) {
        allocator::settle();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("windhover: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(run(cli))
}

async fn run(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Version => {
            println!("windhover {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        // Needs no configuration: it works without database and server.
        Command::Connector(command) => return connector(&command).await,
        _ => {}
    }
    let mut config = match Config::load(cli.config.as_deref()) {
        Ok(config) => config,
        Err(errors) => {
            eprintln!("windhover: {errors}");
            return ExitCode::from(2);
        }
    };
    if !matches!(cli.command, Command::Serve | Command::Demo) && std::env::var_os("WINDHOVER_LOG").is_none() {
        config.log = "warn".into();
    }
    if matches!(cli.command, Command::Demo) && std::env::var_os("WINDHOVER_LOG").is_none() {
        config.log = "warn".into();
    }
    logging::start(config.log_format, &config.log);
    let result = match &cli.command {
        Command::Serve => commands::serve::run(config, false).await.map(|()| 0),
        Command::Demo => commands::serve::run(config, true).await.map(|()| 0),
        Command::Migrate => commands::migrate::run(&config).await.map(|()| 0),
        Command::Import(import) => commands::import::run(&config, import).await,
        Command::Doctor => Ok(commands::doctor::run(&config).await),
        Command::Bench(arguments) => commands::bench::run(&config, arguments).await.map(|()| 0),
        Command::Version | Command::Connector(_) => Ok(0),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("windhover: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn connector(command: &connectors::commandline::ConnectorCommand) -> ExitCode {
    let now = std::env::var("WINDHOVER_NOW").ok();
    let clock = match Clock::from_setting(now.as_deref()) {
        Ok(clock) => clock,
        Err(error) => {
            eprintln!("windhover: WINDHOVER_NOW: {error}");
            return ExitCode::from(2);
        }
    };
    let code =
        connectors::commandline::run(command, &mut std::io::stdout(), &mut std::io::stderr(), clock).await;
    ExitCode::from(code)
}

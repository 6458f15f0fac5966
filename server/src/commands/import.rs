//! `windhover import …`: the same as in the browser, from the command line.

use crate::cli::{Import, ImportCsv, ImportRates};
use crate::config::Config;
use crate::lifecycle::Lifecycle;
use crate::services::Services;
use crate::storage::{Sharing, Storage};
use anyhow::{Context, bail};
use identity::IdentityError;
use metrics::ports::Figures;
use model::access::{Member, Role};
use model::days::DayRange;
use model::ids::{ImportId, UserId, WorkspaceId};
use model::imports::{DateOrder, ImportPreview, ImportSummary, Mapping, MetricTotal, Question};
use model::workspace::Workspace;
use model::{AppError, ErrorKind};
use pipeline::file_import::asks;
use pipeline::file_import::preview::SourceFile;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Runs one import. The exit code is 2 when something must be decided or the file is refused.
///
/// # Errors
/// Says what is wrong and what to do.
pub async fn run(config: &Config, import: &Import) -> anyhow::Result<u8> {
    let storage = Storage::open(config, Sharing::Join, &|step| eprintln!("{step} …")).await?;
    let lifecycle = Lifecycle::default();
    let result = async {
        let services = Services::start(config, &storage.database, &lifecycle, false).await?;
        match import {
            Import::Csv(arguments) => csv(&services, arguments).await,
            Import::Rates(arguments) => rates(&services, arguments).await,
        }
    }
    .await;
    lifecycle.soft.cancel();
    lifecycle.drained().await;
    storage.close().await?;
    result
}

/// The exit code for input that can't be used as it is: the person must decide something, or take another file.
const UNUSABLE: u8 = 2;

/// Bytes of a file that takes a while to look at.
const LARGE: u64 = 50_000_000;
/// Progress of a load is told this often.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Workspaces that are named when the wanted one does not exist.
const SHOWN_WORKSPACES: usize = 20;

/// What became of a file.
enum Outcome {
    /// Its figures are there.
    Loaded(ImportSummary),
    /// It was only looked at, as asked.
    Shown,
    /// Something must be decided first.
    Undecided,
    /// It can't be loaded.
    Refused(String),
}

async fn csv(services: &Services, arguments: &ImportCsv) -> anyhow::Result<u8> {
    let Some(workspace) = find_workspace(services, &arguments.workspace).await? else { return Ok(UNUSABLE) };
    let pipeline = &services.pipeline;
    let (import, file) = pipeline.import_local(workspace.id, arguments.file.clone()).await.map_err(told)?;
    let outcome = load(services, &workspace, import, &file, arguments).await;
    // What was not loaded leaves nothing behind.
    if !matches!(outcome, Ok(Outcome::Loaded(_))) {
        pipeline.discard_import(workspace.id, import).await.map_err(told)?;
    }
    let summary = match outcome? {
        Outcome::Loaded(summary) => summary,
        Outcome::Shown => return Ok(0),
        Outcome::Undecided => return Ok(UNUSABLE),
        Outcome::Refused(reason) => {
            eprintln!("windhover: {}: {reason}", file.name);
            return Ok(UNUSABLE);
        }
    };
    println!(
        "Loaded {} rows of {} into {} / {} ({} to {}).",
        summary.rows,
        summary.file_name,
        summary.platform,
        summary.account,
        summary.first_day.map_or_else(|| "?".into(), |d| d.to_string()),
        summary.last_day.map_or_else(|| "?".into(), |d| d.to_string()),
    );
    print_totals(&summary.totals);
    Ok(0)
}

async fn load(
    services: &Services,
    workspace: &Workspace,
    import: ImportId,
    file: &SourceFile,
    arguments: &ImportCsv,
) -> anyhow::Result<Outcome> {
    let pipeline = &services.pipeline;
    let given = match arguments.mapping.as_str() {
        "auto" => None,
        path => Some(read_mapping(path)?),
    };
    let first = look(services, workspace.id, import, file, given).await?;
    if let Some(refusal) = first.refusal {
        return Ok(Outcome::Refused(refusal));
    }
    let mapping = adjust(first.mapping.clone(), arguments)?;
    // A large file is not passed over again for nothing.
    let preview = if mapping == first.mapping {
        first
    } else {
        look(services, workspace.id, import, file, Some(mapping.clone())).await?
    };
    if let Some(refusal) = preview.refusal {
        return Ok(Outcome::Refused(refusal));
    }
    if arguments.print_mapping {
        println!("{}", serde_json::to_string_pretty(&preview.mapping)?);
        return Ok(Outcome::Shown);
    }
    if !preview.questions.is_empty() {
        tell_notes(&preview);
        eprintln!("{}: something must be decided first:", file.name);
        for question in &preview.questions {
            eprintln!("  - {} {}", asks(question), option_for(question));
        }
        return Ok(Outcome::Undecided);
    }
    describe(&preview);
    if preview.rows == 0 {
        return Ok(Outcome::Refused(
            "none of its rows can be read; change the file or the mapping".to_owned(),
        ));
    }
    if arguments.dry_run {
        print_totals(&preview.totals);
        return Ok(Outcome::Shown);
    }
    let load = pipeline.load_file(workspace.id, import, file.clone(), mapping, None);
    let summary = tokio::select! {
        summary = load => summary.map_err(told)?,
        never = tell_progress(services, workspace.id, import, preview.rows) => match never {},
    };
    Ok(Outcome::Loaded(summary))
}

/// Passes over the file; over a large one with words of how far.
async fn look(
    services: &Services,
    workspace: WorkspaceId,
    import: ImportId,
    file: &SourceFile,
    mapping: Option<Mapping>,
) -> anyhow::Result<ImportPreview> {
    let megabytes = |bytes: u64| bytes / 1_000_000;
    let tell = async {
        if file.size < LARGE {
            return std::future::pending::<Infallible>().await;
        }
        eprintln!("looking at {} ({} MB) …", file.name, megabytes(file.size));
        loop {
            tokio::time::sleep(TELL_EVERY).await;
            let read = file.read.load(Ordering::Relaxed).min(file.size);
            eprintln!("{} of {} MB …", megabytes(read), megabytes(file.size));
        }
    };
    let preview = services.pipeline.preview_file(workspace, import, file, mapping);
    tokio::select! {
        preview = preview => preview.map_err(told),
        never = tell => match never {},
    }
}

/// Says how far a long load is, for ever.
async fn tell_progress(
    services: &Services,
    workspace: WorkspaceId,
    import: ImportId,
    rows: u64,
) -> Infallible {
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        if let Ok(summary) = services.pipeline.import_summary(workspace, import).await {
            eprintln!("{} of {rows} rows …", summary.rows);
        }
    }
}

/// The workspace that is meant; none, after saying which there are.
async fn find_workspace(services: &Services, name: &str) -> anyhow::Result<Option<Workspace>> {
    match services.identity.workspace_named(name).await {
        Ok(workspace) => Ok(Some(workspace)),
        Err(IdentityError::NoSuchWorkspace(_)) => {
            let all = services.identity.all_workspaces().await?;
            let names: Vec<&str> = all.iter().map(|w| w.name.as_str()).collect();
            eprintln!(
                "windhover: there is no workspace {name:?}; {}",
                if names.is_empty() {
                    "nobody has set Windhover up yet: start it and open its page first".to_owned()
                } else {
                    let more = if names.len() > SHOWN_WORKSPACES { ", …" } else { "" };
                    let shown: Vec<&str> = names.into_iter().take(SHOWN_WORKSPACES).collect();
                    format!("there are: {}{more}", shown.join(", "))
                }
            );
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn read_mapping(path: &str) -> anyhow::Result<Mapping> {
    let text = std::fs::read_to_string(path).with_context(|| format!("the mapping {path} can't be read"))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{path} is no mapping; --print-mapping shows how one is written"))
}

fn adjust(mut mapping: Mapping, arguments: &ImportCsv) -> anyhow::Result<Mapping> {
    if let Some(text) = &arguments.period {
        mapping.period = Some(period(text)?);
    }
    mapping.year = arguments.year.or(mapping.year);
    if let Some(code) = &arguments.currency {
        let code = code.trim().to_uppercase();
        if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
            bail!("--currency {code:?} is no currency code; write EUR, USD, …");
        }
        mapping.currency = Some(code);
    }
    if let Some(order) = &arguments.dates {
        mapping.format.dates = Some(match order.as_str() {
            "ymd" => DateOrder::YearMonthDay,
            "dmy" => DateOrder::DayMonthYear,
            "mdy" => DateOrder::MonthDayYear,
            other => bail!("--dates {other:?} is none of ymd, dmy, mdy"),
        });
    }
    if let Some(platform) = &arguments.platform {
        mapping.platform.clone_from(platform);
    }
    if let Some(account) = &arguments.account {
        mapping.account.clone_from(account);
    }
    Ok(mapping)
}

fn period(text: &str) -> anyhow::Result<DayRange> {
    let wrong = || format!("--period {text:?} is no period; write 2026-09-01..2026-09-30");
    let (from, until) = text.split_once("..").unwrap_or((text, text));
    let from = from.trim().parse().with_context(wrong)?;
    let until = until.trim().parse().with_context(wrong)?;
    DayRange::new(from, until).with_context(wrong)
}

fn option_for(question: &Question) -> String {
    match question {
        Question::DateOrder { .. } => "Use --dates dmy or --dates mdy.".into(),
        Question::Period { .. } => "Use --period 2026-09-01..2026-09-30.".into(),
        Question::Year { suggestion } => format!("Use --year {}.", suggestion.unwrap_or(2026)),
        Question::Currency => "Use --currency EUR (or USD, …).".into(),
    }
}

fn tell_notes(preview: &ImportPreview) {
    if preview.is_remembered && preview.refusal.is_none() {
        eprintln!(
            "note: read like an earlier file with the same header; without an account of its own it goes to {} / {} \
             (--platform and --account say otherwise)",
            preview.mapping.platform, preview.mapping.account
        );
    }
    for note in &preview.notes {
        eprintln!("note: {note}");
    }
}

fn describe(preview: &ImportPreview) {
    tell_notes(preview);
    for line in preview.rejected.iter().take(10) {
        eprintln!("line {}: {}", line.number, line.reason.as_deref().unwrap_or("can't be read"));
    }
    eprintln!(
        "{} rows to load, {} totals rows left out, {} rows rejected",
        preview.rows, preview.total_rows, preview.rejected_rows
    );
}

fn print_totals(totals: &[MetricTotal]) {
    for total in totals {
        let currency = total.currency.as_deref().map(|c| format!(" {c}")).unwrap_or_default();
        let blanks =
            if total.blanks > 0 { format!("  ({} without a value)", total.blanks) } else { String::new() };
        println!("  {:<18} {}{currency}{blanks}", total.metric, total.total);
    }
}

async fn rates(services: &Services, arguments: &ImportRates) -> anyhow::Result<u8> {
    let Some(workspace) = find_workspace(services, &arguments.workspace).await? else { return Ok(UNUSABLE) };
    let bytes = std::fs::read(&arguments.file)
        .with_context(|| format!("{} can't be read", arguments.file.display()))?;
    // The command line acts for the installation, not for a person.
    let member = Member { user: UserId(0), workspace: workspace.id, role: Role::Admin };
    match services.warehouse.load_rates(&member, &bytes).await {
        Ok(count) => {
            println!("Loaded {count} rates into {}.", workspace.name);
            Ok(0)
        }
        Err(error) if error.kind == ErrorKind::Invalid => {
            eprintln!("windhover: {}: {}", arguments.file.display(), describe_error(&error));
            Ok(UNUSABLE)
        }
        Err(error) => Err(anyhow::anyhow!(describe_error(&error))),
    }
}

fn describe_error(error: &AppError) -> String {
    let hint = error.hint.as_deref().map(|h| format!(" {h}")).unwrap_or_default();
    format!("{}{hint}", error.message)
}

fn told(error: pipeline::PipelineError) -> anyhow::Error {
    match error {
        pipeline::PipelineError::Told(told) => anyhow::anyhow!(describe_error(&told)),
        other => anyhow::Error::new(other),
    }
}

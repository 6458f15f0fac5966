//! States of connections and runs in words.

use crate::ui::{Badge, BadgeTone};
use leptos::prelude::*;
use metrics::format::day_long;
use model::connections::{ConnectionState, ConnectionSummary, RunOutcome, RunSummary};
use model::health::{ExpiryStage, GrantExpiry};

/// A connection's state.
pub fn state_words(state: &ConnectionState) -> (BadgeTone, &'static str) {
    match state {
        ConnectionState::ChoosingAccounts => (BadgeTone::Warning, "Choose accounts"),
        ConnectionState::Ready => (BadgeTone::Good, "Up to date"),
        ConnectionState::Syncing => (BadgeTone::Busy, "Synchronising"),
        ConnectionState::WaitingForQuota { .. } => (BadgeTone::Warning, "Waiting for quota"),
        ConnectionState::NeedsReconnect { .. } => (BadgeTone::Bad, "Reconnect"),
        ConnectionState::Failing { .. } => (BadgeTone::Bad, "Failing"),
        ConnectionState::Paused => (BadgeTone::Neutral, "Paused"),
    }
}

/// A connection's state as a mark.
#[component]
pub fn StateBadge(
    /// Whose.
    #[prop(into)]
    state: Signal<ConnectionState>,
) -> impl IntoView {
    view! {
        <Badge tone=Signal::derive(move || state.with(|state| state_words(state).0))>
            {move || state.with(|state| state_words(state).1)}
        </Badge>
    }
}

/// How close the end of a consent is.
pub fn expiry_words(expiry: GrantExpiry) -> (BadgeTone, String) {
    let tone = match expiry.stage {
        ExpiryStage::TwoWeeks | ExpiryStage::Week => BadgeTone::Warning,
        ExpiryStage::Day | ExpiryStage::Over => BadgeTone::Bad,
    };
    let words = match expiry.days_left {
        0 => "Access has ended".to_owned(),
        1 => "Access ends within a day".to_owned(),
        days => format!("Access ends in {days} days"),
    };
    (tone, words)
}

/// What the end of a consent means, and what to do.
pub fn expiry_sentence(expiry: GrantExpiry) -> String {
    let day = day_long(expiry.ends_at.date_naive());
    if expiry.stage == ExpiryStage::Over {
        return format!(
            "Access ended on {day}: nothing is read until somebody reconnects. Figures that were read stay."
        );
    }
    let words = expiry_words(expiry).1;
    format!("{words}, on {day}. Reconnect before that: from then on nothing is read until somebody does.")
}

/// Whether it can be told to read something now.
pub fn can_sync(state: &ConnectionState) -> bool {
    matches!(
        state,
        ConnectionState::Ready
            | ConnectionState::Syncing
            | ConnectionState::Failing { .. }
            | ConnectionState::WaitingForQuota { .. }
    )
}

/// How a run ended.
pub fn outcome_words(outcome: RunOutcome) -> (BadgeTone, &'static str) {
    match outcome {
        RunOutcome::Running => (BadgeTone::Busy, "Running"),
        RunOutcome::Succeeded => (BadgeTone::Good, "Complete"),
        RunOutcome::Incomplete => (BadgeTone::Warning, "Incomplete"),
        RunOutcome::WaitingForQuota => (BadgeTone::Warning, "Waiting for quota"),
        RunOutcome::NeedsReconnect => (BadgeTone::Bad, "Reconnect"),
        RunOutcome::Failed => (BadgeTone::Bad, "Failed"),
        RunOutcome::Cancelled => (BadgeTone::Neutral, "Stopped"),
    }
}

/// The run that is under way.
pub fn running(summary: &ConnectionSummary) -> Option<&RunSummary> {
    summary.last_run.as_ref().filter(|run| run.outcome == RunOutcome::Running)
}

/// How far a run is, from 0 to 1; none while nothing is planned.
pub fn share_done(run: &RunSummary) -> Option<f64> {
    (run.days_planned > 0).then(|| (f64::from(run.days_done) / f64::from(run.days_planned)).clamp(0.0, 1.0))
}

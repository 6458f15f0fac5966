//! Moves of a deal between stages, from the forms in which CRMs tell them.

use super::{CrmRecord, Origin, TransitionRecord};
use crate::record::Record;
use chrono::{DateTime, Utc};

/// What the first stage of a history is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// A move from nothing: the history starts with the making of the deal.
    IsMove,
    /// The stage that the deal was made in, which is no move.
    IsStart,
}

/// The moves of a deal whose history tells when it entered which stage, in any order. The same stage again is no move.
/// Of entries of one moment the one that stands first in the list happened first.
pub fn moves(
    origin: &Origin,
    deal: &str,
    mut entered: Vec<(DateTime<Utc>, String)>,
    first: First,
) -> Vec<TransitionRecord> {
    entered.sort_by_key(|(at, _)| *at);
    let mut moves = Vec::new();
    let mut before: Option<(DateTime<Utc>, String)> = None;
    for (at, to) in entered {
        if before.as_ref().is_some_and(|(_, stage)| *stage == to) {
            continue;
        }
        if before.is_some() || first == First::IsMove {
            moves.push(TransitionRecord {
                origin: origin.clone(),
                deal: deal.to_owned(),
                from: before.as_ref().map(|(_, stage)| stage.clone()),
                to: to.clone(),
                at,
                seconds_in_from: before.as_ref().map(|(since, _)| (at - *since).num_seconds()),
            });
        }
        before = Some((at, to));
    }
    moves
}

/// The moves of a deal whose history has a row for each, with the stage before and the stage after. How long a stage
/// lasted is known from the second row on.
pub fn changes(
    origin: &Origin,
    deal: &str,
    mut rows: Vec<(DateTime<Utc>, Option<String>, String)>,
) -> Vec<TransitionRecord> {
    rows.sort_by_key(|(at, ..)| *at);
    let mut since: Option<DateTime<Utc>> = None;
    let moved = rows.into_iter().map(|(at, from, to)| {
        let seconds_in_from = since.map(|since| (at - since).num_seconds());
        since = Some(at);
        TransitionRecord { origin: origin.clone(), deal: deal.to_owned(), from, to, at, seconds_in_from }
    });
    moved.collect()
}

/// As records of a page.
pub fn records(moves: Vec<TransitionRecord>) -> impl Iterator<Item = Record> {
    moves.into_iter().map(|step| Record::from(CrmRecord::Transition(step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            stream: "history",
            account: "7".into(),
            counted_under: None,
            seen_at: "2026-05-20T12:00:00Z".parse().unwrap(),
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn line(step: &TransitionRecord) -> String {
        let from = step.from.as_deref().unwrap_or("-");
        format!("{from}>{} {} {:?}", step.to, step.at.date_naive(), step.seconds_in_from)
    }

    #[test]
    fn visits_become_moves_and_the_same_stage_again_is_none() {
        let entered = || {
            [
                "2026-05-03T00:00:00Z won",
                "2026-05-01T00:00:00Z new",
                "2026-05-01T00:00:10Z new",
                "2026-05-02T00:00:00Z talk",
            ]
            .map(|text| text.split_once(' ').map(|(time, stage)| (at(time), stage.to_owned())).unwrap())
            .to_vec()
        };
        let lines = |first| moves(&origin(), "1", entered(), first).iter().map(line).collect::<Vec<_>>();
        assert_eq!(
            lines(First::IsMove),
            ["->new 2026-05-01 None", "new>talk 2026-05-02 Some(86400)", "talk>won 2026-05-03 Some(86400)"]
        );
        assert_eq!(lines(First::IsStart).len(), 2);
        assert!(moves(&origin(), "1", Vec::new(), First::IsMove).is_empty());
    }

    #[test]
    fn rows_of_changes_are_moves_each() {
        let rows = vec![
            (at("2026-05-02T00:00:00Z"), Some("b".into()), "c".into()),
            (at("2026-05-01T00:00:00Z"), Some("a".into()), "b".into()),
        ];
        let lines: Vec<_> = changes(&origin(), "1", rows).iter().map(line).collect();
        assert_eq!(lines, ["a>b 2026-05-01 None", "b>c 2026-05-02 Some(86400)"]);
    }
}

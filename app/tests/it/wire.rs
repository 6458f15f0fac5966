//! Documents survive the way between server and browser. (`serde_json` keeps numbers exact here, which has been known to
//! break tagged enums that hold numbers.)

use model::connections::ConnectionState;
use model::ids::RuleId;
use model::imports::{ColumnRole, EntityLevel, ImportState, Question};
use model::live::{LiveMessage, Topic, Versions};
use model::mapping::{AssignedBy, Assignment, Catch};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

fn travels<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    let text = serde_json::to_string(&value).unwrap();
    match serde_json::from_str::<T>(&text) {
        Ok(back) => assert_eq!(back, value),
        Err(error) => panic!("{text} can't be read: {error}"),
    }
}

#[test]
fn states_and_questions_with_numbers_travel() {
    travels(ImportState::Loading { rows: 3_000_000_000 });
    travels(ImportState::Failed { reason: "No.".into() });
    travels(Question::Year { suggestion: Some(2026) });
    travels(Question::Period { suggestion: None });
    travels(Question::DateOrder { example: "03/04/2026".into() });
    travels(ConnectionState::WaitingForQuota {
        until: chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
    });
    travels(LiveMessage::Changed { topic: Topic::Figures, version: 7 });
    travels(LiveMessage::Hello { versions: Versions([(Topic::Imports, 3)].into()) });
    travels(ColumnRole::EntityName { level: EntityLevel::AdGroup });
    travels(AssignedBy::Rule(RuleId(7)));
    travels(AssignedBy::Hand);
    travels(Catch::Earlier(3));
    travels(Assignment::To("Spring".into()));
    travels(Assignment::ByRules);
}

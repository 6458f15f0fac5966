//! Writing values into statements: as parameters, or, for COPY, which takes none, as literals.

use crate::load::literal;
use chrono::NaiveDate;
use sqlx::{Postgres, QueryBuilder};

/// A statement under construction. Text is ours alone; values go through the other functions.
pub(super) trait Sql {
    fn text(&mut self, text: &str);
    fn int2(&mut self, value: i16);
    fn int4(&mut self, value: i32);
    fn int4s(&mut self, values: &[i32]);
    fn int8s(&mut self, values: &[i64]);
    fn day(&mut self, value: NaiveDate);
    fn days(&mut self, values: &[NaiveDate]);
    fn word(&mut self, value: &str);
    fn words(&mut self, values: &[String]);
}

impl Sql for QueryBuilder<Postgres> {
    fn text(&mut self, text: &str) {
        self.push(text);
    }
    fn int2(&mut self, value: i16) {
        self.push_bind(value);
    }
    fn int4(&mut self, value: i32) {
        self.push_bind(value);
    }
    fn int4s(&mut self, values: &[i32]) {
        self.push_bind(values.to_vec());
    }
    fn int8s(&mut self, values: &[i64]) {
        self.push_bind(values.to_vec());
    }
    fn day(&mut self, value: NaiveDate) {
        self.push_bind(value);
    }
    fn days(&mut self, values: &[NaiveDate]) {
        self.push_bind(values.to_vec());
    }
    fn word(&mut self, value: &str) {
        self.push_bind(value.to_owned());
    }
    fn words(&mut self, values: &[String]) {
        self.push_bind(values.to_vec());
    }
}

/// With literals.
#[derive(Debug, Default)]
pub(super) struct Literals(pub(super) String);

impl Literals {
    fn array<T: ToString>(&mut self, values: &[T], element: &str) {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        self.text(&format!("'{{{}}}'::{element}[]", values.join(",")));
    }
}

impl Sql for Literals {
    fn text(&mut self, text: &str) {
        self.0.push_str(text);
    }
    fn int2(&mut self, value: i16) {
        self.0.push_str(&value.to_string());
    }
    fn int4(&mut self, value: i32) {
        self.0.push_str(&value.to_string());
    }
    fn int4s(&mut self, values: &[i32]) {
        self.array(values, "integer");
    }
    fn int8s(&mut self, values: &[i64]) {
        self.array(values, "bigint");
    }
    fn day(&mut self, value: NaiveDate) {
        self.text(&format!("'{value}'::date"));
    }
    fn days(&mut self, values: &[NaiveDate]) {
        self.array(values, "date");
    }
    fn word(&mut self, value: &str) {
        self.0.push_str(&literal(value));
    }
    fn words(&mut self, values: &[String]) {
        let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
        self.text(&format!("ARRAY[{}]::text[]", values.join(",")));
    }
}

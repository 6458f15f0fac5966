//! One measured number.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use std::io::Write;

/// `{"name","value","unit","detail"}`
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The name under which it is followed over time.
    pub name: String,
    /// How much.
    pub value: Number,
    /// Of what.
    pub unit: String,
    /// How it was measured, and what it is made of.
    #[serde(default)]
    pub detail: Value,
}

impl Figure {
    /// Reads a line that a benchmark printed.
    ///
    /// # Errors
    /// When it is not a figure.
    pub fn parse(line: &str) -> Result<Self> {
        serde_json::from_str(line)
            .with_context(|| format!("a benchmark printed something that is no figure: {line}"))
    }

    /// Prints it as one line.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn print(&self) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{}", serde_json::to_string(self)?)?;
        Ok(stdout.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_and_other_lines_refused() {
        let figure =
            Figure::parse(r#"{"name":"ingest_new","value":412345.5,"unit":"rows/s","detail":"direct COPY"}"#);
        let figure = figure.expect("a figure");
        assert_eq!(figure.value.to_string(), "412345.5");
        assert!(Figure::parse("warming up").is_err());
        assert!(Figure::parse(r#"{"name":"x","value":"fast","unit":"s"}"#).is_err());
    }
}

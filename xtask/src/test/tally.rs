//! Counting tests: what the runners print, as numbers.

use anyhow::{Context, Result};
use serde::Deserialize;

/// How many tests passed and failed, and the runners' own words for it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed, flaky ones included.
    pub passed: u64,
    /// Tests that failed, timed out or could not be run.
    pub failed: u64,
    /// One line per runner.
    pub summaries: Vec<String>,
}

impl Tally {
    /// Adds the result of a runner.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.summaries.extend(other.summaries);
    }
}

/// The result of `cargo nextest run` or `cargo test`, from the lines that it printed.
pub fn of_cargo(lines: &[String]) -> Tally {
    if let Some(line) = lines.iter().rev().find(|line| is_nextest_summary(line)) {
        return of_nextest(line);
    }
    let mut tally = Tally::default();
    for line in lines {
        // test result: ok. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
        let Some(result) = line.trim_start().strip_prefix("test result: ") else { continue };
        let counts = result.split_once(". ").map_or(result, |(_, counts)| counts);
        let (passed, failed) = passed_and_failed(counts.split(';'));
        tally.passed += passed;
        tally.failed += failed;
    }
    if tally.passed + tally.failed > 0 {
        tally.summaries.push(format!("cargo test: {} passed, {} failed", tally.passed, tally.failed));
    }
    tally
}

fn is_nextest_summary(line: &str) -> bool {
    line.trim_start().starts_with("Summary [")
}

/// `Summary [   0.012s] 6 tests run: 4 passed (1 slow), 1 failed, 1 timed out, 2 skipped`
fn of_nextest(line: &str) -> Tally {
    let counts = line.split_once("run:").map_or("", |(_, counts)| counts);
    let (passed, failed) = passed_and_failed(counts.split(','));
    Tally { passed, failed, summaries: vec![line.trim().to_owned()] }
}

/// Adds up parts such as `4 passed (1 slow)`, `1 failed`, `1 timed out`.
fn passed_and_failed<'a>(parts: impl Iterator<Item = &'a str>) -> (u64, u64) {
    let mut sums = (0, 0);
    for part in parts {
        let Some((count, word)) = part.trim().split_once(' ') else { continue };
        let Ok(count) = count.parse::<u64>() else { continue };
        if word.starts_with("passed") {
            sums.0 += count;
        } else if ["failed", "timed out", "exec failed"].iter().any(|bad| word.starts_with(bad)) {
            sums.1 += count;
        }
    }
    sums
}

#[derive(Deserialize)]
struct PlaywrightReport {
    stats: PlaywrightStats,
    #[serde(default)]
    errors: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct PlaywrightStats {
    expected: u64,
    unexpected: u64,
    flaky: u64,
    skipped: u64,
}

/// The result of Playwright, from its JSON report. An error outside of a test (a fixture file that does not compile)
/// counts as a failure.
///
/// # Errors
/// When the report is not one.
pub fn of_playwright(json: &str) -> Result<Tally> {
    let PlaywrightReport { stats, errors } =
        serde_json::from_str(json).context("Playwright's report is not what it used to be")?;
    let passed = stats.expected + stats.flaky;
    let failed = stats.unexpected + errors.len() as u64;
    let summary = format!(
        "playwright: {passed} passed ({} flaky), {failed} failed, {} skipped",
        stats.flaky, stats.skipped
    );
    Ok(Tally { passed, failed, summaries: vec![summary] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(output: &str, passed: u64, failed: u64) {
        let lines: Vec<_> = output.lines().map(str::to_owned).collect();
        let tally = of_cargo(&lines);
        assert_eq!((tally.passed, tally.failed), (passed, failed), "{output}");
    }

    #[test]
    fn nextest_is_counted_by_its_summary() {
        check("     Summary [   0.012s] 5 tests run: 5 passed, 0 skipped", 5, 0);
        check("     Summary [   9.000s] 1 test run: 1 passed (1 slow), 3 skipped", 1, 0);
        check(
            "     Summary [   9.000s] 9/20 tests run: 6 passed (2 flaky), 2 failed, 1 timed out, 1 skipped",
            6,
            3,
        );
        // Nextest repeats the failures after the summary.
        check(
            "  Summary [   1.000s] 2 tests run: 1 passed, 1 failed, 0 skipped\n    FAIL [ 0.1s] model a",
            1,
            1,
        );
    }

    #[test]
    fn cargo_test_is_summed_over_its_executables() {
        check(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
             test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            7,
            2,
        );
        check("error: could not compile", 0, 0);
    }

    #[test]
    fn playwright_is_counted_by_its_report() {
        let report = |errors: &str| {
            format!(
                r#"{{"suites":[],"errors":{errors},"stats":{{"startTime":"","duration":1.5,"expected":7,"skipped":1,"unexpected":2,"flaky":1}}}}"#
            )
        };
        let tally = of_playwright(&report("[]")).expect("a report");
        assert_eq!((tally.passed, tally.failed), (8, 2));
        let tally = of_playwright(&report(r#"[{"message":"no"}]"#)).expect("a report");
        assert_eq!((tally.passed, tally.failed), (8, 3));
        assert!(of_playwright("{}").is_err());
    }
}

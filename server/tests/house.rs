//! The rules of the house: who may import whom, and which words may stand where.
#![expect(clippy::unwrap_used, reason = "a test")]

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each crate may import of ours, outside of its tests.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("metrics", &["model"]),
    ("chart", &["model", "metrics"]),
    ("app", &["model", "metrics", "chart"]),
    ("frontend", &["app"]),
    ("database", &["model"]),
    ("identity", &["model", "database"]),
    ("connectors", &["model", "metrics"]),
    ("warehouse", &["model", "metrics", "database"]),
    ("pipeline", &["model", "metrics", "database", "identity", "connectors", "warehouse"]),
    ("simulator", &["model"]),
    (
        "server",
        &[
            "app",
            "model",
            "metrics",
            "chart",
            "database",
            "identity",
            "connectors",
            "warehouse",
            "pipeline",
            "simulator",
        ],
    ),
    ("xtask", &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[test]
fn crates_import_only_what_they_may() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    let rules: BTreeMap<_, _> = MAY_IMPORT.iter().copied().collect();
    let ours: BTreeSet<_> = metadata.packages.iter().map(|p| p.name.to_string()).collect();
    assert_eq!(
        ours,
        rules.keys().map(ToString::to_string).collect(),
        "a crate without a rule, or a rule without a crate"
    );
    for package in &metadata.packages {
        let allowed = rules[package.name.as_str()];
        for dependency in package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development) {
            let is_ours = ours.contains(&dependency.name) && dependency.path.is_some();
            assert!(
                !is_ours || allowed.contains(&dependency.name.as_str()),
                "{} must not import {}",
                package.name,
                dependency.name
            );
        }
    }
}

/// Words that must not stand in the sources of a folder: (folder, word, why, files that may).
const FORBIDDEN: &[(&str, &str, &str, &[&str])] = &[
    ("app", "sqlx", "SQL lives in domain crates", &[]),
    ("server/connectors", "sqlx", "connectors know no database", &[]),
    ("server/database", "reqwest", "only connectors call out", &[]),
    ("server/identity", "reqwest", "only connectors call out", &[]),
    ("server/warehouse", "reqwest", "only connectors call out", &[]),
    ("server/pipeline", "reqwest", "only connectors call out", &[]),
    ("server/warehouse/src", "google", "the warehouse knows no vendor", &[]),
    ("server/warehouse/src", "facebook", "the warehouse knows no vendor", &[]),
    ("app/src/pages", "web_sys", "the browser is touched in charts, ui and state only", &[]),
    (
        "app/src/widgets",
        "web_sys",
        "the browser is touched in charts, ui and state only",
        // Focus within a grid of cells, the edge of a column that is dragged, and the size of a tile.
        &["app/src/widgets/kpi.rs", "app/src/widgets/table/cells.rs", "app/src/widgets/table/columns.rs"],
    ),
    ("app/src/api", "web_sys", "the browser is touched in charts, ui and state only", &[]),
];

#[test]
fn words_stand_only_where_they_may() {
    for (folder, word, why, except) in FORBIDDEN {
        let mut files = Vec::new();
        sources(&root().join(folder), &mut files);
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            // What a file's tests use is their own affair.
            let code = text.split("#[cfg(test)]").next().unwrap();
            let shown = file.strip_prefix(root()).unwrap().display().to_string();
            assert!(
                except.contains(&shown.as_str()) || !code.contains(word),
                "{shown} contains {word}: {why}"
            );
        }
    }
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let is_test = path.file_name().is_some_and(|n| n == "tests" || n == "tests.rs" || n == "bench");
        if path.is_dir() && !is_test {
            sources(&path, into);
        } else if !is_test && path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

//! What a changed file asks to be built.

use std::path::Path;

/// Parts that are to be built again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The server's executable.
    pub server: bool,
    /// The app's WebAssembly, and all that goes into `dist/` with it.
    pub browser: bool,
    /// Styles, public files and npm bundles.
    pub assets: bool,
    /// The npm packages themselves.
    pub packages: bool,
}

impl Change {
    /// Nothing to build.
    pub const NOTHING: Self = Self { server: false, browser: false, assets: false, packages: false };
    /// All of it.
    pub const EVERYTHING: Self = Self { server: true, browser: true, assets: true, packages: true };

    /// Whether there is nothing to build.
    pub fn is_nothing(self) -> bool {
        self == Self::NOTHING
    }

    /// Both changes.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            server: self.server || other.server,
            browser: self.browser || other.browser,
            assets: self.assets || other.assets,
            packages: self.packages || other.packages,
        }
    }

    /// What a file asks for, by its path below the root folder.
    pub fn of(path: &Path) -> Self {
        let both = Self { server: true, browser: true, ..Self::NOTHING };
        let mut parts = path.iter().filter_map(|part| part.to_str());
        match (parts.next(), parts.next()) {
            (Some("app" | ".cargo" | "Cargo.toml" | "Cargo.lock"), _) => both,
            (Some("server"), _) => Self { server: true, ..Self::NOTHING },
            (Some("style" | "public"), _) | (Some("frontend"), Some("build")) => {
                Self { assets: true, ..Self::NOTHING }
            }
            (Some("frontend"), Some("package.json" | "package-lock.json")) => {
                Self { assets: true, packages: true, ..Self::NOTHING }
            }
            (Some("frontend"), _) => Self { browser: true, ..Self::NOTHING },
            _ => Self::NOTHING,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, parts: &str) {
        let change = Change::of(Path::new(path));
        let found = [
            (change.server, "server"),
            (change.browser, "browser"),
            (change.assets, "assets"),
            (change.packages, "packages"),
        ];
        let found: Vec<_> = found.into_iter().filter_map(|(set, name)| set.then_some(name)).collect();
        assert_eq!(found.join(" "), parts, "{path}");
    }

    #[test]
    fn a_file_asks_for_the_parts_that_contain_it() {
        check("app/src/lib.rs", "server browser");
        check("app/metrics/src/cube/mod.rs", "server browser");
        check("server/warehouse/migrations/1.sql", "server");
        check("frontend/src/lib.rs", "browser");
        check("frontend/build/echarts.js", "assets");
        check("frontend/package-lock.json", "assets packages");
        check("style/main.css", "assets");
        check("public/favicon.svg", "assets");
        check("Cargo.lock", "server browser");
        check("README.md", "");
        check("end2end/acceptance/login.spec.ts", "");
    }
}

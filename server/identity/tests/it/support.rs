//! An installation to test on.

use database::testing::TestDatabase;
use identity::{Entropy, Identity};
use model::access::{Caller, Origin};
use model::clock::Clock;
use model::days::WeekStart;
use model::ids::UserId;
use model::ports::{Identity as _, SessionToken};
use model::workspace::{SetupForm, Workspace, WorkspaceSettings};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::time::Duration;

pub const EMAIL: &str = "ana@example.com";
pub const PASSWORD: &str = "correct horse battery";

pub struct House {
    pub db: TestDatabase,
    pub clock: Clock,
    pub identity: Identity,
}

impl House {
    /// Nobody there yet.
    pub async fn empty() -> Self {
        let db = database::testing::fresh().await;
        let clock = Clock::from_setting(Some("2026-09-04")).unwrap();
        let identity = Identity::new(db.database(), clock.clone(), entropy());
        Self { db, clock, identity }
    }

    /// With an admin and the workspace "acme".
    pub async fn lived_in() -> (Self, SessionToken, Workspace) {
        let house = Self::empty().await;
        let form = house.form().await;
        let (token, workspace) = house.identity.set_up(form, &origin()).await.unwrap();
        (house, token, workspace)
    }

    /// The form of the first run, all right.
    pub async fn form(&self) -> SetupForm {
        let code = self.identity.setup_code().await.unwrap().unwrap();
        SetupForm { code, email: EMAIL.into(), password: PASSWORD.into(), workspace: settings("Acme") }
    }

    pub async fn caller(&self, token: &SessionToken) -> Option<Caller> {
        self.identity.caller(&token.0, &origin()).await.unwrap()
    }

    /// Time passes.
    pub async fn later(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// Another person, with the same password, in no workspace.
    pub async fn neighbour(&self) -> (UserId, SessionToken) {
        let id: i32 = sqlx::query_scalar(
            "INSERT INTO users (email, password_hash, password_changed_at, created_at)
             SELECT 'bob@example.com', password_hash, now(), now() FROM users LIMIT 1 RETURNING id",
        )
        .fetch_one(self.db.pool())
        .await
        .unwrap();
        let token = self.identity.log_in("bob@example.com", PASSWORD, &origin()).await.unwrap();
        (UserId(id), token)
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.db.pool()).await.unwrap()
    }
}

pub fn entropy() -> Entropy {
    Entropy::new(StdRng::seed_from_u64(11))
}

pub fn settings(name: &str) -> WorkspaceSettings {
    WorkspaceSettings {
        name: name.into(),
        currency: "EUR".into(),
        time_zone: "Europe/Berlin".into(),
        week_start: WeekStart::Monday,
    }
}

pub fn origin() -> Origin {
    from("192.0.2.1")
}

pub fn from(address: &str) -> Origin {
    let user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into();
    Origin { address: address.into(), user_agent }
}

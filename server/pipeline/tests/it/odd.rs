//! A platform that misbehaves where a test wants it to.

use async_trait::async_trait;
use connectors::connector::About;
use connectors::http::{QuotaSpec, Rate, Told};
use connectors::oauth::OAuthSpec;
use connectors::way::Way;
use connectors::{
    AccountsFound, Connector, Context, Error, ErrorKind, Page, RemoteAccount, SettingSpec, Slice, StreamSpec,
    Warning,
};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

/// Google Ads with habits of its own.
struct Odd {
    google: &'static dyn Connector,
    habit: Habit,
}

/// What it does otherwise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    None,
    /// Everything panics.
    PanicsAtOnce,
    /// Reading this stream panics.
    Panics(&'static str),
    /// Reading this stream never ends.
    Waits(&'static str),
    /// This stream is at no address.
    Gone(&'static str),
}

#[async_trait]
impl Connector for Odd {
    fn slug(&self) -> &'static str {
        self.google.slug()
    }
    fn about(&self) -> About {
        self.google.about()
    }
    fn ways(&self) -> &'static [Way] {
        self.google.ways()
    }
    fn streams(&self) -> &'static [StreamSpec] {
        self.google.streams()
    }
    fn settings(&self) -> &'static [SettingSpec] {
        self.google.settings()
    }
    fn oauth(&self) -> Option<&'static OAuthSpec> {
        self.google.oauth()
    }
    fn rate(&self) -> Rate {
        self.google.rate()
    }
    fn quotas(&self) -> &'static [QuotaSpec] {
        &[QuotaSpec { name: "operations per day", told: Told::By(|_| Some((150, 15_000))) }]
    }
    fn restating_settings(&self) -> &'static [&'static str] {
        &["conversion_window_days"]
    }
    fn has_stream(&self, _: &RemoteAccount, _: &StreamSpec) -> bool {
        assert!(self.habit != Habit::PanicsAtOnce, "index out of bounds: the len is 0");
        true
    }
    async fn accounts(&self, ctx: &Context) -> connectors::error::Result<AccountsFound> {
        self.google.accounts(ctx).await
    }
    async fn account(
        &self,
        ctx: &Context,
        id: &str,
    ) -> connectors::error::Result<(RemoteAccount, Vec<Warning>)> {
        self.google.account(ctx, id).await
    }
    fn read_once<'a>(
        &'a self,
        ctx: &'a Context,
        slice: Slice<'a>,
    ) -> BoxStream<'a, connectors::error::Result<Page>> {
        let is = |name: &str| name == slice.stream.name;
        match self.habit {
            Habit::Panics(name) if is(name) => panic!("index out of bounds: the len is 0"),
            Habit::Waits(name) if is(name) => stream::pending().boxed(),
            Habit::Gone(name) if is(name) => {
                let error = Error::new(ErrorKind::VersionSunset, "There is no such address.");
                stream::iter([Err(error)]).boxed()
            }
            _ => self.google.read_once(ctx, slice),
        }
    }
}

/// Google Ads with that habit.
pub fn odd(slug: &str, habit: Habit) -> Option<&'static dyn Connector> {
    let google = connectors::find(slug)?;
    Some(Box::leak(Box::new(Odd { google, habit })))
}

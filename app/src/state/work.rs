//! Two things that pages do all the time: run an action with a pending mark, and keep what is shown fresh.

use super::live::use_topic_version;
use super::toast::Toasts;
use crate::api::ApiError;
use leptos::prelude::*;
use model::live::Topic;
use std::future::Future;

/// Runs an action once at a time: `pending` is true meanwhile, a failure becomes a toast, success goes to `then`, unless
/// the person has left the part of the page that `pending` belongs to (whose signals `then` may use).
pub fn run<T: 'static>(
    pending: RwSignal<bool>,
    toasts: Toasts,
    work: impl Future<Output = Result<T, ApiError>> + 'static,
    then: impl FnOnce(T) + 'static,
) {
    if pending.get_untracked() {
        return;
    }
    pending.set(true);
    leptos::task::spawn_local(async move {
        let result = work.await;
        let is_gone = pending.try_set(false).is_some();
        match result {
            Ok(value) if !is_gone => then(value),
            Ok(_) => {}
            Err(error) => toasts.failed(&error),
        }
    });
}

/// Fetches anew whenever somebody's commit changed the topic, and when the answer's signal is asked to by `again`.
/// An answer that was overtaken by a later one is dropped; a failure leaves what is shown.
pub fn keep_fresh<T, Fut>(topic: Topic, value: RwSignal<T>, again: Trigger, fetch: impl Fn() -> Fut + 'static)
where
    T: Send + Sync + 'static,
    Fut: Future<Output = Result<T, ApiError>> + 'static,
{
    let version = use_topic_version(topic);
    let asked = StoredValue::new(0_u64);
    Effect::new(move |before: Option<()>| {
        // Read, not only tracked: a memo that nobody has read yet does not listen to its own sources.
        let _ = version.get();
        again.track();
        if before.is_none() {
            return;
        }
        let number = asked.get_value() + 1;
        asked.set_value(number);
        let answer = fetch();
        leptos::task::spawn_local(async move {
            if let Ok(fresh) = answer.await
                && asked.try_get_value() == Some(number)
            {
                let _ = value.try_set(fresh);
            }
        });
    });
}

/// The answer of a resource: while it loads a skeleton, then the value or why there is none. Keep the value in a signal
/// and [`keep_fresh`] to follow changes without losing what the person is doing.
pub fn first<T, V>(
    resource: Resource<Result<T, ApiError>>,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    first_under(resource, view, || ())
}

/// Like [`first`], for pages whose heading is part of the value: `heading` stands over the error instead.
pub fn first_under<T, V, H>(
    resource: Resource<Result<T, ApiError>>,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
    heading: impl Fn() -> H + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
    H: IntoView + 'static,
{
    use crate::ui::{ErrorState, Skeleton};
    view! {
        <Transition fallback=|| {
            view! { <Skeleton/> }
        }>
            {move || {
                let (view, heading) = (view.clone(), heading.clone());
                Suspend::new(async move {
                    match resource.await {
                        Ok(value) => view(value).into_any(),
                        Err(error) => {
                            view! {
                                {heading()}
                                <ErrorState error retry=move |()| resource.refetch()/>
                            }
                            .into_any()
                        }
                    }
                })
            }}
        </Transition>
    }
}

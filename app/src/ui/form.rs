//! What a form does with an error: beside the field that it is about, or above the button.

use super::feedback::ErrorState;
use leptos::prelude::*;
use model::AppError;

/// The message for the field of that name, if the error is about it. Names in errors may be paths
/// (`workspace.currency`): the last part counts.
pub fn field_error(error: Signal<Option<AppError>>, name: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || {
        error.with(|error| error.as_ref().filter(|error| names(error, name)).map(sentence))
    })
}

fn names(error: &AppError, name: &str) -> bool {
    error.field.as_deref().is_some_and(|field| field.rsplit('.').next() == Some(name))
}

fn sentence(error: &AppError) -> String {
    match &error.hint {
        Some(hint) => format!("{} {hint}", error.message),
        None => error.message.clone(),
    }
}

/// Shows an error that is about none of the form's own fields.
#[component]
pub fn FormError(
    /// The last error.
    #[prop(into)]
    error: Signal<Option<AppError>>,
    /// Fields that show their own errors.
    #[prop(default = &[])]
    fields: &'static [&'static str],
    /// The form is the log-in itself.
    #[prop(optional)]
    at_login: bool,
) -> impl IntoView {
    move || {
        error
            .get()
            .filter(|error| !fields.iter().any(|name| names(error, name)))
            .map(|error| view! { <ErrorState error at_login/> })
    }
}

#[cfg(test)]
mod tests {
    use super::names;
    use model::AppError;

    #[test]
    fn an_error_finds_its_field_by_the_last_part_of_its_path() {
        let error = AppError::invalid_field("workspace.currency", "No such currency.");
        assert!(names(&error, "currency"));
        assert!(!names(&error, "workspace"));
        assert!(!names(&AppError::invalid("No."), "currency"));
    }
}

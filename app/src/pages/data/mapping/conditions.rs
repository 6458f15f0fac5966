//! The conditions of a rule, as fields.

use crate::ui::{Button, Icon, IconButton, SelectField, TextField, Tone};
use leptos::prelude::*;
use metrics::platform::PLATFORMS;
use model::AppError;
use model::mapping::{Condition, MAX_CONDITIONS, RuleField, RuleTest};

/// A condition under construction.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    key: usize,
    field: RwSignal<String>,
    test: RwSignal<String>,
    text: RwSignal<String>,
}

impl Row {
    fn new(key: usize, condition: &Condition) -> Self {
        Self {
            key,
            field: RwSignal::new(condition.field.name().to_owned()),
            test: RwSignal::new(condition.test.name().to_owned()),
            text: RwSignal::new(condition.text.clone()),
        }
    }

    fn condition(self) -> Condition {
        Condition {
            field: RuleField::from_name(&self.field.get()).unwrap_or(RuleField::Name),
            test: RuleTest::from_name(&self.test.get()).unwrap_or(RuleTest::Contains),
            text: self.text.get(),
        }
    }
}

/// All conditions under construction.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    list: RwSignal<Vec<Row>>,
    next: StoredValue<usize>,
    /// Whose the rows' signals are: a click comes from a button that the change itself may draw anew, and what belongs to
    /// that button would go with it.
    owner: StoredValue<Owner>,
}

impl Rows {
    /// Those of a draft.
    pub fn new(conditions: &[Condition]) -> Self {
        let list = conditions.iter().enumerate().map(|(key, condition)| Row::new(key, condition)).collect();
        let owner = Owner::current().map_or_else(Owner::new, |owner| owner.child());
        Self {
            list: RwSignal::new(list),
            next: StoredValue::new(conditions.len()),
            owner: StoredValue::new(owner),
        }
    }

    /// As they stand; tracked.
    pub fn conditions(self) -> Vec<Condition> {
        self.list.get().into_iter().map(Row::condition).collect()
    }

    fn add(self) {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        let condition = Condition { field: RuleField::Name, test: RuleTest::Contains, text: String::new() };
        let row = self.owner.with_value(|owner| owner.with(|| Row::new(key, &condition)));
        self.list.update(|list| list.push(row));
    }

    fn remove(self, key: usize) {
        self.list.update(|list| list.retain(|row| row.key != key));
    }
}

/// Values that a field can have, where few are known.
fn known(field: &str) -> Vec<String> {
    match RuleField::from_name(field) {
        Some(RuleField::Platform) => PLATFORMS.iter().map(|(slug, _)| (*slug).to_owned()).collect(),
        Some(RuleField::Kind) => {
            ["campaign", "post", "email", "flow", "program", "form", "page"].map(ToOwned::to_owned).to_vec()
        }
        _ => Vec::new(),
    }
}

/// The fields of all conditions.
#[component]
pub fn Conditions(
    /// What they hold.
    rows: Rows,
    /// What is wrong with one of them.
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let is_one = Memo::new(move |_| rows.list.with(|list| list.len() == 1));
    let is_full = move || rows.list.with(|list| list.len() >= MAX_CONDITIONS);
    view! {
        <fieldset class="stack stack--tight conditions">
            <legend class="field__label">"Catches things for which all of this holds"</legend>
            <For each=move || rows.list.get() key=|row| row.key let:row>
                <Fields row rows is_one error/>
            </For>
            {move || {
                (!is_full())
                    .then(|| {
                        view! {
                            <div>
                                <Button tone=Tone::Ghost icon=Icon::Plus on_click=move |_| rows.add()>"Add a condition"</Button>
                            </div>
                        }
                    })
            }}
        </fieldset>
    }
}

#[component]
fn Fields(row: Row, rows: Rows, is_one: Memo<bool>, error: Signal<Option<AppError>>) -> impl IntoView {
    let key = row.key;
    let place = move || rows.list.with(|list| list.iter().position(|other| other.key == key));
    let wrong = Signal::derive(move || {
        let name = format!("condition-{}", place()?);
        error.with(|error| {
            let error = error.as_ref().filter(|error| error.field.as_deref() == Some(name.as_str()))?;
            Some(error.message.clone())
        })
    });
    let fields = RuleField::ALL.map(|field| (field.name().to_owned(), field.label().to_owned())).to_vec();
    let tests = RuleTest::ALL.map(|test| (test.name().to_owned(), test.label().to_owned())).to_vec();
    let suggestions = Signal::derive(move || known(&row.field.get()));
    view! {
        <div class="condition">
            <SelectField name="field" id=format!("field-{key}") label="Look at" value=row.field options=fields/>
            <SelectField name="test" id=format!("test-{key}") label="Test" value=row.test options=tests/>
            <TextField name="text" id=format!("text-{key}") label="Text" value=row.text error=wrong suggestions/>
            {move || {
                (!is_one.get())
                    .then(|| {
                        view! {
                            <IconButton icon=Icon::Trash label="Remove this condition" on_click=move |_| rows.remove(key)/>
                        }
                    })
            }}
        </div>
    }
}

//! How the tables of campaigns are sorted: by a click on a head, in the address as on dashboards.

use super::address::{AddressSelect, use_go_to};
use crate::state::view::{Column, Sort};
use crate::ui::{SortButton, Sorted};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use metrics::Measure;
use metrics::campaigns::{Values, value};
use metrics::frame::descending;
use model::sort::sort_by;
use std::cmp::Ordering;

/// The order in the address. The largest of the first column come first where it says nothing, or nothing that there is.
pub fn use_sort(columns: Memo<Vec<Measure>>) -> Memo<Sort> {
    let query = use_query_map();
    Memo::new(move |_| {
        let text = query.with(|query| query.get("sort"));
        columns.with(|columns| order(text.as_deref(), columns))
    })
}

fn order(text: Option<&str>, columns: &[Measure]) -> Sort {
    let is_there = |sort: &Sort| match sort.column {
        Column::Name => true,
        Column::Measure(measure) => columns.contains(&measure),
        Column::Change => false,
    };
    let usual = || match columns.first() {
        Some(measure) => Sort { column: Column::Measure(*measure), descending: true },
        None => Sort { column: Column::Name, descending: false },
    };
    text.and_then(Sort::parse).filter(is_there).unwrap_or_else(usual)
}

/// Puts rows in order. Rows without the figure come last in both directions, and what ties keeps its order: that of the
/// server, by the other figures.
pub fn sorted<Row>(
    mut rows: Vec<Row>,
    sort: Sort,
    name: impl Fn(&Row) -> &str,
    values: impl Fn(&Row) -> &Values,
) -> Vec<Row> {
    let by_name = |a: &Row, b: &Row| name(a).to_lowercase().cmp(&name(b).to_lowercase());
    let directed = |order: Ordering| if sort.descending { order } else { order.reverse() };
    sort_by(&mut rows, |a, b| match sort.column {
        Column::Measure(measure) => {
            let (x, y) = (value(values(a), measure), value(values(b), measure));
            let order = descending(x, y);
            if x.figure().is_some() && y.figure().is_some() { directed(order) } else { order }
        }
        Column::Name | Column::Change => directed(by_name(b, a)),
    });
    rows
}

/// The head of a column that sorts.
#[component]
pub fn SortHead(
    /// Which.
    column: Column,
    /// The order in the address.
    sort: Memo<Sort>,
    /// What names are names of.
    #[prop(default = "Name")]
    names: &'static str,
) -> impl IntoView {
    let go_to = use_go_to();
    let (label, title) = match column {
        Column::Measure(measure) => (measure.label(), metrics::explain::one_line(measure)),
        Column::Name | Column::Change => (names, "Sort by name".to_owned()),
    };
    let found = move || Some(sort.get()).filter(|sort| sort.column == column);
    let sorted =
        Signal::derive(move || found().map(|sort| Sorted { descending: sort.descending, place: None }));
    let on_click = Callback::new(move |_| {
        let order = Sort::clicked(column, Some(sort.get_untracked()).filter(|sort| sort.column == column));
        go_to("sort", order.to_string());
    });
    view! {
        <th
            scope="col"
            class:num=matches!(column, Column::Measure(_))
            aria-sort=move || sorted.get().and_then(Sorted::aria)
        >
            <SortButton label title sorted on_click/>
        </th>
    }
}

/// The same for phones, where the heads are not seen.
#[component]
pub fn SortSelect(
    /// The columns of figures.
    columns: Memo<Vec<Measure>>,
    /// The order in the address.
    sort: Memo<Sort>,
) -> impl IntoView {
    let value = Memo::new(move |_| sort.get().to_string());
    let offered = move |column, label: &str| {
        let (first, last) = match column {
            Column::Name => ("Z first", "A first"),
            Column::Measure(_) | Column::Change => ("largest first", "smallest first"),
        };
        let option = |descending, how| (Sort { column, descending }.to_string(), format!("{label}, {how}"));
        [option(true, first), option(false, last)]
    };
    view! {
        <div class="campaigns__period only-narrow">
            {move || {
                let figures = columns.get().into_iter();
                let figures = figures.flat_map(|measure| offered(Column::Measure(measure), measure.label()));
                let options = figures.chain(offered(Column::Name, "Name")).collect::<Vec<_>>();
                view! { <AddressSelect name="sort" label="Order" value options/> }
            }}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics::campaigns::FIGURES;
    use metrics::{Metric, Ratio};

    fn row(name: &str, spend: Option<i64>, clicks: Option<i64>) -> (String, Values) {
        let mut values: Values = vec![None; FIGURES.len()];
        for (at, (_, metric)) in FIGURES.iter().enumerate() {
            match metric {
                Metric::Spend => values[at] = spend,
                Metric::Clicks => values[at] = clicks,
                _ => {}
            }
        }
        (name.to_owned(), values)
    }

    fn names(text: &str) -> Vec<String> {
        let rows = vec![
            row("b", Some(5), None),
            row("A", Some(9), Some(0)),
            row("c", None, Some(4)),
            row("d", Some(9), None),
        ];
        let sort = Sort::parse(text).expect("a column");
        sorted(rows, sort, |row| &row.0, |row| &row.1).into_iter().map(|row| row.0).collect()
    }

    #[test]
    fn what_has_no_figure_comes_last_in_both_directions() {
        assert_eq!(names("-spend"), ["A", "d", "b", "c"]);
        assert_eq!(names("spend"), ["b", "A", "d", "c"]);
        assert_eq!(names("-clicks"), ["c", "A", "b", "d"]);
        assert_eq!(names("clicks"), ["A", "c", "b", "d"]);
        assert_eq!(names("name"), ["A", "b", "c", "d"]);
        assert_eq!(names("-name"), ["d", "c", "b", "A"]);
    }

    #[test]
    fn columns_that_the_tables_do_not_have_sort_nothing() {
        let (clicks, roas) = (Measure::Metric(Metric::Clicks), Measure::Ratio(Ratio::Roas));
        let usual = Sort { column: Column::Measure(clicks), descending: true };
        for text in [None, Some("-spend"), Some("-ctr"), Some("change"), Some("mood")] {
            assert_eq!(order(text, &[clicks, roas]), usual, "{text:?}");
        }
        assert_eq!(
            order(Some("roas"), &[clicks, roas]),
            Sort { column: Column::Measure(roas), descending: false }
        );
        assert_eq!(order(Some("-clicks"), &[]), Sort { column: Column::Name, descending: false });
    }
}

//! The one contract of clicks: what a click on a mark, a legend entry or a row does to the filters.

use metrics::{Dimension, Filter, FilterMode};
use model::sort::{sort_by, sort_distinct};

/// What a click means, by its modifier keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Gesture {
    /// Plain click: only this.
    #[default]
    Only,
    /// Ctrl or Cmd: this too.
    Add,
    /// Shift: all but this.
    Exclude,
}

impl Gesture {
    /// From the modifier keys; Shift wins.
    pub fn from_keys(shift: bool, multi: bool) -> Self {
        match (shift, multi) {
            (true, _) => Self::Exclude,
            (false, true) => Self::Add,
            (false, false) => Self::Only,
        }
    }
}

fn members(filters: &[Filter], dimension: Dimension, mode: FilterMode) -> &[String] {
    filters.iter().find(|f| f.dimension == dimension && f.mode == mode).map_or(&[], |f| f.members.as_slice())
}

/// Members that a dimension is narrowed to; empty = not narrowed.
pub fn included(filters: &[Filter], dimension: Dimension) -> &[String] {
    members(filters, dimension, FilterMode::Include)
}

/// Members of a dimension that are left out.
pub fn excluded(filters: &[Filter], dimension: Dimension) -> &[String] {
    members(filters, dimension, FilterMode::Exclude)
}

/// Whether a member would pass the filters of its own dimension.
pub fn passes(filters: &[Filter], dimension: Dimension, member: &str) -> bool {
    let only = included(filters, dimension);
    let has = |list: &[String]| list.iter().any(|m| m == member);
    (only.is_empty() || has(only)) && !has(excluded(filters, dimension))
}

/// The filters without the inclusions of one dimension: what a widget that shows this dimension asks with, so that
/// the members not chosen stay there to be chosen.
pub fn without_own(filters: &[Filter], dimension: Dimension) -> Vec<Filter> {
    filters.iter().filter(|f| f.dimension != dimension || f.mode == FilterMode::Exclude).cloned().collect()
}

/// Replaces the members of one dimension and mode; none removes the filter.
pub fn set(filters: &mut Vec<Filter>, dimension: Dimension, mode: FilterMode, mut members: Vec<String>) {
    sort_distinct(&mut members);
    let found = filters.iter().position(|f| f.dimension == dimension && f.mode == mode);
    match (found, members.is_empty()) {
        (Some(at), true) => {
            filters.remove(at);
        }
        (Some(at), false) => filters[at].members = members,
        (None, true) => {}
        (None, false) => filters.push(Filter { dimension, mode, members }),
    }
    // One order, so that the same conditions are the same address.
    sort_by(filters, |a, b| {
        let place = |f: &Filter| (f.dimension, f.mode == FilterMode::Exclude);
        place(a).cmp(&place(b))
    });
}

/// Applies a click on a member: include, add, exclude; the same again takes it back.
pub fn toggle(filters: &mut Vec<Filter>, dimension: Dimension, member: &str, gesture: Gesture) {
    let is_member = |m: &String| m == member;
    let mut only = included(filters, dimension).to_vec();
    let mut not = excluded(filters, dimension).to_vec();
    match gesture {
        Gesture::Only => {
            let again = only.len() == 1 && only.iter().any(is_member);
            only = if again { Vec::new() } else { vec![member.to_owned()] };
            not.retain(|m| m != member);
        }
        Gesture::Add => {
            match only.iter().position(is_member) {
                Some(at) => drop(only.remove(at)),
                None => only.push(member.to_owned()),
            }
            not.retain(|m| m != member);
        }
        Gesture::Exclude => {
            match not.iter().position(is_member) {
                Some(at) => drop(not.remove(at)),
                None => not.push(member.to_owned()),
            }
            only.retain(|m| m != member);
        }
    }
    set(filters, dimension, FilterMode::Include, only);
    set(filters, dimension, FilterMode::Exclude, not);
}

/// Puts filters into the one form that addresses and comparisons use: one per dimension and mode, in that order,
/// members sorted, none empty.
pub fn normalise(filters: Vec<Filter>) -> Vec<Filter> {
    let mut out: Vec<Filter> = Vec::new();
    for filter in filters {
        let mut all = members(&out, filter.dimension, filter.mode).to_vec();
        all.extend(filter.members);
        set(&mut out, filter.dimension, filter.mode, all);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(clicks: &[(&str, Gesture)]) -> String {
        let mut filters = Vec::new();
        for (member, gesture) in clicks {
            toggle(&mut filters, Dimension::Platform, member, *gesture);
        }
        filters
            .iter()
            .map(|f| {
                let sign = if f.mode == FilterMode::Exclude { "!" } else { "" };
                format!("{sign}{}", f.members.join(","))
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    use Gesture::{Add, Exclude, Only};

    #[test]
    fn a_click_isolates_and_the_same_again_frees() {
        assert_eq!(after(&[("a", Only)]), "a");
        assert_eq!(after(&[("a", Only), ("b", Only)]), "b");
        assert_eq!(after(&[("a", Only), ("a", Only)]), "");
    }

    #[test]
    fn ctrl_adds_and_takes_away() {
        assert_eq!(after(&[("b", Only), ("a", Add)]), "a,b");
        assert_eq!(after(&[("b", Only), ("a", Add), ("b", Add)]), "a");
        assert_eq!(after(&[("b", Add), ("b", Add)]), "");
        assert_eq!(after(&[("a", Only), ("b", Add), ("a", Only)]), "a");
    }

    #[test]
    fn shift_excludes() {
        assert_eq!(after(&[("a", Exclude)]), "!a");
        assert_eq!(after(&[("a", Exclude), ("b", Exclude)]), "!a,b");
        assert_eq!(after(&[("a", Exclude), ("a", Exclude)]), "");
        assert_eq!(after(&[("a", Only), ("a", Exclude)]), "!a");
        assert_eq!(after(&[("a", Exclude), ("a", Only)]), "a");
    }

    #[test]
    fn a_widget_keeps_the_members_of_its_own_dimension() {
        let mut filters = Vec::new();
        toggle(&mut filters, Dimension::Platform, "a", Only);
        toggle(&mut filters, Dimension::Platform, "b", Exclude);
        toggle(&mut filters, Dimension::Account, "7", Only);
        let own = without_own(&filters, Dimension::Platform);
        assert!(included(&own, Dimension::Platform).is_empty());
        assert_eq!(excluded(&own, Dimension::Platform), ["b"]);
        assert_eq!(included(&own, Dimension::Account), ["7"]);
        assert!(passes(&filters, Dimension::Platform, "a"));
        assert!(!passes(&filters, Dimension::Platform, "b"));
        assert!(!passes(&filters, Dimension::Platform, "c"));
        assert!(passes(&filters, Dimension::Campaign, "c"));
    }
}

//! Which rows add up to an account's total of a metric. Pure.
//!
//! Platforms tell of the same things at several levels (an account, its campaigns), so rows of different kinds must not be
//! added; but they tell more of some things at one level and more of others at another, so one level does not hold all
//! metrics. Hence the decision is made for each metric of each account, by what its rows report.

use crate::columns::{self, MOST};
use crate::load::kind_number;
use metrics::{Family, Metric};
use model::entities::EntityKind;

use EntityKind::{Account, Campaign, Deal, Email, Event, Flow, Form, List, Page, Post, Program};

/// Kinds that tell of the same things: the first one that reports a metric counts.
type Part = &'static [EntityKind];

/// Steps, in order: the first one of which a part reports a metric gives its total. The parts of a step tell of different
/// things, so they are added.
const fn steps(family: Family) -> &'static [&'static [Part]] {
    match family {
        // Campaigns can be drilled into, and what they lack (Performance Max has no ads) they lack below, not above.
        Family::Ads => &[&[&[Campaign]], &[&[Account]]],
        // People can't be added up from anything finer, and vendors count more for a page than for the posts that are
        // still there.
        Family::Social => &[&[&[Account]], SOCIAL_PARTS, &[&[Page]]],
        // Vendors leave rare campaigns and pages out.
        Family::Web => &[&[&[Account]], &[&[Campaign]], &[&[Page]], &[&[Event]]],
        Family::Search => &[&[&[Account]], &[&[Campaign]], &[&[Page]]],
        // The account's own statistics hold the messages that are no campaign's, too.
        Family::Email => &[&[&[Account]], EMAIL_PARTS],
        // Deals are counted deal by deal; the steps of contacts by account, so that no person has figures; what campaigns
        // cost, by campaign.
        Family::Crm => &[&[&[Account, Campaign, Program, Form], &[Deal]]],
    }
}

/// Campaigns are those of ad accounts, whose likes are social figures.
const SOCIAL_PARTS: &[Part] = &[&[Campaign], &[Post]];
/// The e-mails of a flow are its parts.
const EMAIL_PARTS: &[Part] = &[&[Campaign], &[Flow, Email], &[List]];

/// What stands for the steps above where a question tells campaigns apart, which an account as a whole can't answer. Empty:
/// no other kinds do.
const fn parts_of_splits(family: Family) -> &'static [Part] {
    match family {
        Family::Social => SOCIAL_PARTS,
        Family::Web => &[&[Campaign]],
        Family::Email => EMAIL_PARTS,
        Family::Ads | Family::Search | Family::Crm => &[],
    }
}

/// Some kinds: one bit for the number of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Kinds(u64);

impl Kinds {
    pub(crate) fn of(kind: i16) -> Self {
        Self(u32::try_from(kind).ok().and_then(|kind| 1_u64.checked_shl(kind)).unwrap_or(0))
    }

    pub(crate) fn contains(self, kind: i16) -> bool {
        self.0 & Self::of(kind).0 != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = i16> {
        (0..64).filter(move |kind| self.contains(*kind))
    }
}

/// Which metrics the rows of a kind report: one bit for the place of each among the family's measures.
pub(crate) type Reported = u32;

/// What questions ask for: totals, or figures told apart by campaign (and the like).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Totals,
    Split,
}

/// The kinds that count in one account, metric by metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Givers {
    family: Family,
    totals: [Kinds; MOST],
    split: [Kinds; MOST],
    /// Of what no row reports.
    unreported: Kinds,
}

impl Givers {
    /// By what rows of which kinds report.
    pub(crate) fn of(family: Family, rows: &[(i16, Reported)]) -> Self {
        let has_rows = |kind: i16| rows.iter().any(|(other, _)| *other == kind);
        let unreported = first(steps(family), has_rows);
        let mut givers =
            Self { family, totals: [Kinds::default(); MOST], split: [Kinds::default(); MOST], unreported };
        for at in 0..columns::metrics(family).len() {
            // A mean goes with its weight: they must be of one row.
            let place = columns::mean(family).filter(|mean| mean.at == at).map_or(at, |mean| mean.weight_at);
            // What nobody reports, not even where its weight is, has no givers.
            let is_known = rows.iter().any(|(_, reported)| reported >> at & 1 == 1);
            let reports = |kind: i16| {
                is_known && rows.iter().any(|(other, reported)| *other == kind && reported >> place & 1 == 1)
            };
            givers.totals[at] = first(steps(family), reports);
            let split = first(&[parts_of_splits(family)], reports);
            givers.split[at] = if split.is_empty() { givers.totals[at] } else { split };
        }
        givers
    }

    /// Whose figures.
    pub(crate) fn family(&self) -> Family {
        self.family
    }

    /// The kinds whose rows count for a metric; for none, those that count for what no row reports.
    pub(crate) fn kinds(&self, metric: impl Into<Option<Metric>>, view: View) -> Kinds {
        let of_view = if view == View::Totals { &self.totals } else { &self.split };
        let at = metric.into().and_then(|metric| columns::index(self.family, metric));
        let found = at.map_or(Kinds::default(), |at| of_view[at]);
        if found.is_empty() { self.unreported } else { found }
    }

    /// The kinds that count for any metric, in any view.
    pub(crate) fn all(&self) -> Kinds {
        let sets = self.totals.iter().chain(&self.split);
        sets.fold(self.unreported, |all, kinds| all.with(*kinds))
    }
}

fn first(steps: &[&'static [Part]], reports: impl Fn(i16) -> bool) -> Kinds {
    let of_step = |parts: &&'static [Part]| {
        let givers = parts
            .iter()
            .filter_map(|part| part.iter().map(|kind| kind_number(*kind)).find(|kind| reports(*kind)));
        givers.fold(Kinds::default(), |all, kind| all.with(Kinds::of(kind)))
    };
    steps.iter().map(of_step).find(|kinds| !kinds.is_empty()).unwrap_or_default()
}

/// Whether rows of the kind can count for totals of an account, whatever else it has.
pub fn can_give_totals(family: Family, kind: EntityKind) -> bool {
    steps(family)
        .iter()
        .chain([&parts_of_splits(family)])
        .any(|parts| parts.iter().any(|part| part.contains(&kind)))
}

/// Whether the totals of an account that has rows of all of those kinds are only complete where those of this one are.
/// Statistics of e-mails are told in parts by most platforms; elsewhere the rows that come first tell nearly everything.
pub fn gives_totals_among(family: Family, kind: EntityKind, kinds: &[EntityKind]) -> bool {
    if family == Family::Email {
        return can_give_totals(family, kind);
    }
    let has = |number: i16| kinds.iter().any(|other| kind_number(*other) == number);
    first(steps(family), has).contains(kind_number(kind))
}

/// The names of reported metrics, and back.
pub(crate) fn names(family: Family, reported: Reported) -> Vec<&'static str> {
    let all = columns::metrics(family).iter().enumerate();
    all.filter(|(at, _)| reported >> at & 1 == 1).map(|(_, metric)| metric.name()).collect()
}

/// See [`names`]. Names of metrics that the family has lost are left out.
pub(crate) fn reported(family: Family, names: &[String]) -> Reported {
    let places = names.iter().filter_map(|name| columns::index(family, Metric::from_name(name)?));
    places.fold(0, |all, at| all | 1 << at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn givers(family: Family, rows: &[(EntityKind, &[Metric])]) -> Givers {
        let rows: Vec<(i16, Reported)> = rows
            .iter()
            .map(|(kind, metrics)| {
                let names: Vec<String> = metrics.iter().map(|metric| metric.name().to_owned()).collect();
                (kind_number(*kind), reported(family, &names))
            })
            .collect();
        Givers::of(family, &rows)
    }

    fn kinds(givers: &Givers, metric: Metric, view: View) -> Vec<i16> {
        givers.kinds(metric, view).iter().collect()
    }

    #[test]
    fn what_the_account_tells_as_a_whole_is_not_added_to_its_parts() {
        // Statistics of all messages, and single sends.
        let sendgrid = givers(
            Family::Email,
            &[
                (Account, &[Metric::Delivered, Metric::SpamComplaints]),
                (Campaign, &[Metric::Delivered, Metric::EmailsSent]),
                (Flow, &[Metric::EmailsSent]),
                (Email, &[Metric::EmailsSent, Metric::Clicks]),
            ],
        );
        assert_eq!(kinds(&sendgrid, Metric::Delivered, View::Totals), [0]);
        assert_eq!(kinds(&sendgrid, Metric::Delivered, View::Split), [1]);
        assert_eq!(kinds(&sendgrid, Metric::SpamComplaints, View::Split), [0]);
        // Different things are added; the e-mails of a flow are not beside it.
        assert_eq!(kinds(&sendgrid, Metric::EmailsSent, View::Totals), [1, 32]);
        assert_eq!(kinds(&sendgrid, Metric::Clicks, View::Totals), [31]);
        assert_eq!(kinds(&sendgrid, Metric::Opens, View::Totals), [0], "what nobody reports");
    }

    #[test]
    fn lists_and_costs_are_there_beside_what_others_tell() {
        let mailchimp =
            givers(Family::Email, &[(Campaign, &[Metric::Delivered]), (List, &[Metric::Subscribers])]);
        assert_eq!(kinds(&mailchimp, Metric::Subscribers, View::Totals), [30]);
        assert_eq!(kinds(&mailchimp, Metric::Delivered, View::Totals), [1]);
        // Klaviyo and Constant Contact count members by list, but joins of the account.
        let klaviyo = givers(
            Family::Email,
            &[
                (Account, &[Metric::SubscribersAdded]),
                (Campaign, &[Metric::Delivered]),
                (List, &[Metric::Subscribers]),
            ],
        );
        assert_eq!(kinds(&klaviyo, Metric::Subscribers, View::Totals), [30]);
        assert_eq!(kinds(&klaviyo, Metric::SubscribersAdded, View::Totals), [0]);
        let ga4 = givers(
            Family::Web,
            &[
                (Account, &[Metric::Sessions, Metric::Users]),
                (Campaign, &[Metric::Sessions, Metric::Spend]),
                (Page, &[Metric::Pageviews]),
            ],
        );
        assert_eq!(kinds(&ga4, Metric::Spend, View::Totals), [1]);
        assert_eq!(kinds(&ga4, Metric::Sessions, View::Totals), [0]);
        assert_eq!(kinds(&ga4, Metric::Sessions, View::Split), [1]);
        assert_eq!(
            kinds(&ga4, Metric::Pageviews, View::Split),
            [20],
            "pages are no campaigns, but there is no other"
        );
        let crm = givers(
            Family::Crm,
            &[(Account, &[Metric::Leads]), (Campaign, &[Metric::Leads]), (Deal, &[Metric::Revenue])],
        );
        assert_eq!(kinds(&crm, Metric::Leads, View::Totals), [0]);
        assert_eq!(kinds(&crm, Metric::Revenue, View::Totals), [42]);
    }

    #[test]
    fn a_mean_goes_with_its_weight() {
        let search = givers(
            Family::Search,
            &[(Account, &[Metric::Impressions]), (Page, &[Metric::Impressions, Metric::Position])],
        );
        assert_eq!(kinds(&search, Metric::Position, View::Totals), [0]);
    }

    #[test]
    fn names_and_places_agree() {
        for family in Family::ALL {
            let all: Vec<String> = columns::metrics(family).iter().map(|m| m.name().to_owned()).collect();
            assert_eq!(names(family, reported(family, &all)), all);
        }
        assert!(can_give_totals(Family::Email, List) && !can_give_totals(Family::Ads, EntityKind::Ad));
        assert!(gives_totals_among(Family::Ads, Campaign, &[Account, Campaign]));
        assert!(!gives_totals_among(Family::Ads, Account, &[Account, Campaign]));
    }
}

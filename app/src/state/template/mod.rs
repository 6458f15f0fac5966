//! What a dashboard is made of, as data: one template per family of figures, and one across all of them.

mod boards;

pub use boards::{ADS, OVERVIEW, TEMPLATES};

use metrics::levels::{FamilyFacts, level_for};
use metrics::{Dimension, Family, Level, Measure, Metric, Unit};

/// What campaigns have, and nothing below them.
const BUDGETS: [Metric; 3] = [Metric::Budget, Metric::BudgetedSpend, Metric::BudgetTotal];

/// One figure on a dashboard, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Whose figure.
    pub family: Family,
    /// Which.
    pub measure: Measure,
}

/// A step of a funnel.
pub type Step = (Family, Metric);

/// What a widget draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The chosen measure over time.
    Trend,
    /// Each member's share of a measure.
    Share(Measure, Dimension),
    /// The largest of what the table lists.
    Top,
    /// The largest members of a dimension.
    Bars(Dimension),
    /// The largest members of a dimension by a measure of their own, because figures that are broken down lack most others.
    BarsOf(Measure, Dimension),
    /// The chosen measure by weekday and week.
    Rhythm,
    /// By weekday and hour: the chosen measure where it is one of these, else the first one that hours tell of.
    Hours(&'static [Measure]),
    /// From step to step.
    Funnel(&'static [Step]),
    /// All of what can be listed.
    Table,
}

/// A widget and its width, in twelfths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Widget {
    /// What it draws.
    pub kind: Kind,
    /// 4, 6, 8 or 12.
    pub width: u8,
}

/// A dashboard. Whatever nobody reports is left out when it is shown.
#[derive(Debug)]
pub struct Template {
    /// Its address is `/w/{workspace}/dash/{slug}`.
    pub slug: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// Its name beside those of the others.
    pub name: &'static str,
    /// Whose figures its table lists.
    pub family: Family,
    /// The figures at the top.
    pub tiles: &'static [Tile],
    /// Further measures of the charts.
    pub more: &'static [Measure],
    /// The columns of the table; it is sorted by the first.
    pub columns: &'static [Measure],
    /// The columns that have room on a phone.
    pub cards: &'static [Measure],
    /// The measure of the charts unless one is chosen.
    pub measure: Measure,
    /// How the lines of the time chart can be split; the first one unless one is chosen.
    pub splits: &'static [Dimension],
    /// What can be filtered by.
    pub filters: &'static [Dimension],
    /// What the table can list; the last one that there is unless one is chosen.
    pub rows: &'static [Dimension],
    /// What is below what.
    pub below: &'static [(Dimension, Dimension)],
    /// The widgets.
    pub widgets: &'static [Widget],
    /// What to connect, for example "a page of Instagram".
    pub sources: &'static str,
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.slug == other.slug
    }
}

impl Eq for Template {}

/// What a dashboard starts with, as far as that depends on the figures that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    /// The measure of the charts.
    pub measure: Measure,
    /// What the table lists.
    pub rows: Dimension,
}

impl Template {
    /// The template with that address. `paid` is what advertising's was called first.
    pub fn find(slug: &str) -> Option<&'static Self> {
        let slug = if slug == "paid" { ADS.slug } else { slug };
        TEMPLATES.into_iter().find(|template| template.slug == slug)
    }

    /// The families whose figures it shows, each once.
    pub fn families(&self) -> Vec<Family> {
        let mut families: Vec<Family> = Vec::new();
        let steps = self.widgets.iter().flat_map(|widget| match widget.kind {
            Kind::Funnel(steps) => steps,
            _ => &[],
        });
        let all = self.tiles.iter().map(|tile| tile.family).chain(steps.map(|step| step.0));
        for family in [self.family].into_iter().chain(all) {
            if !families.contains(&family) {
                families.push(family);
            }
        }
        families
    }

    /// The measures of the charts.
    pub fn measures(&self) -> impl Iterator<Item = Measure> + '_ {
        self.tiles.iter().map(|tile| tile.measure).chain(self.more.iter().copied())
    }

    /// Whose a measure is.
    pub fn family_of(&self, measure: Measure) -> Family {
        self.tiles.iter().find(|tile| tile.measure == measure).map_or(self.family, |tile| tile.family)
    }

    /// What is one step below a dimension.
    pub fn below(&self, dimension: Dimension) -> Option<Dimension> {
        self.below.iter().find(|(above, _)| *above == dimension).map(|(_, below)| *below)
    }

    /// What it starts with, without a look at the figures.
    pub fn usual(&self) -> Home {
        Home { measure: self.measure, rows: self.rows.last().copied().unwrap_or(Dimension::Account) }
    }

    /// What it starts with.
    pub fn home(&self, facts: &[FamilyFacts]) -> Home {
        let usual = self.usual();
        let is_told = |dimension: &&Dimension| self.tells(facts, **dimension);
        let rows = self.rows.iter().rev().find(is_told).copied().unwrap_or(usual.rows);
        let is_reported = |measure: &Measure| self.reports(facts, *measure);
        let measure = [usual.measure].into_iter().chain(self.measures()).find(is_reported);
        Home { measure: measure.unwrap_or(usual.measure), rows }
    }

    /// Whether somebody reports the measure.
    pub fn reports(&self, facts: &[FamilyFacts], measure: Measure) -> bool {
        self.reports_at(facts, measure, Level::Campaign)
    }

    /// Whether somebody reports the measure at that level.
    pub fn reports_at(&self, facts: &[FamilyFacts], measure: Measure, level: Level) -> bool {
        let family = self.family_of(measure);
        facts.iter().any(|facts| facts.family == family && facts.reports(level, measure))
    }

    /// The columns that somebody reports of what the table lists. Of ad groups and ads nobody notes what they report: they
    /// lack what their campaigns lack, and have no budgets.
    pub fn columns_at(&self, facts: &[FamilyFacts], level: Level) -> Vec<Measure> {
        let is_below = matches!(level, Level::AdGroup | Level::Ad);
        let level = if is_below { Level::Campaign } else { level };
        let is_of_campaigns = |measure: &Measure| measure.parts().iter().any(|part| BUDGETS.contains(part));
        let is_there = |measure: &Measure| {
            self.reports_at(facts, *measure, level) && !(is_below && is_of_campaigns(measure))
        };
        self.columns.iter().copied().filter(is_there).collect()
    }

    /// Whether its figures tell members of the dimension apart.
    pub fn tells(&self, facts: &[FamilyFacts], dimension: Dimension) -> bool {
        let is_step = dimension.entity().is_some();
        // Advertising's own levels may be empty, but then the widget says so.
        let is_always = dimension.is_in_cubes() && (!is_step || self.family == Family::Ads);
        is_always || facts.iter().any(|facts| facts.family == self.family && facts.tells(dimension))
    }

    /// What bars and rows by a dimension measure: the wish, or, where that is not reported so finely, the first column
    /// that is. A mean rank makes no bars.
    pub fn measure_by(&self, facts: &[FamilyFacts], wish: Measure, dimension: Dimension) -> Measure {
        let fits = |measure: &Measure| {
            let own = level_for(self.family_of(*measure), [dimension]);
            measure.unit() != Unit::Position && self.reports_at(facts, *measure, own)
        };
        let columns = self.columns.iter().copied().filter(|measure| self.family_of(*measure) == self.family);
        [wish].into_iter().chain(columns).find(fits).unwrap_or(wish)
    }

    /// Whether a widget has something to draw.
    pub fn draws(&self, facts: &[FamilyFacts], kind: Kind) -> bool {
        match kind {
            Kind::Share(measure, by) => self.reports(facts, measure) && self.tells(facts, by),
            Kind::Bars(by) => self.tells(facts, by),
            Kind::BarsOf(measure, by) => self.reports(facts, measure) && self.tells(facts, by),
            Kind::Hours(measures) => {
                let is_reported = measures.iter().any(|measure| self.reports(facts, *measure));
                is_reported && self.tells(facts, Dimension::Hour)
            }
            Kind::Funnel(steps) => steps.iter().any(|(family, metric)| {
                let measure = Measure::Metric(*metric);
                facts.iter().any(|f| f.family == *family && f.reports(Level::Campaign, measure))
            }),
            Kind::Trend | Kind::Top | Kind::Rhythm | Kind::Table => true,
        }
    }

    /// The widgets that have something to draw, in rows without holes: the last one of a row takes what is left.
    pub fn layout(&self, facts: &[FamilyFacts]) -> Vec<Widget> {
        let mut placed: Vec<Widget> = Vec::new();
        let mut used = 0;
        let fill = |placed: &mut Vec<Widget>, used: u8| {
            if let Some(last) = placed.last_mut().filter(|_| used < 12) {
                last.width += 12 - used;
            }
        };
        for widget in self.widgets.iter().filter(|widget| self.draws(facts, widget.kind)) {
            if used + widget.width > 12 {
                fill(&mut placed, used);
                used = 0;
            }
            placed.push(*widget);
            used += widget.width;
        }
        fill(&mut placed, used);
        placed
    }

    /// What is left out, because nobody reports it: names of figures, then of what they are split by.
    pub fn left_out(&self, facts: &[FamilyFacts]) -> Vec<&'static str> {
        let tiles = self.tiles.iter().filter(|tile| !self.reports(facts, tile.measure));
        let widgets = self.widgets.iter().filter(|widget| !self.draws(facts, widget.kind));
        let by = widgets.filter_map(|widget| match widget.kind {
            Kind::Bars(by) | Kind::BarsOf(_, by) => Some(plural(by)),
            Kind::Hours(_) => Some(plural(Dimension::Hour)),
            Kind::Share(measure, _) => Some(measure.label()),
            _ => None,
        });
        let mut names: Vec<&'static str> = Vec::new();
        for name in tiles.map(|tile| tile.measure.label()).chain(by) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// All figures that are loaded as cubes when they are asked for: family and level.
    pub fn places(&self) -> Vec<(Family, Level)> {
        let own = |level: Level| (self.family, level);
        let mut places: Vec<(Family, Level)> =
            self.families().into_iter().map(|family| (family, Level::Campaign)).collect();
        let dimensions = self.rows.iter().chain(self.below.iter().map(|(_, below)| below));
        let bars = self.widgets.iter().filter_map(|widget| match widget.kind {
            Kind::Bars(by) => Some(by),
            _ => None,
        });
        let plain = dimensions.copied().chain(bars).chain(self.filters.iter().copied());
        for dimension in plain.filter(|dimension| dimension.is_in_cubes()) {
            places.push(own(level_for(self.family, [dimension])));
        }
        let mut distinct: Vec<(Family, Level)> = Vec::new();
        for place in places {
            if !distinct.contains(&place) {
                distinct.push(place);
            }
        }
        distinct
    }
}

/// Several members of a dimension, for headings: `Ad groups`.
pub fn plural(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Platform => "Platforms",
        Dimension::Account => "Accounts",
        Dimension::Campaign => "Campaigns",
        Dimension::AdGroup => "Ad groups",
        Dimension::Ad => "Ads",
        Dimension::Post => "Posts",
        Dimension::Page => "Pages",
        Dimension::Event => "Events",
        Dimension::List => "Lists",
        Dimension::Email => "E-mails",
        Dimension::Flow => "Flows",
        Dimension::Pipeline => "Pipelines",
        Dimension::Stage => "Stages",
        Dimension::Owner => "Owners",
        Dimension::Deal => "Deals",
        Dimension::Query => "Queries",
        Dimension::Country => "Countries",
        Dimension::Channel => "Channels",
        Dimension::Source => "Sources",
        Dimension::Device => "Devices",
        Dimension::AgeGender => "Ages and genders",
        Dimension::City => "Cities",
        Dimension::Placement => "Placements",
        Dimension::Hour => "Hours",
        other => other.label(),
    }
}

#[cfg(test)]
mod tests;

//! Which level of a family's figures answers for which dimensions, and which dimensions go together.

use crate::catalogue::{Family, Measure, Metric};
use crate::query::{Dimension, Level, Query};
use model::DayRange;
use model::entities::EntityKind;
use serde::{Deserialize, Serialize};

/// What there is of one family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyFacts {
    /// Which.
    pub family: Family,
    /// First and last day with any figure.
    pub span: DayRange,
    /// What is reported at each level that has figures.
    pub levels: Vec<(Level, Vec<Metric>)>,
    /// What figures are told apart by that is in no cube, and at which level.
    pub breakdowns: Vec<(Level, Dimension)>,
}

impl FamilyFacts {
    /// Whether somebody reports the measure at that level.
    pub fn reports(&self, level: Level, measure: Measure) -> bool {
        let known = self.levels.iter().find(|(known, _)| *known == level);
        let Some((_, metrics)) = known else { return false };
        let is_there = |metric: &Metric| metrics.contains(metric);
        match measure {
            Measure::Ratio(ratio) => ratio.is_told_by(|metric| is_there(&metric)),
            Measure::Metric(_) => measure.parts().iter().all(is_there),
        }
    }

    /// Whether figures tell members of the dimension apart.
    pub fn tells(&self, dimension: Dimension) -> bool {
        let level = level_for(self.family, [dimension]);
        if !dimension.is_in_cubes() {
            return self.breakdowns.contains(&(level, dimension));
        }
        self.levels.iter().any(|(known, _)| *known == level)
    }
}

impl Dimension {
    /// The kind of things that its members are; none for accounts, time and words.
    pub fn entity(self) -> Option<EntityKind> {
        Some(match self {
            Self::Campaign => EntityKind::Campaign,
            Self::AdGroup => EntityKind::AdGroup,
            Self::Ad => EntityKind::Ad,
            Self::Post => EntityKind::Post,
            Self::Page => EntityKind::Page,
            Self::Event => EntityKind::Event,
            Self::List => EntityKind::List,
            Self::Email => EntityKind::Email,
            Self::Flow => EntityKind::Flow,
            Self::Pipeline => EntityKind::Pipeline,
            Self::Stage => EntityKind::Stage,
            Self::Owner => EntityKind::Owner,
            Self::Deal => EntityKind::Deal,
            _ => return None,
        })
    }

    /// Whether its figures are broken down ones, which stand beside the plain ones: cubes hold none of them.
    pub fn is_breakdown(self) -> bool {
        !self.breakdowns().is_empty()
    }

    /// Whether cubes tell its members apart; of what they don't, the server answers each question. A row's place has three
    /// steps, and those of deals are taken by pipeline, stage and deal.
    pub fn is_in_cubes(self) -> bool {
        !self.is_breakdown() && self != Self::Owner
    }

    /// The names under which figures are broken down by it in the warehouse; none for what stands in the plain ones.
    /// Dimensions with the same names can be asked for together.
    pub fn breakdowns(self) -> &'static [&'static str] {
        match self {
            Self::Hour => &["hour"],
            // The second as Meta has it.
            Self::Device => &["device", "device_platform"],
            Self::Query => &["query"],
            Self::Country => &["country"],
            Self::Channel | Self::Source => &["channel_group+medium+source"],
            Self::AgeGender => &["age+gender"],
            Self::City => &["city"],
            Self::Placement => &["publisher_platform"],
            _ => &[],
        }
    }
}

/// The coarsest level at which a family's figures tell members of the dimension apart; none where all levels do.
fn level_of(family: Family, dimension: Dimension) -> Option<Level> {
    match (family, dimension) {
        (Family::Ads, Dimension::AdGroup) => Some(Level::AdGroup),
        // Where ads were shown is told ad by ad.
        (Family::Ads, Dimension::Ad | Dimension::Placement) => Some(Level::Ad),
        // Their totals are made of campaigns.
        (Family::Ads | Family::Email, Dimension::Campaign) => None,
        (Family::Web, Dimension::Channel | Dimension::Source) => Some(Level::Only(EntityKind::Campaign)),
        (_, Dimension::Pipeline | Dimension::Stage | Dimension::Owner) => Some(Level::Only(EntityKind::Deal)),
        _ => dimension.entity().map(Level::Only),
    }
}

/// The level at which a family's figures answer for all of the dimensions.
pub fn level_for(family: Family, dimensions: impl IntoIterator<Item = Dimension>) -> Level {
    dimensions.into_iter().filter_map(|dimension| level_of(family, dimension)).max().unwrap_or_default()
}

/// Which of the three steps of a row's place holds the member of a dimension at that level; none where rows have no such
/// thing.
pub fn step(level: Level, dimension: Dimension) -> Option<usize> {
    match (level, dimension) {
        (Level::Only(EntityKind::Deal), Dimension::Pipeline) => Some(0),
        (Level::Only(EntityKind::Deal), Dimension::Stage) => Some(1),
        (Level::Only(EntityKind::Deal), Dimension::Deal) => Some(2),
        // What stands for campaigns where a system has none.
        (Level::Only(EntityKind::Program | EntityKind::Form), Dimension::Campaign) => Some(0),
        (Level::Only(kind), _) => (dimension.entity() == Some(kind)).then_some(0),
        (_, Dimension::Campaign) => Some(0),
        (_, Dimension::AdGroup) => Some(1),
        (_, Dimension::Ad) => Some(2),
        _ => None,
    }
}

impl Query {
    /// Two dimensions of the question by which figures are never broken down together.
    pub fn conflict(&self) -> Option<(Dimension, Dimension)> {
        let conditions = self.filters.iter().map(|filter| filter.dimension);
        let mut asked = self.group_by.iter().copied().chain(conditions).filter(|d| d.is_breakdown());
        let first = asked.next()?;
        asked.find(|other| other.breakdowns() != first.breakdowns()).map(|second| (first, second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finest_dimension_decides() {
        use Dimension::{
            AdGroup, Campaign, Channel, City, Day, Deal, Owner, Page, Pipeline, Placement, Platform, Query,
            Stage,
        };
        let only = Level::Only;
        assert_eq!(level_for(Family::Ads, [Day, Campaign, Platform]), Level::Campaign);
        assert_eq!(level_for(Family::Ads, [Campaign, AdGroup]), Level::AdGroup);
        assert_eq!(level_for(Family::Ads, [Placement, AdGroup]), Level::Ad);
        assert_eq!(level_for(Family::Social, [City]), Level::Campaign);
        assert_eq!(level_for(Family::Email, [Campaign]), Level::Campaign);
        assert_eq!(level_for(Family::Web, [Campaign]), only(EntityKind::Campaign));
        assert_eq!(level_for(Family::Web, [Channel, Day]), only(EntityKind::Campaign));
        assert_eq!(level_for(Family::Search, [Query]), Level::Campaign);
        assert_eq!(level_for(Family::Search, [Query, Page]), only(EntityKind::Page));
        assert_eq!(level_for(Family::Crm, [Pipeline]), only(EntityKind::Deal));
        assert_eq!(level_for(Family::Crm, [Deal]), only(EntityKind::Deal));
        assert_eq!(level_for(Family::Crm, [Owner, Stage]), only(EntityKind::Deal));
    }

    #[test]
    fn each_level_has_the_steps_that_lead_to_it() {
        assert_eq!(step(Level::Ad, Dimension::Campaign), Some(0));
        assert_eq!(step(Level::Only(EntityKind::Page), Dimension::Page), Some(0));
        assert_eq!(step(Level::Only(EntityKind::Page), Dimension::Post), None);
        assert_eq!(step(Level::Only(EntityKind::Deal), Dimension::Deal), Some(2));
        assert_eq!(step(Level::Campaign, Dimension::Page), None);
        assert_eq!(step(Level::Only(EntityKind::Deal), Dimension::Owner), None);
    }
}

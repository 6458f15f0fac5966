//! The cube's members: for filter menus, drill-downs and colours.

use super::{Account, Cube, Entity};
use crate::levels::step;
use crate::query::{Dimension, Filter, Member};
use model::DayRange;
use model::ids::AccountId;

impl Cube {
    /// Members of a dimension that have at least one fact among the days (all of the cube's, if not given) and
    /// filters, in the order of their keys; "no value" is left out, as nothing can be filtered by it.
    pub fn members(&self, dimension: Dimension, filters: &[Filter], days: Option<DayRange>) -> Vec<Member> {
        let (path_mask, day_mask) = self.masks(days, filters);
        let axis = self.axis(dimension);
        let mut occurs = vec![false; axis.len()];
        for path in (0..self.paths.len()).filter(|path| path_mask[*path]) {
            let passing = self.days[self.rows_of(path)].iter().filter(|d| day_mask[usize::from(**d)]);
            if let Some(codes) = axis.of_path() {
                occurs[codes[path] as usize] |= passing.take(1).count() > 0;
            } else if let Some(codes) = axis.of_day() {
                for day in passing {
                    occurs[codes[usize::from(*day)] as usize] = true;
                }
            }
        }
        let numbers = (0..axis.len()).filter(|number| occurs[*number]);
        numbers.map(|number| axis.member(number)).filter(|m| !m.key.is_empty()).collect()
    }

    /// The member with that key, whether or not it has facts; for chips and titles.
    pub fn member(&self, dimension: Dimension, key: &str) -> Option<Member> {
        let label = match dimension {
            Dimension::Account => self.account(key.parse().ok()?)?.name.clone(),
            entity if entity.entity().is_some() => self.entity(dimension, key)?.label.clone(),
            _ => crate::keys::label_of(dimension, key),
        };
        Some(Member { key: key.to_owned(), label })
    }

    /// The account with that id.
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.binary_search_by_key(&id, |a| a.id).ok().map(|at| &self.accounts[at])
    }

    /// The campaign, ad group, ad, page, … with that key.
    pub fn entity(&self, dimension: Dimension, key: &str) -> Option<&Entity> {
        let step = step(self.meta.level, dimension)?;
        let id = model::ids::EntityId(key.parse().ok()?);
        let entities = &self.entities[step];
        entities.binary_search_by_key(&id, |e| e.id).ok().map(|at| &entities[at])
    }

    /// The account of a campaign, ad group, ad or account with that key; none when it is unknown or has no facts.
    pub fn account_of(&self, dimension: Dimension, key: &str) -> Option<&Account> {
        if dimension == Dimension::Account {
            return self.account(key.parse().ok()?);
        }
        let axis = self.axis(dimension);
        let number = (0..axis.len()).find(|number| axis.member(*number).key == key)?;
        let path = axis.of_path()?.iter().position(|code| *code as usize == number)?;
        self.accounts.get(self.paths[path].account as usize)
    }

    /// Platform slug of a platform, account, campaign, ad group or ad, for its colour.
    pub fn platform_of(&self, dimension: Dimension, key: &str) -> Option<&str> {
        if dimension == Dimension::Platform {
            return self.accounts.iter().map(|a| a.platform.as_str()).find(|slug| *slug == key);
        }
        self.account_of(dimension, key).map(|a| a.platform.as_str())
    }
}

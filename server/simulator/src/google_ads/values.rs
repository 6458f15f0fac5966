//! The value of a field in a row.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::fields::Field;
use super::rows::{Row, Subject, device_name};
use crate::num;
use crate::world::campaign::{AdGroup, Campaign};
use crate::world::{Account, CLOSED_NAME, MANAGER_NAME, World};

/// A value as it is written in an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// int64: a JSON string.
    Int(i64),
    /// int32: a JSON number.
    Small(i64),
    /// double, kept in millionths.
    Millionths(i64),
    /// double.
    Real(f64),
    /// Text, dates and enumerations.
    Text(Cow<'a, str>),
    /// Truth values.
    Flag(bool),
    /// A list of texts.
    List(Vec<String>),
    /// Not set: the key is left out.
    Absent,
}

/// What a row's values are looked up in.
#[derive(Clone, Copy)]
pub struct Lookup<'w> {
    /// The world.
    pub world: &'w World,
    /// The queried account.
    pub subject: Subject,
    /// The simulated moment.
    pub now: DateTime<Utc>,
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn owned(text: String) -> Value<'static> {
    Value::Text(Cow::Owned(text))
}

impl<'w> Lookup<'w> {
    fn account(&self) -> Option<&'w Account> {
        match self.subject {
            Subject::Manager => None,
            Subject::Client(index) => self.world.accounts.get(index),
        }
    }

    fn customer(&self) -> i64 {
        self.account().map_or(self.world.manager, |account| account.id)
    }

    fn today(&self) -> NaiveDate {
        self.account().map_or(self.now.date_naive(), |account| account.today(self.now))
    }

    fn campaign(&self, row: &Row) -> Option<&'w Campaign> {
        self.account()?.campaigns.get(row.entity.campaign?)
    }

    fn group(&self, row: &Row) -> Option<&'w AdGroup> {
        self.campaign(row)?.groups.get(row.entity.group?)
    }

    /// The value of a field in a row.
    pub fn value(&self, row: &Row, field: Field) -> Value<'w> {
        let name = field.name();
        let found = match name.split('.').next().unwrap_or_default() {
            "metrics" => Some(self.metric(row, field)),
            "segments" => Some(segment(row, field)),
            "customer_client" => self.client(row, field),
            "customer" => Some(self.customer_value(field)),
            "campaign" | "campaign_budget" => self.campaign_value(row, field),
            "ad_group" => self.group_value(row, field),
            "ad_group_ad" => self.ad_value(row, field),
            "keyword_view" | "ad_group_criterion" => self.keyword_value(row, field),
            "search_term_view" => self.term_value(row, field),
            _ => self.click_value(row, field),
        };
        found.unwrap_or(Value::Absent)
    }

    fn client(&self, row: &Row, field: Field) -> Option<Value<'w>> {
        let position = row.entity.client?;
        let world = self.world;
        let (account, closed) = match self.subject {
            Subject::Client(_) => (self.account(), false),
            Subject::Manager if position == 0 => (None, false),
            Subject::Manager => (world.accounts.get(position - 1), position > world.accounts.len()),
        };
        let manager = account.is_none() && !closed;
        let id = if closed { world.closed } else { account.map_or(world.manager, |account| account.id) };
        let template = account.map_or(world.accounts[0].template, |account| account.template);
        Some(match field {
            Field::ClientResourceName => owned(format!("customers/{}/customerClients/{id}", self.customer())),
            Field::ClientCustomer => owned(format!("customers/{id}")),
            Field::ClientLevel => Value::Int(i64::from(position > 0)),
            Field::ClientManager => Value::Flag(manager),
            Field::ClientHidden | Field::ClientTestAccount => Value::Flag(false),
            Field::ClientName if closed => text(CLOSED_NAME),
            Field::ClientName => text(account.map_or(MANAGER_NAME, |account| &account.name)),
            Field::ClientCurrency => text(template.currency),
            Field::ClientZone => text(template.zone.name()),
            Field::ClientId => Value::Int(id),
            Field::ClientStatus => text(if closed { "CANCELED" } else { "ENABLED" }),
            _ => return None,
        })
    }

    fn customer_value(&self, field: Field) -> Value<'w> {
        let account = self.account();
        let template = account.map_or(self.world.accounts[0].template, |account| account.template);
        match field {
            Field::CustomerResourceName => owned(format!("customers/{}", self.customer())),
            Field::CustomerId => Value::Int(self.customer()),
            Field::CustomerName => text(account.map_or(MANAGER_NAME, |account| &account.name)),
            Field::CustomerCurrency => text(template.currency),
            Field::CustomerZone => text(template.zone.name()),
            Field::CustomerManager => Value::Flag(account.is_none()),
            Field::CustomerStatus => text("ENABLED"),
            Field::CustomerAutoTagging => Value::Flag(true),
            _ => Value::Flag(false),
        }
    }

    fn campaign_value(&self, row: &Row, field: Field) -> Option<Value<'w>> {
        let campaign = self.campaign(row)?;
        let (id, customer) = (campaign.id, self.customer());
        // A budget belongs to one campaign here, and its id is derived from it.
        let budget = id - 9_000_000_000;
        Some(match field {
            Field::CampaignResourceName => owned(format!("customers/{customer}/campaigns/{id}")),
            Field::CampaignId => Value::Int(id),
            Field::CampaignName => text(&campaign.name),
            Field::CampaignStatus => text(campaign.status(self.today())),
            Field::CampaignServing => text(campaign.serving_status(self.today())),
            Field::CampaignChannel => text(campaign.kind.channel()),
            Field::CampaignBidding => text(campaign.kind.bidding()),
            Field::CampaignBudgetName | Field::BudgetResourceName => {
                owned(format!("customers/{customer}/campaignBudgets/{budget}"))
            }
            Field::BudgetId => Value::Int(budget),
            Field::BudgetAmount => Value::Int(campaign.budget_micros),
            Field::BudgetPeriod => owned("DAILY".to_owned()),
            Field::BudgetShared => Value::Flag(false),
            Field::CampaignStartDate => owned(campaign.start.to_string()),
            Field::CampaignStart => owned(format!("{} 00:00:00", campaign.start)),
            // A campaign that is paused by hand has no end date.
            Field::CampaignEndDate if campaign.ends_by_date => owned(campaign.end?.to_string()),
            Field::CampaignEnd if campaign.ends_by_date => owned(format!("{} 23:59:59", campaign.end?)),
            _ => return None,
        })
    }

    fn group_value(&self, row: &Row, field: Field) -> Option<Value<'w>> {
        let group = self.group(row)?;
        Some(match field {
            Field::AdGroupResourceName => {
                owned(format!("customers/{}/adGroups/{}", self.customer(), group.id))
            }
            Field::AdGroupId => Value::Int(group.id),
            Field::AdGroupName => text(&group.name),
            Field::AdGroupStatus => text("ENABLED"),
            Field::AdGroupType => text(group.kind),
            Field::AdGroupCampaign => {
                owned(format!("customers/{}/campaigns/{}", self.customer(), self.campaign(row)?.id))
            }
            _ => return None,
        })
    }

    fn ad_value(&self, row: &Row, field: Field) -> Option<Value<'w>> {
        let group = self.group(row)?;
        let ad = group.ads.get(row.entity.item?)?;
        let customer = self.customer();
        Some(match field {
            Field::AdResourceName => owned(format!("customers/{customer}/adGroupAds/{}~{}", group.id, ad.id)),
            Field::AdStatus => text(if ad.runs(self.today()) { "ENABLED" } else { "PAUSED" }),
            Field::AdInnerResourceName => owned(format!("customers/{customer}/ads/{}", ad.id)),
            Field::AdId => Value::Int(ad.id),
            Field::AdName => text(&ad.name),
            Field::AdType => text(ad.kind),
            Field::AdFinalUrls => Value::List(vec![format!("https://shop.example/{}", group.id)]),
            _ => return None,
        })
    }

    fn keyword_value(&self, row: &Row, field: Field) -> Option<Value<'w>> {
        let group = self.group(row)?;
        let keyword = group.keywords.get(row.entity.item?)?;
        let (customer, key) = (self.customer(), format!("{}~{}", group.id, keyword.id));
        Some(match field {
            Field::KeywordResourceName => owned(format!("customers/{customer}/keywordViews/{key}")),
            Field::CriterionResourceName => owned(format!("customers/{customer}/adGroupCriteria/{key}")),
            Field::CriterionId => Value::Int(keyword.id),
            Field::CriterionStatus => text("ENABLED"),
            Field::CriterionText => text(&keyword.text),
            Field::CriterionMatch => text(keyword.match_type),
            _ => return None,
        })
    }

    fn term_value(&self, row: &Row, field: Field) -> Option<Value<'w>> {
        let group = self.group(row)?;
        let term = group.terms.get(row.entity.item?)?;
        let customer = self.customer();
        Some(match field {
            Field::TermResourceName => {
                let (campaign, term) = (self.campaign(row)?.id, URL_SAFE_NO_PAD.encode(term));
                owned(format!("customers/{customer}/searchTermViews/{campaign}~{}~{term}", group.id))
            }
            Field::TermText => text(term),
            Field::TermStatus if group.keywords.iter().any(|keyword| keyword.text == *term) => text("ADDED"),
            Field::TermStatus => text("NONE"),
            Field::TermAdGroup => owned(format!("customers/{customer}/adGroups/{}", group.id)),
            _ => return None,
        })
    }

    fn click_value(&self, row: &Row, field: Field) -> Option<Value<'w>> {
        let group = self.group(row)?;
        let ad = group.ads.get(row.entity.item?)?;
        let click = row.entity.click?;
        let day = row.date.map_or(0, |day| i64::from(day.num_days_from_ce()));
        let noise = self.campaign(row)?.noise.of(ad.id.cast_unsigned()).of_day(day).of_day(click);
        let customer = self.customer();
        let gclid = || {
            let bytes: Vec<u8> = (0..6).flat_map(|i| noise.of(i).bits().to_be_bytes()).collect();
            format!("Sim{}_BwE", URL_SAFE_NO_PAD.encode(bytes))
        };
        Some(match field {
            Field::ClickResourceName => {
                owned(format!("customers/{customer}/clickViews/{}~{}", row.date?, gclid()))
            }
            Field::ClickGclid => owned(gclid()),
            Field::ClickAd => owned(format!("customers/{customer}/adGroupAds/{}~{}", group.id, ad.id)),
            Field::ClickKeyword => {
                let draw = noise.of(9).unit();
                let at = group.keyword_ends.iter().position(|end| draw < *end)?;
                let keyword = group.keywords.get(at)?;
                owned(format!("customers/{customer}/adGroupCriteria/{}~{}", group.id, keyword.id))
            }
            Field::ClickPage => Value::Int(1),
            _ => return None,
        })
    }

    fn metric(&self, row: &Row, field: Field) -> Value<'w> {
        let fact = &row.fact;
        let ratio = |top: i64, bottom: i64| {
            if bottom == 0 { Value::Absent } else { Value::Real(num::real(top) / num::real(bottom)) }
        };
        match field {
            Field::Impressions => Value::Int(fact.impressions),
            Field::Clicks => Value::Int(fact.clicks),
            Field::Cost => Value::Int(fact.cost_micros),
            Field::Conversions => Value::Millionths(fact.conversions),
            Field::Value => Value::Millionths(fact.value),
            Field::AllConversions => Value::Millionths(fact.all_conversions),
            Field::AllValue => Value::Millionths(fact.all_value),
            Field::Interactions => Value::Int(fact.interactions()),
            Field::Engagements => Value::Int(fact.engagements),
            Field::Views | Field::OldViews => Value::Int(fact.views),
            Field::ViewRate | Field::OldViewRate => ratio(fact.views, fact.impressions),
            Field::CostPerView | Field::OldCostPerView => ratio(fact.cost_micros, fact.views),
            Field::ClickRate => ratio(fact.clicks, fact.impressions),
            Field::CostPerClick => ratio(fact.cost_micros, fact.clicks),
            Field::CostPerMille => ratio(fact.cost_micros.saturating_mul(1_000), fact.impressions),
            // Micros over millionths: both scales are one million, the answer is in micros.
            Field::CostPerConversion => ratio(fact.cost_micros.saturating_mul(1_000_000), fact.conversions),
            Field::ConversionRate => ratio(fact.conversions, fact.interactions().saturating_mul(1_000_000)),
            Field::UniqueUsers => Value::Int(num::mul_div(fact.impressions, 10, 17)),
            Field::ImpressionShare => self.impression_share(row),
            _ => Value::Absent,
        }
    }

    /// Between 30 and 95 %, for search campaigns only; a ratio that can't be added up.
    fn impression_share(&self, row: &Row) -> Value<'w> {
        let Some(campaign) = self.campaign(row).filter(|campaign| campaign.kind.is_search()) else {
            return Value::Absent;
        };
        let day = row.date.map_or(0, |day| i64::from(day.num_days_from_ce()));
        let basis_points = num::floor(campaign.noise.of(30).of_day(day).between(3_000.0, 9_500.0));
        Value::Real(num::real(basis_points) / 10_000.0)
    }
}

fn segment(row: &Row, field: Field) -> Value<'static> {
    let found = match field {
        Field::Date => row.date.map(|day| owned(day.to_string())),
        Field::Hour => row.hour.map(|hour| Value::Small(i64::try_from(hour).unwrap_or(0))),
        _ => row.device.map(|device| text(device_name(device))),
    };
    found.unwrap_or(Value::Absent)
}

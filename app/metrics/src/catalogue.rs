//! The closed catalogue of canonical metrics.

use serde::{Deserialize, Serialize};

/// How a metric behaves when groups are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Summed.
    Additive,
    /// Mean weighted by another metric.
    WeightedBy(Metric),
    /// Only at a grain that the vendor reported; never summed.
    NonAdditive,
    /// Last known value.
    Level,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Things, whole.
    Count,
    /// People.
    People,
    /// Things, attributed in parts.
    FractionalCount,
    /// Money in the reporting currency.
    Money,
    /// Money per day.
    MoneyPerDay,
    /// Seconds.
    Duration,
    /// Rank, 1 is best.
    Position,
    /// A share, shown in percent.
    Percent,
    /// Days, possibly in parts.
    Days,
    /// A bare quotient, shown with two decimals.
    Quotient,
}

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither.
    Neutral,
}

/// Which table holds a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Paid advertising.
    #[default]
    Ads,
    /// Organic social media.
    Social,
    /// Web analytics.
    Web,
    /// Organic search.
    Search,
    /// E-mail.
    Email,
    /// Customer relations.
    Crm,
}

macro_rules! metrics {
    ($($variant:ident $name:literal $label:literal $class:expr, $unit:ident $scale:literal $direction:ident [$($family:ident)*]; $doc:literal)*) => {
        /// A stored metric. Values are `i64` scaled by [`Metric::scale`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Metric {
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)*
        }

        impl Metric {
            /// All, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Canonical name: column, command line, API.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// For people.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// How it aggregates.
            pub fn class(self) -> Class {
                use Class::*;
                match self { $(Self::$variant => $class,)* }
            }

            /// What it counts.
            pub fn unit(self) -> Unit {
                match self { $(Self::$variant => Unit::$unit,)* }
            }

            /// Stored integer = value × 10^scale.
            pub fn scale(self) -> u32 {
                match self { $(Self::$variant => $scale,)* }
            }

            /// Which way is good.
            pub fn direction(self) -> Direction {
                match self { $(Self::$variant => Direction::$direction,)* }
            }

            /// Families whose facts hold it.
            pub fn families(self) -> &'static [Family] {
                match self { $(Self::$variant => &[$(Family::$family),*],)* }
            }

            /// What exactly it is.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

metrics! {
    Impressions "impressions" "Impressions" Additive, Count 0 Up [Ads Social Search Web]; "Times shown."
    Clicks "clicks" "Clicks" Additive, Count 0 Up [Ads Social Search Email Web]; "Clicks of all kinds that the vendor bills or reports as clicks."
    LinkClicks "link_clicks" "Link clicks" Additive, Count 0 Up [Ads Social]; "Clicks that lead to the advertiser's site or app."
    VideoViews "video_views" "Video views" Additive, Count 0 Up [Ads Social]; "Views by the vendor's own definition of a view."
    Engagements "engagements" "Engagements" Additive, Count 0 Up [Ads Social]; "Interactions of all kinds with the ad or post."
    Reach "reach" "Reach" NonAdditive, People 0 Up [Ads Social]; "People who saw it at least once; can't be added over days or campaigns."
    Spend "spend" "Spend" Additive, Money 6 Neutral [Ads Web Crm]; "What the vendor charges for the ads, without taxes. In a CRM: what campaigns cost by its own books."
    Conversions "conversions" "Conversions" Additive, FractionalCount 6 Up [Ads Web]; "Attributed conversions of the kinds that the advertiser chose to count."
    AllConversions "all_conversions" "All conversions" Additive, FractionalCount 6 Up [Ads Web]; "Conversions of all kinds, also those not chosen for counting."
    ConversionValue "conversion_value" "Conversion value" Additive, Money 6 Up [Ads Web Email Crm]; "Value of the attributed conversions, as the advertiser set it."
    Revenue "revenue" "Revenue" Additive, Money 6 Up [Ads Web Email Crm]; "Money that was earned."
    Leads "leads" "Leads" Additive, Count 0 Up [Ads Crm]; "Contacts gained."
    Likes "likes" "Likes" Additive, Count 0 Up [Social]; "Likes and other reactions."
    Comments "comments" "Comments" Additive, Count 0 Up [Social]; "Comments and replies."
    Shares "shares" "Shares" Additive, Count 0 Up [Social]; "Shares, reposts, retweets."
    Saves "saves" "Saves" Additive, Count 0 Up [Social]; "Saves and bookmarks."
    ProfileViews "profile_views" "Profile views" Additive, Count 0 Up [Social]; "Views of the profile or page."
    HashtagUses "hashtag_uses" "Hashtag uses" Additive, Count 0 Up [Social]; "Posts that used a hashtag."
    Followers "followers" "Followers" Level, People 0 Up [Social]; "Followers at the end of the day."
    Subscribers "subscribers" "Subscribers" Level, People 0 Up [Email]; "Subscribers at the end of the day."
    NewFollowers "new_followers" "New followers" Additive, Count 0 Up [Social]; "Followers gained minus lost; can be negative."
    Sessions "sessions" "Sessions" Additive, Count 0 Up [Web]; "Visits."
    EngagedSessions "engaged_sessions" "Engaged sessions" Additive, Count 0 Up [Web]; "Visits that lasted, converted or saw two pages."
    NewUsers "new_users" "New users" Additive, Count 0 Up [Web]; "People seen for the first time."
    Pageviews "pageviews" "Page views" Additive, Count 0 Up [Web]; "Pages shown."
    Events "events" "Events" Additive, Count 0 Up [Web]; "Events of all kinds."
    Users "users" "Users" NonAdditive, People 0 Up [Web]; "People seen; can't be added over days."
    ActiveUsers "active_users" "Active users" NonAdditive, People 0 Up [Web]; "People with an engaged visit; can't be added over days."
    EngagementSeconds "engagement_seconds" "Engagement time" Additive, Duration 0 Up [Web]; "Seconds with the page in front."
    WatchSeconds "watch_seconds" "Watch time" Additive, Duration 0 Up [Social]; "Seconds of video watched."
    Position "position" "Average position" WeightedBy(Metric::Impressions), Position 6 Down [Search]; "Average rank among the results, weighted by impressions."
    EmailsSent "emails_sent" "E-mails sent" Additive, Count 0 Up [Email]; "Messages handed over for sending."
    Delivered "delivered" "Delivered" Additive, Count 0 Up [Email]; "Messages accepted by the recipient's server."
    Opens "opens" "Opens" Additive, Count 0 Up [Email]; "Opens, repeated ones included."
    UniqueOpens "unique_opens" "Unique opens" Additive, Count 0 Up [Email]; "Recipients who opened: each once per message, summed over messages."
    UniqueClicks "unique_clicks" "Unique clicks" Additive, Count 0 Up [Email]; "Recipients who clicked: each once per message, summed over messages."
    Bounces "bounces" "Bounces" Additive, Count 0 Down [Email]; "Messages that came back."
    HardBounces "hard_bounces" "Hard bounces" Additive, Count 0 Down [Email]; "Messages that came back for good."
    SoftBounces "soft_bounces" "Soft bounces" Additive, Count 0 Down [Email]; "Messages that came back for now."
    Unsubscribes "unsubscribes" "Unsubscribes" Additive, Count 0 Down [Email]; "People who opted out."
    SpamComplaints "spam_complaints" "Spam complaints" Additive, Count 0 Down [Email]; "People who reported spam."
    SubscribersAdded "subscribers_added" "Subscribers added" Additive, Count 0 Up [Email]; "People who joined a list."
    SubscribersRemoved "subscribers_removed" "Subscribers removed" Additive, Count 0 Down [Email]; "People who left a list."
    Mqls "mqls" "MQLs" Additive, Count 0 Up [Crm]; "Leads that marketing found ready."
    Sqls "sqls" "SQLs" Additive, Count 0 Up [Crm]; "Leads that sales found ready."
    LeadsConverted "leads_converted" "Leads converted" Additive, Count 0 Up [Crm]; "Leads that became customers or deals."
    DealsCreated "deals_created" "Deals created" Additive, Count 0 Up [Crm]; "Deals opened."
    DealsWon "deals_won" "Deals won" Additive, Count 0 Up [Crm]; "Deals won."
    DealsLost "deals_lost" "Deals lost" Additive, Count 0 Down [Crm]; "Deals lost."
    ProgramSuccesses "program_successes" "Program successes" Additive, Count 0 Up [Crm]; "Members who reached a programme's goal."
    PipelineValue "pipeline_value" "Pipeline value" Level, Money 6 Up [Crm]; "Value of all open deals."
    WeightedPipelineValue "weighted_pipeline_value" "Weighted pipeline value" Level, Money 6 Up [Crm]; "Value of all open deals times their chance."
    StageTransition "stage_transition" "Stage moves" Additive, Count 0 Neutral [Crm]; "Deals that moved to another stage."
    SalesCycleDays "sales_cycle_days" "Sales cycle" WeightedBy(Metric::DealsWon), Days 6 Down [Crm]; "Days from a deal's creation to the day it was won, on average over deals won of which both days are known."
    OpenDeals "open_deals" "Open deals" Level, Count 0 Up [Crm]; "Deals that are neither won nor lost."
    CohortLeads "cohort_leads" "Cohort: leads" Additive, Count 0 Up [Crm]; "People who came to be known on these days and became leads, whenever that was."
    CohortMqls "cohort_mqls" "Cohort: MQLs" Additive, Count 0 Up [Crm]; "Of the people who came to be known on these days, those whom marketing has found ready, or who got further, by now."
    CohortSqls "cohort_sqls" "Cohort: SQLs" Additive, Count 0 Up [Crm]; "Of the people who came to be known on these days, those whom sales have found ready, or who got further, by now."
    CohortCustomers "cohort_customers" "Cohort: customers" Additive, Count 0 Up [Crm]; "Of the people who came to be known on these days, those who are customers or have a deal that was won, by now."
    Budget "budget" "Budget" Level, MoneyPerDay 6 Neutral [Ads]; "What a campaign may spend per day, as it was last read on or before the day."
    BudgetedSpend "budgeted_spend" "Spend under budgets" Additive, Money 6 Neutral [Ads]; "Spend of campaigns on days for which their budget per day is known."
    BudgetTotal "budget_total" "Budgets added up" Additive, Money 6 Neutral [Ads]; "Budgets per day of campaigns, added up over the days for which budget and spend are known."
}

macro_rules! ratios {
    ($($variant:ident $name:literal $label:literal $factor:literal $num:ident / $den:ident, $unit:ident $direction:ident)*) => {
        /// A quotient of two stored metrics: always recomputed from sums, never averaged.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Ratio {
            $(#[doc = $label] #[serde(rename = $name)] $variant,)*
        }

        impl Ratio {
            /// All, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Canonical name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// For people.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// Numerator.
            pub fn numerator(self) -> Metric {
                match self { $(Self::$variant => Metric::$num,)* }
            }

            /// Denominator.
            pub fn denominator(self) -> Metric {
                match self { $(Self::$variant => Metric::$den,)* }
            }

            /// The quotient is multiplied by this (1000 for CPM).
            pub fn factor(self) -> i64 {
                match self { $(Self::$variant => $factor,)* }
            }

            /// What it is measured in.
            pub fn unit(self) -> Unit {
                match self { $(Self::$variant => Unit::$unit,)* }
            }

            /// Which way is good.
            pub fn direction(self) -> Direction {
                match self { $(Self::$variant => Direction::$direction,)* }
            }
        }
    };
}

ratios! {
    Ctr "ctr" "CTR" 1 Clicks / Impressions, Percent Up
    Cpc "cpc" "CPC" 1 Spend / Clicks, Money Down
    Cpm "cpm" "CPM" 1000 Spend / Impressions, Money Down
    Cpa "cpa" "CPA" 1 Spend / Conversions, Money Down
    Cpl "cpl" "CPL" 1 Spend / Leads, Money Down
    ConversionRate "conversion_rate" "Conversion rate" 1 Conversions / Clicks, Percent Up
    Roas "roas" "ROAS" 1 ConversionValue / Spend, Quotient Up
    Aov "aov" "Average order value" 1 ConversionValue / Conversions, Money Up
    BudgetUse "budget_use" "Budget use" 1 BudgetedSpend / BudgetTotal, Percent Neutral
    WebConversionRate "web_conversion_rate" "Conversion rate, web" 1 Conversions / Sessions, Percent Up
    EngagementRate "engagement_rate" "Engagement rate" 1 Engagements / Impressions, Percent Up
    InteractionRate "interaction_rate" "Engagement rate, organic" 1 Likes / Impressions, Percent Up
    PagesPerSession "pages_per_session" "Pages per session" 1 Pageviews / Sessions, Quotient Up
    EngagedRate "engaged_rate" "Engaged rate" 1 EngagedSessions / Sessions, Percent Up
    DeliveryRate "delivery_rate" "Delivery rate" 1 Delivered / EmailsSent, Percent Up
    OpenRate "open_rate" "Open rate" 1 UniqueOpens / Delivered, Percent Up
    ClickRate "click_rate" "Click rate" 1 UniqueClicks / Delivered, Percent Up
    ClickToOpen "click_to_open" "Click-to-open rate" 1 UniqueClicks / UniqueOpens, Percent Up
    BounceRate "bounce_rate" "Bounce rate" 1 Bounces / EmailsSent, Percent Down
    UnsubscribeRate "unsubscribe_rate" "Unsubscribe rate" 1 Unsubscribes / Delivered, Percent Down
    ComplaintRate "complaint_rate" "Complaint rate" 1 SpamComplaints / Delivered, Percent Down
    AverageDeal "average_deal" "Average deal" 1 Revenue / DealsWon, Money Up
    ListGrowth "list_growth" "List growth" 1 SubscribersAdded / Subscribers, Percent Up
    WinRate "win_rate" "Win rate" 1 DealsWon / DealsWon, Percent Up
    PipelineVelocity "pipeline_velocity" "Pipeline velocity" 1 Revenue / SalesCycleDays, MoneyPerDay Up
    LeadToMql "lead_to_mql" "Lead to MQL" 1 CohortMqls / CohortLeads, Percent Up
    MqlToSql "mql_to_sql" "MQL to SQL" 1 CohortSqls / CohortMqls, Percent Up
    SqlToWon "sql_to_won" "SQL to won" 1 CohortCustomers / CohortSqls, Percent Up
}

/// How a ratio comes from sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formula {
    /// Factor × numerator ÷ denominator.
    Quotient,
    /// The numerator out of itself and this: deals are won out of those that were won or lost.
    OutOf(Metric),
    /// The numerator and these together ÷ denominator, as far as they are reported.
    Together(&'static [Metric]),
    /// The numerator less this ÷ what the denominator, a level, was before that.
    Growth(Metric),
    /// Open deals × win rate × average deal ÷ sales cycle: what the pipeline brings per day.
    Velocity,
}

impl Ratio {
    /// How it is computed.
    pub fn formula(self) -> Formula {
        match self {
            Self::WinRate => Formula::OutOf(Metric::DealsLost),
            Self::InteractionRate => Formula::Together(&[Metric::Comments, Metric::Shares, Metric::Saves]),
            Self::ListGrowth => Formula::Growth(Metric::SubscribersRemoved),
            Self::PipelineVelocity => Formula::Velocity,
            _ => Formula::Quotient,
        }
    }

    /// Whether it is known where only these of its parts are reported.
    pub fn is_told_by(self, is_reported: impl Fn(Metric) -> bool) -> bool {
        let both = || is_reported(self.numerator()) && is_reported(self.denominator());
        match self.formula() {
            // Not every platform tells who left.
            Formula::Quotient | Formula::Growth(_) => both(),
            // Where no deal was ever lost, or won, the rate is known all the same.
            Formula::OutOf(rest) => is_reported(self.numerator()) || is_reported(rest),
            Formula::Together(others) => {
                is_reported(self.denominator())
                    && (is_reported(self.numerator()) || others.iter().any(|other| is_reported(*other)))
            }
            Formula::Velocity => both() && is_reported(Metric::OpenDeals),
        }
    }

    /// The stored metrics that it needs.
    pub fn parts(self) -> Vec<Metric> {
        match self.formula() {
            Formula::Quotient => vec![self.numerator(), self.denominator()],
            Formula::OutOf(rest) => vec![self.numerator(), rest],
            Formula::Growth(lost) => vec![self.numerator(), lost, self.denominator()],
            Formula::Together(others) => [self.numerator()]
                .into_iter()
                .chain(others.iter().copied())
                .chain([self.denominator()])
                .collect(),
            Formula::Velocity => vec![
                Metric::OpenDeals,
                Metric::DealsWon,
                Metric::DealsLost,
                self.numerator(),
                self.denominator(),
            ],
        }
    }
}

impl Metric {
    /// The metric with that canonical name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|m| m.name() == name)
    }

    /// Whether it is an amount of money.
    pub fn is_money(self) -> bool {
        matches!(self.unit(), Unit::Money | Unit::MoneyPerDay)
    }
}

/// What a widget shows: a stored metric or a ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Measure {
    /// Stored.
    Metric(Metric),
    /// Computed.
    Ratio(Ratio),
}

impl Measure {
    /// The measure with that canonical name.
    pub fn from_name(name: &str) -> Option<Self> {
        Metric::from_name(name)
            .map(Self::Metric)
            .or_else(|| Ratio::ALL.iter().copied().find(|r| r.name() == name).map(Self::Ratio))
    }

    /// Canonical name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metric(m) => m.name(),
            Self::Ratio(r) => r.name(),
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Metric(m) => m.label(),
            Self::Ratio(r) => r.label(),
        }
    }

    /// What it is measured in.
    pub fn unit(self) -> Unit {
        match self {
            Self::Metric(m) => m.unit(),
            Self::Ratio(r) => r.unit(),
        }
    }

    /// Which way is good.
    pub fn direction(self) -> Direction {
        match self {
            Self::Metric(m) => m.direction(),
            Self::Ratio(r) => r.direction(),
        }
    }

    /// The stored metrics that it needs.
    pub fn parts(self) -> Vec<Metric> {
        match self {
            Self::Metric(m) => match m.class() {
                Class::WeightedBy(weight) => vec![m, weight],
                _ => vec![m],
            },
            Self::Ratio(r) => r.parts(),
        }
    }
}

//! The dashboards themselves.

use super::{Kind, Step, Template, Tile, Widget};
use metrics::{Dimension, Family, Measure, Metric, Ratio};

use Dimension::{
    Account, Ad, AdGroup, AgeGender, Campaign, Channel, City, Country, Currency, Deal, Device, Email, Event,
    Flow, Hour, List, Month, Owner, Page, Pipeline, Placement, Platform, Post, Query, Source, Stage, Week,
    Weekday,
};

/// All dashboards, in the order in which they are offered.
pub static TEMPLATES: [&Template; 7] = [&OVERVIEW, &ADS, &SOCIAL, &WEB, &SEARCH, &EMAIL, &CRM];

const fn m(metric: Metric) -> Measure {
    Measure::Metric(metric)
}

const fn r(ratio: Ratio) -> Measure {
    Measure::Ratio(ratio)
}

const fn tile(family: Family, measure: Measure) -> Tile {
    Tile { family, measure }
}

const fn widget(width: u8, kind: Kind) -> Widget {
    Widget { kind, width }
}

/// Across all platforms. What advertising costs and brings comes from advertising alone: web analytics and customer
/// relations count the same results again.
pub static OVERVIEW: Template = Template {
    slug: "overview",
    title: "All platforms",
    name: "Overview",
    family: Family::Ads,
    tiles: &[
        tile(Family::Ads, m(Metric::Spend)),
        tile(Family::Ads, m(Metric::Conversions)),
        tile(Family::Ads, m(Metric::ConversionValue)),
        tile(Family::Ads, r(Ratio::Roas)),
        tile(Family::Ads, r(Ratio::Cpa)),
        tile(Family::Web, m(Metric::Sessions)),
        tile(Family::Crm, m(Metric::Leads)),
        tile(Family::Crm, m(Metric::DealsWon)),
        tile(Family::Crm, m(Metric::Revenue)),
    ],
    more: &[m(Metric::Impressions), m(Metric::Clicks), r(Ratio::Ctr), r(Ratio::Cpc)],
    columns: &[
        m(Metric::Spend),
        m(Metric::Impressions),
        m(Metric::Clicks),
        r(Ratio::Ctr),
        r(Ratio::Cpc),
        m(Metric::Conversions),
        r(Ratio::Cpa),
        m(Metric::ConversionValue),
        r(Ratio::Roas),
    ],
    cards: &[m(Metric::Spend), m(Metric::Conversions), r(Ratio::Roas)],
    measure: m(Metric::Spend),
    splits: &[Platform, Account, Currency],
    filters: &[Platform, Account, Currency, Week, Weekday, Month],
    rows: &[Account, Platform],
    below: &[(Platform, Account)],
    widgets: &[
        widget(8, Kind::Trend),
        widget(4, Kind::Share(m(Metric::Spend), Platform)),
        widget(6, Kind::Funnel(JOURNEY)),
        widget(6, Kind::Top),
        widget(12, Kind::Table),
    ],
    sources: "a source of advertising, web analytics or customer relations",
};

/// From seeing an ad to a deal that is won.
const JOURNEY: &[Step] = &[
    (Family::Ads, Metric::Impressions),
    (Family::Ads, Metric::Clicks),
    (Family::Web, Metric::Sessions),
    (Family::Crm, Metric::Leads),
    (Family::Crm, Metric::Mqls),
    (Family::Crm, Metric::Sqls),
    (Family::Crm, Metric::DealsWon),
];

/// Paid advertising.
pub static ADS: Template = Template {
    slug: "ads",
    title: "Paid performance",
    name: "Ads",
    family: Family::Ads,
    tiles: &[
        tile(Family::Ads, m(Metric::Spend)),
        tile(Family::Ads, m(Metric::Impressions)),
        tile(Family::Ads, m(Metric::Clicks)),
        tile(Family::Ads, r(Ratio::Ctr)),
        tile(Family::Ads, r(Ratio::Cpc)),
        tile(Family::Ads, m(Metric::Conversions)),
        tile(Family::Ads, r(Ratio::Cpa)),
        tile(Family::Ads, m(Metric::ConversionValue)),
        tile(Family::Ads, r(Ratio::Roas)),
    ],
    more: &[
        m(Metric::Reach),
        r(Ratio::Cpm),
        m(Metric::LinkClicks),
        m(Metric::VideoViews),
        m(Metric::Engagements),
        r(Ratio::EngagementRate),
        r(Ratio::ConversionRate),
        m(Metric::AllConversions),
        r(Ratio::Aov),
        m(Metric::Leads),
        r(Ratio::Cpl),
        m(Metric::Budget),
        r(Ratio::BudgetUse),
    ],
    columns: &[
        m(Metric::Spend),
        m(Metric::Impressions),
        m(Metric::Clicks),
        r(Ratio::Ctr),
        r(Ratio::Cpc),
        m(Metric::Conversions),
        r(Ratio::Cpa),
        m(Metric::ConversionValue),
        r(Ratio::Roas),
        r(Ratio::Cpm),
        r(Ratio::ConversionRate),
        r(Ratio::Aov),
        m(Metric::Leads),
        r(Ratio::Cpl),
        m(Metric::Reach),
        m(Metric::LinkClicks),
        m(Metric::VideoViews),
        m(Metric::Budget),
        r(Ratio::BudgetUse),
    ],
    cards: OVERVIEW.cards,
    measure: m(Metric::Conversions),
    splits: &[Platform, Account, Campaign, Currency],
    filters: &[
        Platform, Account, Campaign, AdGroup, Ad, Currency, Country, AgeGender, Device, Placement, Week,
        Weekday, Month, Hour,
    ],
    rows: &[Account, Campaign],
    below: &[(Account, Campaign), (Campaign, AdGroup), (AdGroup, Ad)],
    widgets: &[
        widget(8, Kind::Trend),
        widget(4, Kind::Share(m(Metric::Spend), Platform)),
        widget(6, Kind::Top),
        widget(6, Kind::Rhythm),
        widget(4, Kind::BarsOf(m(Metric::Spend), Country)),
        widget(4, Kind::BarsOf(m(Metric::Spend), AgeGender)),
        widget(4, Kind::BarsOf(m(Metric::Spend), Device)),
        widget(4, Kind::BarsOf(m(Metric::Spend), Placement)),
        widget(8, Kind::Hours(SPENT)),
        widget(12, Kind::Table),
    ],
    sources: "an advertising account of Google Ads, Meta, LinkedIn, TikTok or X",
};

/// What ads come to hour by hour.
const SPENT: &[Measure] =
    &[m(Metric::Clicks), m(Metric::Spend), m(Metric::Impressions), m(Metric::Conversions)];

/// Pages and posts.
static SOCIAL: Template = Template {
    slug: "social",
    title: "Social media",
    name: "Social",
    family: Family::Social,
    tiles: &[
        tile(Family::Social, m(Metric::Followers)),
        tile(Family::Social, m(Metric::NewFollowers)),
        tile(Family::Social, m(Metric::Impressions)),
        tile(Family::Social, m(Metric::Reach)),
        tile(Family::Social, m(Metric::Engagements)),
        tile(Family::Social, m(Metric::VideoViews)),
        tile(Family::Social, m(Metric::ProfileViews)),
    ],
    // Not every platform counts impressions of posts, so a rate over all of them says nothing.
    more: &[
        r(Ratio::InteractionRate),
        m(Metric::Likes),
        m(Metric::Comments),
        m(Metric::Shares),
        m(Metric::Saves),
        m(Metric::Clicks),
        m(Metric::LinkClicks),
        m(Metric::WatchSeconds),
    ],
    columns: &[
        m(Metric::Impressions),
        m(Metric::Reach),
        m(Metric::Engagements),
        r(Ratio::InteractionRate),
        m(Metric::Likes),
        m(Metric::Comments),
        m(Metric::Shares),
        m(Metric::Saves),
        m(Metric::VideoViews),
        m(Metric::Clicks),
        m(Metric::Followers),
        m(Metric::NewFollowers),
    ],
    cards: &[m(Metric::Impressions), m(Metric::Engagements), m(Metric::Likes)],
    measure: m(Metric::Impressions),
    splits: &[Platform, Account],
    filters: &[Platform, Account, Post, AgeGender, Country, City, Week, Weekday, Month],
    rows: &[Account, Post],
    below: &[(Account, Post)],
    widgets: &[
        widget(8, Kind::Trend),
        widget(4, Kind::Share(m(Metric::Engagements), Platform)),
        widget(6, Kind::Top),
        widget(6, Kind::Rhythm),
        widget(4, Kind::BarsOf(m(Metric::Followers), AgeGender)),
        widget(4, Kind::BarsOf(m(Metric::Followers), Country)),
        widget(4, Kind::BarsOf(m(Metric::Followers), City)),
        widget(12, Kind::Table),
    ],
    sources: "a page of Meta, Instagram, LinkedIn, X or TikTok",
};

/// Visits of web sites.
static WEB: Template = Template {
    slug: "web",
    title: "Web analytics",
    name: "Web",
    family: Family::Web,
    tiles: &[
        tile(Family::Web, m(Metric::Sessions)),
        tile(Family::Web, m(Metric::Users)),
        tile(Family::Web, m(Metric::NewUsers)),
        tile(Family::Web, r(Ratio::EngagedRate)),
        tile(Family::Web, m(Metric::Pageviews)),
        tile(Family::Web, r(Ratio::PagesPerSession)),
        tile(Family::Web, m(Metric::Conversions)),
        tile(Family::Web, r(Ratio::WebConversionRate)),
        tile(Family::Web, m(Metric::Revenue)),
    ],
    more: &[
        m(Metric::EngagedSessions),
        m(Metric::ActiveUsers),
        m(Metric::Events),
        m(Metric::EngagementSeconds),
    ],
    columns: &[
        m(Metric::Sessions),
        m(Metric::NewUsers),
        m(Metric::Pageviews),
        r(Ratio::EngagedRate),
        r(Ratio::PagesPerSession),
        m(Metric::Events),
        m(Metric::EngagementSeconds),
        m(Metric::Conversions),
        r(Ratio::WebConversionRate),
        m(Metric::Revenue),
    ],
    cards: &[m(Metric::Sessions), m(Metric::Pageviews), m(Metric::Conversions)],
    measure: m(Metric::Sessions),
    splits: &[Platform, Account, Campaign],
    filters: &[Platform, Account, Campaign, Channel, Source, Page, Event, Week, Weekday, Month],
    rows: &[Account, Event, Page, Campaign],
    below: &[(Account, Campaign), (Campaign, Source)],
    widgets: &[
        widget(8, Kind::Trend),
        widget(4, Kind::Bars(Channel)),
        widget(6, Kind::Bars(Source)),
        widget(6, Kind::Bars(Page)),
        widget(6, Kind::Top),
        widget(6, Kind::Rhythm),
        widget(12, Kind::Table),
    ],
    sources: "a property of Google Analytics",
};

/// What people find by searching.
static SEARCH: Template = Template {
    slug: "search",
    title: "Organic search",
    name: "Search",
    family: Family::Search,
    tiles: &[
        tile(Family::Search, m(Metric::Clicks)),
        tile(Family::Search, m(Metric::Impressions)),
        tile(Family::Search, r(Ratio::Ctr)),
        tile(Family::Search, m(Metric::Position)),
    ],
    more: &[],
    columns: &[m(Metric::Clicks), m(Metric::Impressions), r(Ratio::Ctr), m(Metric::Position)],
    cards: &[m(Metric::Clicks), m(Metric::Impressions), m(Metric::Position)],
    measure: m(Metric::Clicks),
    splits: &[Platform, Account],
    filters: &[Platform, Account, Page, Query, Country, Device, Week, Weekday, Month],
    rows: &[Account, Query, Page],
    below: &[(Account, Page), (Page, Query)],
    widgets: &[
        widget(8, Kind::Trend),
        widget(4, Kind::Bars(Device)),
        widget(6, Kind::Bars(Query)),
        widget(6, Kind::Bars(Page)),
        widget(6, Kind::Bars(Country)),
        widget(6, Kind::Rhythm),
        widget(12, Kind::Table),
    ],
    sources: "a site of Search Console",
};

/// Campaigns by e-mail, flows and lists.
static EMAIL: Template = Template {
    slug: "email",
    title: "E-mail",
    name: "E-mail",
    family: Family::Email,
    tiles: &[
        tile(Family::Email, m(Metric::EmailsSent)),
        tile(Family::Email, m(Metric::Delivered)),
        tile(Family::Email, r(Ratio::DeliveryRate)),
        tile(Family::Email, r(Ratio::OpenRate)),
        tile(Family::Email, r(Ratio::ClickRate)),
        tile(Family::Email, r(Ratio::BounceRate)),
        tile(Family::Email, r(Ratio::UnsubscribeRate)),
        tile(Family::Email, r(Ratio::ComplaintRate)),
        tile(Family::Email, m(Metric::Revenue)),
        tile(Family::Email, m(Metric::Subscribers)),
        tile(Family::Email, m(Metric::SubscribersAdded)),
        tile(Family::Email, m(Metric::SubscribersRemoved)),
        tile(Family::Email, r(Ratio::ListGrowth)),
    ],
    more: &[
        m(Metric::Opens),
        m(Metric::UniqueOpens),
        m(Metric::Clicks),
        m(Metric::UniqueClicks),
        r(Ratio::ClickToOpen),
        m(Metric::Bounces),
        m(Metric::HardBounces),
        m(Metric::SoftBounces),
        m(Metric::Unsubscribes),
        m(Metric::SpamComplaints),
    ],
    columns: &[
        m(Metric::EmailsSent),
        m(Metric::Delivered),
        r(Ratio::OpenRate),
        r(Ratio::ClickRate),
        r(Ratio::ClickToOpen),
        r(Ratio::BounceRate),
        r(Ratio::UnsubscribeRate),
        m(Metric::Revenue),
        m(Metric::Subscribers),
        m(Metric::SubscribersAdded),
        m(Metric::SubscribersRemoved),
        r(Ratio::ListGrowth),
        m(Metric::Opens),
        m(Metric::UniqueOpens),
        m(Metric::Clicks),
        m(Metric::UniqueClicks),
        m(Metric::HardBounces),
        m(Metric::SoftBounces),
        m(Metric::Unsubscribes),
        m(Metric::SpamComplaints),
        r(Ratio::ComplaintRate),
    ],
    cards: &[m(Metric::EmailsSent), r(Ratio::OpenRate), r(Ratio::ClickRate)],
    measure: m(Metric::EmailsSent),
    splits: &[Platform, Account],
    filters: &[Platform, Account, Campaign, List, Flow, Email, Country, Device, Week, Weekday, Month, Hour],
    rows: &[Account, List, Email, Flow, Campaign],
    below: &[(Account, Campaign)],
    widgets: &[
        widget(8, Kind::Trend),
        widget(4, Kind::Funnel(OPENED)),
        widget(6, Kind::Top),
        widget(6, Kind::Rhythm),
        widget(12, Kind::Hours(ENGAGED)),
        widget(6, Kind::BarsOf(m(Metric::Opens), Country)),
        widget(6, Kind::BarsOf(m(Metric::Opens), Device)),
        widget(12, Kind::Table),
    ],
    sources: "Mailchimp, Klaviyo, SendGrid or another sender of e-mails",
};

/// What people do with e-mails, hour by hour. Some platforms tell of hours by event, others of people.
const ENGAGED: &[Measure] = &[
    m(Metric::Opens),
    m(Metric::UniqueOpens),
    m(Metric::Clicks),
    m(Metric::UniqueClicks),
    m(Metric::SubscribersAdded),
    m(Metric::SubscribersRemoved),
];

/// From being sent to being clicked.
const OPENED: &[Step] = &[
    (Family::Email, Metric::EmailsSent),
    (Family::Email, Metric::Delivered),
    (Family::Email, Metric::UniqueOpens),
    (Family::Email, Metric::UniqueClicks),
];

/// Leads and deals.
static CRM: Template = Template {
    slug: "crm",
    title: "Leads and deals",
    name: "CRM",
    family: Family::Crm,
    tiles: &[
        tile(Family::Crm, m(Metric::Leads)),
        tile(Family::Crm, m(Metric::Mqls)),
        tile(Family::Crm, m(Metric::Sqls)),
        tile(Family::Crm, r(Ratio::LeadToMql)),
        tile(Family::Crm, r(Ratio::MqlToSql)),
        tile(Family::Crm, r(Ratio::SqlToWon)),
        tile(Family::Crm, m(Metric::DealsCreated)),
        tile(Family::Crm, m(Metric::DealsWon)),
        tile(Family::Crm, r(Ratio::WinRate)),
        tile(Family::Crm, m(Metric::Revenue)),
        tile(Family::Crm, r(Ratio::AverageDeal)),
        tile(Family::Crm, m(Metric::SalesCycleDays)),
        tile(Family::Crm, m(Metric::OpenDeals)),
        tile(Family::Crm, m(Metric::PipelineValue)),
        tile(Family::Crm, r(Ratio::PipelineVelocity)),
    ],
    more: &[
        m(Metric::DealsLost),
        m(Metric::LeadsConverted),
        m(Metric::WeightedPipelineValue),
        m(Metric::StageTransition),
        m(Metric::ProgramSuccesses),
    ],
    columns: &[
        m(Metric::Revenue),
        m(Metric::Leads),
        m(Metric::Mqls),
        m(Metric::Sqls),
        m(Metric::DealsCreated),
        m(Metric::DealsWon),
        m(Metric::DealsLost),
        r(Ratio::WinRate),
        r(Ratio::AverageDeal),
        m(Metric::SalesCycleDays),
        m(Metric::OpenDeals),
        m(Metric::PipelineValue),
        m(Metric::StageTransition),
        m(Metric::Spend),
    ],
    cards: &[m(Metric::Revenue), m(Metric::DealsWon), m(Metric::PipelineValue)],
    measure: m(Metric::Revenue),
    splits: &[Platform, Account, Pipeline],
    filters: &[Platform, Account, Campaign, Pipeline, Stage, Owner, Deal, Week, Weekday, Month],
    rows: &[Account, Campaign, Deal, Owner, Pipeline],
    below: &[(Account, Pipeline), (Pipeline, Stage), (Stage, Deal), (Owner, Deal)],
    widgets: &[
        widget(8, Kind::Trend),
        widget(4, Kind::Funnel(SOLD)),
        widget(6, Kind::Top),
        widget(6, Kind::Bars(Owner)),
        widget(12, Kind::Rhythm),
        widget(12, Kind::Table),
    ],
    sources: "HubSpot, Salesforce, Pipedrive, Zoho CRM or another customer relations system",
};

/// From a lead to a deal that is won.
const SOLD: &[Step] = &[
    (Family::Crm, Metric::Leads),
    (Family::Crm, Metric::Mqls),
    (Family::Crm, Metric::Sqls),
    (Family::Crm, Metric::DealsCreated),
    (Family::Crm, Metric::DealsWon),
];

//! The fields that queries may name, and where they stand in an answer.

use super::errors::ApiError;

/// The resources that can stand after FROM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The tree of accounts below a manager.
    CustomerClient,
    /// The account itself.
    Customer,
    /// Campaigns.
    Campaign,
    /// Ad groups.
    AdGroup,
    /// Ads.
    AdGroupAd,
    /// Keywords.
    KeywordView,
    /// What people typed.
    SearchTermView,
    /// Single clicks.
    ClickView,
}

impl Resource {
    /// Looks a name of FROM up.
    ///
    /// # Errors
    /// `BAD_RESOURCE_TYPE_IN_FROM_CLAUSE` for anything that the simulator does not serve.
    pub fn parse(name: &str) -> Result<Self, ApiError> {
        Ok(match name {
            "customer_client" => Self::CustomerClient,
            "customer" => Self::Customer,
            "campaign" => Self::Campaign,
            "ad_group" => Self::AdGroup,
            "ad_group_ad" => Self::AdGroupAd,
            "keyword_view" => Self::KeywordView,
            "search_term_view" => Self::SearchTermView,
            "click_view" => Self::ClickView,
            other => {
                let message =
                    format!("Error in FROM clause: resource '{other}' does not exist in this simulator.");
                return Err(ApiError::query("BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", message));
            }
        })
    }

    /// Field prefixes that may be selected with it, the resource's own first.
    fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::CustomerClient => &["customer_client", "customer"],
            Self::Customer => &["customer", "metrics", "segments"],
            Self::Campaign => &["campaign", "campaign_budget", "customer", "metrics", "segments"],
            Self::AdGroup => &["ad_group", "campaign", "customer", "metrics", "segments"],
            Self::AdGroupAd => &["ad_group_ad", "ad_group", "campaign", "customer", "metrics", "segments"],
            Self::KeywordView => &[
                "keyword_view",
                "ad_group_criterion",
                "ad_group",
                "campaign",
                "customer",
                "metrics",
                "segments",
            ],
            Self::SearchTermView => {
                &["search_term_view", "ad_group", "campaign", "customer", "metrics", "segments"]
            }
            Self::ClickView => &["click_view", "ad_group", "campaign", "customer", "metrics", "segments"],
        }
    }

    /// True when rows can be cut by hour.
    fn has_hours(self) -> bool {
        matches!(self, Self::Customer | Self::Campaign | Self::AdGroup | Self::AdGroupAd)
    }
}

macro_rules! fields {
    ($($variant:ident $name:literal $from:literal..=$until:literal,)*) => {
        /// A field of a query.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each variant is documented by its name in the vendor's reference")]
        pub enum Field { $($variant,)* }

        /// Name, field, first and last API version that knows it.
        const FIELDS: &[(&str, Field, u32, u32)] = &[$(($name, Field::$variant, $from, $until),)*];

        impl Field {
            /// The name in queries.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

fields! {
    ClientResourceName "customer_client.resource_name" 0..=99,
    ClientCustomer "customer_client.client_customer" 0..=99,
    ClientLevel "customer_client.level" 0..=99,
    ClientManager "customer_client.manager" 0..=99,
    ClientHidden "customer_client.hidden" 0..=99,
    ClientTestAccount "customer_client.test_account" 0..=99,
    ClientName "customer_client.descriptive_name" 0..=99,
    ClientCurrency "customer_client.currency_code" 0..=99,
    ClientZone "customer_client.time_zone" 0..=99,
    ClientId "customer_client.id" 0..=99,
    ClientStatus "customer_client.status" 0..=99,
    CustomerResourceName "customer.resource_name" 0..=99,
    CustomerId "customer.id" 0..=99,
    CustomerName "customer.descriptive_name" 0..=99,
    CustomerCurrency "customer.currency_code" 0..=99,
    CustomerZone "customer.time_zone" 0..=99,
    CustomerManager "customer.manager" 0..=99,
    CustomerTestAccount "customer.test_account" 0..=99,
    CustomerStatus "customer.status" 0..=99,
    CustomerAutoTagging "customer.auto_tagging_enabled" 0..=99,
    CampaignResourceName "campaign.resource_name" 0..=99,
    CampaignId "campaign.id" 0..=99,
    CampaignName "campaign.name" 0..=99,
    CampaignStatus "campaign.status" 0..=99,
    CampaignServing "campaign.serving_status" 0..=99,
    CampaignChannel "campaign.advertising_channel_type" 0..=99,
    CampaignBidding "campaign.bidding_strategy_type" 0..=99,
    CampaignBudgetName "campaign.campaign_budget" 0..=99,
    CampaignStartDate "campaign.start_date" 0..=22,
    CampaignEndDate "campaign.end_date" 0..=22,
    CampaignStart "campaign.start_date_time" 23..=99,
    CampaignEnd "campaign.end_date_time" 23..=99,
    BudgetResourceName "campaign_budget.resource_name" 0..=99,
    BudgetId "campaign_budget.id" 0..=99,
    BudgetAmount "campaign_budget.amount_micros" 0..=99,
    BudgetPeriod "campaign_budget.period" 0..=99,
    BudgetShared "campaign_budget.explicitly_shared" 0..=99,
    AdGroupResourceName "ad_group.resource_name" 0..=99,
    AdGroupId "ad_group.id" 0..=99,
    AdGroupName "ad_group.name" 0..=99,
    AdGroupStatus "ad_group.status" 0..=99,
    AdGroupType "ad_group.type" 0..=99,
    AdGroupCampaign "ad_group.campaign" 0..=99,
    AdResourceName "ad_group_ad.resource_name" 0..=99,
    AdStatus "ad_group_ad.status" 0..=99,
    AdInnerResourceName "ad_group_ad.ad.resource_name" 0..=99,
    AdId "ad_group_ad.ad.id" 0..=99,
    AdName "ad_group_ad.ad.name" 0..=99,
    AdType "ad_group_ad.ad.type" 0..=99,
    AdFinalUrls "ad_group_ad.ad.final_urls" 0..=99,
    KeywordResourceName "keyword_view.resource_name" 0..=99,
    CriterionResourceName "ad_group_criterion.resource_name" 0..=99,
    CriterionId "ad_group_criterion.criterion_id" 0..=99,
    CriterionStatus "ad_group_criterion.status" 0..=99,
    CriterionText "ad_group_criterion.keyword.text" 0..=99,
    CriterionMatch "ad_group_criterion.keyword.match_type" 0..=99,
    TermResourceName "search_term_view.resource_name" 0..=99,
    TermText "search_term_view.search_term" 0..=99,
    TermStatus "search_term_view.status" 0..=99,
    TermAdGroup "search_term_view.ad_group" 0..=99,
    ClickResourceName "click_view.resource_name" 0..=99,
    ClickGclid "click_view.gclid" 0..=99,
    ClickAd "click_view.ad_group_ad" 0..=99,
    ClickKeyword "click_view.keyword" 0..=99,
    ClickPage "click_view.page_number" 0..=99,
    Date "segments.date" 0..=99,
    Hour "segments.hour" 0..=99,
    Device "segments.device" 0..=99,
    Impressions "metrics.impressions" 0..=99,
    Clicks "metrics.clicks" 0..=99,
    Cost "metrics.cost_micros" 0..=99,
    Conversions "metrics.conversions" 0..=99,
    Value "metrics.conversions_value" 0..=99,
    AllConversions "metrics.all_conversions" 0..=99,
    AllValue "metrics.all_conversions_value" 0..=99,
    Interactions "metrics.interactions" 0..=99,
    Engagements "metrics.engagements" 0..=99,
    Views "metrics.video_trueview_views" 22..=99,
    OldViews "metrics.video_views" 0..=21,
    ViewRate "metrics.video_trueview_view_rate" 22..=99,
    OldViewRate "metrics.video_view_rate" 0..=21,
    CostPerView "metrics.trueview_average_cpv" 22..=99,
    OldCostPerView "metrics.average_cpv" 0..=21,
    ClickRate "metrics.ctr" 0..=99,
    CostPerClick "metrics.average_cpc" 0..=99,
    CostPerMille "metrics.average_cpm" 0..=99,
    CostPerConversion "metrics.cost_per_conversion" 0..=99,
    ConversionRate "metrics.conversions_from_interactions_rate" 0..=99,
    UniqueUsers "metrics.unique_users" 0..=99,
    ImpressionShare "metrics.search_impression_share" 0..=99,
}

impl Field {
    /// Looks a name up for one resource and API version.
    ///
    /// # Errors
    /// `UNRECOGNIZED_FIELD` for names that this version does not know, and the vendor's prohibitions for names
    /// that can't be asked of this resource.
    pub fn parse(name: &str, resource: Resource, version: u32) -> Result<Self, ApiError> {
        let found = FIELDS
            .iter()
            .find(|(known, _, from, until)| *known == name && (*from..=*until).contains(&version));
        let Some((_, field, _, _)) = found else {
            let message = format!("Unrecognized field in the query: '{name}'.");
            return Err(ApiError::query("UNRECOGNIZED_FIELD", message));
        };
        let prefix = name.split('.').next().unwrap_or_default();
        if !resource.prefixes().contains(&prefix) {
            let code = match prefix {
                "metrics" => "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
                "segments" => "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE",
                _ => "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE",
            };
            return Err(prohibited(code, name));
        }
        if *field == Self::Hour && !resource.has_hours() {
            return Err(prohibited("PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE", name));
        }
        let click_only = resource == Resource::ClickView && prefix == "metrics" && *field != Self::Clicks;
        let reach_too_fine =
            *field == Self::UniqueUsers && !matches!(resource, Resource::Customer | Resource::Campaign);
        if click_only || reach_too_fine {
            return Err(prohibited("PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE", name));
        }
        Ok(*field)
    }

    /// True for metrics.
    pub fn is_metric(self) -> bool {
        self.name().starts_with("metrics.")
    }

    /// True for segments.
    pub fn is_segment(self) -> bool {
        self.name().starts_with("segments.")
    }

    /// The resource names that the vendor adds to the answer when this field is selected.
    pub fn resource_names(self) -> &'static [Self] {
        let name = self.name();
        match name.split('.').next().unwrap_or_default() {
            "customer_client" => &[Self::ClientResourceName],
            "customer" => &[Self::CustomerResourceName],
            "campaign" => &[Self::CampaignResourceName],
            "campaign_budget" => &[Self::BudgetResourceName],
            "ad_group" => &[Self::AdGroupResourceName],
            "ad_group_ad" if name.starts_with("ad_group_ad.ad.") => {
                &[Self::AdResourceName, Self::AdInnerResourceName]
            }
            "ad_group_ad" => &[Self::AdResourceName],
            "keyword_view" => &[Self::KeywordResourceName],
            "ad_group_criterion" => &[Self::CriterionResourceName],
            "search_term_view" => &[Self::TermResourceName],
            "click_view" => &[Self::ClickResourceName],
            _ => &[],
        }
    }
}

fn prohibited(code: &'static str, name: &str) -> ApiError {
    ApiError::query(
        code,
        format!("Cannot select or filter on '{name}' with the resource in the FROM clause."),
    )
}

/// `cost_micros` as it is written in answers: `costMicros`.
pub fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                out.extend(c.to_uppercase());
                upper = false;
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renamed_fields_are_known_only_to_their_versions() {
        let ask =
            |name, version| Field::parse(name, Resource::Campaign, version).map_err(|e| e.code().to_owned());
        assert_eq!(ask("metrics.video_views", 22), Err("UNRECOGNIZED_FIELD".to_owned()));
        assert_eq!(ask("metrics.video_trueview_views", 22), Ok(Field::Views));
        assert_eq!(ask("campaign.start_date", 22), Ok(Field::CampaignStartDate));
        assert_eq!(ask("campaign.start_date", 23), Err("UNRECOGNIZED_FIELD".to_owned()));
        assert_eq!(ask("campaign.start_date_time", 25), Ok(Field::CampaignStart));
    }

    #[test]
    fn a_field_of_another_resource_is_refused() {
        let code = |name, resource| Field::parse(name, resource, 25).unwrap_err().code().to_owned();
        assert_eq!(code("ad_group.id", Resource::Campaign), "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE");
        assert_eq!(
            code("metrics.clicks", Resource::CustomerClient),
            "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE"
        );
        assert_eq!(
            code("segments.hour", Resource::KeywordView),
            "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE"
        );
        assert_eq!(
            code("metrics.impressions", Resource::ClickView),
            "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE"
        );
    }

    #[test]
    fn names_become_camel_case() {
        assert_eq!(camel("metrics.video_trueview_views"), "metrics.videoTrueviewViews");
    }
}

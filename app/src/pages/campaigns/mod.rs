//! Unified campaigns: what belongs together across platforms, side by side.

pub mod address;
mod assign;
mod content;
mod figures;
mod period;
mod sort;
mod table;

pub use content::CampaignPage;
pub use table::CampaignsPage;

use model::entities::EntityKind;

/// What a thing is, in a word.
pub fn kind_word(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Campaign => "Campaign",
        EntityKind::Post => "Post",
        EntityKind::Email => "E-mail",
        EntityKind::Flow => "Flow",
        EntityKind::Program => "Program",
        EntityKind::Form => "Form",
        EntityKind::Page => "Page",
        EntityKind::Account => "Account",
        EntityKind::AdGroup => "Ad group",
        EntityKind::Ad => "Ad",
        EntityKind::Event => "Event",
        EntityKind::Pipeline => "Pipeline",
        EntityKind::Stage => "Stage",
        EntityKind::Deal => "Deal",
        EntityKind::Owner => "Owner",
        EntityKind::List => "List",
        EntityKind::Category => "Category",
    }
}

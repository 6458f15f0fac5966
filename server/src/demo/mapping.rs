//! The mapping rules that the demo starts with: promotions, and a few lasting efforts. What is left shows what *Unmapped*
//! and suggestions are for.

use model::mapping::{Condition, RuleDraft, RuleField, RuleTest};
use simulator::world::World;
use simulator::world::seasons::Season;

/// Rules for what runs in the world, in order.
pub fn rules(world: &World) -> Vec<RuleDraft> {
    let seasons = world.seasons();
    // "Winter Warmers ❄ 2026 · Search UK"
    let named = rule("$1", RuleField::Name, RuleTest::Matches, r"^(.+ 20\d\d) · ");
    let linked = seasons.iter().map(|Season { name, utm }| {
        let pattern = format!(r"^{utm}-(20\d\d)$");
        rule(&format!("{name} $1"), RuleField::UtmCampaign, RuleTest::Matches, &pattern)
    });
    let lasting = [
        rule("Brand", RuleField::Name, RuleTest::StartsWith, "Brand ·"),
        rule("Brand", RuleField::UtmCampaign, RuleTest::EndsWith, "-brand"),
        rule("Retargeting", RuleField::Name, RuleTest::Matches, r"\b(Retargeting|Remarketing)\b"),
        rule("Retargeting", RuleField::UtmCampaign, RuleTest::EndsWith, "-retargeting"),
        rule("Competitors", RuleField::Name, RuleTest::StartsWith, "Competitor ·"),
        rule("Competitors", RuleField::UtmCampaign, RuleTest::EndsWith, "-competitor"),
        rule("Newsletter", RuleField::Name, RuleTest::StartsWith, "Newsletter"),
        rule("Newsletter", RuleField::UtmSource, RuleTest::Is, "newsletter"),
    ];
    std::iter::once(named).chain(linked).chain(lasting).collect()
}

fn rule(target: &str, field: RuleField, test: RuleTest, text: &str) -> RuleDraft {
    RuleDraft {
        target: target.to_owned(),
        conditions: vec![Condition { field, test, text: text.to_owned() }],
    }
}

//! Unified campaigns on a real database: which rule gets what, by hand, after loads, and that everything adds up.

use crate::common::{World, add_workspace, batch, day, days, figures, now, spec};
use metrics::campaigns::{CampaignTable, FIGURES, Values};
use metrics::ports::{Campaigns, Figures};
use metrics::{Family, Level, Metric, Query};
use model::access::{Member, Role};
use model::clock::Clock;
use model::entities::EntityKind;
use model::error::ErrorKind;
use model::ids::{EntityId, RuleId, RunId, UserId, WorkspaceId};
use model::mapping::{AssignedBy, Assignment, Catch, Condition, RuleDraft, RuleField, RuleTest};
use serde_json::{Value, json};
use warehouse::Warehouse;
use warehouse::load::crm::{CrmKind, Deal, DealState, Link, Party};
use warehouse::load::{
    AccountSource, AccountSpec, Cause, CrmBatch, CrmScope, EntityRecord, LoadScope, open_account, upsert_crm,
    upsert_entities,
};

use RuleField::{Account, Campaign, Kind, Name, UtmCampaign};
use RuleTest::{Contains, Is, Matches, StartsWith};

fn member(workspace: WorkspaceId) -> Member {
    Member { user: UserId(1), workspace, role: Role::Editor }
}

fn rule(target: &str, conditions: &[(RuleField, RuleTest, &str)]) -> RuleDraft {
    let condition = |(field, test, text): &(RuleField, RuleTest, &str)| Condition {
        field: *field,
        test: *test,
        text: (*text).to_owned(),
    };
    RuleDraft { target: target.into(), conditions: conditions.iter().map(condition).collect() }
}

fn thing(kind: EntityKind, id: &str, name: &str, attributes: Value) -> EntityRecord {
    EntityRecord { kind, remote_id: id.into(), parent: None, name: name.into(), status: None, attributes }
}

/// A world with some campaigns, and what asks.
struct Mapped {
    world: World,
    warehouse: Warehouse,
    member: Member,
}

impl Mapped {
    async fn new() -> Self {
        let world = World::new().await;
        let warehouse = Warehouse::new(world.db.database(), Clock::frozen(now()));
        let member = member(world.workspace);
        let mapped = Self { world, warehouse, member };
        mapped
            .describe(&[
                thing(EntityKind::Campaign, "a", "EU | Spring | Search", Value::Null),
                thing(
                    EntityKind::Campaign,
                    "b",
                    "EU | Summer | Search",
                    json!({"utm_campaign": "summer_26"}),
                ),
                thing(EntityKind::Campaign, "c", "Brand", Value::Null),
                thing(EntityKind::Post, "p", "Spring is here", json!({"permalink": "https://a.test/p"})),
            ])
            .await;
        let ads = mapped.world.scope(EntityKind::Campaign);
        mapped
            .world
            .load(&ads, batch(&[(1, "a", 10, 1), (2, "a", 5, 1), (1, "b", 100, 7), (1, "c", 1000, 9)]))
            .await
            .unwrap();
        mapped
    }

    async fn describe(&self, things: &[EntityRecord]) {
        let mut tx = self.world.db.pool().begin().await.unwrap();
        upsert_entities(&mut tx, self.world.workspace, self.world.account, things, now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn add(&self, target: &str, conditions: &[(RuleField, RuleTest, &str)]) -> RuleId {
        self.warehouse.save_rule(&self.member, None, None, &rule(target, conditions)).await.unwrap()
    }

    async fn id(&self, remote: &str) -> EntityId {
        EntityId(self.world.number(&format!("SELECT id FROM entities WHERE remote_id = '{remote}'")).await)
    }

    /// `thing=campaign …`; what somebody assigned has an exclamation mark.
    async fn assigned(&self) -> String {
        self.world
            .text(
                "SELECT e.remote_id || '=' || coalesce(u.name, '-') || CASE WHEN c.rule_id IS NULL THEN '!' ELSE '' END
                 FROM entity_campaigns c JOIN entities e ON e.id = c.entity_id
                 LEFT JOIN unified_campaigns u ON u.id = c.campaign_id ORDER BY e.remote_id",
            )
            .await
    }

    async fn table(&self) -> CampaignTable {
        let table = self.warehouse.table(&self.member, days(1, 31)).await.unwrap();
        assert_adds_up(&table);
        self.assert_is_the_dashboards(&table).await;
        table
    }

    /// The totals are those that dashboards ask for.
    async fn assert_is_the_dashboards(&self, table: &CampaignTable) {
        for (at, (family, metric)) in FIGURES.into_iter().enumerate() {
            let query = Query {
                family,
                level: Level::Campaign,
                days: table.days,
                group_by: Vec::new(),
                metrics: vec![metric],
                filters: Vec::new(),
            };
            let frames = self.warehouse.frames(&self.member, &[query]).await.unwrap();
            assert_eq!(table.totals[at], frames[0].totals[0], "{family:?} {metric:?}");
        }
    }
}

fn assert_adds_up(table: &CampaignTable) {
    for (at, (_, metric)) in FIGURES.iter().enumerate() {
        let parts = table.campaigns.iter().map(|row| &row.values).chain([&table.unmapped]);
        let sum: i64 = parts.filter_map(|values: &Values| values[at]).sum();
        assert_eq!(sum, table.totals[at].unwrap_or(0), "{metric:?}");
    }
}

fn spend(values: &Values) -> Option<i64> {
    values[0]
}

/// `name=spend …`, and what is unmapped.
fn shown(table: &CampaignTable) -> String {
    let rows = table.campaigns.iter().map(|row| {
        format!("{}={}", row.campaign.name, spend(&row.values).map_or("-".into(), |v| v.to_string()))
    });
    let rest = format!("rest={}", spend(&table.unmapped).map_or("-".into(), |v| v.to_string()));
    rows.chain([rest]).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn without_rules_all_is_unmapped() {
    let mapped = Mapped::new().await;
    let table = mapped.table().await;
    assert_eq!(shown(&table), "rest=1115");
    assert!(!table.has_rules && table.campaigns.is_empty());
}

#[tokio::test]
async fn the_first_rule_wins_and_order_can_change() {
    let mapped = Mapped::new().await;
    let wide = mapped.add("Search", &[(Name, Contains, "search")]).await;
    let fine = mapped.add("Spring", &[(Name, Contains, "spring")]).await;
    assert_eq!(mapped.assigned().await, "a=Search; b=Search; p=Spring");
    assert_eq!(shown(&mapped.table().await), "Search=115 Spring=- rest=1000");

    mapped.warehouse.move_rule(&mapped.member, fine, 0).await.unwrap();
    assert_eq!(mapped.assigned().await, "a=Spring; b=Search; p=Spring");
    assert_eq!(shown(&mapped.table().await), "Search=100 Spring=15 rest=1000");

    mapped.warehouse.remove_rule(&mapped.member, fine).await.unwrap();
    assert_eq!(mapped.assigned().await, "a=Search; b=Search");
    // Taken back: at its old place.
    let draft = rule("Spring", &[(Name, Contains, "spring")]);
    let again = mapped.warehouse.save_rule(&mapped.member, None, Some(0), &draft).await.unwrap();
    assert_eq!(mapped.assigned().await, "a=Spring; b=Search; p=Spring");
    let list = mapped.warehouse.rules(&mapped.member, days(1, 31)).await.unwrap();
    let of_list: Vec<(RuleId, i64, Option<i64>)> =
        list.rules.iter().map(|rule| (rule.id, rule.things, rule.spend)).collect();
    assert_eq!(of_list, [(again, 2, Some(15)), (wide, 1, Some(100))]);
    assert_eq!((list.by_hand, list.unmapped, list.unmapped_spend), (0, 1, Some(1000)));

    mapped
        .warehouse
        .save_rule(&mapped.member, Some(wide), None, &rule("Brand", &[(Name, Is, "brand")]))
        .await
        .unwrap();
    assert_eq!(mapped.assigned().await, "a=Spring; c=Brand; p=Spring");
    let left = mapped.world.text("SELECT string_agg(name, ' ' ORDER BY name) FROM unified_campaigns").await;
    assert_eq!(left, "Brand Spring", "campaigns in which nothing is left go");
}

#[tokio::test]
async fn patterns_name_campaigns_and_spelling_makes_no_other() {
    let mapped = Mapped::new().await;
    mapped.describe(&[thing(EntityKind::Campaign, "d", "US | SPRING | Display", Value::Null)]).await;
    mapped.add("$1 26", &[(Campaign, Matches, r"^\w+ \| (\w+) \|")]).await;
    assert_eq!(mapped.assigned().await, "a=Spring 26; b=Summer 26; d=Spring 26");
    let table = mapped.table().await;
    assert_eq!(table.campaigns[1].things, 2);
    assert_eq!(table.campaigns[1].platforms, ["somewhere"]);
}

#[tokio::test]
async fn what_somebody_decides_stays() {
    let mapped = Mapped::new().await;
    let rule_id = mapped.add("All", &[(Account, Is, "acme"), (Kind, Is, "campaign")]).await;
    let (a, b) = (mapped.id("a").await, mapped.id("b").await);
    let assign = async |thing, to: Assignment| mapped.warehouse.assign(&mapped.member, thing, &to).await;
    assign(a, Assignment::To(" By hand ".into())).await.unwrap();
    assign(b, Assignment::Nothing).await.unwrap();
    assert_eq!(mapped.assigned().await, "a=By hand!; b=-!; c=All");
    assert_eq!(shown(&mapped.table().await), "All=1000 By hand=15 rest=100");
    // Neither rules nor loads change it.
    mapped.add("Other", &[(Name, Contains, "e")]).await;
    mapped.describe(&[thing(EntityKind::Campaign, "a", "Renamed", Value::Null)]).await;
    assert_eq!(mapped.assigned().await, "a=By hand!; b=-!; c=All; p=Other");
    let list = mapped.warehouse.rules(&mapped.member, days(1, 31)).await.unwrap();
    assert_eq!((list.by_hand, list.unmapped, list.unmapped_spend), (2, 1, Some(100)));
    assign(a, Assignment::ByRules).await.unwrap();
    assign(b, Assignment::ByRules).await.unwrap();
    assert_eq!(mapped.assigned().await, "a=All; b=All; c=All; p=Other");
    let content = mapped.warehouse.content(
        &mapped.member,
        Some(mapped.table().await.campaigns[0].campaign.id),
        days(1, 31),
    );
    let content = content.await.unwrap();
    assert!(content.things.iter().all(|row| row.by == AssignedBy::Rule(rule_id)));
    let wrong = assign(EntityId(999_999), Assignment::Nothing).await.unwrap_err();
    assert_eq!(wrong.kind, ErrorKind::NotFound);
    let wrong = assign(a, Assignment::To("  ".into())).await.unwrap_err();
    assert_eq!((wrong.kind, wrong.field.as_deref()), (ErrorKind::Invalid, Some("name")));
}

#[tokio::test]
async fn loads_assign_what_they_bring() {
    let mapped = Mapped::new().await;
    mapped.add("Summer", &[(UtmCampaign, StartsWith, "summer")]).await;
    mapped.add("Autumn", &[(Campaign, Contains, "autumn")]).await;
    assert_eq!(mapped.assigned().await, "b=Summer");
    // A campaign is found by its ads' links, also when they come later.
    mapped.describe(&[thing(EntityKind::Campaign, "x", "No words", Value::Null)]).await;
    assert_eq!(mapped.assigned().await, "b=Summer");
    let ad = EntityRecord {
        parent: Some((EntityKind::Campaign, "x".into())),
        ..thing(EntityKind::Ad, "x1", "Ad", json!({"final_urls": ["https://a.test/?utm_campaign=Summer_27"]}))
    };
    mapped.describe(&[ad]).await;
    assert_eq!(mapped.assigned().await, "b=Summer; x=Summer");
    // An e-mail is found by its flow, also when that gets its name later.
    let email = EntityRecord {
        parent: Some((EntityKind::Flow, "f".into())),
        ..thing(EntityKind::Email, "e", "Hello", Value::Null)
    };
    mapped.describe(&[email]).await;
    mapped.describe(&[thing(EntityKind::Flow, "f", "Autumn welcome", Value::Null)]).await;
    assert_eq!(mapped.assigned().await, "b=Summer; e=Autumn; f=Autumn; x=Summer");
    // Figures of a campaign that nobody has described yet.
    mapped
        .world
        .load(&mapped.world.scope(EntityKind::Campaign), batch(&[(3, "autumn-9", 7, 1)]))
        .await
        .unwrap();
    assert_eq!(shown(&mapped.table().await), "Summer=100 Autumn=7 rest=1015");
    // Another name, and no rule catches it any more.
    mapped.describe(&[thing(EntityKind::Campaign, "autumn-9", "Winter", Value::Null)]).await;
    assert_eq!(shown(&mapped.table().await), "Summer=100 Autumn=- rest=1022");
}

#[tokio::test]
async fn figures_of_all_families_come_together_and_add_up() {
    let mapped = Mapped::new().await;
    let world = &mapped.world;
    for (name, platform) in [("site", "webby"), ("mail", "maily"), ("sales", "salesy")] {
        let mut tx = world.db.pool().begin().await.unwrap();
        let spec = AccountSpec { platform: platform.into(), ..spec(name, AccountSource::Connector) };
        let account = open_account(&mut tx, world.workspace, &spec).await.unwrap();
        let things = match name {
            "site" => vec![thing(EntityKind::Campaign, "spring", "spring", Value::Null)],
            "mail" => vec![thing(EntityKind::Email, "m1", "Spring mail", Value::Null)],
            _ => vec![thing(EntityKind::Program, "s1", "Spring fair", Value::Null)],
        };
        upsert_entities(&mut tx, world.workspace, account, &things, now()).await.unwrap();
        tx.commit().await.unwrap();
        let load = async |family, kind, rows: &[(u32, &str, &[(Metric, i64)])]| {
            let scope = LoadScope { account, ..world.stream(family, kind, "s") };
            world.load(&scope, figures(family, rows)).await.unwrap();
        };
        match name {
            "site" => {
                load(Family::Web, EntityKind::Account, &[(1, "site", &[(Metric::Sessions, 50)])]).await;
                load(Family::Web, EntityKind::Campaign, &[(1, "spring", &[(Metric::Sessions, 20)])]).await;
            }
            "mail" => {
                load(Family::Email, EntityKind::Email, &[(1, "m1", &[(Metric::EmailsSent, 300)])]).await;
            }
            _ => {
                load(Family::Crm, EntityKind::Account, &[(1, "sales", &[(Metric::Leads, 9)])]).await;
                load(Family::Crm, EntityKind::Program, &[(1, "s1", &[(Metric::Leads, 4)])]).await;
            }
        }
    }
    mapped.add("Spring", &[(Name, Contains, "spring")]).await;
    let table = mapped.table().await;
    let [row] = table.campaigns.as_slice() else { panic!("{:?}", table.campaigns) };
    assert_eq!(row.platforms, ["maily", "salesy", "somewhere", "webby"]);
    let figure =
        |values: &Values, metric| values[FIGURES.iter().position(|(_, known)| *known == metric).unwrap()];
    for (metric, mine, rest) in [
        (Metric::Spend, 15, 1100),
        (Metric::Sessions, 20, 30),
        (Metric::EmailsSent, 300, 0),
        (Metric::Leads, 4, 5),
    ] {
        assert_eq!(
            (figure(&row.values, metric), figure(&table.unmapped, metric)),
            (Some(mine), Some(rest)),
            "{metric:?}"
        );
    }
    assert_eq!(figure(&table.totals, Metric::Conversions), None, "nobody reports any");

    // What is in it, and what is in none, are the same figures.
    let content = mapped.warehouse.content(&mapped.member, Some(row.campaign.id), days(1, 31)).await.unwrap();
    assert_eq!(content.totals, row.values);
    assert_eq!(content.things.len(), 5);
    assert_eq!(content.things[0].thing.name, "EU | Spring | Search");
    let post = content.things.iter().find(|row| row.thing.kind == EntityKind::Post).unwrap();
    assert_eq!(post.link.as_deref(), Some("https://a.test/p"));
    let none = mapped.warehouse.content(&mapped.member, None, days(1, 31)).await.unwrap();
    assert_eq!(none.totals, table.unmapped);
    assert_eq!(none.things.len(), 2, "campaigns with figures and without a place");
    assert_eq!(figure(&none.rest, Metric::Sessions), Some(30), "visits that no campaign has");
}

#[tokio::test]
async fn leads_follow_the_link_that_they_came_by() {
    let mapped = Mapped::new().await;
    let world = &mapped.world;
    let mut tx = world.db.pool().begin().await.unwrap();
    let account =
        open_account(&mut tx, world.workspace, &spec("sales", AccountSource::Connector)).await.unwrap();
    tx.commit().await.unwrap();
    let scope = LoadScope { account, ..world.stream(Family::Crm, EntityKind::Account, "crm_records") };
    world.load(&scope, figures(Family::Crm, &[(1, "sales", &[(Metric::Leads, 4)])])).await.unwrap();
    world
        .execute(&format!(
            "INSERT INTO crm_leads (workspace_id, account_id, record, remote_id, attributes, deleted_at)
             SELECT {workspace}, {account}, 'contact', id, attributes::jsonb, gone::timestamptz FROM (VALUES
                 ('1', '{{\"utm_campaign\": \"Summer_26\"}}', NULL), ('2', '{{\"utm_campaign\": \"summer_26\"}}', NULL),
                 ('3', '{{\"utm_campaign\": \"other\"}}', NULL), ('4', '{{}}', NULL),
                 ('5', '{{\"utm_campaign\": \"summer_26\"}}', '2026-03-05')) AS t (id, attributes, gone);
             INSERT INTO crm_stage_transitions (workspace_id, account_id, record, remote_id, at, to_stage, day)
             SELECT {workspace}, {account}, 'contact', id, '2026-03-01', 'lead', '2026-03-01'
             FROM unnest(ARRAY['1', '2', '3', '4', '5']) AS id",
            workspace = world.workspace,
        ))
        .await;
    let leads = FIGURES.iter().position(|(_, metric)| *metric == Metric::Leads).unwrap();
    assert_eq!(mapped.table().await.unmapped[leads], Some(4));
    mapped.add("Summer", &[(Name, Contains, "summer")]).await;
    let table = mapped.table().await;
    assert_eq!((table.campaigns[0].values[leads], table.unmapped[leads]), (Some(2), Some(2)));
    for (id, expected) in
        [(Some(table.campaigns[0].campaign.id), &table.campaigns[0].values), (None, &table.unmapped)]
    {
        let content = mapped.warehouse.content(&mapped.member, id, days(1, 31)).await.unwrap();
        assert_eq!(content.totals, *expected);
    }
}

/// A won deal of EUR 100 and more, its attributes, and who is linked with it.
fn won(id: &str, amount: i64, attributes: Value) -> Deal {
    Deal {
        remote_id: id.into(),
        name: format!("Deal {id}"),
        pipeline: None,
        stage: None,
        state: Some(DealState::Won),
        probability: None,
        amount: Some(amount),
        currency: "EUR".parse().unwrap(),
        owner: None,
        created: Some(day(1)),
        closed: Some(day(9)),
        changed_at: None,
        attributes,
        seen_on: day(20),
    }
}

fn person(id: &str, utm: &str) -> Party {
    Party {
        kind: CrmKind::Contact,
        remote_id: id.into(),
        name: None,
        stage: None,
        entered: Vec::new(),
        owner: None,
        created_at: None,
        changed_at: None,
        attributes: json!({ "utm_campaign": utm }),
    }
}

#[tokio::test]
async fn won_deals_are_where_they_came_from() {
    let mapped = Mapped::new().await;
    let world = &mapped.world;
    let mut tx = world.db.pool().begin().await.unwrap();
    let account =
        open_account(&mut tx, world.workspace, &spec("sales", AccountSource::Connector)).await.unwrap();
    let fairs = [
        thing(EntityKind::Campaign, "701", "Spring fair", Value::Null),
        thing(EntityKind::Campaign, "702", "Nobody's fair", Value::Null),
    ];
    upsert_entities(&mut tx, world.workspace, account, &fairs, now()).await.unwrap();
    let link = |deal: &str, person: &str| Link {
        from: (CrmKind::Deal, deal.into()),
        to: (CrmKind::Contact, person.into()),
        role: "contact".into(),
    };
    let batch = CrmBatch {
        deals: vec![
            won("own campaign", 100_000_000, json!({"campaign_id": "701", "utm_campaign": "summer_26"})),
            won("lookup", 20_000_000, json!({"campaign": "701"})),
            won("unmapped campaign", 3_000_000, json!({"campaign_id": "702", "utm_campaign": " Summer_26 "})),
            won("by people", 400_000, json!({})),
            won("by nobody", 50_000, json!({})),
            won("torn", 6_000, json!({})),
            Deal { state: Some(DealState::Lost), ..won("lost", 700, json!({"campaign_id": "701"})) },
            Deal {
                closed: Some("2026-04-01".parse().unwrap()),
                ..won("later", 800, json!({"campaign_id": "701"}))
            },
            Deal {
                currency: "SEK".parse().unwrap(),
                ..won("foreign", 9_000_000, json!({"campaign_id": "701"}))
            },
        ],
        parties: vec![person("1", "summer_26"), person("2", "SUMMER_26"), person("3", "spring_26")],
        links: vec![link("by people", "1"), link("by people", "2"), link("torn", "1"), link("torn", "3")],
        ..CrmBatch::default()
    };
    let scope = CrmScope { workspace: world.workspace, account, cause: Cause::Run(RunId(1)), at: now() };
    upsert_crm(&mut tx, &scope, batch).await.unwrap();
    tx.commit().await.unwrap();
    mapped
        .describe(&[thing(
            EntityKind::Campaign,
            "a",
            "EU | Spring | Search",
            json!({"utm_campaign": "spring_26"}),
        )])
        .await;
    world
        .execute("INSERT INTO fx_rates SELECT workspace_id, 'SEK', '2026-03-09', 10 FROM accounts LIMIT 1")
        .await;

    let at = |metric| FIGURES.iter().position(|(_, known)| *known == metric).unwrap();
    let told = |values: &Values| (values[at(Metric::DealsWon)], values[at(Metric::Revenue)]);
    // EUR 0.90 of the foreign one.
    assert_eq!(told(&mapped.table().await.unmapped), (Some(7), Some(124_356_000)));
    mapped.add("Spring", &[(Name, Contains, "spring")]).await;
    mapped.add("Summer", &[(UtmCampaign, StartsWith, "summer")]).await;
    let table = mapped.table().await;
    let rows: Vec<_> =
        table.campaigns.iter().map(|row| (row.campaign.name.as_str(), told(&row.values))).collect();
    assert_eq!(
        rows,
        [("Summer", (Some(2), Some(3_400_000))), ("Spring", (Some(3), Some(120_900_000)))],
        "the largest cost first"
    );
    assert_eq!(told(&table.unmapped), (Some(2), Some(56_000)));
    // The pages of each are the same figures.
    let all = table.campaigns.iter().map(|row| (Some(row.campaign.id), &row.values));
    for (id, expected) in all.chain([(None, &table.unmapped)]) {
        let content = mapped.warehouse.content(&mapped.member, id, days(1, 31)).await.unwrap();
        assert_eq!(content.totals, *expected);
    }
    // Without the day's rate the money is left out, and the table says so; the deal counts.
    world.execute("DELETE FROM fx_rates").await;
    let table = mapped.table().await;
    assert_eq!(told(&table.campaigns[1].values), (Some(3), Some(120_000_000)));
    assert_eq!(table.missing_rates[0].currency, "SEK");
}

#[tokio::test]
async fn money_in_other_currencies_adds_up_as_well() {
    let mapped = Mapped::new().await;
    let world = &mapped.world;
    world.execute("UPDATE workspaces SET currency = 'USD'").await;
    world
        .execute("INSERT INTO fx_rates SELECT workspace_id, 'USD', '2026-03-01', 1.17 FROM accounts LIMIT 1")
        .await;
    mapped.add("Spring", &[(Name, Contains, "spring")]).await;
    let table = mapped.table().await;
    assert_eq!(table.currency, "USD");
    assert!(table.totals[0].is_some_and(|total| total != 1115), "{:?}", table.totals);
}

#[tokio::test]
async fn a_preview_says_what_a_rule_would_get() {
    let mapped = Mapped::new().await;
    let first = mapped.add("Spring", &[(Name, Contains, "spring")]).await;
    mapped.warehouse.assign(&mapped.member, mapped.id("b").await, &Assignment::Nothing).await.unwrap();
    let preview = async |rule, draft: &RuleDraft| {
        mapped.warehouse.preview(&mapped.member, rule, draft, days(1, 31)).await
    };
    let all = rule("$1", &[(Name, Matches, r"(\w+)$")]);
    let found = preview(None, &all).await.unwrap();
    assert_eq!((found.matching, found.mine, found.spend), (4, 1, Some(1000)));
    let shown: Vec<(&str, &str, &Catch)> =
        found.sample.iter().map(|c| (c.thing.name.as_str(), c.target.as_str(), &c.by)).collect();
    assert_eq!(
        shown,
        [
            ("Brand", "Brand", &Catch::Mine),
            ("EU | Spring | Search", "Search", &Catch::Earlier(1)),
            ("EU | Summer | Search", "Search", &Catch::ByHand),
            ("Spring is here", "here", &Catch::Earlier(1)),
        ]
    );
    // In the place of the first rule it gets what that had.
    assert_eq!(preview(Some(first), &all).await.unwrap().mine, 3);
    let wrong = preview(None, &rule("x", &[(Name, Matches, "(")])).await.unwrap_err();
    assert_eq!((wrong.kind, wrong.field.as_deref()), (ErrorKind::Invalid, Some("condition-0")));
    // Nothing was changed by looking.
    assert_eq!(mapped.assigned().await, "a=Spring; b=-!; p=Spring");
}

#[tokio::test]
async fn rules_are_suggested_from_links_of_what_is_assigned_to_nothing() {
    let mapped = Mapped::new().await;
    let link = |value: &str| json!({"link": format!("https://a.test/?utm_campaign={value}")});
    mapped
        .describe(&[
            thing(EntityKind::Post, "p2", "Post", link("SUMMER_26")),
            thing(EntityKind::Post, "p3", "Post", link("winter-26")),
        ])
        .await;
    let suggested = mapped.warehouse.suggestions(&mapped.member).await.unwrap();
    let shown: Vec<(&str, i64)> = suggested.iter().map(|s| (s.draft.target.as_str(), s.things)).collect();
    assert_eq!(shown, [("Summer 26", 2), ("Winter 26", 1)]);
    mapped.warehouse.save_rule(&mapped.member, None, None, &suggested[0].draft).await.unwrap();
    assert_eq!(mapped.assigned().await, "b=Summer 26; p2=Summer 26");
    assert_eq!(mapped.warehouse.suggestions(&mapped.member).await.unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_reaches_the_rules_of_others() {
    let mapped = Mapped::new().await;
    let mine = mapped.add("Spring", &[(Name, Contains, "spring")]).await;
    let other = member(add_workspace(&mapped.world.db, "two", "EUR").await);
    let warehouse = &mapped.warehouse;
    assert!(warehouse.rules(&other, days(1, 31)).await.unwrap().rules.is_empty());
    assert!(warehouse.table(&other, days(1, 31)).await.unwrap().campaigns.is_empty());
    let draft = rule("Stolen", &[(Name, Contains, "spring")]);
    for refused in [
        warehouse.save_rule(&other, Some(mine), None, &draft).await.map(drop),
        warehouse.move_rule(&other, mine, 0).await,
        warehouse.remove_rule(&other, mine).await,
        warehouse.assign(&other, mapped.id("a").await, &Assignment::Nothing).await,
    ] {
        assert_eq!(refused.unwrap_err().kind, ErrorKind::NotFound);
    }
    warehouse.save_rule(&other, None, None, &draft).await.unwrap();
    assert_eq!(mapped.assigned().await, "a=Spring; p=Spring");
}

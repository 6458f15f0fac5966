//! The invented businesses whose accounts the simulator shows.

use chrono_tz::Tz;

/// What a business sells to whom: decides weekdays, seasons and prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vertical {
    /// A shop that sells to people: strong weekends and a strong November.
    Shop,
    /// Software for companies: weekdays only, quiet at the turn of the year.
    Business,
}

/// A range of products and what people type to find it.
#[derive(Debug)]
pub struct Topic {
    /// As it appears in campaign names.
    pub name: &'static str,
    /// Keywords.
    pub keywords: [&'static str; 4],
}

/// One business.
#[derive(Debug)]
pub struct Template {
    /// Account name.
    pub name: &'static str,
    /// What people type who know the business.
    pub brand: &'static str,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// IANA zone.
    pub zone: Tz,
    /// Market tag in campaign names.
    pub market: &'static str,
    /// What kind of business.
    pub vertical: Vertical,
    /// Spend relative to the first account.
    pub scale: f64,
    /// Growth of spend per year as a fraction.
    pub growth: f64,
    /// Average value of a conversion in the account's currency.
    pub order_value: f64,
    /// Month (1 to 12) of the seasonal peak.
    pub peak_month: u32,
    /// Names of the seasonal campaigns that start in winter, spring, summer and autumn.
    pub seasons: [&'static str; 4],
    /// What people add to a keyword.
    pub modifiers: [&'static str; 6],
    /// Product ranges.
    pub topics: [Topic; 5],
}

/// The businesses; a world with more accounts goes round again.
pub static TEMPLATES: [Template; 6] = [
    Template {
        name: "Nordlicht Outdoor DE",
        brand: "nordlicht",
        currency: "EUR",
        zone: Tz::Europe__Berlin,
        market: "DE",
        vertical: Vertical::Shop,
        scale: 1.0,
        growth: 0.18,
        order_value: 92.0,
        peak_month: 10,
        seasons: ["Winter-Sale ❄", "Frühjahrsputz", "Sommerlager ☀", "Herbst-Neuheiten 🍂"],
        modifiers: ["kaufen", "günstig", "damen", "herren", "test", "größe 42"],
        topics: [
            Topic {
                name: "Wanderschuhe",
                keywords: ["wanderschuhe", "trekkingschuhe", "wanderschuhe wasserdicht", "bergschuhe"],
            },
            Topic {
                name: "Jacken",
                keywords: ["regenjacke", "hardshelljacke", "daunenjacke", "wanderjacke"],
            },
            Topic {
                name: "Rucksäcke",
                keywords: ["trekkingrucksack", "tagesrucksack", "wanderrucksack 30l", "rucksack leicht"],
            },
            Topic {
                name: "Zelte",
                keywords: ["kuppelzelt", "zelt 2 personen", "trekkingzelt", "familienzelt"],
            },
            Topic {
                name: "Schlafsäcke",
                keywords: ["schlafsack", "daunenschlafsack", "schlafsack -10 grad", "hüttenschlafsack"],
            },
        ],
    },
    Template {
        name: "Nordlicht Outdoor UK",
        brand: "nordlicht outdoor",
        currency: "GBP",
        zone: Tz::Europe__London,
        market: "UK",
        vertical: Vertical::Shop,
        scale: 0.7,
        growth: 0.31,
        order_value: 81.0,
        peak_month: 10,
        seasons: ["Winter Warmers ❄", "Spring Trails", "Summer Camp ☀", "Autumn Layers 🍂"],
        modifiers: ["uk", "sale", "women's", "men's", "review", "next day delivery"],
        topics: [
            Topic {
                name: "Walking Boots",
                keywords: ["walking boots", "hiking boots", "waterproof walking boots", "fell shoes"],
            },
            Topic {
                name: "Jackets",
                keywords: ["waterproof jacket", "down jacket", "hiking jacket", "cagoule"],
            },
            Topic {
                name: "Rucksacks",
                keywords: ["hiking rucksack", "daypack 25l", "trekking backpack", "rucksack rain cover"],
            },
            Topic {
                name: "Tents",
                keywords: ["2 man tent", "backpacking tent", "family tent", "tent footprint"],
            },
            Topic {
                name: "Sleeping Bags",
                keywords: ["sleeping bag", "3 season sleeping bag", "down sleeping bag", "bivvy bag"],
            },
        ],
    },
    Template {
        name: "Nordlicht Outdoor US",
        brand: "nordlicht outdoor",
        currency: "USD",
        zone: Tz::America__New_York,
        market: "US",
        vertical: Vertical::Shop,
        scale: 1.4,
        growth: 0.42,
        order_value: 118.0,
        peak_month: 11,
        seasons: ["Winter Clearance", "Spring Thaw", "Summer Trails", "Fall Colors 🍁"],
        modifiers: ["near me", "on sale", "women's", "men's", "best", "free shipping"],
        topics: [
            Topic {
                name: "Hiking Boots",
                keywords: ["hiking boots", "waterproof hiking boots", "trail shoes", "backpacking boots"],
            },
            Topic {
                name: "Shells",
                keywords: ["rain jacket", "hardshell jacket", "puffer jacket", "ski shell"],
            },
            Topic {
                name: "Packs",
                keywords: ["backpacking pack", "daypack", "hiking backpack 40l", "ultralight pack"],
            },
            Topic {
                name: "Tents",
                keywords: ["camping tent", "backpacking tent", "4 person tent", "rooftop tent"],
            },
            Topic {
                name: "Sleep Systems",
                keywords: ["sleeping bag", "sleeping pad", "down quilt", "0 degree sleeping bag"],
            },
        ],
    },
    Template {
        name: "Café Águila Tostadores",
        brand: "café águila",
        currency: "EUR",
        zone: Tz::Europe__Madrid,
        market: "ES",
        vertical: Vertical::Shop,
        scale: 0.45,
        growth: 0.09,
        order_value: 34.0,
        peak_month: 12,
        seasons: ["Reyes Magos 👑", "Primavera", "Café frío · Verano", "Otoño · Navidad 🎄"],
        modifiers: ["comprar", "barato", "en grano", "molido", "opiniones", "envío gratis"],
        topics: [
            Topic {
                name: "Café en grano",
                keywords: ["café en grano", "café de especialidad", "café arábica", "café natural"],
            },
            Topic {
                name: "Cápsulas",
                keywords: [
                    "cápsulas compatibles",
                    "cápsulas café",
                    "cápsulas compostables",
                    "café monodosis",
                ],
            },
            Topic {
                name: "Cafeteras",
                keywords: ["cafetera italiana", "cafetera espresso", "cafetera de goteo", "prensa francesa"],
            },
            Topic {
                name: "Suscripción",
                keywords: ["suscripción café", "café a domicilio", "caja de café", "café mensual"],
            },
            Topic {
                name: "Molinillos",
                keywords: ["molinillo de café", "molinillo eléctrico", "molinillo manual", "molino café"],
            },
        ],
    },
    Template {
        name: "Harbour & Pine Interiors",
        brand: "harbour and pine",
        currency: "GBP",
        zone: Tz::Europe__London,
        market: "UK+IE",
        vertical: Vertical::Shop,
        scale: 0.85,
        growth: -0.07,
        order_value: 214.0,
        peak_month: 1,
        seasons: ["January Sale", "Spring Refresh", "Garden Room", "Cosy Season 🕯"],
        modifiers: ["uk", "sale", "small", "solid wood", "ideas", "made to measure"],
        topics: [
            Topic { name: "Sofas", keywords: ["corner sofa", "2 seater sofa", "velvet sofa", "sofa bed"] },
            Topic {
                name: "Lighting",
                keywords: ["pendant light", "floor lamp", "table lamp", "brass wall light"],
            },
            Topic { name: "Rugs", keywords: ["wool rug", "large rug", "jute rug", "hallway runner"] },
            Topic {
                name: "Tables",
                keywords: ["oak dining table", "round dining table", "coffee table", "console table"],
            },
            Topic {
                name: "Bedroom",
                keywords: ["linen bedding", "wooden bed frame", "bedside table", "chest of drawers"],
            },
        ],
    },
    Template {
        name: "Brightwave Software, Inc.",
        brand: "brightwave",
        currency: "USD",
        zone: Tz::America__Los_Angeles,
        market: "NA",
        vertical: Vertical::Business,
        scale: 1.9,
        growth: 0.24,
        order_value: 160.0,
        peak_month: 9,
        seasons: ["New Year Planning", "Q2 Push", "Summit → Launch", "Budget Season"],
        modifiers: [
            "software",
            "pricing",
            "alternative",
            "free trial",
            "for small business",
            "vs spreadsheet",
        ],
        topics: [
            Topic {
                name: "Project Planning",
                keywords: [
                    "project planning tool",
                    "gantt chart software",
                    "project tracker",
                    "roadmap tool",
                ],
            },
            Topic {
                name: "Time Tracking",
                keywords: [
                    "time tracking app",
                    "timesheet software",
                    "employee hours tracker",
                    "billable hours",
                ],
            },
            Topic {
                name: "Invoicing",
                keywords: ["invoicing software", "recurring invoices", "online invoice", "invoice approval"],
            },
            Topic {
                name: "Help Desk",
                keywords: ["help desk software", "ticketing system", "shared inbox", "customer support tool"],
            },
            Topic {
                name: "日本 · Pilot",
                keywords: ["プロジェクト管理", "工数管理", "タスク管理 ツール", "ガントチャート"],
            },
        ],
    },
];

//! Words for everything but metrics, in files of everything but advertising.

use super::{Role, Word};
use model::imports::EntityLevel::Campaign;

/// Everything but metrics: words, role, rank.
pub const ROLES: &[(&str, Role, u8)] = &[
    (
        "publish time|published|publish date|post date|posted date|created date|posted|published at|post publish date|creation date|create date|close date",
        Role::Date,
        5,
    ),
    (
        "send date|sent date|send time|date sent|sent at|sent on|send date/time|sent time|delivery time|campaign send date|versanddatum|date d'envoi|fecha de envío|data di invio|data de envio|verzenddatum",
        Role::Date,
        7,
    ),
    (
        "yyyymmdd|date (yyyymmdd)|date + hour|datehour|date hour|date and hour|date hour (yyyymmddhh)|date + hour and minute",
        Role::Date,
        8,
    ),
    (
        "title|campaign title|message name|email name|marketing email|newsletter|newsletter name|email title|e-mail-name|nom de l'e-mail",
        Role::Name(Campaign),
        5,
    ),
    ("unique id|campaign unique id|email id|message id", Role::Id(Campaign), 5),
    (
        "session campaign|first user campaign|session campaign name|session manual campaign name",
        Role::Name(Campaign),
        8,
    ),
    (
        "top queries|queries|query|suchanfragen|häufigste suchanfragen|suchanfrage|requêtes|requêtes les plus fréquentes|requête|consultas|consultas principales|consultas más populares|principales consultas|query più frequenti|query principali|principais consultas|zoekopdrachten|populairste zoekopdrachten|najczęstsze zapytania|zapytania|vanligaste sökfrågorna|sökfrågor|populaire zoekopdrachten|yaygın sorgular|запросы|популярные запросы|上位のクエリ|クエリ|热门查询|查询数最多的关键词|인기 검색어",
        Role::Breakdown("query"),
        8,
    ),
    (
        "top pages|pages|page|page path|page path and screen class|page path + query string|page path and query string|page location|full page url|die häufigsten seiten|häufigste seiten|seiten|seite|pages les plus populaires|pages les plus consultées|páginas|páginas principales|páginas más populares|pagine|pagine principali|principais páginas|pagina's|populairste pagina's|najpopularniejsze strony|strony|vanligaste sidorna|sidor|sayfalar|страницы|популярные страницы|上位のページ|ページ|热门网页|网页|인기 페이지|url",
        Role::Breakdown("page"),
        7,
    ),
    (
        "page title|page title and screen class|page title and screen name|seitentitel|titre de la page|título de la página|titolo pagina",
        Role::Breakdown("page_title"),
        6,
    ),
    (
        "landing page|landing page + query string|zielseite|page de destination|página de destino|pagina di destinazione",
        Role::Breakdown("landing_page"),
        7,
    ),
    (
        "search appearance|darstellung in der suche|apparence dans les résultats de recherche|apariencia en búsquedas|aspetto nella ricerca",
        Role::Breakdown("search_appearance"),
        7,
    ),
    (
        "device category|devices|geräte|gerätekategorie|appareils|catégorie d'appareil|dispositivos|categoría de dispositivo|dispositivi|apparaten|urządzenia|enheter|設備",
        Role::Breakdown("device"),
        7,
    ),
    ("countries|top countries|länder|pays/région|países|paesi|landen|kraje", Role::Breakdown("country"), 7),
    (
        "session default channel group|session primary channel group|session primary channel group (default channel group)|session default channel grouping|default channel group|default channel grouping|first user default channel group|first user primary channel group|first user primary channel group (default channel group)|standard-channelgruppe|groupe de canaux par défaut|grupo de canales predeterminado",
        Role::Breakdown("channel_group"),
        8,
    ),
    ("session source|first user source|traffic source", Role::Breakdown("source"), 7),
    ("session medium|first user medium|traffic medium", Role::Breakdown("medium"), 7),
    (
        "session source / medium|session source/medium|source / medium|source/medium|first user source / medium|session manual source / medium",
        Role::Breakdown("source_medium"),
        7,
    ),
    ("event name|ereignisname|nom de l'événement|nombre del evento|nome evento", Role::Breakdown("event"), 7),
    ("browser", Role::Breakdown("browser"), 6),
    ("operating system|os|betriebssystem", Role::Breakdown("operating_system"), 6),
    ("post type|content type|media type|beitragstyp", Role::Breakdown("post_type"), 5),
    (
        "post id|tweet id|video id|post link|permalink|update link|tweet permalink|post url",
        Role::Breakdown("post"),
        5,
    ),
    ("list|list name|liste|lista|lijst", Role::Breakdown("list"), 5),
    ("flow|flow name|automation|automation name", Role::Breakdown("automation"), 5),
    ("pipeline|deal pipeline", Role::Breakdown("pipeline"), 6),
    ("stage|deal stage|lifecycle stage|opportunity stage", Role::Breakdown("stage"), 6),
    ("owner|deal owner|contact owner|opportunity owner|lead owner|sales rep", Role::Breakdown("owner"), 6),
    ("lead source|original source|original source type|lead origin", Role::Breakdown("source"), 6),
    ("hashtag", Role::Breakdown("hashtag"), 7),
];

/// What headers mean in a report of web analytics, where it is another thing than elsewhere.
pub const WEB: &[(&str, Word)] = &[
    ("views", Word::Metric("pageviews", 8)),
    ("aufrufe", Word::Metric("pageviews", 8)),
    ("vues", Word::Metric("pageviews", 8)),
    ("vistas", Word::Metric("pageviews", 8)),
    ("visualizzazioni", Word::Metric("pageviews", 8)),
    ("visualizações", Word::Metric("pageviews", 8)),
    ("weergaven", Word::Metric("pageviews", 8)),
    ("wyświetlenia", Word::Metric("pageviews", 8)),
    ("表示回数", Word::Metric("pageviews", 8)),
    ("user engagement", Word::Metric("engagement_seconds", 8)),
    ("transactions", Word::Metric("conversions", 4)),
    ("ecommerce purchases", Word::Metric("conversions", 4)),
    ("channel", Word::Role(Role::Breakdown("channel_group"), 7)),
    ("channel group", Word::Role(Role::Breakdown("channel_group"), 7)),
    ("source", Word::Role(Role::Breakdown("source"), 7)),
    ("medium", Word::Role(Role::Breakdown("medium"), 7)),
    ("platform", Word::Role(Role::Breakdown("app_platform"), 6)),
    ("hour", Word::Role(Role::Breakdown("hour"), 6)),
    ("language", Word::Role(Role::Breakdown("language"), 6)),
];

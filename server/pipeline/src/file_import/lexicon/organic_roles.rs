//! Words for everything but metrics, in files of everything but advertising.

use super::{Role, Word};
use model::imports::EntityLevel::Campaign;

/// Moments at which something was published or sent.
pub const MOMENTS: &[(&str, Role, u8)] = &[
    (
        "publish time|published|publish date|post date|post time|posted date|created date|posted|published at|post publish date|creation date|create date|created at|created on|date created|video publish time|upload date|veröffentlichungszeit|veröffentlicht|veröffentlicht am|veröffentlichungsdatum|erstellt am|erstellungsdatum|heure de publication|date de publication|date de création|publié le|hora de publicación|fecha de publicación|fecha de creación|ora di pubblicazione|data di pubblicazione|hora de publicação|data de publicação|horário de publicação|publicatietijd|publicatiedatum",
        Role::Date,
        5,
    ),
    (
        "send date|sent date|send time|date sent|time sent|sent at|sent on|send date/time|date/time sent|sent time|send at|delivery time|campaign send date|last sent|versanddatum|gesendet am|versendet am|versandzeit|sendedatum|date d'envoi|envoyé le|heure d'envoi|fecha de envío|fecha de envio|enviado el|hora de envío|data di invio|inviato il|data de envio|enviado em|verzenddatum|verzonden op|data wysłania|送信日時",
        Role::Date,
        7,
    ),
];

/// Names of messages in reports on e-mails that have no column of campaigns: words, rank.
pub const MESSAGES: &[(&str, u8)] = &[
    (
        "name|title|nom|nombre|nome|naam|nazwa|titel|titre|título|titolo|bezeichnung|mailing|mailing name|message",
        3,
    ),
    ("subject|subject line|betreff|objet|asunto|oggetto|assunto|onderwerp|temat|ämne|тема|件名", 2),
];

/// Everything but metrics: words, role, rank.
pub const ROLES: &[(&str, Role, u8)] = &[
    (
        "nth day|nth week|nth month|day index|yyyymmdd|date (yyyymmdd)|date + hour|datehour|date hour|date and hour|date hour (yyyymmddhh)|date + hour and minute",
        Role::Date,
        8,
    ),
    (
        "title|campaign title|newsletter|newsletter name|kampagnentitel|titre de la campagne|título de la campaña|titolo della campagna",
        Role::Name(Campaign),
        5,
    ),
    // An e-mail stands below the campaign that it belongs to, and the figures are those of the e-mail.
    (
        "message name|email name|marketing email|email title|e-mail-name|nom de l'e-mail|nombre del correo|nombre del correo electrónico|nome da mensagem",
        Role::Name(Campaign),
        10,
    ),
    ("unique id|campaign unique id|email id|message id", Role::Id(Campaign), 5),
    (
        "session campaign|first user campaign|session campaign name|session manual campaign name",
        Role::Name(Campaign),
        8,
    ),
    (
        "top queries|queries|query|suchanfragen|häufigste suchanfragen|die häufigsten suchanfragen|suchanfrage|requêtes|requêtes les plus fréquentes|requête|consultas|consultas principales|consultas más populares|principales consultas|query più frequenti|query principali|principais consultas|zoekopdrachten|populairste zoekopdrachten|najczęstsze zapytania|zapytania|vanligaste sökfrågorna|sökfrågor|populaire zoekopdrachten|yaygın sorgular|запросы|популярные запросы|上位のクエリ|クエリ|热门查询|查询数最多的关键词|인기 검색어",
        Role::Breakdown("query"),
        8,
    ),
    (
        "seitenpfad und bildschirmklasse|chemin de la page et classe de l'écran|ruta de la página y clase de pantalla|percorso pagina e classe schermata|caminho da página e classe da tela|top pages|pages|page|page path|page path and screen class|page path + query string|page path and query string|page location|full page url|die häufigsten seiten|häufigste seiten|seiten|seite|pages les plus populaires|pages les plus consultées|páginas|páginas principales|páginas más populares|pagine|pagine principali|principais páginas|pagina's|populairste pagina's|najpopularniejsze strony|strony|vanligaste sidorna|sidor|sayfalar|страницы|популярные страницы|上位のページ|ページ|热门网页|网页|인기 페이지|url",
        Role::Breakdown("page"),
        7,
    ),
    (
        "seitentitel und bildschirmklasse|titre de la page et classe de l'écran|título de página y clase de pantalla|page title|page title and screen class|page title and screen name|seitentitel|titre de la page|título de la página|titolo pagina",
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
        "primäre channelgruppe der sitzung|standard-channelgruppe der sitzung|sitzung – standard-channelgruppe|groupe de canaux principal de la session|groupe de canaux par défaut de la session|grupo de canales principal de la sesión|grupo de canales predeterminado de la sesión|gruppo di canali principale della sessione|gruppo di canali predefinito della sessione|grupo principal de canais da sessão|grupo de canais padrão da sessão|primaire kanaalgroep van sessie|primäre channelgruppe für ersten nutzer|session default channel group|session primary channel group|session primary channel group (default channel group)|session default channel grouping|default channel group|default channel grouping|first user default channel group|first user primary channel group|first user primary channel group (default channel group)|standard-channelgruppe|groupe de canaux par défaut|grupo de canales predeterminado",
        Role::Breakdown("channel_group"),
        8,
    ),
    ("session source|first user source|traffic source", Role::Breakdown("source"), 7),
    ("session medium|first user medium|traffic medium", Role::Breakdown("medium"), 7),
    (
        "sitzung – quelle/medium|quelle/medium der sitzung|sitzungsquelle/-medium|quelle/medium|source/support de la session|source / support de la session|fuente/medio de la sesión|fuente/medio|sorgente/mezzo della sessione|origem/mídia da sessão|session source / medium|session source/medium|source / medium|source/medium|first user source / medium|session manual source / medium",
        Role::Breakdown("source_medium"),
        7,
    ),
    ("event name|ereignisname|nom de l'événement|nombre del evento|nome evento", Role::Breakdown("event"), 7),
    ("browser", Role::Breakdown("browser"), 6),
    ("operating system|os|betriebssystem", Role::Breakdown("operating_system"), 6),
    (
        "post type|content type|media type|beitragstyp|beitragsart|type de publication|tipo de publicación",
        Role::Breakdown("post_type"),
        5,
    ),
    (
        "permalink|post link|post url|update link|tweet permalink|video link|permanenter link|lien permanent|enlace permanente|enlace de la publicación|lien du post|lien de la publication|beitragslink|link zum beitrag",
        Role::Breakdown("post"),
        6,
    ),
    (
        "post id|tweet id|video id|beitrags-id|identifiant de la publication|identificador de la publicación",
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
    (
        "views|aufrufe|vues|vistas|visualizzazioni|visualizações|visualizaciones|weergaven|wyświetlenia|visningar|表示回数",
        Word::Metric("pageviews", 8),
    ),
    ("user engagement", Word::Metric("engagement_seconds", 8)),
    ("transactions|ecommerce purchases", Word::Metric("conversions", 4)),
    // Some tools count as users those who signed in.
    ("unique visitors|eindeutige besucher|visiteurs uniques|visitantes únicos", Word::Metric("users", 10)),
    // Matomo's are page views, downloads and clicks on links out.
    ("actions", Word::Role(Role::Nothing, 8)),
    ("channel|channel group|channelgruppe|kanal", Word::Role(Role::Breakdown("channel_group"), 7)),
    ("source|quelle|fuente|sorgente|origem|bron", Word::Role(Role::Breakdown("source"), 7)),
    ("medium|support|medio|mezzo|mídia", Word::Role(Role::Breakdown("medium"), 7)),
    ("platform", Word::Role(Role::Breakdown("app_platform"), 6)),
    ("hour|stunde|heure|hora|ora", Word::Role(Role::Breakdown("hour"), 6)),
    ("language|sprache|langue|idioma|lingua", Word::Role(Role::Breakdown("language"), 6)),
];

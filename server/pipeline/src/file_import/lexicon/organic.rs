//! Words of everything but advertising: posts and pages, web analytics, organic search, e-mail, customer relations. Each
//! entry lists words of one meaning, separated by `|`; English first, then the other languages.

/// Metrics: words, name, rank.
pub const METRICS: &[(&str, &str, u8)] = &[
    // Posts and pages.
    ("impressions (total)|organic impressions", "impressions", 9),
    ("impressions (organic)", "impressions", 7),
    ("clicks (total)|post clicks", "clicks", 9),
    ("clicks (organic)", "clicks", 7),
    ("reactions (total)|reactions|post reactions|likes and reactions", "likes", 9),
    ("reactions (organic)", "likes", 7),
    ("comments (total)|replies|post comments|comments and replies", "comments", 9),
    ("comments (organic)", "comments", 7),
    ("reposts (total)|shares (total)|post shares", "shares", 9),
    ("reposts|retweets", "shares", 10),
    ("reposts (organic)|shares (organic)", "shares", 8),
    ("bookmarks|saved|post saves", "saves", 9),
    (
        "accounts reached|post reach|unique viewers|reached audience|page reach|accounts center accounts reached",
        "reach",
        8,
    ),
    ("url clicks|link clicks (total)", "link_clicks", 7),
    ("aufrufe|videoaufrufe insgesamt|reproducciones|lecturas|odtworzenia", "video_views", 4),
    (
        "content interactions|total interactions|interactions total|inhaltsinteraktionen|interactions avec le contenu|interacciones con el contenido|interazioni con i contenuti|interações com o conteúdo",
        "engagements",
        7,
    ),
    (
        "profile visits|profile views|user profile clicks|page visits|total page views (total)",
        "profile_views",
        8,
    ),
    ("total followers|follower count|page followers|page total followers|fans", "followers", 8),
    (
        "follows|new follows|difference in followers from previous day|net followers|net follower growth|follower growth|new followers (total)|new likes|page new likes",
        "new_followers",
        7,
    ),
    ("net new followers|followers gained|difference in followers", "new_followers", 8),
    ("hashtag uses|hashtag count", "hashtag_uses", 8),
    (
        "watch time|total watch time|play time|total play time|seconds viewed|minutes viewed|minutes watched|watch time minutes|watch time hours|watch hours|hours watched",
        "watch_seconds",
        7,
    ),
    ("total video views|video views (total)|plays|total play", "video_views", 8),
    (
        "gefällt mir|gefällt-mir-angaben|„gefällt mir“-angaben|„gefällt mir“-angaben und reaktionen|\"gefällt mir\"-angaben|mentions « j’aime »|mentions j’aime|réactions|reacciones|reazioni|reações|reaktionen|j'aime|mentions j'aime|me gusta|mi piace|curtidas|vind-ik-leuks|polubienia|gilla-markeringar|beğeniler|нравится|いいね|いいね！|点赞|喜歡|좋아요",
        "likes",
        8,
    ),
    (
        "kommentare|commentaires|comentarios|comentários|commenti|reacties|komentarze|kommentarer|kommentit|komentáře|yorumlar|комментарии|コメント|评论|留言|댓글",
        "comments",
        8,
    ),
    (
        "geteilt|geteilte inhalte|direkt geteilte beiträge|geteilte beiträge|republications|veces compartido|veces que se compartió|partages|compartidos|condivisioni|compartilhamentos|udostępnienia|delningar|paylaşımlar|поделились|シェア|シェア数|分享|공유",
        "shares",
        8,
    ),
    (
        "gespeichert|gespeicherte inhalte|gespeicherte beiträge|enregistrements|veces guardado|guardados|salvataggi|salvamentos|zapisy|sparade|保存数|收藏|저장",
        "saves",
        7,
    ),
    (
        "follower|abonnenten insgesamt|abonnés|seguidores|obserwujący|volgers|följare|takipçiler|подписчики|フォロワー|フォロワー数|粉丝|粉絲|팔로워",
        "followers",
        8,
    ),
    (
        "neue follower|follower-zuwachs|nouveaux followers|seguimientos|nouveaux abonnés|nuevos seguidores|nuovi follower|novos seguidores|nieuwe volgers|nowi obserwujący|nya följare",
        "new_followers",
        8,
    ),
    (
        "profilaufrufe|profilbesuche|visites du profil|visitas al perfil|visite al profilo|visitas ao perfil|profielbezoeken|wizyty na profilu|profilbesök|プロフィールへのアクセス",
        "profile_views",
        8,
    ),
    ("daily total impressions", "impressions", 7),
    ("daily total reach", "reach", 7),
    ("lifetime total likes", "followers", 6),
    ("daily new likes", "new_followers", 6),
    // Web analytics.
    ("visits|session count|besuche|visites|visitas|visite", "sessions", 7),
    (
        "unique visitors|visitors|unique users|besucher|eindeutige besucher|visiteurs|visiteurs uniques|visitantes|visitantes únicos|visitatori|visitatori unici",
        "users",
        6,
    ),
    ("new visitors|first time users|first-time users", "new_users", 7),
    ("total active users|1 day active users|1-day active users", "active_users", 8),
    ("events|total events", "events", 7),
    ("user engagement duration|total engagement time", "engagement_seconds", 8),
    ("ecommerce revenue|purchase revenue", "revenue", 6),
    (
        "gesamtumsatz|revenu total|revenus totaux|ingresos totales|entrate totali|ricavi totali|receita total|totale opbrengst|łączne przychody|totala intäkter|合計収益|总收入",
        "revenue",
        7,
    ),
    (
        "schlüsselereignisse|événements clés|eventos clave|eventi chiave|eventos principais|belangrijke gebeurtenissen|kluczowe zdarzenia|nyckelhändelser|キーイベント|关键事件|goal completions|zielvorhaben-abschlüsse|objectifs réalisés|consecuciones de objetivos",
        "conversions",
        5,
    ),
    ("goal value", "conversion_value", 4),
    (
        "nutzer|nutzer insgesamt|gesamtzahl der nutzer|utilisateurs|nombre total d'utilisateurs|usuarios|usuarios totales|total de usuarios|utenti|utenti totali|usuários|total de usuários|gebruikers|totaal aantal gebruikers|użytkownicy|łączna liczba użytkowników|användare|totalt antal användare|brugere|käyttäjät|uživatelé|kullanıcılar|пользователи|всего пользователей|ユーザー|総ユーザー数|用户|总用户数|使用者|사용자|총 사용자",
        "users",
        8,
    ),
    (
        "aktive nutzer|utilisateurs actifs|usuarios activos|utenti attivi|usuários ativos|actieve gebruikers|aktywni użytkownicy|aktiva användare|активные пользователи|アクティブ ユーザー|活跃用户|활성 사용자",
        "active_users",
        9,
    ),
    (
        "neue nutzer|nouveaux utilisateurs|usuarios nuevos|nuevos usuarios|nuovi utenti|novos usuários|nieuwe gebruikers|nowi użytkownicy|nya användare|yeni kullanıcılar|новые пользователи|新規ユーザー数|新用户数|새 사용자 수",
        "new_users",
        9,
    ),
    (
        "sitzungen|sesiones|sessioni|sessões|sessies|sesje|sessioner|istunnot|relace|oturumlar|сеансы|セッション|会话数|工作階段|세션수",
        "sessions",
        9,
    ),
    (
        "sitzungen mit interaktionen|sessions avec engagement|sesiones con interacción|sessioni con coinvolgimento|sessões engajadas|sessies met betrokkenheid|sesje z zaangażowaniem|engagerade sessioner|エンゲージのあったセッション数",
        "engaged_sessions",
        9,
    ),
    (
        "ereignisanzahl|nombre d'événements|número de eventos|recuento de eventos|conteggio eventi|contagem de eventos|aantal gebeurtenissen|liczba zdarzeń|antal händelser|количество событий|イベント数|事件数|이벤트 수",
        "events",
        9,
    ),
    (
        "seitenaufrufe|pages vues|páginas vistas|visualizzazioni di pagina|visualizações de página|paginaweergaven|odsłony|sidvisningar|просмотры страниц|ページビュー数|网页浏览量|페이지뷰",
        "pageviews",
        9,
    ),
    // Organic search.
    ("avg. position|avg position", "position", 8),
    (
        "durchschnittliche position|position moyenne|posición|posición media|posizione|posizione media|posição|posição média|positie|gemiddelde positie|pozycja|średnia pozycja|genomsnittlig position|sijainti|pozice|konum|ortalama konum|позиция|средняя позиция|掲載順位|平均掲載順位|排名|平均排名|게재순위",
        "position",
        9,
    ),
    // E-mail.
    (
        "sent|sends|email sends|emails|e-mails sent|total sent|total recipients|recipients|emails delivered to queue|total sends|total emails sent",
        "emails_sent",
        8,
    ),
    ("received|received email|emails delivered|delivered emails", "delivered", 7),
    (
        "opened|openers|clients who opened|opened email|unique opened email|unique html opens|unique opened|unique email opens|people who opened|opens (unique)",
        "unique_opens",
        8,
    ),
    ("total email opens|open count|opens (total)|html opens", "opens", 8),
    (
        "clicked|clickers|clicked email|unique clicked|unique email clicks|people who clicked|clicks (unique)|unique link clicks",
        "unique_clicks",
        8,
    ),
    ("total email clicks|click count", "clicks", 7),
    ("total bounces|bounced|bounced emails|bounced email", "bounces", 8),
    (
        "hard bounced|permanent bounces|hardbounces|hard-bounces|harte bounces|rebonds durs|rebonds définitifs|rebotes duros|rebotes permanentes|hard bounce",
        "hard_bounces",
        8,
    ),
    (
        "soft bounced|temporary bounces|softbounces|soft-bounces|weiche bounces|rebonds mous|rebonds temporaires|rebotes suaves|rebotes temporales|soft bounce",
        "soft_bounces",
        8,
    ),
    (
        "unsubs|unsubscribed from email|unsubscribers|opt outs|opt-outs|unsubscribe count|total unsubscribes|unique unsubscribes|contacts unsubscribed",
        "unsubscribes",
        8,
    ),
    (
        "abuse complaints|spam complaints|spam reports|complaints|spam|marked as spam|spam count|abuse reports",
        "spam_complaints",
        8,
    ),
    ("subscribers|total subscribers|audience size|list size|total contacts in list", "subscribers", 8),
    ("new subscribers|subscribed|subscribes|subscribers gained|opt ins|opt-ins", "subscribers_added", 8),
    ("subscribers lost|removed subscribers", "subscribers_removed", 8),
    (
        "gesendet|versendet|empfänger|envoyés|e-mails envoyés|destinataires|enviados|destinatarios|inviate|destinatari|destinatários|verzonden|ontvangers|wysłane|odbiorcy|skickade|mottagare|sendt|gönderilen|отправлено|получатели|送信数|已发送|발송",
        "emails_sent",
        8,
    ),
    (
        "zugestellt|délivrés|entregas|entregas correctas|zugestellte e-mails|erfolgreich zugestellt|livraisons|livraisons réussies|consegne|remis|livrés|entregados|consegnate|entregues|afgeleverd|dostarczone|levererade|leveret|teslim edilen|доставлено|配信数|已送达|전달됨",
        "delivered",
        8,
    ),
    (
        "öffnungen|ouvertures|aperturas|aperture|aberturas|openingen|otwarcia|öppningar|åbninger|açılmalar|открытия|開封数|打开次数|열람",
        "opens",
        8,
    ),
    (
        "eindeutige öffnungen|öffner|unique öffnungen|ouvreurs|ouvreurs uniques|abiertos|ouvertures uniques|aperturas únicas|aperture uniche|aberturas únicas|unieke openingen|unikalne otwarcia|unika öppningar|уникальные открытия",
        "unique_opens",
        9,
    ),
    (
        "eindeutige klicks|klicker|unique klicks|cliqueurs|cliqueurs uniques|clics uniques|clics únicos|clic unici|cliques únicos|unieke klikken|unikalne kliknięcia|unika klick|уникальные клики",
        "unique_clicks",
        8,
    ),
    ("geöffnet|ouverts|aperti|abertos|geopend|otwarte", "unique_opens", 7),
    ("geklickt|cliqués|cliccati|clicados|geklikt|kliknięte", "unique_clicks", 7),
    ("abgemeldet|désabonnés|désinscrits|disiscritti|dados de baja|afgemeld|wypisani", "unsubscribes", 7),
    (
        "rückläufer|unzustellbar|rebonds|rebotes|rimbalzi|devoluções|odbicia|studsar|отказы доставки|バウンス|退回",
        "bounces",
        8,
    ),
    (
        "abmeldungen|désabonnements|désinscriptions|bajas|cancelaciones de suscripción|disiscrizioni|cancelamentos|afmeldingen|wypisania|avregistreringar|afmeldinger|отписки|配信停止|退订|수신거부",
        "unsubscribes",
        8,
    ),
    (
        "spam-beschwerden|spam-meldungen|beschwerden|plaintes|quejas|reclami|denúncias|plaintes pour spam|quejas de spam|segnalazioni di spam|denúncias de spam|spamklachten|skargi na spam|spamklagomål|жалобы на спам",
        "spam_complaints",
        8,
    ),
    // What was handed over, which is more than what the vendor then tried.
    ("requests", "emails_sent", 9),
    ("processed", "emails_sent", 6),
    // Customer relations.
    ("mqls|mql|marketing qualified leads|count of mqls", "mqls", 9),
    ("sqls|sql|sales qualified leads|count of sqls", "sqls", 9),
    (
        "new leads|leads in campaign|leads created|contacts created|new contacts|total new contacts|count of leads|count of contacts|neue leads|nouveaux leads|nuevos leads|nuovi lead|novos leads",
        "leads",
        8,
    ),
    (
        "converted leads|leads converted|leads in campaign converted|konvertierte leads|leads convertis",
        "leads_converted",
        9,
    ),
    (
        "deals created|new deals|opportunities|opportunities created|new opportunities|opportunities in campaign|count of deals|num opportunities|opportunity count|created deals|neue deals|erstellte deals|transactions créées|negocios creados",
        "deals_created",
        8,
    ),
    (
        "deals won|won deals|closed won deals|won opportunities|opportunities won|closed won|won opportunities in campaign|deals closed won|num won opportunities|gewonnene deals|gewonnene opportunities|transactions gagnées|negocios ganados|opportunités gagnées",
        "deals_won",
        9,
    ),
    (
        "deals lost|lost deals|closed lost deals|lost opportunities|opportunities lost|closed lost|deals closed lost|verlorene deals|transactions perdues|negocios perdidos",
        "deals_lost",
        9,
    ),
    (
        "won value|value of won deals|won amount|closed won amount|closed amount|value won opportunities|won revenue|closed revenue|value won opportunities in campaign|deal revenue|amount won",
        "revenue",
        8,
    ),
    (
        "pipeline value|open pipeline|open deal amount|pipeline amount|open amount|pipelinewert|open pipeline value",
        "pipeline_value",
        8,
    ),
    (
        "weighted pipeline value|weighted pipeline|weighted amount|expected revenue|forecast amount|weighted deal amount",
        "weighted_pipeline_value",
        8,
    ),
    ("stage moves|stage changes|deals moved", "stage_transition", 7),
    ("program successes|total successes|successes", "program_successes", 8),
];

/// Parts of what another column holds whole: never loaded in its place.
pub const PARTS: &[&str] = &[
    "impressions (sponsored)",
    "unique impressions",
    "clicks (sponsored)",
    "reactions (sponsored)",
    "comments (sponsored)",
    "reposts (sponsored)",
    "shares (sponsored)",
    "sponsored followers",
    "unique pageviews",
];

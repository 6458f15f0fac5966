//! Words of exports in other languages than English. Each entry lists words of one meaning, separated by `|`.

use super::Role;
use model::imports::EntityLevel::{Ad, AdGroup, Campaign};

/// Metrics: words, name, rank.
pub const METRICS: &[(&str, &str, u8)] = &[
    (
        "vertoningen|wyśw.|wyświetlenia|visn.|visningar|visninger|vis.|näytöt|zobrazení|zobr.|gösterim|gösterimler|gös. say.|\
         показы|показов|表示回数|インプレッション|インプレッション数|展示次数|展示|曝光次数|曝光數|曝光量|노출수|노출|impressions payées|impression|\
         impresión|impressão",
        "impressions",
        9,
    ),
    (
        "klikken|kliknięcia|klik|klick|klikk|klikkaukset|kliknutí|prokliky|tıklama|tıklamalar|tıklama sayısı|клики|кликов|\
         クリック数|クリック|点击次数|点击|點擊次數|點擊|클릭수|클릭",
        "clicks",
        9,
    ),
    ("klicks (alle)|clics (tous)|clics (todos)|clic (tutti)|cliques (todos)", "clicks", 8),
    (
        "koszt|kostnad|kostnader|kostnad.|omkostninger|udgifter|kulut|náklady|maliyet|harcama|harcanan tutar|расход|расходы|\
         расход (руб.), с ндс|расход (руб.)|расход, руб.|コスト|合計コスト|\
         стоимость|費用|ご利用金額|消化金額|花费|费用|支出|花費金額|已花費金額|비용|지출 금액|지출액|kosten gesamt|gesamtkosten|\
         gesamtausgaben|importo speso|valor usado|valor gasto|besteed bedrag|uitgegeven bedrag|wydana kwota|spenderat belopp|\
         gastos|inversión|inversion|investimento|spesa|spese|dépense|dépenses totales|coste total|coût total|costo total|custo total|\
         costo totale|потраченная сумма|потрачено",
        "spend",
        9,
    ),
    (
        "conversies|konwersje|konw.|konverteringar|konv.|konverteringer|konversiot|konverze|dönüşümler|dönüşüm|dön.|\
         конверсии|конверсий|コンバージョン|コンバージョン数|转化次数|转化|轉換|轉換次數|전환|전환수|conv|convers.",
        "conversions",
        9,
    ),
    ("käufe|achats|compras|acquisti|aankopen|zakupy|köp|покупки|購入|购物|구매", "conversions", 7),
    ("risultati|resultaten|wyniki|resultat|результаты|結果|成效|결과", "conversions", 5),
    (
        "val. conv.|valeur de conversion|valeur des conversions|valeur conv.|conv.-wert|conv-wert|conversion-wert|conversions-wert|\
         wert der conversions|valor de conv|valor conv.|valor da conversão|valor de conversão|valore conv.|valore di conversione|\
         conversiewaarde|conv.waarde|wartość konwersji|wart. konw.|konv.värde|konverteringsvärde|dönüşüm değeri|ценность конв.|\
         ценность конверсий|コンバージョン値|コンバージョン値の合計|转化价值|轉換價值|전환 가치",
        "conversion_value",
        9,
    ),
    (
        "conversion-wert für käufe|kauf-conversion-wert|wert der käufe|valeur de conversion des achats|\
         valor de conversión de compras|valor de conversão da compra|valore di conversione degli acquisti",
        "conversion_value",
        7,
    ),
    (
        "chiffre d'affaires|ingresos|receita|ricavi|fatturato|omzet|przychód|intäkter|доход|収益|收入",
        "revenue",
        7,
    ),
    (
        "alle conv.|alle conversions|toutes les conv.|todas las conv.|todas as conv.|tutte le conv.",
        "all_conversions",
        9,
    ),
    (
        "klicks auf den link|cliques no link|clic sul link|linkklikken|kliknięcia linku|länkklick|clics sur lien|リンクのクリック|\
         링크 클릭",
        "link_clicks",
        9,
    ),
    ("couverture|copertura|bereik|zasięg|räckvidd|охват|リーチ|覆盖人数|觸及人數|도달", "reach", 9),
    ("vues|visualizaciones|visualizações|visualizzazioni|videoweergaven|動画の再生数", "video_views", 5),
    ("prospects|kontakte|clientes potenciales|cadastros|contatti|лиды|リード", "leads", 6),
];

/// Everything but metrics: words, role, rank.
pub const ROLES: &[(&str, Role, u8)] = &[
    (
        "dag|dagen|dzień|dato|päivä|päivämäärä|den|datum|gün|tarih|день|дата|日|日付|日期|天|날짜|일|stichtag|berichtstag|\
         fecha del informe|data do relatório|date du rapport|date de début",
        Role::Date,
        9,
    ),
    (
        "semaine|semana|settimana|tydzień|vecka|uge|uke|quarter|quartal|trimestre|kwartaal|kwartał|kvartal|週|周|분기|неделя|\
         date de la semaine|week (mon to sun)|kalenderwoche|kw",
        Role::Date,
        6,
    ),
    (
        "inizio dei rapporti|inizio rapporto|início dos relatórios|inicio de los informes|inicio del informe|rapportage begint|\
         początek raportowania|rapporteringen börjar|レポート開始日|報告開始|报告开始日期|보고 시작|дата начала отчетности|\
         beginn des berichtszeitraums|anfangsdatum",
        Role::Date,
        7,
    ),
    (
        "fine dei rapporti|fine rapporto|término dos relatórios|encerramento dos relatórios|finalización de los informes|\
         fin de los informes|rapportage eindigt|koniec raportowania|rapporteringen slutar|レポート終了日|報告結束|报告结束日期|\
         보고 종료|дата окончания отчетности|ende des berichtszeitraums",
        Role::DateUntil,
        7,
    ),
    ("mese|mês|maand|miesiąc|månad|måned|kuukausi|měsíc|ay|месяц|月|월", Role::Month, 8),
    ("année|año|anno|ano|jaar|rok|år|vuosi|yıl|год|年|연도", Role::Year, 8),
    (
        "code de devise|code devise|codice valuta|valuta|código da moeda|código de la moneda|moeda|valutacode|kod waluty|waluta|\
         valutakod|valutakode|valuuttakoodi|kód měny|měna|para birimi kodu|para birimi|валюта|код валюты|通貨コード|通貨|货币代码|\
         货币|貨幣代碼|통화 코드|통화|monnaie|kontowährung|divisa",
        Role::Currency,
        9,
    ),
    (
        "cuenta|compte|conta|account|rekening|nome do conta|nome da conta|nome account|nome dell'account|accountnaam|nazwa konta|\
         kontonamn|kontonavn|hesap adı|аккаунт|название аккаунта|アカウント|アカウント名|帐号|帐户名称|帳號名稱|계정 이름|계정|kunde|client|\
         kundenname|advertiser account|konto",
        Role::Account,
        7,
    ),
    (
        "name der kampagne|nom de campagne|nombre de campaña|nome da campanha|nome campagna|nome della campagna|campagnenaam|\
         naam van campagne|kampania|nazwa kampanii|kampanj|kampanjnamn|kampagnenavn|kampanje|kampanja|kampaň|kampanya|\
         kampanya adı|кампания|название кампании|キャンペーン|キャンペーン名|广告系列|广告系列名称|行銷活動名稱|廣告活動|캠페인|캠페인 이름",
        Role::Name(Campaign),
        9,
    ),
    (
        "id de campagne|id de campaña|id da campanha|id campagna|campagne-id|identyfikator kampanii|kampanj-id|ид кампании|\
         № кампании|キャンペーン id|广告系列 id|캠페인 id|kampagnen id",
        Role::Id(Campaign),
        9,
    ),
    (
        "name der anzeigengruppe|nom de l'ensemble de publicités|nom du groupe d'annonces|groupe d’annonces|\
         nombre del grupo de anuncios|grupo de anúncios|nome do grupo de anúncios|nome do conjunto de anúncios|\
         conjunto de anúncios|nome gruppo di annunci|nome del gruppo di inserzioni|nome gruppo inserzioni|advertentiegroep|\
         advertentiesetnaam|grupa reklam|nazwa zestawu reklam|annonsgrupp|annoncegruppe|reklam grubu|группа объявлений|広告グループ|\
         広告セット名|广告组|廣告群組|광고그룹|광고 세트 이름",
        Role::Name(AdGroup),
        9,
    ),
    (
        "name der werbeanzeige|name der anzeige|nom de l'annonce|annonce|nombre de anuncio|anuncio|anúncio|nome do anúncio|\
         annuncio|nome dell'inserzione|nome inserzione|advertentie|advertentienaam|reklama|nazwa reklamy|annons|объявление|広告|\
         広告の名前|广告|廣告名稱|광고|광고 이름",
        Role::Name(Ad),
        8,
    ),
    (
        "appareil|dispositivo|apparaat|urządzenie|enhet|enhed|cihaz|устройство|デバイス|设备|裝置|기기|plattform (gerät)",
        Role::Breakdown("device"),
        7,
    ),
    (
        "paese|kraj|land/region|país/territorio|pays/territoire|страна|国|国/地域|国家/地区|국가",
        Role::Breakdown("country"),
        7,
    ),
    ("âge|edad|età|idade|leeftijd|wiek|ålder|возраст|年齢|年龄|연령", Role::Breakdown("age"), 8),
    (
        "sexe|sexo|genre|género|gênero|genere|sesso|geslacht|płeć|kön|пол|性別|性别|성별",
        Role::Breakdown("gender"),
        8,
    ),
];

/// Words that mark totals rows.
pub const TOTAL_WORDS: &[&str] = &[
    "total general",
    "total général",
    "total geral",
    "totale complessivo",
    "totale generale",
    "algemeen totaal",
    "eindtotaal",
    "łącznie",
    "razem",
    "suma końcowa",
    "totalt",
    "summa",
    "i alt",
    "yhteensä",
    "celkem",
    "toplam",
    "genel toplam",
    "итого",
    "всего",
    "合計",
    "総計",
    "总计",
    "合计",
    "總計",
    "합계",
    "총계",
    "gesamtsumme aller",
    "ergebnis",
    "zwischensumme",
    "sous-total",
    "subtotale",
    "subtotaal",
];

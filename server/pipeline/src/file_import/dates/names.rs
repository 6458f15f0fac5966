//! Names of months and weekdays in the languages that exports come in.

use crate::file_import::numbers::trim;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Per month: English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish, Norwegian, Polish (also
/// in the genitive that dates take), Czech, Turkish, Russian; with the short forms in use.
const MONTHS: [&str; 12] = [
    "january jan januar jän jänner janvier janv enero ene gennaio gen janeiro januari styczeń stycznia sty leden ledna \
     ocak oca январь января янв",
    "february feb februar février fevrier févr fév febrero febbraio fevereiro fev februari luty lutego lut únor února \
     şubat şub февраль февраля фев февр",
    "march mar märz mrz mär maerz mars marzo março marco maart mrt marts marzec marca březen března mart март марта",
    "april apr avril avr abril abr aprile kwiecień kwietnia kwi duben dubna nisan nis апрель апреля апр",
    "may mai mayo maggio mag maio mei maj maja květen května mayıs май мая",
    "june jun juni juin junio giugno giu junho czerwiec czerwca cze červen června haziran haz июнь июня июн",
    "july jul juli juillet juil julio luglio lug julho lipiec lipca lip červenec července temmuz tem июль июля июл",
    "august aug août aout agosto ago augustus augusti sierpień sierpnia sie srpen srpna ağustos ağu август августа авг",
    "september sept sep septembre septiembre settembre set setembro wrzesień września wrz září eylül eyl сентябрь \
     сентября сен сент",
    "october oct oktober okt octobre octubre ottobre ott outubro out październik października paź říjen října ekim eki \
     октябрь октября окт",
    "november nov novembre noviembre novembro listopad listopada lis listopadu kasım kas ноябрь ноября ноя нояб",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro desember grudzień grudnia gru \
     prosinec prosince aralık ara декабрь декабря дек",
];

const WEEKDAYS: &str = "mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday \
     mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonntag \
     lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche \
     mié jue vie sáb dom lunes martes miércoles jueves viernes sábado domingo \
     gio sab lunedì martedì mercoledì giovedì venerdì sabato domenica \
     seg ter qua qui sex segunda-feira terça-feira quarta-feira quinta-feira sexta-feira \
     ma wo vr za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag";

static MONTH_NUMBERS: LazyLock<HashMap<&str, u32>> = LazyLock::new(|| {
    (1..).zip(MONTHS).flat_map(|(number, names)| names.split_whitespace().map(move |n| (n, number))).collect()
});

static WEEKDAY_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| WEEKDAYS.split_whitespace().collect());

/// The number (1 to 12) of a month's name.
pub fn month_number(text: &str) -> Option<u32> {
    let name = trim(text);
    if name.len() > 24 || !name.starts_with(char::is_alphabetic) {
        return None;
    }
    let name = name.trim_end_matches('.').to_lowercase();
    MONTH_NUMBERS.get(name.as_str()).copied()
}

/// `Wed, Sep 3, 2025` → `Sep 3, 2025`. `Mar 3` keeps its March.
pub fn without_weekday(text: &str) -> &str {
    let Some((first, rest)) = text.split_once([',', ' ']) else { return text };
    let name = first.trim_end_matches(['.', ',']).to_lowercase();
    let is_weekday = WEEKDAY_NAMES.contains(name.as_str());
    // `mar` is a Tuesday in Spain and March in the United States: it is one only where a month follows.
    let is_month = month_number(&name).is_some()
        && !rest.split(|c: char| !c.is_alphanumeric()).any(|word| month_number(word).is_some());
    if is_weekday && !is_month { trim(rest) } else { text }
}

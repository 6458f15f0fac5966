//! Currencies as exports name them: by code, or by a symbol beside the amount.

use super::numbers::trim;

/// Symbols and codes that stand beside amounts. `$` is read as the US dollar only where nothing else is said.
const CURRENCIES: &[(&str, &str)] = &[
    ("US$", "USD"),
    ("CA$", "CAD"),
    ("C$", "CAD"),
    ("A$", "AUD"),
    ("AU$", "AUD"),
    ("NZ$", "NZD"),
    ("HK$", "HKD"),
    ("R$", "BRL"),
    ("MX$", "MXN"),
    ("S$", "SGD"),
    ("NT$", "TWD"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("￥", "JPY"),
    ("₹", "INR"),
    ("Rs.", "INR"),
    ("₩", "KRW"),
    ("₽", "RUB"),
    ("₺", "TRY"),
    ("₪", "ILS"),
    ("₫", "VND"),
    ("฿", "THB"),
    ("₴", "UAH"),
    ("zł", "PLN"),
    ("Kč", "CZK"),
    ("Ft", "HUF"),
    ("lei", "RON"),
    ("₱", "PHP"),
    ("₦", "NGN"),
    ("Rp", "IDR"),
    ("RM", "MYR"),
    ("TL", "TRY"),
    ("円", "JPY"),
    ("元", "CNY"),
    ("원", "KRW"),
    ("руб.", "RUB"),
    ("лв.", "BGN"),
    ("CHF", "CHF"),
    ("EUR", "EUR"),
    ("USD", "USD"),
    ("GBP", "GBP"),
    ("JPY", "JPY"),
    ("SEK", "SEK"),
    ("NOK", "NOK"),
    ("DKK", "DKK"),
    ("PLN", "PLN"),
    ("CZK", "CZK"),
    ("HUF", "HUF"),
    ("INR", "INR"),
    ("BRL", "BRL"),
    ("CAD", "CAD"),
    ("AUD", "AUD"),
    ("NZD", "NZD"),
    ("MXN", "MXN"),
    ("ZAR", "ZAR"),
    ("TRY", "TRY"),
    ("AED", "AED"),
    ("SGD", "SGD"),
    ("HKD", "HKD"),
    ("ILS", "ILS"),
    ("KRW", "KRW"),
    ("THB", "THB"),
    ("RON", "RON"),
    ("UAH", "UAH"),
    ("IDR", "IDR"),
    ("PHP", "PHP"),
    ("VND", "VND"),
    ("CNY", "CNY"),
    ("TWD", "TWD"),
    ("SAR", "SAR"),
    ("COP", "COP"),
    ("CLP", "CLP"),
    ("PEN", "PEN"),
    ("ARS", "ARS"),
    ("MYR", "MYR"),
    ("NGN", "NGN"),
    ("KES", "KES"),
    ("EGP", "EGP"),
    ("QAR", "QAR"),
    ("KWD", "KWD"),
    ("PKR", "PKR"),
    ("BDT", "BDT"),
    ("LKR", "LKR"),
    ("BGN", "BGN"),
    ("RUB", "RUB"),
    ("ISK", "ISK"),
    ("MAD", "MAD"),
];

/// The code of a currency that is named by code or symbol, if it is one of those that stand beside amounts in exports.
pub fn known_currency(name: &str) -> Option<&'static str> {
    CURRENCIES
        .iter()
        .find(|(symbol, code)| {
            symbol.to_lowercase() == name.to_lowercase() || code.eq_ignore_ascii_case(name)
        })
        .map(|(_, code)| *code)
}

/// The amount without the symbol or code beside it, and the currency that this names.
pub fn strip_currency(text: &str) -> (&str, Option<&'static str>) {
    for (symbol, code) in CURRENCIES {
        if let Some(rest) = text.strip_prefix(symbol) {
            return (trim(rest), Some(code));
        }
        if let Some(rest) = text.strip_suffix(symbol) {
            return (trim(rest), Some(code));
        }
    }
    // Crowns are those of four countries.
    for symbol in ["kr.", "kr"] {
        if let Some(rest) = text.strip_suffix(symbol).or_else(|| text.strip_prefix(symbol)) {
            return (trim(rest), None);
        }
    }
    (text, None)
}

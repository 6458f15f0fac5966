//! Symbols and minor units of currencies (ISO 4217).

/// The usual symbol of a common currency; none for others, which are written with their code.
pub fn symbol(code: &str) -> Option<&'static str> {
    Some(match code {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" => "¥",
        "CNY" => "CN¥",
        "INR" => "₹",
        "KRW" => "₩",
        "BRL" => "R$",
        "AUD" => "A$",
        "CAD" => "CA$",
        "NZD" => "NZ$",
        "HKD" => "HK$",
        "MXN" => "MX$",
        "TWD" => "NT$",
        "ILS" => "₪",
        "PHP" => "₱",
        "UAH" => "₴",
        "VND" => "₫",
        "NGN" => "₦",
        _ => return None,
    })
}

/// Decimals that amounts are written with: 2, except where the currency has no or a finer minor unit.
pub fn minor_digits(code: &str) -> u32 {
    match code {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "PYG" | "UGX" | "XAF" | "XOF" | "XPF" | "RWF" | "KMF"
        | "GNF" | "DJF" | "BIF" | "VUV" => 0,
        "BHD" | "KWD" | "OMR" | "JOD" | "TND" | "IQD" | "LYD" => 3,
        _ => 2,
    }
}

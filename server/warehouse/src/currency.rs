//! Currency codes.

use std::fmt;
use std::str::FromStr;

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// Not a currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no currency code: write three letters as in ISO 4217, for example EUR")]
pub struct InvalidCurrency(pub String);

impl Currency {
    /// The euro, which rates are quoted against.
    pub const EUR: Self = Self(*b"EUR");

    /// ISO 4217's code for "no currency": an account whose vendor names none.
    pub const NONE: Self = Self(*b"XXX");

    /// The code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// The bytes of a code that the database holds, where a constraint keeps its form.
    pub(crate) fn from_stored(bytes: [u8; 3]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(self) -> [u8; 3] {
        self.0
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    /// Small letters are taken for capitals.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match <[u8; 3]>::try_from(text.trim().as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_alphabetic) => {
                Ok(Self(code.map(|b| b.to_ascii_uppercase())))
            }
            _ => Err(InvalidCurrency(text.to_owned())),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_three_letters() {
        assert_eq!("usd".parse::<Currency>().unwrap().as_str(), "USD");
        for wrong in ["", "EURO", "E1R", "€", "éa"] {
            assert!(wrong.parse::<Currency>().is_err(), "{wrong:?}");
        }
    }
}

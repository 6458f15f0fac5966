//! Log-in names.

use crate::error::{Result, field};

/// Takes the spaces off and checks the form: something, an `@`, a host. Whether mail arrives there, only mail tells.
pub(crate) fn parse(text: &str) -> Result<String> {
    let email = text.trim();
    let wrong = |message: &str| Err(field("email", message));
    if email.is_empty() {
        return wrong("Type your e-mail address.");
    }
    let Some((local, host)) = email.split_once('@') else {
        return wrong("An e-mail address has an @, as in name@example.com.");
    };
    if local.is_empty() || host.is_empty() || host.contains('@') {
        return wrong("Something is missing or doubled around the @: write it as name@example.com.");
    }
    if email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return wrong("An e-mail address has no spaces.");
    }
    if email.chars().count() > 254 {
        return wrong("An e-mail address has at most 254 characters.");
    }
    Ok(email.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(parse(" ana@example.com ").unwrap(), "ana@example.com");
        assert_eq!(parse("root@localhost").unwrap(), "root@localhost");
        for wrong in ["", "ana", "@x", "ana@", "a@b@c", "a b@c.de", &format!("{}@x.de", "a".repeat(260))] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}

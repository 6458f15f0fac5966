//! The session cookie.

/// Name over https: browsers accept it only with `Secure`, `Path=/` and no domain.
pub const SECURE_NAME: &str = "__Host-windhover";
/// Name over plain http, where browsers refuse the other one.
pub const PLAIN_NAME: &str = "windhover";
/// 30 days.
pub const MAX_AGE_SECONDS: u32 = 30 * 24 * 3_600;

/// The name that this site uses.
pub fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { PLAIN_NAME }
}

/// The `Set-Cookie` value that opens a session.
pub fn opened(token: &str, secure: bool) -> String {
    attributes(token, secure, MAX_AGE_SECONDS)
}

/// The `Set-Cookie` value that removes the session.
pub fn closed(secure: bool) -> String {
    attributes("", secure, 0)
}

fn attributes(value: &str, secure: bool, max_age: u32) -> String {
    let name = name(secure);
    let flag = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{flag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secure_cookie_meets_the_rules_of_its_prefix() {
        let cookie = opened("abc", true);
        assert_eq!(cookie, "__Host-windhover=abc; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure");
        assert!(!opened("abc", false).contains("Secure"));
        assert!(closed(false).contains("Max-Age=0"));
    }
}

//! Passwords: the rules for new ones, and argon2id.

use crate::entropy::Entropy;
use crate::error::{IdentityError, Result, field};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use tokio::sync::{OnceCell, Semaphore};

/// As NIST SP 800-63B wants it: length counts, not the mixture of characters.
const SHORTEST: usize = 12;
/// Longer text would only cost time.
const LONGEST_BYTES: usize = 1024;
/// Each hash takes 19 MB and a core: more at once would only be slower.
const AT_ONCE: usize = 4;
/// What weak passwords are made of, most used first; written without digits and signs around them.
const COMMON: [&str; 40] = [
    "password",
    "passwort",
    "motdepasse",
    "contrasena",
    "senha",
    "parola",
    "haslo",
    "qwerty",
    "qwertz",
    "azerty",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abc",
    "abcd",
    "abcdef",
    "iloveyou",
    "letmein",
    "welcome",
    "willkommen",
    "admin",
    "administrator",
    "root",
    "user",
    "test",
    "testing",
    "changeme",
    "default",
    "secret",
    "master",
    "monkey",
    "dragon",
    "sunshine",
    "princess",
    "football",
    "windhover",
    "analytics",
    "marketing",
    "dashboard",
];

/// Checks a new password. `name` is the form's field, `email` the log-in name that it goes with.
pub(crate) fn check(password: &str, email: &str, name: &'static str) -> Result<()> {
    let wrong = |message: String| Err(field(name, message));
    let length = password.chars().count();
    if length < SHORTEST {
        return wrong(format!(
            "Use at least {SHORTEST} characters (this has {length}): a few words that do not belong together are good."
        ));
    }
    if password.len() > LONGEST_BYTES {
        return wrong(format!("Use at most {LONGEST_BYTES} bytes."));
    }
    let lower = password.to_lowercase();
    let email = email.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    if lower == email || is_made_of(&lower, &[local, &email]) {
        return wrong("This is your e-mail address with little added: others can guess it.".into());
    }
    let mut characters: Vec<char> = lower.chars().collect();
    if is_sequence(&characters) {
        return wrong("This is a sequence of neighbours such as 123…: others can guess it.".into());
    }
    if is_made_of(&lower, &COMMON) || is_made_of(&plain_letters(&lower), &COMMON) {
        return wrong(
            "This is one of the most used passwords with little added: others can guess it.".into(),
        );
    }
    characters.sort_unstable();
    characters.dedup();
    if characters.len() < 5 {
        return wrong("This repeats a few characters: others can guess it.".into());
    }
    Ok(())
}

/// Whether nothing is left but digits and signs once these words are taken away.
fn is_made_of(text: &str, words: &[&str]) -> bool {
    let mut longest_first: Vec<&&str> = words.iter().filter(|w| w.chars().count() >= 3).collect();
    longest_first.sort_by_key(|w| std::cmp::Reverse(w.len()));
    let found = longest_first.iter().any(|w| text.contains(**w));
    let rest = longest_first.iter().fold(text.to_owned(), |rest, word| rest.replace(**word, ""));
    found && !rest.chars().any(char::is_alphabetic)
}

/// "p@ssw0rd!24" is "password"; what stands before the first and after the last letter falls away.
fn plain_letters(text: &str) -> String {
    let plain = |c| match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '3' => 'e',
        '$' | '5' => 's',
        other => other,
    };
    text.trim_matches(|c: char| !c.is_alphabetic()).chars().map(plain).collect()
}

/// "123456789012", "lkjihgfedcba".
fn is_sequence(characters: &[char]) -> bool {
    let step = |pair: &[char]| match (pair[0].to_digit(10), pair[1].to_digit(10)) {
        (Some(a), Some(b)) => (i64::from(b) - i64::from(a)).rem_euclid(10),
        _ => i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0])),
    };
    let mut steps = characters.windows(2).map(step);
    let Some(first) = steps.next() else { return true };
    matches!(first, 0 | 1 | 9 | -1) && steps.all(|s| s == first)
}

/// Hashes and verifies off the async threads, a few at a time.
#[derive(Debug)]
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
    /// Of a password that nobody has: unknown people cost as much time as known ones.
    nobody: OnceCell<String>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), nobody: OnceCell::new() }
    }

    /// The hash to store, with its parameters and salt.
    pub(crate) async fn hash(&self, password: &str, entropy: &Entropy) -> Result<String> {
        let (password, salt) = (password.to_owned(), entropy.bytes::<16>());
        self.work(move || {
            let hash: PasswordHash =
                argon2()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(failed)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is the one behind the hash. Without a hash (nobody of that name) it takes as long and
    /// is not.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>, entropy: &Entropy) -> Result<bool> {
        if password.len() > LONGEST_BYTES {
            return Ok(false);
        }
        let is_somebody = hash.is_some();
        let hash = match hash {
            Some(hash) => hash.to_owned(),
            None => {
                self.nobody.get_or_try_init(|| self.hash("nobody has this password", entropy)).await?.clone()
            }
        };
        let password = password.to_owned();
        let fits = self
            .work(move || {
                let hash = PasswordHash::new(&hash).map_err(|e| IdentityError::Hash(e.to_string()))?;
                match argon2()?.verify_password(password.as_bytes(), &hash) {
                    Ok(()) => Ok(true),
                    Err(Error::PasswordInvalid) => Ok(false),
                    Err(error) => Err(failed(error)),
                }
            })
            .await?;
        Ok(fits && is_somebody)
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let unexpected = |e: &dyn std::fmt::Display| IdentityError::Hash(e.to_string());
        let permit = self.permits.clone().acquire_owned().await.map_err(|e| unexpected(&e))?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            job()
        })
        .await
        .map_err(|e| unexpected(&e))?
    }
}

fn failed(error: Error) -> IdentityError {
    IdentityError::Hash(error.to_string())
}

/// OWASP's first recommendation: 19 MB, two passes, one lane.
fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|e| IdentityError::Hash(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why_not(password: &str) -> Option<String> {
        check(password, "ana.lee@example.com", "password").err().map(|e| e.to_string())
    }

    #[test]
    fn good_ones() {
        for good in
            ["correct horse battery", "hölzern-Kiefer 44", "tR7#kq9!vLm2", "ana knows a password trick"]
        {
            assert_eq!(why_not(good), None, "{good}");
        }
    }

    #[test]
    fn bad_ones_say_why() {
        for (bad, why) in [
            ("short", "at least 12 characters (this has 5)"),
            ("ana.lee@example.com", "e-mail address"),
            ("Ana.Lee-2026!", "e-mail address"),
            ("Password1234", "most used"),
            ("P@ssw0rd!2026", "most used"),
            ("123qwertyuiop!", "most used"),
            ("windhover-admin", "most used"),
            ("123456789012", "sequence"),
            ("abcdefghijklmnop", "sequence"),
            ("aaaaaaaaaaaaaaa", "sequence"),
            ("xyxyxyxyxyxyxy", "repeats"),
        ] {
            let message = why_not(bad).unwrap_or_default();
            assert!(message.contains(why), "{bad}: {message}");
        }
        assert!(why_not(&"ab3 kd9!".repeat(200)).is_some());
    }

    #[tokio::test]
    async fn hashes_verify_and_nobody_never_fits() {
        let (passwords, entropy) = (Passwords::new(), Entropy::system());
        let hash = passwords.hash("correct horse battery", &entropy).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse battery", Some(&hash), &entropy).await.unwrap());
        assert!(!passwords.verify("correct horse batterz", Some(&hash), &entropy).await.unwrap());
        assert!(!passwords.verify("nobody has this password", None, &entropy).await.unwrap());
        assert!(!passwords.verify(&"x".repeat(5000), Some(&hash), &entropy).await.unwrap());
        assert!(passwords.verify("x", Some("no hash"), &entropy).await.is_err());
    }
}

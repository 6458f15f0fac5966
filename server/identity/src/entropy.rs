//! Randomness as a parameter. The only place of this crate that asks the operating system for it.

use rand::CryptoRng;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A shared source of random bytes that nobody can guess; in tests, one with a seed.
#[derive(Clone)]
pub struct Entropy(Arc<Mutex<dyn CryptoRng + Send>>);

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(…)")
    }
}

impl Entropy {
    /// The operating system's.
    pub fn system() -> Self {
        Self::new(UnwrapErr(SysRng))
    }

    /// Another generator.
    pub fn new(rng: impl CryptoRng + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(rng)))
    }

    /// That many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }
}

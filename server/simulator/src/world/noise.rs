//! Randomness that is a pure function of what it is about: the same entity on the same day always draws the
//! same number, so the world needs no storage and can be asked in any order.

use crate::num;

/// A point in the tree of random draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise(u64);

impl Noise {
    /// The root for one seed.
    pub fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x5749_4e44_484f_5645))
    }

    /// The branch for one entity, day or purpose.
    #[must_use]
    pub fn of(self, key: u64) -> Self {
        Self(mix(self.0 ^ key.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// The branch for a signed key, such as a day number.
    #[must_use]
    pub fn of_day(self, day: i64) -> Self {
        self.of(day.cast_unsigned())
    }

    /// 64 random bits.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Uniform in [0, 1).
    pub fn unit(self) -> f64 {
        // 53 bits are what a double can hold.
        num::real((self.0 >> 11).cast_signed()) / 9_007_199_254_740_992.0
    }

    /// Uniform in [low, high).
    pub fn between(self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number from low to high, both included.
    pub fn pick(self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        low + u32::try_from(self.0 % span).unwrap_or(0)
    }

    /// One of the items; the items must not be empty.
    pub fn choose<T: Copy>(self, items: &[T]) -> T {
        let count = num::key(items.len()).max(1);
        items[usize::try_from(self.0 % count).unwrap_or(0)]
    }

    /// Roughly normal with mean 0 and deviation 1, never beyond 3.5.
    pub fn gauss(self) -> f64 {
        let sum: f64 =
            (0..4).map(|i| num::real(((self.0 >> (16 * i)) & 0xffff).cast_signed()) / 65_536.0).sum();
        (sum - 2.0) * 1.732_050_8
    }

    /// A count with the given mean: Poisson for small means, its normal limit for large ones.
    pub fn count(self, mean: f64) -> i64 {
        if mean <= 0.0 {
            return 0;
        }
        if mean > 40.0 {
            return num::whole(mean + mean.sqrt() * self.gauss()).max(0);
        }
        let mut left = self.unit();
        let mut probability = (-mean).exp();
        let mut n = 0;
        while left >= probability && n < 120 {
            left -= probability;
            n += 1;
            probability *= mean / num::real(n);
        }
        n
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_right_means() {
        let root = Noise::new(7);
        let n = 20_000_u64;
        let draws = |f: &dyn Fn(Noise) -> f64| (0..n).map(|i| f(root.of(i))).sum::<f64>() / 20_000.0;
        assert!((draws(&Noise::unit) - 0.5).abs() < 0.01);
        assert!(draws(&Noise::gauss).abs() < 0.03);
        for mean in [0.2, 3.0, 39.0, 400.0] {
            let got = draws(&|x| num::real(x.count(mean)));
            assert!((got - mean).abs() < mean.sqrt() * 0.05, "{mean}: {got}");
        }
    }

    #[test]
    fn the_same_point_draws_the_same() {
        assert_eq!(Noise::new(1).of(2).of_day(-3), Noise::new(1).of(2).of_day(-3));
        assert_ne!(Noise::new(1).of(2).of(3), Noise::new(1).of(3).of(2));
    }
}

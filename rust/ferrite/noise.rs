// SPDX-License-Identifier: GPL-2.0

//! Small random numbers, quickly.

/// A generator (xorshift).
pub struct Noise(u64);

impl Noise {
    /// A generator whose numbers depend on `seed` alone.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Less than `bound`; 0 if that is 0.
    #[inline]
    pub fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // CAST: The upper half of a product of 32-bit numbers.
        (((self.0 & 0xffff_ffff) * u64::from(bound)) >> 32) as u32
    }
}

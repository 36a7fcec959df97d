//! A set of small numbers, one bit each.

/// One bit a number.
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn new(count: usize) -> Self {
        Self(vec![0; count / 64 + 1])
    }

    fn place(number: u32) -> (usize, u64) {
        (super::row_index(number / 64).unwrap_or(0), 1 << (number % 64))
    }

    pub(super) fn holds(&self, number: u32) -> bool {
        let (word, bit) = Self::place(number);
        self.0[word] & bit != 0
    }

    pub(super) fn clear(&mut self, number: u32) {
        let (word, bit) = Self::place(number);
        self.0[word] &= !bit;
    }

    /// Sets the bit when `value` is 1, leaves it when 0; whether it was set before.
    pub(super) fn set(&mut self, number: u32, value: u64) -> u64 {
        let word = &mut self.0[super::row_index(number / 64).unwrap_or(0)];
        let before = *word >> (number % 64) & 1;
        *word |= value << (number % 64);
        before
    }
}

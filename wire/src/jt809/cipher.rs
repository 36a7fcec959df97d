//! The body cipher of JT/T 809-2011 §4.4 (2019 §5.5): a linear congruential stream from three numbers the superior platform
//! gives (M1, IA1, IC1) and a key in each header. It hides nothing from anyone who has read the standard.

/// The three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cipher {
    /// M1, the modulus.
    pub m1: u32,
    /// IA1, the multiplier.
    pub ia1: u32,
    /// IC1, the increment.
    pub ic1: u32,
}

impl Cipher {
    /// Enciphers or deciphers a body; twice gives it back.
    pub fn apply(&self, key: u32, body: &mut [u8]) {
        let modulus = self.m1.max(1);
        let mut state = key.max(1);
        for byte in body {
            state = self.ia1.wrapping_mul(state % modulus).wrapping_add(self.ic1);
            // Eight bits from the twentieth on.
            *byte ^= (state >> 20) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn twice_gives_the_body_back(m1: u32, ia1: u32, ic1: u32, key: u32, body: Vec<u8>) {
            let cipher = Cipher { m1, ia1, ic1 };
            let mut twice = body.clone();
            cipher.apply(key, &mut twice);
            cipher.apply(key, &mut twice);
            prop_assert_eq!(twice, body);
        }
    }

    #[test]
    fn the_stream_is_the_one_the_standard_computes() {
        // Worked through with big integers: states 3988983168 and 613041024, of which bits 20 to 27 are taken.
        let cipher = Cipher { m1: 10_000_000, ia1: 20_000_000, ic1: 30_000_000 };
        let mut body = [0; 2];
        cipher.apply(256_178, &mut body);
        assert_eq!(body, [0xDC, 0x48]);
    }
}

//! Steps of a number with hysteresis: a load near a threshold must not flicker between two words.

/// Which step a number stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// Where each step begins, ascending.
    begins: Vec<f64>,
    /// A step is left downwards only this far below its beginning.
    hysteresis: f64,
    step: Option<usize>,
}

impl Levels {
    /// Steps beginning at these numbers; below the first is step 0.
    pub fn new(begins: Vec<f64>, hysteresis: f64) -> Self {
        Self { begins, hysteresis, step: None }
    }

    /// The step of this number, from 0.
    pub fn handle(&mut self, number: f64) -> usize {
        let reached = self.begins.iter().filter(|begin| number >= **begin).count();
        let kept = self.begins.iter().filter(|begin| number >= **begin - self.hysteresis).count();
        // Downwards no further than where even the hysteresis does not hold.
        let step = self.step.map_or(reached, |before| before.clamp(reached, kept.max(reached)));
        self.step = Some(step);
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_step_is_reached_at_its_beginning_and_left_below_the_hysteresis() {
        let mut levels = Levels::new(vec![5_000.0, 18_000.0, 32_000.0], 1_000.0);
        for (number, step) in [
            (4_900.0, 0),
            (5_000.0, 1),
            (4_001.0, 1),
            (3_999.0, 0),
            (19_000.0, 2),
            (17_500.0, 2),
            (16_900.0, 1),
            (40_000.0, 3),
            (0.0, 0),
        ] {
            assert_eq!(levels.handle(number), step, "{number}");
        }
    }

    #[test]
    fn the_first_number_decides_without_hysteresis() {
        assert_eq!(Levels::new(vec![10.0], 5.0).handle(8.0), 0);
    }

    proptest! {
        #[test]
        fn a_step_is_never_above_what_was_reached_nor_below_what_is_kept(numbers in proptest::collection::vec(0.0..100.0f64, 1..50)) {
            let mut levels = Levels::new(vec![20.0, 40.0, 60.0], 7.0);
            for number in numbers {
                let step = levels.handle(number);
                let begin = |step: usize| 20.0 * step as f64;
                prop_assert!(step == 0 || number >= begin(step) - 7.0);
                prop_assert!(step == 3 || number < begin(step + 1));
            }
        }
    }
}

//! Distance driven, counted in steps longer than a standing receiver's noise.

use domain::Position;

#[derive(Debug, Clone)]
pub(super) struct Odometer {
    anchor: Position,
    driven_m: f64,
}

impl Odometer {
    pub(super) fn starting_at(at: Position) -> Self {
        Self { anchor: at, driven_m: 0.0 }
    }

    /// Moves on to a position; less than a step away from the last one counted, nothing is counted yet.
    pub(super) fn advance(&mut self, to: Position, step_m: f64) {
        let step = self.anchor.distance_m(to);
        if step >= step_m {
            self.driven_m += step;
            self.anchor = to;
        }
    }

    pub(super) fn driven_m(&self) -> f64 {
        self.driven_m
    }
}

//! Where a truck's fixes fall, remembered from fix to fix: while it cannot have crossed a border since the position last
//! looked up, the grounds it is on are the same, and nothing is looked up.
//!
//! It is a short cut and nothing else: the grounds are those the index tells of every single position.

use std::sync::{Arc, Weak};

use domain::Position;

use crate::geo::Standing;

use super::view::{Places, View};

/// One truck's last look-up. Cloned for checkpoints.
#[derive(Debug, Clone, Default)]
pub(super) struct Whereabouts {
    standing: Standing,
    places: Places,
    /// The registers it was looked up in; a weak hold keeps none of them alive.
    view: Weak<View>,
}

impl Whereabouts {
    /// The grounds a position is on. `numbers` is scratch room.
    pub(super) fn places(&mut self, view: &Arc<View>, at: Position, numbers: &mut Vec<u32>) -> Places {
        let same_registers = std::ptr::eq(self.view.as_ptr(), Arc::as_ptr(view));
        if same_registers && self.standing.holds(at) {
            return self.places.clone();
        }
        let places = view.places_at(at, numbers);
        // The set held before serves on where it says the same.
        if places != self.places {
            self.places = places;
        }
        if !same_registers {
            self.view = Arc::downgrade(view);
            self.standing = Standing::default();
        }
        self.standing.renew_by_areas(view.areas(), at);
        self.places.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::situations::city;
    use crate::judge::view::Views;
    use domain::{Registers, Timestamp};
    use proptest::prelude::*;

    fn view_of(registry: domain::Registry) -> Arc<View> {
        Arc::clone(Views::of(&Registers::always(registry)).unwrap().at(Timestamp::default()))
    }

    proptest! {
        /// Trucks that creep, drive and jump, in and out of sites and zones.
        #[test]
        fn what_is_remembered_is_what_is_looked_up(
            legs in prop::collection::vec(((-200..5400i32, -200..3400i32), 1..60u32), 1..12),
            creep in prop::collection::vec((-6..6i32, -6..6i32), 40),
        ) {
            let origin = Position::from_degrees(34.5, 113.4).unwrap();
            let (first, other) = (view_of(city()), view_of(domain::Registry::default()));
            let (mut whereabouts, mut numbers) = (Whereabouts::default(), Vec::new());
            let mut at = (100.0, 100.0);
            for (leg, ((east, north), steps)) in legs.iter().enumerate() {
                let view = if leg % 5 == 4 { &other } else { &first };
                let (from, to) = (at, (f64::from(*east), f64::from(*north)));
                for step in 1..=*steps {
                    let part = f64::from(step) / f64::from(*steps);
                    let noise = creep[step as usize % creep.len()];
                    at = (from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1));
                    let seen = origin.offset_m(at.0 + f64::from(noise.0), at.1 + f64::from(noise.1));
                    let plain = view.places_at(seen, &mut Vec::new());
                    prop_assert_eq!(whereabouts.places(view, seen, &mut numbers), plain, "{:?}", at);
                }
            }
        }
    }
}

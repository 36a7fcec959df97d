//! Fixes that move a truck which says that it stands.
//!
//! A receiver measures speed by Doppler, apart from the position: an echo from a house shifts the position by a hundred
//! metres, and the speed still reads nothing. Of such fixes not all say that they are uncertain. One that lies farther from
//! where the truck stood than it could have crept since is taken as that uncertain, and what weighs uncertainty (places,
//! corridors, where a body was tipped) gives it no weight.
//!
//! Example: standing at a gate at 08:00:00 and 08:00:10, and at 08:00:20 at 0 km/h 120 m away: an echo. Still there at
//! 08:01:10: the truck is there, and where it stood before was the echo.
//!
//! Only fixes near in time tell: in half a minute a truck can start, drive on and stop again.

use domain::{Position, Timestamp};

use super::sample::Sample;
use super::thresholds::{Thresholds, millis};

/// A truck that stands, by the fixes that say so.
#[derive(Debug, Clone, Default)]
pub(super) struct Stand(Option<Standing>);

#[derive(Debug, Clone)]
struct Standing {
    position: Position,
    uncertainty_m: f64,
    last: Timestamp,
    /// How far it may have crept since it was surely at the position.
    crept_m: f64,
    /// Since when every fix contradicts the position.
    doubted_since: Option<Timestamp>,
}

impl Stand {
    /// Follows a fix, and raises its uncertainty when it contradicts the stand.
    pub(super) fn weigh(&mut self, sample: &mut Sample, limits: &Thresholds) {
        let Some(placed) = &mut sample.placed else {
            return;
        };
        let now = sample.time;
        if placed.speed.is_none_or(|speed| speed.kmh() > limits.standing_kmh) {
            self.0 = None;
            return;
        }
        let here = Standing {
            position: placed.position,
            uncertainty_m: placed.uncertainty_m,
            last: now,
            crept_m: 0.0,
            doubted_since: None,
        };
        let near = |stand: &&mut Standing| now.millis_since(stand.last) <= millis(limits.stand_s);
        let Some(stand) = self.0.as_mut().filter(near) else {
            self.0 = Some(here);
            return;
        };
        let span_s = now.seconds_since(stand.last);
        // Starts and stops again in between: up to half the time it gains speed, then it brakes.
        stand.crept_m += limits.standing_kmh / 3.6 * span_s + limits.creep_m_s2 * span_s * span_s / 4.0;
        stand.last = now;
        if placed.uncertainty_m >= limits.weak_fix_m && stand.uncertainty_m < placed.uncertainty_m {
            return;
        }
        let apart_m = stand.position.distance_m(placed.position);
        // A position that was weak itself contradicts nothing.
        let is_weak = stand.uncertainty_m >= limits.weak_fix_m;
        if is_weak || apart_m <= stand.crept_m + stand.uncertainty_m + placed.uncertainty_m {
            self.0 = Some(here);
            return;
        }
        let since = *stand.doubted_since.get_or_insert(now);
        if now.millis_since(since) >= millis(limits.echo_s) {
            self.0 = Some(here);
        } else {
            placed.uncertainty_m = apart_m.max(limits.weak_fix_m);
        }
    }
}

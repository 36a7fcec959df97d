//! The one place of the measurement that reads clocks: the time this process computed, and the time that passed.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// CPU seconds of this process, and wall seconds, since a start.
pub(super) struct Stopwatch {
    cpu_s: f64,
    wall: Instant,
}

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "the duration of a pass is what is measured")]
    pub(super) fn start() -> Self {
        Self { cpu_s: cpu_s(), wall: Instant::now() }
    }

    pub(super) fn cpu_and_wall_s(&self) -> (f64, f64) {
        (cpu_s() - self.cpu_s, self.wall.elapsed().as_secs_f64())
    }
}

fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

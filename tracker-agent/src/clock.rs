//! The only place of this program that reads the time.

use domain::Timestamp;

/// The agent's clock. It may be wrong: a truck's computer often wakes without the date.
#[expect(clippy::disallowed_methods, reason = "the program's one reading of the clock")]
pub fn now() -> Timestamp {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

/// The agent's clock as it stood when this was made, carried on without the steps of a clock that is set meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct SteadyClock {
    at_start: Timestamp,
    started: tokio::time::Instant,
}

impl SteadyClock {
    /// Begins at the agent's clock.
    pub fn start() -> Self {
        Self { at_start: now(), started: tokio::time::Instant::now() }
    }

    /// Time since then added to what the clock said then.
    pub fn now(&self) -> Timestamp {
        self.at_start.plus_millis(i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    /// How long ago it was made.
    pub fn running(&self) -> std::time::Duration {
        self.started.elapsed()
    }

    /// How long from now until `due` by this clock; nothing when it is over.
    pub fn until(&self, due: Timestamp) -> std::time::Duration {
        let millis = due.millis_since(self.now());
        std::time::Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

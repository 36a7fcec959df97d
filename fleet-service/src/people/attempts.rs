//! How often someone may try to sign in: by address a bucket that refills, by name a lock that doubles. Pure: `now` is
//! given. Every name counts, known or not, so that a lock tells nothing of who has an account.

use std::collections::HashMap;

use domain::Timestamp;

/// Attempts a minute from one address. An office behind one address shares it.
pub const ATTEMPTS_PER_MINUTE: u32 = 30;
/// Failures in a row that are free.
const FREE_FAILURES: u32 = 5;
/// First lock, seconds; each further failure doubles it.
const LOCK_FIRST_S: i64 = 60;
/// Longest lock, seconds.
const LOCK_LONGEST_S: i64 = 30 * 60;
/// Failures are forgotten after this long without one, seconds.
const FORGOTTEN_AFTER_S: i64 = 24 * 3600;
/// Names and addresses remembered, each; beyond it the one that matters least is forgotten, and counted.
const REMEMBERED_MAX: usize = 8_192;

const MINUTE_MS: i64 = 60_000;
const COST_MS: i64 = MINUTE_MS / ATTEMPTS_PER_MINUTE as i64;

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
    locked_until: Timestamp,
}

/// Who tried how often.
#[derive(Debug, Default)]
pub struct Attempts {
    by_name: HashMap<String, Failures>,
    /// When each address's bucket is full again.
    by_address: HashMap<String, Timestamp>,
    forgotten: u64,
    /// The minute refusals were last written in, and how many.
    written: (i64, u64),
}

impl Attempts {
    /// Notes an attempt from an address.
    ///
    /// # Errors
    /// The seconds to wait, at least 1, when a minute's attempts are used up; the attempt then costs nothing.
    pub fn from_address(&mut self, address: &str, now: Timestamp) -> Result<(), u32> {
        // A clock that was set back must not lock anyone out for as long.
        let full_at =
            self.by_address.get(address).copied().unwrap_or(now).clamp(now, now.plus_millis(MINUTE_MS));
        let after = full_at.plus_millis(COST_MS);
        let over_ms = after.millis_since(now) - MINUTE_MS;
        if over_ms > 0 {
            return Err(seconds(over_ms));
        }
        if self.by_address.len() >= REMEMBERED_MAX && !self.by_address.contains_key(address) {
            self.by_address.retain(|_, full_at| *full_at > now);
            if self.by_address.len() >= REMEMBERED_MAX {
                let least = self.by_address.iter().min_by_key(|(_, full_at)| **full_at);
                if let Some(least) = least.map(|(address, _)| address.clone()) {
                    self.by_address.remove(&least);
                    self.forgotten += 1;
                }
            }
        }
        self.by_address.insert(address.to_owned(), after);
        Ok(())
    }

    /// The attempt succeeded: it costs its address nothing, so that a whole office may come in at eight.
    pub fn address_passed(&mut self, address: &str) {
        if let Some(full_at) = self.by_address.get_mut(address) {
            *full_at = full_at.plus_millis(-COST_MS);
        }
    }

    /// Begins an attempt under a name. It counts as failed until [`Attempts::passed`]: many at once gain nothing.
    ///
    /// # Errors
    /// The seconds to wait while the name is locked, the right password or not.
    pub fn begin(&mut self, name: &str, now: Timestamp) -> Result<(), u32> {
        let known = self.by_name.get(name).copied().filter(|known| {
            // As above: a lock longer than the longest is a clock's mistake.
            now.millis_since(known.last) < FORGOTTEN_AFTER_S * 1000
                && known.locked_until <= now.plus_seconds(LOCK_LONGEST_S)
        });
        if let Some(known) = known.filter(|known| known.locked_until > now) {
            return Err(seconds(known.locked_until.millis_since(now)));
        }
        let count = known.map_or(0, |known| known.count) + 1;
        let lock_s = lock_s(count);
        self.make_room(name, now);
        let locked_until = if lock_s == 0 { now } else { now.plus_seconds(lock_s) };
        self.by_name.insert(name.to_owned(), Failures { count, last: now, locked_until });
        Ok(())
    }

    /// The seconds a name is locked from now on; 0 when it is not.
    pub fn locked_s(&self, name: &str, now: Timestamp) -> u32 {
        let locked_until = self.by_name.get(name).map(|known| known.locked_until);
        locked_until.filter(|until| *until > now).map_or(0, |until| seconds(until.millis_since(now)))
    }

    /// The attempt under a name succeeded: its failures are forgotten.
    pub fn passed(&mut self, name: &str) {
        self.by_name.remove(name);
    }

    /// The attempt was neither right nor wrong: the password held and a code is still to come.
    pub fn took_back(&mut self, name: &str, now: Timestamp) {
        if let Some(known) = self.by_name.get_mut(name) {
            known.count = known.count.saturating_sub(1);
            known.locked_until = now;
        }
    }

    /// Whether one more refusal may be written in this minute.
    pub fn may_write(&mut self, per_minute: u64, now: Timestamp) -> bool {
        let minute = now.millis().div_euclid(MINUTE_MS);
        if self.written.0 != minute {
            self.written = (minute, 0);
        }
        self.written.1 += 1;
        self.written.1 <= per_minute
    }

    /// Names that are locked now.
    pub fn locked(&self, now: Timestamp) -> usize {
        self.by_name.values().filter(|known| known.locked_until > now).count()
    }

    /// How often one was forgotten for want of room.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    fn make_room(&mut self, name: &str, now: Timestamp) {
        if self.by_name.len() < REMEMBERED_MAX || self.by_name.contains_key(name) {
            return;
        }
        self.by_name.retain(|_, known| now.millis_since(known.last) < FORGOTTEN_AFTER_S * 1000);
        if self.by_name.len() >= REMEMBERED_MAX {
            // Fewest failures first: a flood of new names does not lift a lock.
            let least = self.by_name.iter().min_by_key(|(_, known)| (known.count, known.last));
            if let Some(least) = least.map(|(name, _)| name.clone()) {
                self.by_name.remove(&least);
                self.forgotten += 1;
            }
        }
    }
}

/// How long a name is locked after its so-manieth failure in a row.
fn lock_s(failures: u32) -> i64 {
    let Some(over) = failures.checked_sub(FREE_FAILURES) else { return 0 };
    // Doubled ten times it is past the longest anyway.
    (LOCK_FIRST_S << over.min(10)).min(LOCK_LONGEST_S)
}

fn seconds(millis: i64) -> u32 {
    u32::try_from((millis + 999) / 1000).unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn five_failures_lock_a_name_for_a_minute_and_each_further_one_twice_as_long() {
        let mut attempts = Attempts::default();
        let mut now = 0;
        for second in 0..5 {
            assert_eq!(attempts.begin("张三", at(second)), Ok(()));
            now = second;
        }
        for expected_s in [60, 120, 240, 480, 960, 1800, 1800] {
            assert_eq!(attempts.locked_s("张三", at(now)), expected_s);
            assert_eq!(attempts.begin("张三", at(now)), Err(expected_s));
            assert_eq!(attempts.begin("李四", at(now)), Ok(()), "others are not locked");
            attempts.passed("李四");
            now += i64::from(expected_s);
            assert_eq!(attempts.begin("张三", at(now)), Ok(()));
        }
    }

    #[test]
    fn fewer_than_a_hundred_guesses_an_hour_are_possible() {
        let mut attempts = Attempts::default();
        let guesses = (0..3600).filter(|second| attempts.begin("张三", at(*second)).is_ok()).count();
        assert!(guesses < 100, "{guesses}");
    }

    #[test]
    fn success_forgets_failures_and_so_does_a_day_and_a_code_still_to_come_costs_nothing() {
        let mut attempts = Attempts::default();
        for _ in 0..4 {
            attempts.begin("张三", at(0)).unwrap();
        }
        attempts.passed("张三");
        for _ in 0..4 {
            attempts.begin("张三", at(1)).unwrap();
        }
        assert_eq!(attempts.locked_s("张三", at(1)), 0);
        attempts.begin("张三", at(1 + FORGOTTEN_AFTER_S)).unwrap();
        assert_eq!(attempts.locked_s("张三", at(1 + FORGOTTEN_AFTER_S)), 0);
        for _ in 0..50 {
            attempts.begin("李四", at(2)).unwrap();
            attempts.took_back("李四", at(2));
        }
    }

    #[test]
    fn an_address_has_its_attempts_a_minute_and_then_one_every_two_seconds() {
        let mut attempts = Attempts::default();
        for _ in 0..ATTEMPTS_PER_MINUTE {
            assert_eq!(attempts.from_address("10.0.0.1", at(0)), Ok(()));
        }
        assert_eq!(attempts.from_address("10.0.0.1", at(0)), Err(2));
        assert_eq!(attempts.from_address("10.0.0.2", at(0)), Ok(()));
        assert_eq!(attempts.from_address("10.0.0.1", at(2)), Ok(()));
        assert_eq!(attempts.from_address("10.0.0.1", at(2)), Err(2));
        for _ in 0..10 * ATTEMPTS_PER_MINUTE {
            assert_eq!(attempts.from_address("10.0.0.3", at(0)), Ok(()));
            attempts.address_passed("10.0.0.3");
        }
    }

    #[test]
    fn memory_is_bounded_and_a_flood_of_names_does_not_lift_a_lock() {
        let mut attempts = Attempts::default();
        for _ in 0..5 {
            attempts.begin("张三", at(0)).unwrap();
        }
        for number in 0..REMEMBERED_MAX * 2 {
            attempts.begin(&number.to_string(), at(1)).unwrap();
            attempts.from_address(&number.to_string(), at(1)).unwrap();
        }
        assert!(attempts.by_name.len() <= REMEMBERED_MAX && attempts.by_address.len() <= REMEMBERED_MAX);
        assert!(attempts.forgotten() > REMEMBERED_MAX as u64);
        assert!(attempts.locked_s("张三", at(1)) > 0);
        assert_eq!(attempts.locked(at(1)), 1);
    }
}

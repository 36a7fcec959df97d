//! When what is on disk is sent: what is urgent at once, with all that waits; the rest when enough has come together or the
//! oldest has waited long enough. Several reports in one message share its headers, its answer and the answer's headers.

use domain::Timestamp;

/// How far the spool and the session are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Number of the last record handed to the session.
    pub offered: u64,
    /// Number of the last record on disk.
    pub committed: u64,
    /// Number of the last urgent record.
    pub last_urgent: u64,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing waits.
    Nothing,
    /// Look again at this moment, or when more is on disk.
    Wait(Timestamp),
    /// Send all of it.
    Send,
}

/// Decides for one uplink.
#[derive(Debug, Clone)]
pub struct Gather {
    /// How long a record may wait for others, s.
    wait_s: u32,
    /// So many are sent without waiting longer.
    enough: u32,
    waiting_since: Option<Timestamp>,
}

impl Gather {
    /// Nothing waits yet.
    pub fn new(wait_s: u32, enough: u32) -> Self {
        Self { wait_s, enough, waiting_since: None }
    }

    /// What to do now. `at_once`: nothing is to wait just now.
    pub fn decide(&mut self, progress: Progress, at_once: bool, now: Timestamp) -> Decision {
        let Progress { offered, committed, last_urgent } = progress;
        if committed <= offered {
            self.waiting_since = None;
            return Decision::Nothing;
        }
        let due = self.waiting_since.get_or_insert(now).plus_seconds(i64::from(self.wait_s));
        let enough = committed - offered >= u64::from(self.enough);
        let urgent = (offered + 1..=committed).contains(&last_urgent);
        if at_once || urgent || enough || now >= due {
            self.waiting_since = None;
            return Decision::Send;
        }
        Decision::Wait(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (second, committed, last urgent, expected); what is sent is offered.
    #[track_caller]
    fn check(rows: &[(i64, u64, u64, Decision)]) {
        let mut gather = Gather::new(90, 5);
        let mut offered = 0;
        for (second, committed, last_urgent, expected) in rows {
            let progress = Progress { offered, committed: *committed, last_urgent: *last_urgent };
            let decision = gather.decide(progress, false, Timestamp::from_seconds(*second));
            assert_eq!(decision, *expected, "at {second}");
            if decision == Decision::Send {
                offered = *committed;
            }
        }
    }

    fn wait(until_s: i64) -> Decision {
        Decision::Wait(Timestamp::from_seconds(until_s))
    }

    #[test]
    fn reports_wait_for_others_until_the_oldest_has_waited_long_enough() {
        check(&[
            (0, 0, 0, Decision::Nothing),
            (10, 1, 0, wait(100)),
            (40, 2, 0, wait(100)),
            (99, 3, 0, wait(100)),
            (100, 3, 0, Decision::Send),
            (130, 3, 0, Decision::Nothing),
            (140, 4, 0, wait(230)),
        ]);
    }

    #[test]
    fn enough_of_them_wait_no_longer() {
        check(&[
            (10, 1, 0, wait(100)),
            (20, 4, 0, wait(100)),
            (21, 5, 0, Decision::Send),
            (22, 6, 0, wait(112)),
        ]);
    }

    #[test]
    fn an_urgent_one_takes_along_what_waits_and_one_not_on_disk_yet_does_not() {
        check(&[
            (10, 1, 0, wait(100)),
            (20, 1, 2, wait(100)),
            (21, 2, 2, Decision::Send),
            (22, 3, 2, wait(112)),
        ]);
    }
}

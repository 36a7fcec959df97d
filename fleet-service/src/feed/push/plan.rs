//! What follows from a platform's answer: what is settled, what becomes a dead letter, when and how much is tried next.
//! Pure.
//!
//! Three kinds of trouble are told apart. A **row rejected** inside a request that was taken is a dead letter at once: the
//! platform has read it and says why. A **request refused** for what it holds (400, 409, 413, 415, 422) is halved until the
//! one event is found that the platform does not want; after [`REFUSALS_MAX`] refusals that event is a dead letter. Anything
//! else (no connection, no answer in time, 5xx, 401, 404, 429) is the platform's **failure**: everything waits and is tried
//! again, ever later. Only an event that a platform answers [`FAILURES_ALONE_MAX`] times running with a failure, sent alone,
//! becomes a dead letter too, so that one event that makes a platform stumble does not hold back the rest for good. A
//! platform that does not answer at all loses nothing however long it is away.

/// Refusals of a single event until it is a dead letter.
pub const REFUSALS_MAX: u32 = 3;
/// Answered failures of a single event until it is a dead letter: over an hour of pauses.
pub const FAILURES_ALONE_MAX: u32 = 20;
/// Failures running after which events are sent alone, to find one that makes the platform stumble.
pub const FAILURES_TOGETHER_MAX: u32 = 6;
/// Shortest pause after a failure, ms; doubled with each further one.
pub const PAUSE_MIN_MS: i64 = 100;
/// Longest pause, ms.
pub const PAUSE_MAX_MS: i64 = 300_000;
/// Longest text of a rejection kept, characters.
pub const REASON_CHARS_MAX: usize = 500;

/// One row a platform took the request of but not the row itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Rejection {
    /// The event's number.
    pub seq: u64,
    /// The platform's words.
    #[serde(default)]
    pub reason: String,
}

/// What came of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Taken, but for these rows.
    Taken(Vec<Rejection>),
    /// Refused for what it holds.
    Refused(String),
    /// The platform failed and said so.
    Failed(String),
    /// It was not reached, or did not answer in time.
    Unreached(String),
}

/// What is done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Everything sent is settled; these rows of it are dead letters.
    Settled(Vec<Rejection>),
    /// Send at most so many, at once.
    Fewer(usize),
    /// Nothing is settled; try again after a pause.
    Later {
        /// The pause, ms.
        pause_ms: i64,
        /// Why.
        error: String,
    },
}

/// The pause after so many failures, `jitter` in 0 to 1: between half the doubled pause and the whole, so that platforms
/// that failed together are not asked together again.
pub fn pause_ms(failures: u32, jitter: f64) -> i64 {
    let doubled = PAUSE_MIN_MS << failures.min(12);
    let whole = doubled.min(PAUSE_MAX_MS);
    whole / 2 + (whole as f64 / 2.0 * jitter.clamp(0.0, 1.0)) as i64
}

/// How many events to send at most: fewer than the target's batch while it fails again and again.
pub fn size(batch: usize, failures: u32) -> usize {
    if failures >= FAILURES_TOGETHER_MAX { 1 } else { batch }
}

/// Decides. `sent` are the numbers sent, `failures` the attempts that failed since the last success, this one not counted.
pub fn next(answer: Answer, sent: &[u64], failures: u32, jitter: f64) -> Next {
    let dead = |text: String| {
        Next::Settled(sent.iter().map(|seq| Rejection { seq: *seq, reason: cut(&text) }).collect())
    };
    let later = |error: String| Next::Later { pause_ms: pause_ms(failures, jitter), error: cut(&error) };
    match answer {
        Answer::Taken(rejected) => Next::Settled(
            rejected
                .into_iter()
                .filter(|row| sent.contains(&row.seq))
                .map(|row| Rejection { reason: cut(&row.reason), ..row })
                .collect(),
        ),
        Answer::Refused(_) if sent.len() > 1 => Next::Fewer(sent.len() / 2),
        Answer::Refused(text) if failures + 1 >= REFUSALS_MAX => dead(text),
        Answer::Failed(text) if sent.len() == 1 && failures + 1 >= FAILURES_ALONE_MAX => dead(text),
        Answer::Refused(text) | Answer::Failed(text) | Answer::Unreached(text) => later(text),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(REASON_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: u64, reason: &str) -> Rejection {
        Rejection { seq, reason: reason.into() }
    }

    #[track_caller]
    fn check(answer: Answer, sent: &[u64], failures: u32, expected: &Next) {
        assert_eq!(&next(answer, sent, failures, 1.0), expected);
    }

    #[test]
    fn each_answer_has_its_consequence() {
        let later = |pause_ms, error: &str| Next::Later { pause_ms, error: error.into() };
        let refused = || Answer::Refused("422".into());
        let failed = || Answer::Failed("503".into());
        let unreached = || Answer::Unreached("refused".into());
        check(Answer::Taken(vec![]), &[1, 2], 5, &Next::Settled(vec![]));
        check(Answer::Taken(vec![row(2, "x"), row(9, "y")]), &[1, 2], 0, &Next::Settled(vec![row(2, "x")]));
        check(refused(), &[1, 2, 3], 0, &Next::Fewer(1));
        check(refused(), &[1], 0, &later(100, "422"));
        check(refused(), &[1], REFUSALS_MAX - 1, &Next::Settled(vec![row(1, "422")]));
        check(failed(), &[1, 2], 40, &later(PAUSE_MAX_MS, "503"));
        check(failed(), &[1], FAILURES_ALONE_MAX - 1, &Next::Settled(vec![row(1, "503")]));
        check(unreached(), &[1], 4_000, &later(PAUSE_MAX_MS, "refused"));
    }

    #[test]
    fn pauses_double_to_five_minutes_and_jitter_only_shortens_them() {
        assert_eq!(
            [0, 1, 2, 11, 12, 4_000].map(|n| pause_ms(n, 1.0)),
            [100, 200, 400, 204_800, 300_000, 300_000]
        );
        assert_eq!([0, 1].map(|n| pause_ms(n, 0.0)), [50, 100]);
        assert_eq!(pause_ms(3, f64::NAN), 400);
    }

    #[test]
    fn a_target_that_keeps_failing_is_sent_events_alone() {
        assert_eq!(
            [0, FAILURES_TOGETHER_MAX - 1, FAILURES_TOGETHER_MAX].map(|n| size(500, n)),
            [500, 500, 1]
        );
    }
}

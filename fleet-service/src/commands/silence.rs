//! How often a terminal that does not answer is asked again. Pure: `now` is given.

use domain::Timestamp;

/// Rounds of the gateway's repetitions a command may stay unanswered in before it counts as failed.
pub const UNANSWERED_ROUNDS_MAX: u8 = 3;
/// Pause before a terminal that did not answer is asked again, s; a new session ends it.
pub const UNANSWERED_PAUSE_S: i64 = 300;

/// A terminal that did not answer a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// The command.
    command: u64,
    /// Rounds it stayed unanswered in.
    rounds: u8,
    /// Not asked again before.
    until: Timestamp,
}

impl Silence {
    /// A round passed without an answer to a command. `None` when it was the last: the command failed.
    pub fn after_a_round(before: Option<&Self>, command: u64, now: Timestamp) -> Option<Self> {
        let rounds = before.filter(|before| before.command == command).map_or(0, |before| before.rounds) + 1;
        let until = now.plus_seconds(UNANSWERED_PAUSE_S);
        (rounds < UNANSWERED_ROUNDS_MAX).then_some(Self { command, rounds, until })
    }

    /// Whether the terminal is left alone at a moment.
    pub fn lasts(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_fails_after_its_last_round_and_another_begins_anew() {
        let at = Timestamp::from_seconds;
        let first = Silence::after_a_round(None, 7, at(0)).unwrap();
        assert!(first.lasts(at(UNANSWERED_PAUSE_S - 1)) && !first.lasts(at(UNANSWERED_PAUSE_S)));
        let second = Silence::after_a_round(Some(&first), 7, at(400)).unwrap();
        assert_eq!(Silence::after_a_round(Some(&second), 7, at(800)), None);
        assert_eq!(
            Silence::after_a_round(Some(&second), 8, at(800)),
            Silence::after_a_round(None, 8, at(800))
        );
    }
}

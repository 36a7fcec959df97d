//! What sessions tell the rest of the service: who came and went, and what became of a command.
//!
//! The channel is bounded and no session waits for it: what does not fit is dropped and counted, so whoever listens looks
//! for itself from time to time.

use domain::TerminalId;
use tokio::sync::mpsc;
use wire::parameter::Parameter;
use wire::{AnswerResult, Location, SendError};

/// Most news that wait to be heard.
pub const NEWS_WAITING_MAX: usize = 16_384;

/// Something that happened in a terminal's session.
#[derive(Debug)]
pub enum News {
    /// It authenticated.
    Online(TerminalId),
    /// Its session ended; it may have another by now.
    Offline(TerminalId),
    /// A command was handed to its session.
    Sent {
        /// Whose.
        terminal: TerminalId,
        /// The command's number.
        command: u64,
        /// The serial it went out under, or why it did not.
        outcome: Result<u16, SendError>,
    },
    /// It answered a command.
    Answer {
        /// Whose.
        terminal: TerminalId,
        /// Serial of the command.
        serial: u16,
        /// What it said.
        answer: CommandAnswer,
    },
}

/// What a terminal said to a command.
#[derive(Debug)]
pub enum CommandAnswer {
    /// A general answer.
    General(AnswerResult),
    /// Its parameters.
    Parameters(Vec<Parameter>),
    /// Where it is.
    Location(Box<Location>),
    /// Nothing, however often it was sent.
    Missing,
}

/// Where sessions bring news. Cheap to clone; the default one is heard by nobody.
#[derive(Debug, Clone, Default)]
pub struct NewsDesk {
    sender: Option<mpsc::Sender<News>>,
}

impl NewsDesk {
    /// A desk and whoever listens to it.
    pub fn open() -> (Self, mpsc::Receiver<News>) {
        let (sender, heard) = mpsc::channel(NEWS_WAITING_MAX);
        (Self { sender: Some(sender) }, heard)
    }

    /// Tells; whether there was room.
    pub fn tell(&self, news: News) -> bool {
        match &self.sender {
            Some(sender) => !matches!(sender.try_send(news), Err(mpsc::error::TrySendError::Full(_))),
            None => true,
        }
    }
}

//! The result of a general answer.

/// Result of a general answer (0x0001, 0x8001).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerResult {
    /// 0: done. From this platform for locations: stored durably.
    Ok,
    /// 1: not done; may be sent again.
    Fail,
    /// 2: the message is malformed.
    Bad,
    /// 3: the message is not supported.
    Unsupported,
    /// 4: alarm confirmed; done as well.
    AlarmConfirmed,
    /// A code outside the standard.
    Other(u8),
}

impl AnswerResult {
    /// From the result byte.
    pub fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Ok,
            1 => Self::Fail,
            2 => Self::Bad,
            3 => Self::Unsupported,
            4 => Self::AlarmConfirmed,
            other => Self::Other(other),
        }
    }

    /// The result byte.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Fail => 1,
            Self::Bad => 2,
            Self::Unsupported => 3,
            Self::AlarmConfirmed => 4,
            Self::Other(code) => code,
        }
    }

    /// Whether the message was taken.
    pub fn is_ok(self) -> bool {
        matches!(self, Self::Ok | Self::AlarmConfirmed)
    }
}

//! ReaderEventNotificationData (parameter 246): what a reader says unasked (LLRP 1.1 §14.2.6).

use domain::Timestamp;

use super::param::{Params, counted_text, kind, micros, read_counted_text, tlv, to_micros};

/// How a connection was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionAttempt {
    /// It is ours.
    Success,
    /// The reader has called someone itself.
    ReaderInitiated,
    /// Another client has the reader; it serves one at a time.
    OtherClient,
    /// Another reason.
    Failed,
    /// While ours stands, someone else tried.
    AnotherAttempted,
    /// A code without a meaning here.
    Unknown(u16),
}

impl ConnectionAttempt {
    const TABLE: [(Self, u16); 5] = [
        (Self::Success, 0),
        (Self::ReaderInitiated, 1),
        (Self::OtherClient, 2),
        (Self::Failed, 3),
        (Self::AnotherAttempted, 4),
    ];

    fn from_code(code: u16) -> Self {
        Self::TABLE.iter().find(|row| row.1 == code).map_or(Self::Unknown(code), |row| row.0)
    }

    /// The code on the wire.
    pub fn code(self) -> u16 {
        match self {
            Self::Unknown(code) => code,
            known => Self::TABLE.iter().find(|row| row.0 == known).map_or(3, |row| row.1),
        }
    }
}

/// One notification: a moment and what happened, each only if told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReaderEvent {
    /// By the reader's clock; absent when it has none (it then counts its uptime).
    pub time: Option<Timestamp>,
    /// How a connection was met.
    pub attempt: Option<ConnectionAttempt>,
    /// Antenna port and whether it is connected now.
    pub antenna: Option<(u16, bool)>,
    /// A fault in the reader's own words.
    pub exception: Option<String>,
    /// The reader is closing the connection.
    pub closing: bool,
}

impl ReaderEvent {
    /// Reads the event among the parameters of a READER_EVENT_NOTIFICATION; what is not known stays absent.
    pub(super) fn find(params: &[u8]) -> Self {
        let mut event = Self::default();
        let data = Params::new(params).find(kind::EVENT_DATA).unwrap_or_default();
        for param in Params::new(data).map_while(Result::ok) {
            match (param.kind, param.value) {
                (kind::UTC_TIMESTAMP, value) => event.time = micros(value),
                (kind::CONNECTION_ATTEMPT, [high, low]) => {
                    event.attempt = Some(ConnectionAttempt::from_code(u16::from_be_bytes([*high, *low])));
                }
                (kind::ANTENNA_EVENT, [state, high, low]) => {
                    event.antenna = Some((u16::from_be_bytes([*high, *low]), *state == 1));
                }
                (kind::READER_EXCEPTION, value) => event.exception = Some(read_counted_text(value)),
                (kind::CONNECTION_CLOSE, _) => event.closing = true,
                _ => {}
            }
        }
        event
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        tlv(out, kind::EVENT_DATA, |out| {
            if let Some(time) = self.time {
                tlv(out, kind::UTC_TIMESTAMP, |out| out.extend_from_slice(&to_micros(time)));
            }
            if let Some(words) = &self.exception {
                tlv(out, kind::READER_EXCEPTION, |out| counted_text(out, words));
            }
            if let Some((antenna, connected)) = self.antenna {
                tlv(out, kind::ANTENNA_EVENT, |out| {
                    out.push(u8::from(connected));
                    out.extend_from_slice(&antenna.to_be_bytes());
                });
            }
            if let Some(attempt) = self.attempt {
                tlv(out, kind::CONNECTION_ATTEMPT, |out| {
                    out.extend_from_slice(&attempt.code().to_be_bytes())
                });
            }
            if self.closing {
                tlv(out, kind::CONNECTION_CLOSE, |_| {});
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_event_reads_back() {
        let event = ReaderEvent {
            time: Some(Timestamp::from_millis(1_795_413_600_123)),
            attempt: Some(ConnectionAttempt::OtherClient),
            antenna: Some((3, false)),
            exception: Some("温度过高".to_owned()),
            closing: true,
        };
        for event in [event, ReaderEvent::default()] {
            let mut bytes = Vec::new();
            event.encode(&mut bytes);
            assert_eq!(ReaderEvent::find(&bytes), event);
        }
        for code in 0..8 {
            assert_eq!(ConnectionAttempt::from_code(code).code(), code);
        }
    }
}

//! The reader's end of a session, for those who play one: answers a listener as a fixed reader does and reports the tags
//! it is told to see. Its calling order is that of [`super::client`].

use std::collections::{BTreeMap, VecDeque};

use domain::{Epc, Timestamp};

use super::client::SILENT_KEEPALIVES;
use super::frame::{FrameError, Framer};
use super::message::{Capabilities, Message, Request};
use super::reader_event::{ConnectionAttempt, ReaderEvent};
use super::rospec::RoSpec;
use super::status::Status;
use super::tag_report::TagReport;

/// Most specifications held.
pub const ROSPECS_MAX: usize = 16;
/// Status of a command that names a specification the reader does not have.
const NO_SUCH_ROSPEC: u16 = 300;

/// Which reader is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderConfig {
    /// Antenna ports.
    pub antennas: u16,
    /// How the connection is met; anything but success ends the session.
    pub greeting: ConnectionAttempt,
    /// A command that is refused, and the words of the refusal.
    pub refuses: Option<(Request, Status)>,
}

impl Default for ReaderConfig {
    /// Four antennas, well behaved.
    fn default() -> Self {
        Self { antennas: 4, greeting: ConnectionAttempt::Success, refuses: None }
    }
}

/// Why the reader ended the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReaderEnd {
    /// It refused the connection.
    Refused,
    /// The client said goodbye.
    Closed,
    /// The client did not answer keepalives.
    Silent,
    /// The client's bytes are no LLRP.
    Stream(FrameError),
}

/// The reader's end of one connection.
#[derive(Debug)]
pub struct Reader {
    config: ReaderConfig,
    framer: Framer,
    /// Specifications by id, with how far each is: added, enabled, started.
    rospecs: BTreeMap<u32, (RoSpec, Progress)>,
    keepalive_ms: u32,
    next_keepalive: Option<Timestamp>,
    unanswered: u32,
    next_id: u32,
    transmit: VecDeque<Vec<u8>>,
    end: Option<ReaderEnd>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Added,
    Enabled,
    Started,
}

impl Reader {
    /// A client connected at `now`; the greeting is on its way.
    pub fn new(config: ReaderConfig, now: Timestamp) -> Self {
        let mut reader = Self {
            end: (config.greeting != ConnectionAttempt::Success).then_some(ReaderEnd::Refused),
            framer: Framer::new(),
            rospecs: BTreeMap::new(),
            keepalive_ms: 0,
            next_keepalive: None,
            unanswered: 0,
            next_id: 1,
            transmit: VecDeque::new(),
            config,
        };
        let attempt = Some(reader.config.greeting);
        reader.notify(ReaderEvent { time: Some(now), attempt, ..ReaderEvent::default() });
        reader
    }

    /// Why it ended the session, if it did: send what is left, then close the connection.
    pub fn end(&self) -> Option<ReaderEnd> {
        self.end
    }

    /// Whether a specification is started: tags are reported.
    pub fn is_reading(&self) -> bool {
        self.end.is_none() && self.rospecs.values().any(|(_, progress)| *progress == Progress::Started)
    }

    /// A tag is in the field of an antenna. Reports it and says so, when a started specification reads there.
    pub fn play(&mut self, epc: &Epc, antenna: u16, rssi_dbm: i8, now: Timestamp) -> bool {
        let reads_there = self.end.is_none()
            && (1..=self.config.antennas).contains(&antenna)
            && self.rospecs.values().any(|(spec, progress)| {
                *progress == Progress::Started
                    && (spec.antennas.is_empty() || spec.antennas.contains(&antenna))
            });
        if reads_there {
            let report = TagReport {
                peak_rssi_dbm: Some(rssi_dbm),
                first_seen: Some(now),
                last_seen: Some(now),
                seen_count: Some(1),
                ..TagReport::bare(epc.clone(), antenna)
            };
            self.send(&Message::Tags { reports: vec![report], malformed: 0 });
        }
        reads_there
    }

    /// Tells the client something unasked.
    pub fn notify(&mut self, event: ReaderEvent) {
        self.send(&Message::Event(event));
    }

    /// Bytes came from the client.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Timestamp) {
        self.framer.push(bytes);
        while self.end.is_none() {
            match self.framer.next() {
                None => return,
                Some(Err(error)) => self.end = Some(ReaderEnd::Stream(error)),
                Some(Ok(raw)) => match Message::decode(&raw) {
                    Ok(message) => self.handle_message(message, raw.id, now),
                    Err(error) => {
                        let status = Status::refusal(100, &error.to_string());
                        self.transmit.push_back(Message::Error(status).encode(raw.id));
                    }
                },
            }
        }
    }

    /// A moment came: sends a keepalive when one is due; ends the session when too many went unanswered.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return;
        }
        if self.unanswered >= SILENT_KEEPALIVES {
            self.end = Some(ReaderEnd::Silent);
            return;
        }
        self.unanswered += 1;
        self.next_keepalive = Some(now.plus_millis(i64::from(self.keepalive_ms)));
        self.send(&Message::Keepalive);
    }

    /// When [`Reader::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.next_keepalive.filter(|_| self.end.is_none())
    }

    /// The next bytes for the client.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmit.pop_front()
    }

    fn send(&mut self, message: &Message) {
        self.transmit.push_back(message.encode(self.next_id));
        self.next_id = self.next_id.wrapping_add(1);
    }

    fn handle_message(&mut self, message: Message, id: u32, now: Timestamp) {
        let (request, outcome) = match message {
            Message::KeepaliveAck => {
                self.unanswered = 0;
                return;
            }
            Message::GetCapabilities => {
                let answer = Message::Capabilities {
                    status: Status::success(),
                    capabilities: Some(Capabilities {
                        antennas_max: self.config.antennas,
                        has_clock: true,
                        maker: 0,
                        model: 1,
                        firmware: "played".to_owned(),
                    }),
                };
                return self.transmit.push_back(answer.encode(id));
            }
            Message::SetConfig { keepalive_ms } => {
                (Request::SetConfig, self.set_keepalive(keepalive_ms, now))
            }
            Message::AddRoSpec(spec) => (Request::AddRoSpec, self.add(spec)),
            Message::RoSpec { request, id } => (request, self.change(request, id)),
            Message::Close => (Request::Close, Status::success()),
            _ => return,
        };
        let refusal = self.config.refuses.clone().filter(|(refused, _)| *refused == request);
        let status = refusal.map_or(outcome, |(_, status)| status);
        self.transmit.push_back(Message::Answer { request, status }.encode(id));
        if request == Request::Close {
            self.end = Some(ReaderEnd::Closed);
        }
    }

    fn set_keepalive(&mut self, keepalive_ms: Option<u32>, now: Timestamp) -> Status {
        if let Some(millis) = keepalive_ms {
            self.keepalive_ms = millis;
            self.unanswered = 0;
            self.next_keepalive = (millis > 0).then(|| now.plus_millis(i64::from(millis)));
        }
        Status::success()
    }

    fn add(&mut self, spec: RoSpec) -> Status {
        if spec.antennas.iter().any(|antenna| *antenna > self.config.antennas) {
            return Status::refusal(301, &format!("there are {} antennas", self.config.antennas));
        }
        if self.rospecs.len() >= ROSPECS_MAX || self.rospecs.contains_key(&spec.id) {
            return Status::refusal(NO_SUCH_ROSPEC, "no room, or there is one of that id");
        }
        self.rospecs.insert(spec.id, (spec, Progress::Added));
        Status::success()
    }

    fn change(&mut self, request: Request, id: u32) -> Status {
        if request == Request::DeleteRoSpec && id == 0 {
            self.rospecs.clear();
            return Status::success();
        }
        let Some((_, progress)) = self.rospecs.get_mut(&id) else {
            return Status::refusal(NO_SUCH_ROSPEC, "there is no such specification");
        };
        let fits = match request {
            Request::StartRoSpec => *progress == Progress::Enabled,
            Request::StopRoSpec => *progress == Progress::Started,
            _ => true,
        };
        if !fits {
            return Status::refusal(NO_SUCH_ROSPEC, "the specification is in another state");
        }
        match request {
            Request::StartRoSpec => *progress = Progress::Started,
            Request::StopRoSpec | Request::EnableRoSpec => *progress = Progress::Enabled,
            Request::DisableRoSpec => *progress = Progress::Added,
            _ => {
                self.rospecs.remove(&id);
            }
        }
        Status::success()
    }
}

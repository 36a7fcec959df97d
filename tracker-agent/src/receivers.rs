//! The truck's receivers to one stream of epochs. Pure. Each receiver has its own framer and assembler, so that two on one
//! truck never share an epoch; the chooser follows one of them.

use std::collections::VecDeque;

use domain::{Antenna, Timestamp};

use crate::chooser::{Chooser, ChooserCounters, RECEIVERS_MAX};
use crate::date::DatePolicy;
use crate::epoch::{Assembler, Epoch, EpochCounters};
use crate::fields::{Fields, Malformed};
use crate::frame::{FrameCounters, Framer};
use crate::gpsd::{GpsdCounters, GpsdReader};
use crate::sentence::{self, Content};
use crate::signals::{BODY_ADDRESS, BodyState};

/// What a receiver speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiverKind {
    /// NMEA 0183, and between it the body unit's sentences.
    Nmea,
    /// gpsd's JSON.
    Gpsd,
}

/// What was heard, in its order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Heard {
    /// An epoch of the receiver that is followed.
    Epoch(Epoch),
    /// An epoch of another receiver: a sign of life.
    OtherEpoch,
    /// The body unit's word.
    Body(BodyState),
    /// The receiver's word on its antenna.
    Antenna(Antenna),
}

/// What became of what the receivers said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReceiverCounters {
    /// Of the framers.
    pub frames: FrameCounters,
    /// Of the assemblers.
    pub epochs: EpochCounters,
    /// Of gpsd.
    pub gpsd: GpsdCounters,
    /// Of the choice among receivers.
    pub chooser: ChooserCounters,
    /// Sentences with a malformed or impossible field.
    pub malformed_sentences: u64,
    /// Sentences of no use here.
    pub other_sentences: u64,
    /// Bytes of a receiver beyond the most there can be.
    pub strayed: u64,
}

#[derive(Debug, Clone)]
enum Receiver {
    Nmea(Box<(Framer, Assembler)>),
    Gpsd(GpsdReader),
}

/// All receivers of a truck. Calling order: one `handle_*`, then [`Receivers::poll_heard`] until it is empty.
#[derive(Debug, Clone)]
pub struct Receivers {
    receivers: Vec<Receiver>,
    /// Bytes come as they arise; otherwise only the epochs' own times pass.
    live: bool,
    chooser: Chooser,
    heard: VecDeque<Heard>,
    malformed_sentences: u64,
    other_sentences: u64,
    strayed: u64,
}

impl Receivers {
    /// Receivers that have said nothing; of more than [`RECEIVERS_MAX`] the first.
    pub fn new(kinds: &[ReceiverKind], dates: DatePolicy, live: bool) -> Self {
        let receiver = |kind: &ReceiverKind| match kind {
            ReceiverKind::Nmea => Receiver::Nmea(Box::new((Framer::new(), Assembler::new(dates)))),
            ReceiverKind::Gpsd => Receiver::Gpsd(GpsdReader::new(dates)),
        };
        Self {
            receivers: kinds.iter().take(RECEIVERS_MAX).map(receiver).collect(),
            live,
            chooser: Chooser::new(),
            heard: VecDeque::new(),
            malformed_sentences: 0,
            other_sentences: 0,
            strayed: 0,
        }
    }

    /// Bytes of the receiver `index`.
    pub fn handle_bytes(&mut self, index: usize, mut bytes: &[u8], now: Timestamp) {
        let Some(receiver) = self.receivers.get_mut(index) else {
            self.strayed += bytes.len() as u64;
            return;
        };
        match receiver {
            Receiver::Nmea(nmea) => {
                let (framer, assembler) = nmea.as_mut();
                while let Some(text) = framer.next_sentence(&mut bytes) {
                    match read(text) {
                        Ok((sentence, body)) => {
                            take(&sentence, body, assembler, &mut self.heard, &mut self.other_sentences, now);
                        }
                        Err(_malformed) => self.malformed_sentences += 1,
                    }
                    drain(
                        index,
                        || assembler.poll_epoch(),
                        &mut self.chooser,
                        &mut self.heard,
                        self.live,
                        now,
                    );
                }
            }
            Receiver::Gpsd(reader) => {
                reader.handle_bytes(bytes, now);
                drain(index, || reader.poll_epoch(), &mut self.chooser, &mut self.heard, self.live, now);
            }
        }
    }

    /// The stream of the receiver `index` broke off or ended.
    pub fn handle_end(&mut self, index: usize, now: Timestamp) {
        // A sentence that lacks only its line end is whole.
        if let Some(Receiver::Nmea(_)) = self.receivers.get(index) {
            self.handle_bytes(index, b"\n", now);
        }
        match self.receivers.get_mut(index) {
            Some(Receiver::Nmea(nmea)) => {
                let assembler = &mut nmea.1;
                assembler.finish(now);
                drain(index, || assembler.poll_epoch(), &mut self.chooser, &mut self.heard, self.live, now);
            }
            Some(Receiver::Gpsd(reader)) => reader.handle_interruption(),
            None => {}
        }
    }

    /// The time [`Receivers::poll_timeout`] asked for has come.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        for (index, receiver) in self.receivers.iter_mut().enumerate() {
            if let Receiver::Nmea(nmea) = receiver {
                let assembler = &mut nmea.1;
                assembler.handle_timeout(now);
                drain(index, || assembler.poll_epoch(), &mut self.chooser, &mut self.heard, self.live, now);
            }
        }
    }

    /// What was heard next.
    pub fn poll_heard(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }

    /// When [`Receivers::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let due = |receiver: &Receiver| match receiver {
            Receiver::Nmea(nmea) => nmea.1.poll_timeout(),
            Receiver::Gpsd(_) => None,
        };
        self.receivers.iter().filter_map(due).min()
    }

    /// The receiver that is followed, by its place in the configuration.
    pub fn followed(&self) -> Option<usize> {
        self.chooser.followed()
    }

    /// What became of what all of them said.
    pub fn counters(&self) -> ReceiverCounters {
        let mut sum = ReceiverCounters {
            chooser: *self.chooser.counters(),
            malformed_sentences: self.malformed_sentences,
            other_sentences: self.other_sentences,
            strayed: self.strayed,
            ..ReceiverCounters::default()
        };
        for receiver in &self.receivers {
            match receiver {
                Receiver::Nmea(nmea) => {
                    sum.frames += *nmea.0.counters();
                    sum.epochs += *nmea.1.counters();
                }
                Receiver::Gpsd(reader) => sum.gpsd += *reader.counters(),
            }
        }
        sum
    }
}

/// A sentence, and what it says of the body if it is the body unit's.
fn read(text: &str) -> Result<(sentence::Sentence, Option<BodyState>), Malformed> {
    let sentence = sentence::parse(text)?;
    let is_body = sentence.content == Content::Other && Fields::first(text, 1).get(0) == BODY_ADDRESS;
    let body = is_body.then(|| BodyState::parse(&Fields::of(text))).transpose()?;
    Ok((sentence, body))
}

fn take(
    sentence: &sentence::Sentence,
    body: Option<BodyState>,
    assembler: &mut Assembler,
    heard: &mut VecDeque<Heard>,
    other_sentences: &mut u64,
    now: Timestamp,
) {
    match (&sentence.content, body) {
        (_, Some(body)) => heard.push_back(Heard::Body(body)),
        (Content::Antenna(antenna), None) => heard.push_back(Heard::Antenna(*antenna)),
        (Content::Other, None) => *other_sentences += 1,
        _ => {}
    }
    assembler.handle_sentence(sentence, now);
}

fn drain(
    index: usize,
    mut next: impl FnMut() -> Option<Epoch>,
    chooser: &mut Chooser,
    heard: &mut VecDeque<Heard>,
    live: bool,
    now: Timestamp,
) {
    while let Some(epoch) = next() {
        let at = if live { now } else { epoch.time.unwrap_or(now) };
        let chosen = chooser.is_chosen(index, &epoch, at);
        heard.push_back(if chosen { Heard::Epoch(epoch) } else { Heard::OtherEpoch });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::with_checksum;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis("2026-11-23T12:00:00Z".parse::<Timestamp>().unwrap().millis() + ms)
    }

    fn rmc(second: i64, lat: &str) -> String {
        with_checksum(&format!("GNRMC,1200{second:02}.00,A,{lat},N,11324.0000,E,10.0,90.0,231126,,,A"))
            + "\r\n"
    }

    /// Latitudes of the epochs that are reported.
    fn reported(receivers: &mut Receivers) -> Vec<String> {
        let lat = |heard| match heard {
            Heard::Epoch(epoch) => Some(format!("{:.2}", epoch.position?.lat())),
            _ => None,
        };
        std::iter::from_fn(|| receivers.poll_heard()).filter_map(lat).collect()
    }

    #[test]
    fn two_receivers_never_meet_in_one_epoch() {
        let kinds = [ReceiverKind::Nmea; 2];
        let mut receivers = Receivers::new(&kinds, DatePolicy::Live, true);
        // The second one's altitude must not enter the first one's epoch of the same moment.
        let gga = with_checksum("GNGGA,120000.00,3436.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,") + "\r\n";
        receivers.handle_bytes(0, rmc(0, "3430.0000").as_bytes(), at(0));
        receivers.handle_bytes(1, gga.as_bytes(), at(1));
        receivers.handle_timeout(at(1000));
        let epochs: Vec<Heard> = std::iter::from_fn(|| receivers.poll_heard()).collect();
        let [Heard::Epoch(epoch), Heard::OtherEpoch] = epochs.as_slice() else { panic!("{epochs:?}") };
        assert_eq!((epoch.altitude_m, epoch.satellites), (None, None));
    }

    #[test]
    fn a_receiver_cut_in_the_middle_of_a_sentence_costs_the_other_nothing() {
        let mut receivers = Receivers::new(&[ReceiverKind::Nmea; 2], DatePolicy::Live, true);
        for second in 0..3 {
            let (first, second_one) = (rmc(second, "3430.0000"), rmc(second, "3436.0000"));
            let (head, tail) = first.split_at(20);
            receivers.handle_bytes(0, head.as_bytes(), at(second * 1000));
            receivers.handle_bytes(1, second_one.as_bytes(), at(second * 1000));
            receivers.handle_bytes(0, tail.as_bytes(), at(second * 1000 + 10));
            receivers.handle_timeout(at(second * 1000 + 900));
        }
        assert_eq!(reported(&mut receivers), ["34.50"; 3]);
        assert_eq!(receivers.counters().frames.bad_checksum, 0);
    }

    #[test]
    fn gpsd_takes_over_when_the_serial_receiver_falls_silent() {
        let kinds = [ReceiverKind::Nmea, ReceiverKind::Gpsd];
        let mut receivers = Receivers::new(&kinds, DatePolicy::Live, true);
        let mut found = Vec::new();
        for second in 0..8 {
            if second < 2 {
                receivers.handle_bytes(0, rmc(second, "3430.0000").as_bytes(), at(second * 1000));
                receivers.handle_timeout(at(second * 1000 + 500));
            }
            let tpv = format!(
                "{{\"class\":\"TPV\",\"mode\":2,\"time\":\"2026-11-23T12:00:{second:02}.000Z\",\"lat\":34.6,\"lon\":113.4}}\n"
            );
            receivers.handle_bytes(1, tpv.as_bytes(), at(second * 1000 + 600));
            found.extend(reported(&mut receivers));
        }
        assert_eq!(found, ["34.50", "34.50", "34.60", "34.60", "34.60", "34.60"]);
        assert_eq!(receivers.followed(), Some(1));
        assert_eq!(receivers.counters().chooser.switches, 1);
    }
}

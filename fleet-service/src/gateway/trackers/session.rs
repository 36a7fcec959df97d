//! A simple tracker's bytes to reports. No socket, no clock: bytes, moments and the word of admission go in.

use domain::report::Content;
use domain::{FixReport, Plate, Report, TerminalId, Timestamp};
use receiver::date::DatePolicy;
use receiver::epoch::{Assembler, Epoch};
use receiver::fields::Fields;
use receiver::frame::Framer;
use receiver::sentence;

/// Address of the sentence that introduces a tracker.
pub(super) const INTRODUCTION: &str = "MTID";
/// A tracker's positions closer together than this are thinned: some send ten a second.
pub(super) const REPORT_EVERY_MS: i64 = 1_000;

/// Who sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Introduced {
    pub(super) terminal: TerminalId,
    pub(super) plate: Plate,
}

/// An introduction that is none, or whose code is not the terminal's: nothing more is taken from this line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

/// What was counted since [`Tracker::take_counts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::gateway) struct Counts {
    /// Sentences with a good checksum, introductions among them.
    pub(in crate::gateway) sentences: u64,
    /// Sentences before an introduction.
    pub(in crate::gateway) unintroduced: u64,
    /// Positions without a moment or place to report.
    pub(in crate::gateway) unplaced: u64,
    /// Positions left out because one was reported less than [`REPORT_EVERY_MS`] before.
    pub(in crate::gateway) thinned: u64,
}

/// One line of a tracker.
pub(super) struct Tracker {
    framer: Framer,
    assembler: Assembler,
    who: Option<Introduced>,
    reported: Option<Timestamp>,
    counts: Counts,
}

impl Tracker {
    pub(super) fn new() -> Self {
        Self {
            framer: Framer::new(),
            assembler: Assembler::new(DatePolicy::Live),
            who: None,
            reported: None,
            counts: Counts::default(),
        }
    }

    /// Who it is, once introduced.
    pub(super) fn who(&self) -> Option<&Introduced> {
        self.who.as_ref()
    }

    /// Takes bytes; `admit` says who an introduction is of.
    pub(super) fn handle_bytes(
        &mut self,
        mut bytes: &[u8],
        now: Timestamp,
        mut admit: impl FnMut(&TerminalId, &str) -> Option<Introduced>,
    ) -> Result<Vec<Report>, Refused> {
        let mut reports = Vec::new();
        while let Some(text) = self.framer.next_sentence(&mut bytes) {
            self.counts.sentences += 1;
            let fields = Fields::first(text, 4);
            if fields.get(0) == INTRODUCTION {
                let terminal: TerminalId = fields.get(1).parse().map_err(|_no_identity| Refused)?;
                self.who = Some(admit(&terminal, fields.get(2)).ok_or(Refused)?);
                continue;
            }
            if self.who.is_none() {
                self.counts.unintroduced += 1;
                continue;
            }
            let Ok(sentence) = sentence::parse(text) else { continue };
            self.assembler.handle_sentence(&sentence, now);
            self.drain(now, &mut reports);
        }
        Ok(reports)
    }

    /// The time [`Tracker::poll_timeout`] asked for has come.
    pub(super) fn handle_timeout(&mut self, now: Timestamp) -> Vec<Report> {
        self.assembler.handle_timeout(now);
        let mut reports = Vec::new();
        self.drain(now, &mut reports);
        reports
    }

    /// Nothing more comes on this line.
    pub(super) fn finish(&mut self, now: Timestamp) -> Vec<Report> {
        self.assembler.finish(now);
        let mut reports = Vec::new();
        self.drain(now, &mut reports);
        reports
    }

    /// When [`Tracker::handle_timeout`] is to be called.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.assembler.poll_timeout()
    }

    /// What was counted since the last call.
    pub(super) fn take_counts(&mut self) -> Counts {
        std::mem::take(&mut self.counts)
    }

    fn drain(&mut self, now: Timestamp, reports: &mut Vec<Report>) {
        while let Some(epoch) = self.assembler.poll_epoch() {
            reports.extend(self.report(&epoch, now));
        }
    }

    fn report(&mut self, epoch: &Epoch, now: Timestamp) -> Option<Report> {
        let (Some(who), Some(time), Some(position)) = (&self.who, epoch.time, epoch.position) else {
            self.counts.unplaced += 1;
            return None;
        };
        let is_close = |last: Timestamp| (0..REPORT_EVERY_MS).contains(&time.millis_since(last));
        if self.reported.is_some_and(is_close) {
            self.counts.thinned += 1;
            return None;
        }
        self.reported = Some(time);
        let fix = FixReport {
            source: Some(who.terminal.clone()),
            speed: epoch.speed,
            course: epoch.course,
            hdop: epoch.hdop,
            satellites: epoch.satellites,
            ..FixReport::bare(who.plate.clone(), position, epoch.fix)
        };
        Some(Report { time, content: Content::Fix(fix), received: Some(now) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::FixKind;
    use proptest::prelude::*;
    use receiver::frame::with_checksum;

    const NOW: i64 = 1_795_500_000; // 2026-11-24 04:00:00 UTC

    fn line(body: &str) -> String {
        with_checksum(body) + "\r\n"
    }

    fn second(n: u32) -> String {
        line(&format!("GNRMC,0400{n:02}.00,A,3432.3640,N,11323.4300,E,020.0,090.0,241126,,,A"))
            + &line(&format!("GNGGA,0400{n:02}.00,3432.3640,N,11323.4300,E,1,12,0.8,110.0,M,-18.0,M,,"))
    }

    fn admit(terminal: &TerminalId, code: &str) -> Option<Introduced> {
        (code == "right")
            .then(|| Introduced { terminal: terminal.clone(), plate: "豫A12345".parse().unwrap() })
    }

    /// What a line becomes: how many reports, or that it is refused, and the counts.
    #[track_caller]
    fn check(bytes: &str, expected: Result<usize, Refused>, counts: Counts) -> Vec<Report> {
        let now = Timestamp::from_seconds(NOW);
        let mut tracker = Tracker::new();
        let found = tracker.handle_bytes(bytes.as_bytes(), now, admit).map(|mut reports| {
            reports.extend(tracker.finish(now));
            reports
        });
        assert_eq!(found.as_ref().map(Vec::len).map_err(|refused| *refused), expected);
        assert_eq!(tracker.take_counts(), counts);
        found.unwrap_or_default()
    }

    #[test]
    fn a_tracker_that_introduces_itself_reports_a_position_a_second() {
        let bytes = line("MTID,13900000001,right") + &second(1) + &second(2);
        let reports = check(&bytes, Ok(2), Counts { sentences: 5, ..Counts::default() });
        let fix = reports[0].fix().unwrap();
        assert_eq!(fix.plate.as_str(), "豫A12345");
        assert_eq!(fix.source.as_ref().map(TerminalId::as_str), Some("13900000001"));
        assert_eq!((fix.fix, fix.satellites), (FixKind::D3, Some(12)));
        assert_eq!(reports[0].time.to_string(), "2026-11-24T12:00:01+08:00");
    }

    #[test]
    fn who_does_not_introduce_itself_is_not_heard_and_a_wrong_code_ends_the_line() {
        check(&second(1), Ok(0), Counts { sentences: 2, unintroduced: 2, ..Counts::default() });
        let wrong = line("MTID,13900000001,wrong") + &second(1);
        check(&wrong, Err(Refused), Counts { sentences: 1, ..Counts::default() });
        check(&line("MTID,not a number,right"), Err(Refused), Counts { sentences: 1, ..Counts::default() });
        // A sentence with a wrong checksum introduces nobody.
        check("$MTID,13900000001,right*00\r\n", Ok(0), Counts::default());
    }

    #[test]
    fn ten_positions_a_second_are_thinned_to_one_and_void_ones_without_a_place_are_counted() {
        let tenth =
            |n: u32| line(&format!("GNRMC,040001.{n}0,A,3432.3640,N,11323.4300,E,020.0,090.0,241126,,,A"));
        let bytes = line("MTID,13900000001,right") + &(0..10).map(tenth).collect::<String>();
        check(&bytes, Ok(1), Counts { sentences: 11, thinned: 9, ..Counts::default() });
        let void = line("MTID,13900000001,right") + &line("GNRMC,,V,,,,,,,,,,N");
        check(&void, Ok(0), Counts { sentences: 2, unplaced: 1, ..Counts::default() });
    }

    proptest! {
        #[test]
        fn any_bytes_behind_an_introduction_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut tracker = Tracker::new();
            let now = Timestamp::from_seconds(NOW);
            let _ = tracker.handle_bytes(line("MTID,13900000001,right").as_bytes(), now, admit);
            let _ = tracker.handle_bytes(&bytes, now, admit);
            tracker.finish(now);
        }
    }
}

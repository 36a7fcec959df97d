//! RT-02, outside hours (未按规定时间运输).
//!
//! Contract: one violation per haul: "UW-01 and UW-02 do not hold, and the truck was loaded outside every site, moving or
//! not, for more than 10 min in total outside the permit's windows"; from the first to the last such second.
//!
//! Why: the hours of a permit keep heavy trucks out of school runs and out of people's sleep. Ten minutes let a truck that
//! was held up at the gate come home.
//!
//! Example: hours 22:00 to 05:00. A truck departs at 04:50 and unloads at 05:24; inside the sink from 05:20 on. From 05:00
//! to 05:20 it was on the road: 20 min, one violation. Had it been in by 05:09, none.
//!
//! Time counts between two positions outside every site. Across a hole of five minutes and more nobody knows whether the
//! truck was in a site meanwhile: it counts only when both ends are at the same place, as of a truck parked with its
//! terminal asleep. A window past midnight belongs to the day it starts on; `from` = `to` is the whole day.

use domain::{HaulWindows, Position, Timestamp};

use crate::judge::draft::Begun;
use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::thresholds::{Thresholds, millis};

/// Time on the road outside a permit's hours, followed over one haul.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct Hours {
    /// Whether the windows hold up to a moment, as far as that is worked out.
    held: Option<(bool, Timestamp)>,
    found: Option<OutsideHours>,
}

/// Time on the road outside the hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::judge) struct OutsideHours {
    total_ms: i64,
    first: Timestamp,
    last: Timestamp,
    position: Position,
}

impl Hours {
    /// Counts the time between two positions outside every site.
    pub(in crate::judge) fn follow(
        &mut self,
        windows: &HaulWindows,
        from: (Timestamp, Position),
        to: (Timestamp, Position),
        limits: &Thresholds,
    ) {
        let unseen =
            to.0.millis_since(from.0) >= millis(limits.unseen_s) && from.1.distance_m(to.1) > limits.stood_m;
        if unseen {
            return;
        }
        let mut at = from.0;
        while at < to.0 {
            let (holds, until) = self.held_at(windows, at);
            let end = until.min(to.0);
            if !holds {
                let found = self.found.get_or_insert(OutsideHours {
                    total_ms: 0,
                    first: at,
                    last: at,
                    position: from.1,
                });
                found.total_ms += end.millis_since(at);
                found.last = end;
            }
            at = end;
        }
    }

    /// Whether the windows hold at a moment, and until when that stays so at least.
    fn held_at(&mut self, windows: &HaulWindows, at: Timestamp) -> (bool, Timestamp) {
        match self.held {
            Some((holds, until)) if at < until => (holds, until),
            _ => *self.held.insert(held_from(windows, at)),
        }
    }

    /// What stands, if it is more than the rule allows.
    pub(in crate::judge) fn found(&self, limits: &Thresholds) -> Option<OutsideHours> {
        self.found.filter(|found| found.total_ms > millis(limits.outside_hours_s))
    }
}

/// Whether windows hold at a moment, and the next moment of that day at which they may not any more, or may.
fn held_from(windows: &HaulWindows, at: Timestamp) -> (bool, Timestamp) {
    let midnight = Timestamp::start_of_local_day(at.local_date());
    let moment = |minute: u16| midnight.plus_seconds(i64::from(minute) * 60);
    let mut until = moment(domain::window::MINUTES_A_DAY);
    for (from, to) in windows.minutes_on(at.local_date()) {
        if at < moment(from) {
            until = moment(from);
            break;
        }
        if at < moment(to) {
            return (true, moment(to));
        }
    }
    (false, until)
}

impl OutsideHours {
    pub(in crate::judge) fn finding(self, begun: &Begun, windows: &HaulWindows) -> Finding {
        let windows: Vec<serde_json::Value> = windows
            .0
            .iter()
            .map(|window| {
                let (from, to) = window.hours();
                serde_json::json!({ "days": window.day_names(), "from": from, "to": to })
            })
            .collect();
        Finding {
            rule: "RT-02",
            carrier: begun.carrier.clone(),
            permit: None,
            trip: Some(begun.haul),
            start: self.first,
            end: self.last,
            position: self.position,
            facts: facts([
                ("outside_hours_s", tenth(self.total_ms as f64 / 1000.0)),
                ("seconds", tenth(self.last.seconds_since(self.first))),
                ("windows", windows.into()),
            ]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::window::HaulWindow;

    #[test]
    fn seconds_outside_the_hours_are_those_counted_one_by_one() {
        let window = |days: &[&str], from, to| HaulWindow::parse(days, from, to).unwrap();
        let windows = HaulWindows(vec![
            window(&["mon", "tue"], "22:00", "05:00"),
            window(&["tue"], "09:00", "09:00"),
            window(&["fri"], "20:00", "24:00"),
        ]);
        let start: Timestamp = "2026-11-22T20:00:00+08:00".parse().unwrap();
        let here = Position::from_degrees(34.5, 113.4).unwrap();
        let mut hours = Hours::default();
        let mut counted = 0;
        for step in 0..(7 * 24 * 60) {
            let (from, to) = (start.plus_seconds(step * 60), start.plus_seconds(step * 60 + 60));
            hours.follow(&windows, (from, here), (to, here), &Thresholds::default());
            counted += if windows.hold_at(from) { 0 } else { 60_000 };
        }
        let found = hours.found(&Thresholds::default()).unwrap();
        assert_eq!((found.total_ms, found.first), (counted, start));
    }
}

//! The counts of what the service calls by itself: fixed readers and superior platforms.

use super::metrics::{Text, read};
use crate::readers::Readers;
use crate::readers::state::Link;

pub(super) fn readers(text: &mut Text, readers: &Readers) {
    if readers.units().is_empty() {
        return;
    }
    let label = |unit: &crate::readers::state::ReaderUnit| format!("{{reader=\"{}\"}}", unit.config.name);
    let up: Vec<_> = readers
        .units()
        .iter()
        .map(|unit| (label(unit), u64::from(unit.state().link == Link::Reading)))
        .collect();
    text.put("gauge", "reader_up", "Whether a fixed reader reads now.", &up);
    let seen: Vec<_> = readers
        .units()
        .iter()
        .filter_map(|unit| Some((label(unit), u64::try_from(unit.state().last_read?.seconds()).unwrap_or(0))))
        .collect();
    text.put(
        "gauge",
        "reader_last_read_seconds",
        "When a fixed reader read a tag last, seconds since 1970.",
        &seen,
    );
    let counts: Vec<_> = readers
        .units()
        .iter()
        .flat_map(|unit| {
            let name = &unit.config.name;
            unit.counters.all().map(|(what, value)| (format!("{{reader=\"{name}\",what=\"{what}\"}}"), value))
        })
        .collect();
    text.put("counter", "reader_total", "What each fixed reader's link counted.", &counts);
    let writer = readers.writer();
    text.counter(
        "reader_reports_stored_total",
        "Reports of fixed readers newly stored.",
        read(&writer.stored),
    );
    text.counter(
        "reader_reports_duplicate_total",
        "Reports of fixed readers stored before.",
        read(&writer.duplicates),
    );
    text.counter(
        "reader_reports_lost_at_end_total",
        "Reports of fixed readers lost because the log had closed.",
        read(&writer.lost_at_end),
    );
}

#[cfg(feature = "jt809")]
pub(super) fn forwarding(text: &mut Text, forwarding: &crate::forward::Forwarding, log_end: u64) {
    use crate::forward::state::Target;
    use std::sync::atomic::Ordering;
    if forwarding.targets().is_empty() {
        return;
    }
    let mut gauge = |name: &str, help: &str, value: &dyn Fn(&Target) -> u64| {
        let values: Vec<_> = forwarding
            .targets()
            .iter()
            .map(|target| (format!("{{target=\"{}\"}}", target.config.name), value(target)))
            .collect();
        text.put("gauge", name, help, &values);
    };
    gauge("forward_main_up", "Whether we are logged in at a superior platform.", &|target| {
        u64::from(target.main_up.load(Ordering::Relaxed))
    });
    gauge("forward_sub_up", "Whether a superior platform's sub link stands.", &|target| {
        u64::from(target.sub_up.load(Ordering::Relaxed))
    });
    gauge("forward_position", "Last log position a superior platform provably has.", &|target| {
        read(&target.cursor)
    });
    gauge("forward_lag_positions", "Log positions a superior platform does not provably have.", &|target| {
        log_end.saturating_sub(read(&target.cursor))
    });
    gauge(
        "forward_last_error_seconds",
        "When a call or link failed last, seconds since 1970; 0 is never.",
        &|target| target.last_error().map_or(0, |(at, _)| u64::try_from(at.seconds()).unwrap_or(0)),
    );
    let counts: Vec<_> = forwarding
        .targets()
        .iter()
        .flat_map(|target| {
            let name = &target.config.name;
            let row = |(what, value)| (format!("{{target=\"{name}\",what=\"{what}\"}}"), value);
            target.counters.all().into_iter().map(row).collect::<Vec<_>>()
        })
        .collect();
    text.put("counter", "forward_total", "What forwarding to each superior platform counted.", &counts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::config::{Antennas, ReadClock, ReadersConfig, UnitConfig};

    #[test]
    fn each_reader_has_its_own_lines_and_none_configured_says_nothing() {
        let mut text = Text::default();
        readers(&mut text, &Readers::default());
        assert_eq!(text.finished(), "");
        let unit = UnitConfig {
            name: "北门".parse().unwrap(),
            address: "10.0.0.7:5084".parse().unwrap(),
            antennas: Antennas::All("G1".parse().unwrap()),
            clock: ReadClock::Service,
        };
        let mut text = Text::default();
        readers(&mut text, &Readers::new(ReadersConfig { units: vec![unit] }));
        let text = text.finished();
        for line in [
            "mucktrail_reader_up{reader=\"北门\"} 0",
            "mucktrail_reader_total{reader=\"北门\",what=\"dropped\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}

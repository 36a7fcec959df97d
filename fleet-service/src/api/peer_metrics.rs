//! The counts of what the service calls by itself: fixed readers.

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

//! Counts of what comes from the street, and of map tiles.

use super::Api;
use super::metrics::{Text, read};

pub(super) fn write(text: &mut Text, api: &Api) {
    let counters = api.street.counters();
    let what = [
        ("taken", &counters.tips),
        ("day_spent", &counters.spent),
        ("foreign_form", &counters.foreign),
        ("photo_refused", &counters.photos_refused),
    ];
    let what: Vec<(String, u64)> =
        what.into_iter().map(|(name, counter)| (format!("{{what=\"{name}\"}}"), read(counter))).collect();
    text.put("counter", "public_reports_total", "Reports by the public: taken and refused.", &what);
    let tiles = api.street.basemaps.counters();
    let from = [
        ("kept", &tiles.kept),
        ("fetched", &tiles.fetched),
        ("stale", &tiles.stale),
        ("failed", &tiles.failed),
    ];
    let from: Vec<(String, u64)> =
        from.into_iter().map(|(name, counter)| (format!("{{from=\"{name}\"}}"), read(counter))).collect();
    text.put("counter", "map_tiles_total", "Map tiles asked for, by where they came from.", &from);
    text.gauge("map_tiles_bytes", "Bytes of map tiles kept on disk.", api.street.basemaps.kept_bytes());
}

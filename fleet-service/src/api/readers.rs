//! Fixed readers and how each is doing.

use axum::Json;
use axum::extract::State;
use domain::Registry;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::readers::state::ReaderUnit;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(readers))
}

/// Every reader unit.
#[derive(Serialize, ToSchema)]
struct Units {
    /// In the order configured.
    readers: Vec<UnitRow>,
}

/// One reader unit.
#[derive(Serialize, ToSchema)]
struct UnitRow {
    /// What it is called.
    name: String,
    /// Where it listens.
    address: String,
    /// `calling`, `preparing`, `reading`, `waiting` (for the next call) or `stopped`.
    state: &'static str,
    /// Since when it reads.
    connected_since: Option<String>,
    /// When a tag was read last.
    last_read: Option<String>,
    /// When it was lost last, or told of a fault.
    last_error_at: Option<String>,
    /// Why.
    last_error: Option<String>,
    /// Its firmware, when told.
    firmware: Option<String>,
    /// How far its clock is ahead of the service's, ms.
    clock_ahead_ms: Option<i64>,
    /// Antenna ports it says are unplugged.
    unplugged: Vec<u16>,
    /// The readers of `readers.csv` it is.
    readers: Vec<ReaderRow>,
    /// Tags read since the start.
    reads: u64,
    /// Reports made of them.
    reports: u64,
    /// Reports lost since the start.
    dropped: u64,
}

/// A reader of `readers.csv`.
#[derive(Serialize, ToSchema)]
struct ReaderRow {
    /// Its id.
    id: String,
    /// The site it stands at; absent when `readers.csv` does not know the reader: its reads are then not judged.
    site: Option<String>,
    /// `gate_in`, `gate_out` or `wash`.
    role: Option<String>,
}

/// Every fixed reader the service listens to over LLRP, with the state of its link.
#[utoipa::path(get, path = "/api/v1/readers", tag = "service",
    responses((status = 200, body = Units), (status = 401, body = Problem)))]
async fn readers(_officer: SignedIn, State(api): State<Api>) -> Json<Units> {
    let registry = api.live.registry();
    Json(Units { readers: api.readers.units().iter().map(|unit| UnitRow::of(unit, &registry)).collect() })
}

impl UnitRow {
    fn of(unit: &ReaderUnit, registry: &Registry) -> Self {
        let state = unit.state();
        let count =
            |counter: &std::sync::atomic::AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
        let (last_error_at, last_error) = state.last_error.unzip();
        let reader = |id: &domain::ReaderId| {
            let known = registry.readers.get(id);
            ReaderRow {
                id: id.to_string(),
                site: known.map(|reader| reader.site.to_string()),
                role: known.map(|reader| reader.role.word().to_owned()),
            }
        };
        Self {
            name: unit.config.name.to_string(),
            address: unit.config.address.to_string(),
            state: state.link.word(),
            connected_since: state.connected_since.map(|time| time.to_string()),
            last_read: state.last_read.map(|time| time.to_string()),
            last_error_at: last_error_at.map(|time| time.to_string()),
            last_error,
            firmware: state.firmware,
            clock_ahead_ms: state.clock_ahead_ms,
            unplugged: state.unplugged,
            readers: unit.config.antennas.readers().into_iter().map(reader).collect(),
            reads: count(&unit.counters.reads),
            reports: count(&unit.counters.reports),
            dropped: count(&unit.counters.dropped),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::config::{Antennas, ReadClock, UnitConfig};
    use domain::{Position, Reader, ReaderRole};

    #[test]
    fn a_unit_shows_which_registered_readers_it_is_and_which_no_register_knows() {
        let gate = Reader {
            id: "G1".parse().unwrap(),
            site: "S1".parse().unwrap(),
            role: ReaderRole::GateIn,
            position: Position::from_degrees(34.5, 113.4).unwrap(),
        };
        let registry = Registry { readers: [(gate.id.clone(), gate)].into(), ..Registry::default() };
        let unit = ReaderUnit::new(UnitConfig {
            name: "北门".parse().unwrap(),
            address: "10.0.0.7:5084".parse().unwrap(),
            antennas: Antennas::Ports([(1, "G1".parse().unwrap()), (2, "G9".parse().unwrap())].into()),
            clock: ReadClock::Service,
        });
        let row = serde_json::to_value(UnitRow::of(&unit, &registry)).unwrap();
        let expected = serde_json::json!({
            "name": "北门", "address": "10.0.0.7:5084", "state": "calling", "connected_since": null,
            "last_read": null, "last_error_at": null, "last_error": null, "firmware": null,
            "clock_ahead_ms": null, "unplugged": [], "reads": 0, "reports": 0, "dropped": 0,
            "readers": [{"id": "G1", "site": "S1", "role": "gate_in"}, {"id": "G9", "site": null, "role": null}],
        });
        assert_eq!(row, expected);
    }
}

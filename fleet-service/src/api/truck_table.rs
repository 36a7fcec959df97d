//! Trucks as a table for spreadsheets and as points for maps.

use axum::response::Response;
use scoring::sheet::{Cell, Sheet, column};
use serde_json::json;

use super::tables;
use crate::view::truck::TruckRow;

/// One point a truck that reported a place.
pub(super) fn features(trucks: &[TruckRow]) -> Response {
    tables::points(trucks.iter().filter_map(|truck| {
        let last = truck.last.as_ref()?;
        let properties = json!({
            "plate": truck.plate, "carrier_uscc": truck.carrier_uscc, "state": truck.state, "rules": truck.rules,
            "time": last.time, "speed_kmh": last.speed_kmh, "course_deg": last.course_deg, "load": last.load,
        });
        Some((last.lon, last.lat, properties))
    }))
}

/// One row a truck.
pub(super) fn sheet(trucks: &[TruckRow]) -> Sheet {
    let rows = trucks.iter().map(|truck| {
        let last = truck.last.as_ref();
        let may = |text: &Option<String>| Cell::of(text.as_ref(), Cell::text);
        vec![
            Cell::text(&truck.plate),
            may(&truck.plate_colour),
            may(&truck.carrier_uscc),
            may(&truck.carrier_name),
            Cell::text(&truck.state),
            Cell::text(truck.rules.join(" ")),
            Cell::of(last, |last| last.time.parse().map_or_else(|_| Cell::text(&last.time), Cell::Moment)),
            Cell::of(last, |last| Cell::text(format!("{:.7}", last.lat))),
            Cell::of(last, |last| Cell::text(format!("{:.7}", last.lon))),
            Cell::of(last.and_then(|last| last.speed_kmh), |kmh| Cell::text(format!("{kmh:.1}"))),
            Cell::of(last, |last| Cell::text(&last.load)),
        ]
    });
    Sheet {
        name: "车辆 trucks",
        columns: vec![
            column("plate", "车牌号", "Plate"),
            column("plate_colour", "车牌颜色", "Plate colour"),
            column("carrier_uscc", "企业代码", "Company code"),
            column("carrier_name", "企业", "Company"),
            column("state", "状态", "State"),
            column("rules", "涉及规则", "Rules"),
            column("time", "最新定位时间", "Newest fix"),
            column("lat", "纬度", "Latitude"),
            column("lon", "经度", "Longitude"),
            column("speed_kmh", "速度（千米/时）", "Speed, km/h"),
            column("load", "载重", "Load"),
        ],
        rows: rows.collect(),
    }
}

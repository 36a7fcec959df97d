//! The areas and routes a truck's terminal is to hold on a day, made from its permits and the zones in force. Pure.
//!
//! | from | as | attributes |
//! |---|---|---|
//! | a permit's route | 0x8606, each segment as wide as the corridor | in the permit's hours; leaving is told to driver and platform |
//! | a permit's source or sink | 0x8602 when it is a rectangle on the grid, else 0x8604 | entering and leaving are reported |
//! | a no-go zone the truck has no pass for | the same | in the zone's hours; entering is told to driver and platform |
//! | a speed limit zone | the same | in the zone's hours; the limit, [`SPEED_HOLD_S`] s of grace |
//!
//! What the protocol cannot say is said otherwise, and every loss is a [`Note`]:
//! - Weekdays: the plan is made for one day and made again for the next. Hours go out with a date of zeros ("every day").
//!   A window that runs past midnight goes out in two, since terminals read `22:00` to `05:00` differently.
//! - Several polygons become several areas; holes are covered; too many corners become fewer around more ground.
//! - A segment is at most [`WIDTH_MAX_M`] m wide.
//!
//! An id says everything: it is a hash over owner, permit, geometry, hours and limit. What differs has another id, so a
//! report that names an area (extras 0x11, 0x12) or a segment (0x13) joins back to what was meant when it was set.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::window::MINUTES_A_DAY;
use domain::zone::ZoneKind;
use domain::{Area, HaulWindows, LocalDate, Permit, Plate, Position, Registry, Route, Site, Timestamp, Zone};
use sha2::{Digest as _, Sha256};
use wire::area::{
    AreaAction, AreaRules, AreaShape, AreaSpan, AreaTime, Point, Polygon, Rectangle, RoutePoint, SpeedLimit,
};
use wire::{Message, Version, area};

use super::area_meaning::{AreaUse, Meaning, Note};
use super::corridor::{self, WIDTH_MAX_M};
use super::outline::{self, Outline};

/// Most corners of a polygon sent: with times, speed and name it then fits one packet of 1,023 bytes.
pub const POLYGON_CORNERS_MAX: usize = 120;
/// Most areas and routes a terminal is given; corridors go first, then no-go, speed and site areas.
pub const TERMINAL_AREAS_MAX: usize = 200;
/// Characters of a name sent.
pub const NAME_CHARS_MAX: usize = 16;
/// Seconds above a limit before the terminal alarms: as long as a speeding window lasts at least.
pub const SPEED_HOLD_S: u8 = 10;

/// One area or route for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalArea {
    /// The kind of message it goes out in.
    pub shape: AreaShape,
    /// Names it in the terminal's reports.
    pub id: u32,
    /// What it stands for.
    pub meaning: Meaning,
    /// The message that sets it.
    pub message: Message,
}

/// What a terminal is to hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// In order of importance, ids unique.
    pub areas: Vec<TerminalArea>,
    /// What it is not told as the registers say it.
    pub notes: Vec<Note>,
}

/// Makes plans by one version of the registers, outlines once for all terminals.
#[derive(Debug)]
pub struct Planner {
    registry: Arc<Registry>,
    outlines: BTreeMap<String, Vec<Outline>>,
}

/// An area before it has its id and its hours.
struct Draft<'a> {
    what: AreaUse,
    key: &'a str,
    name: &'a str,
    permit: Option<&'a Permit>,
    limit_kmh: Option<u16>,
    windows: Option<&'a HaulWindows>,
}

impl Planner {
    /// A planner for a version of the registers.
    pub fn new(registry: Arc<Registry>) -> Self {
        Self { registry, outlines: BTreeMap::new() }
    }

    /// The registers it plans by.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// What the terminal of a truck is to hold on a local day.
    pub fn plan(&mut self, plate: &Plate, day: LocalDate) -> Plan {
        let registry = Arc::clone(&self.registry);
        let permits: Vec<&Permit> = registry
            .permits
            .values()
            .filter(|permit| permit.trucks.contains(plate) && is_in_force_on(permit, day))
            .collect();
        let mut drawing =
            Drawing { day, plan: Plan::default(), taken: BTreeSet::new(), noted: BTreeSet::new() };
        for permit in &permits {
            let routes: BTreeSet<_> = permit.legs.iter().filter_map(|leg| leg.route.as_ref()).collect();
            for route in routes.into_iter().filter_map(|id| registry.routes.get(id)) {
                drawing.corridor(permit, route);
            }
        }
        let has_pass = |zone: &Zone| permits.iter().any(|permit| permit.zone_passes.contains(&zone.id));
        let no_go = registry.zones.values().filter(|zone| zone.kind == ZoneKind::NoGo && !has_pass(zone));
        let limits = registry.zones.values().filter(|zone| zone.kind != ZoneKind::NoGo);
        for zone in no_go.chain(limits) {
            let outlines = self.outlines("zone", zone.id.as_str(), &zone.area);
            drawing.zone(zone, outlines);
        }
        for permit in &permits {
            let sources = permit.legs.iter().map(|leg| (AreaUse::Source, &leg.source));
            let sinks = permit.legs.iter().map(|leg| (AreaUse::Sink, &leg.sink));
            let places: BTreeSet<_> = sources.chain(sinks).collect();
            for (what, site) in
                places.into_iter().filter_map(|(what, id)| Some((what, registry.sites.get(id)?)))
            {
                let outlines = self.outlines("site", site.id.as_str(), &site.area);
                drawing.site(what, permit, site, outlines);
            }
        }
        drawing.finish()
    }

    fn outlines(&mut self, kind: &str, key: &str, area: &Area) -> &[Outline] {
        self.outlines.entry(format!("{kind} {key}")).or_insert_with(|| {
            let shells = area.polygons().iter().map(|polygon| &polygon.shell);
            shells.map(|shell| outline::around(shell, POLYGON_CORNERS_MAX)).collect()
        })
    }
}

/// Whether a permit is in force at any moment of a local day.
fn is_in_force_on(permit: &Permit, day: LocalDate) -> bool {
    let start = Timestamp::start_of_local_day(day);
    let end = start.plus_seconds(86_400);
    let changes = permit.status.iter().map(|(from, _)| *from);
    let moments = [start, permit.valid_from].into_iter().chain(changes);
    moments.filter(|at| (start..end).contains(at)).any(|at| permit.is_in_force_at(at))
}

/// A plan in the making.
struct Drawing {
    day: LocalDate,
    plan: Plan,
    taken: BTreeSet<u32>,
    /// Owners whose losses are noted: a site in two permits loses once.
    noted: BTreeSet<String>,
}

impl Drawing {
    fn corridor(&mut self, permit: &Permit, route: &Route) {
        let laid = corridor::lay(&route.line, route.half_width_m);
        if self.noted.insert(format!("route {}", route.id)) {
            let key = route.id.to_string();
            let points = route.line.points().len();
            if laid.points.len() < points {
                let (sent, moved_m) = (laid.points.len(), laid.moved_m);
                self.plan.notes.push(Note::RouteSimplified { key: key.clone(), points, sent, moved_m });
            }
            if laid.wanted_m > WIDTH_MAX_M {
                let (wanted_m, sent_m) = (laid.wanted_m, WIDTH_MAX_M);
                self.plan.notes.push(Note::WidthClamped { key, wanted_m, sent_m });
            }
        }
        let draft = Draft {
            what: AreaUse::Corridor,
            key: route.id.as_str(),
            name: &route.name,
            permit: Some(permit),
            limit_kmh: None,
            windows: Some(&permit.windows),
        };
        let rules = AreaRules { leave_to_driver: true, leave_to_platform: true, ..AreaRules::default() };
        for (hours, span) in self.hours(&draft) {
            let meaning = meaning(&draft, 1, hours);
            // The low byte is the segment's: a report of a segment names its route as well.
            let id = self.id(&meaning, &laid.points, corridor::SEGMENT_BITS);
            let point = |(index, at): (usize, &Position)| RoutePoint {
                id: index as u32 + 1,
                segment_id: id | (index as u32 + 1),
                point: Point::at(*at),
                width_m: laid.width_m,
                time: None,
                speed: None,
                south: at.lat_e7() < 0,
                west: at.lon_e7() < 0,
                other_bits: 0,
            };
            let points = laid.points.iter().enumerate().map(point).collect();
            let rules = AreaRules { span, ..rules };
            let message = Message::SetRoute(area::Route { id, rules, points, name: sendable(&route.name) });
            self.plan.areas.push(TerminalArea { shape: AreaShape::Route, id, meaning, message });
        }
    }

    fn zone(&mut self, zone: &Zone, outlines: &[Outline]) {
        self.note_ground("zone", zone.id.as_str(), &zone.area, outlines);
        let limit_kmh = match zone.kind {
            ZoneKind::NoGo => None,
            // A limit of 39.5 km/h is kept by one of 39.
            ZoneKind::SpeedLimit(limit) => Some(limit.kmh().floor() as u16),
        };
        let draft = Draft {
            what: if limit_kmh.is_some() { AreaUse::SpeedLimit } else { AreaUse::NoGo },
            key: zone.id.as_str(),
            name: &zone.name,
            permit: None,
            limit_kmh,
            windows: Some(&zone.windows),
        };
        let speed =
            limit_kmh.map(|max_kmh| SpeedLimit { max_kmh, hold_s: SPEED_HOLD_S, night_max_kmh: None });
        let is_no_go = limit_kmh.is_none();
        let rules = AreaRules {
            speed,
            enter_to_driver: is_no_go,
            enter_to_platform: is_no_go,
            ..AreaRules::default()
        };
        self.ground(&draft, outlines, rules);
    }

    fn site(&mut self, what: AreaUse, permit: &Permit, site: &Site, outlines: &[Outline]) {
        self.note_ground("site", site.id.as_str(), &site.area, outlines);
        let draft = Draft {
            what,
            key: site.id.as_str(),
            name: &site.name,
            permit: Some(permit),
            limit_kmh: None,
            windows: None,
        };
        let rules = AreaRules { enter_to_platform: true, leave_to_platform: true, ..AreaRules::default() };
        self.ground(&draft, outlines, rules);
    }

    fn ground(&mut self, draft: &Draft<'_>, outlines: &[Outline], rules: AreaRules) {
        for (hours, span) in self.hours(draft) {
            for (index, outline) in outlines.iter().enumerate() {
                let meaning = meaning(draft, index + 1, hours.clone());
                let id = self.id(&meaning, &outline.corners, 0);
                let first = outline.corners[0];
                let (south, west) = (first.lat_e7() < 0, first.lon_e7() < 0);
                let rules = AreaRules { span, south, west, ..rules };
                let name = sendable(draft.name);
                let (shape, message) = match as_rectangle(&outline.corners) {
                    Some((upper_left, lower_right)) => {
                        let rectangle = Rectangle { id, rules, upper_left, lower_right, name };
                        let (action, rectangles) = (AreaAction::Append, vec![rectangle]);
                        (AreaShape::Rectangle, Message::SetRectangles { action, rectangles })
                    }
                    None => {
                        let corners = outline.corners.iter().map(|at| Point::at(*at)).collect();
                        (AreaShape::Polygon, Message::SetPolygon(Polygon { id, rules, corners, name }))
                    }
                };
                self.plan.areas.push(TerminalArea { shape, id, meaning, message });
            }
        }
    }

    /// The stretches of the day in which it holds, in words and as sent.
    fn hours(&self, draft: &Draft<'_>) -> Vec<(Option<String>, Option<AreaSpan>)> {
        let Some(windows) = draft.windows else { return vec![(None, None)] };
        let text = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let clock = |minute: u16| match minute {
            MINUTES_A_DAY.. => AreaTime::daily(23, 59, 59),
            _ => AreaTime::daily((minute / 60) as u8, (minute % 60) as u8, 0),
        };
        let stretch = |(from, to)| match (from, to) {
            (0, MINUTES_A_DAY) => (None, None),
            _ => {
                let span = AreaSpan { start: clock(from), end: clock(to) };
                (Some(format!("{}-{}", text(from), text(to))), Some(span))
            }
        };
        windows.minutes_on(self.day).into_iter().map(stretch).collect()
    }

    /// A number of 31 bits, not 0, that no other area of the plan has; the lowest `free_bits` are 0.
    fn id(&mut self, meaning: &Meaning, points: &[Position], free_bits: u32) -> u32 {
        let mut hasher = Sha256::new();
        let limit = meaning.limit_kmh.map(|kmh| kmh.to_string()).unwrap_or_default();
        let permit = meaning.permit.as_deref().unwrap_or_default();
        let hours = meaning.hours.as_deref().unwrap_or_default();
        for text in [meaning.what.word(), &meaning.key, permit, hours, &limit] {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        for point in points {
            hasher.update(point.lat_e7().to_be_bytes());
            hasher.update(point.lon_e7().to_be_bytes());
        }
        let digest = hasher.finalize();
        let mut id = digest.iter().take(4).fold(0, |id: u32, byte| id << 8 | u32::from(*byte));
        loop {
            id = id & 0x7FFF_FFFF & (u32::MAX << free_bits);
            if id != 0 && self.taken.insert(id) {
                return id;
            }
            id = id.wrapping_add(1 << free_bits);
        }
    }

    fn note_ground(&mut self, kind: &str, key: &str, area: &Area, outlines: &[Outline]) {
        if !self.noted.insert(format!("{kind} {key}")) {
            return;
        }
        let polygons = area.polygons();
        let key = || key.to_owned();
        for (polygon, outline) in polygons.iter().zip(outlines) {
            let (corners, sent) = (polygon.shell.points().len(), outline.corners.len());
            if sent != corners {
                let added_m2 = outline.added_m2.round() as u64;
                self.plan.notes.push(Note::Simplified { key: key(), corners, sent, added_m2 });
            }
        }
        let holes = polygons.iter().map(|polygon| polygon.holes.len()).sum();
        if holes > 0 {
            self.plan.notes.push(Note::HolesCovered { key: key(), holes });
        }
        if polygons.len() > 1 {
            self.plan.notes.push(Note::InParts { key: key(), parts: polygons.len() });
        }
    }

    fn finish(mut self) -> Plan {
        let left_out = self.plan.areas.len().saturating_sub(TERMINAL_AREAS_MAX);
        if left_out > 0 {
            self.plan.areas.truncate(TERMINAL_AREAS_MAX);
            self.plan.notes.push(Note::TooMany { left_out });
        }
        self.plan
    }
}

fn meaning(draft: &Draft<'_>, part: usize, hours: Option<String>) -> Meaning {
    Meaning {
        what: draft.what,
        key: draft.key.to_owned(),
        name: draft.name.to_owned(),
        permit: draft.permit.map(|permit| permit.number.to_string()),
        part,
        hours,
        limit_kmh: draft.limit_kmh,
    }
}

/// Four corners along meridians and parallels, to within two steps of the grid: the north-western and the south-eastern
/// corner of the rectangle around them.
fn as_rectangle(corners: &[Position]) -> Option<(Point, Point)> {
    const SLACK_E7: i32 = 20;
    let ends = |of: fn(&Position) -> i32| {
        let (low, high) = (corners.iter().map(of).min()?, corners.iter().map(of).max()?);
        let is_at_end = |value: i32| value - low <= SLACK_E7 || high - value <= SLACK_E7;
        (corners.len() == 4 && corners.iter().all(|at| is_at_end(of(at)))).then_some((low, high))
    };
    let ((south, north), (west, east)) = (ends(|at| at.lat_e7())?, ends(|at| at.lon_e7())?);
    let corner = |lat, lon| Position::from_e7(lat, lon).ok().map(Point::at);
    Some((corner(north, west)?, corner(south, east)?))
}

/// A name's beginning, without what the wire cannot write.
fn sendable(name: &str) -> String {
    let is_writable = |c: &char| !c.is_control() && is_writable(&c.to_string());
    name.chars().filter(is_writable).take(NAME_CHARS_MAX).collect()
}

/// Whether a text has only characters of GBK.
pub fn is_writable(text: &str) -> bool {
    let message = Message::Text { flags: 0, kind: None, text: text.to_owned() };
    message.encode_body(Version::V2013, &mut Vec::new()).is_ok()
}

#[cfg(test)]
mod tests;

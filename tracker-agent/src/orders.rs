//! What the platform asks of the truck beyond taking its reports: parameters, areas, closer reports for a while. Decides and
//! keeps; the answers go out by the session.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use wire::area::{AreaAction, AreaRules, AreaShape, Point as WirePoint};
use wire::message::AnswerResult;
use wire::{AreaChange, Parameter};

use crate::areas::{Area, AreaKind, Areas, Point};
use crate::kept::{KeepError, load, save};
use crate::sampler::SamplerConfig;
use crate::settings::{SettingError, Settings};

/// Longest time the platform may have closer reports for, s: a forgotten order must end.
pub const TRACK_VALIDITY_S_MAX: u32 = 24 * 3600;

/// What the pipeline is to do because the platform said so.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// How to sample.
    pub sampler: SamplerConfig,
    /// What to watch.
    pub areas: Arc<Areas>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Track {
    interval_s: u32,
    until: Timestamp,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AreasFile {
    #[serde(default)]
    area: Vec<Area>,
}

/// The platform's standing orders.
#[derive(Debug)]
pub struct Orders {
    settings_path: PathBuf,
    areas_path: PathBuf,
    file: SamplerConfig,
    file_heartbeat_s: u32,
    settings: Settings,
    areas: Arc<Areas>,
    track: Option<Track>,
}

impl Orders {
    /// Reads what was kept in `folder`. `file` and `heartbeat_s` are the configuration's.
    pub fn open(folder: &Path, file: SamplerConfig, heartbeat_s: u32) -> Self {
        let (settings_path, areas_path) = (folder.join("platform.toml"), folder.join("areas.toml"));
        let settings = load(&settings_path, Settings::check);
        let kept = load(&areas_path, |kept: &AreasFile| fill(&kept.area).map(|_areas| ()));
        let areas = Arc::new(fill(&kept.area).unwrap_or_default());
        Self { settings_path, areas_path, file, file_heartbeat_s: heartbeat_s, settings, areas, track: None }
    }

    /// What the pipeline is to do now.
    pub fn wishes(&self) -> Wishes {
        let mut sampler = self.settings.sampler(self.file);
        if let Some(track) = self.track {
            sampler.interval_moving_s = track.interval_s.min(sampler.interval_moving_s);
            sampler.interval_parked_s = track.interval_s.min(sampler.interval_parked_s);
        }
        Wishes { sampler, areas: Arc::clone(&self.areas) }
    }

    /// Time between heartbeats, s.
    pub fn heartbeat_s(&self) -> u32 {
        self.settings.heartbeat_s.unwrap_or(self.file_heartbeat_s)
    }

    /// Whether reports are not to wait for others just now.
    pub fn is_tracking(&self) -> bool {
        self.track.is_some()
    }

    /// Sets parameters: those that can be, even beside others. Out of range is "malformed", and then none is set; one that
    /// means nothing here is "unsupported".
    pub fn set_parameters(&mut self, parameters: &[Parameter]) -> Result<AnswerResult, KeepError> {
        let mut settings = self.settings;
        let mut result = AnswerResult::Ok;
        for parameter in parameters {
            match settings.set(parameter) {
                Ok(()) => {}
                Err(SettingError::Unsupported { .. }) => result = AnswerResult::Unsupported,
                Err(SettingError::Bad { .. }) => return Ok(AnswerResult::Bad),
            }
        }
        if settings != self.settings {
            save(&self.settings_path, &settings)?;
            self.settings = settings;
        }
        Ok(result)
    }

    /// The parameters asked for, those of them that there are; all for `None`.
    pub fn parameters(&self, ids: Option<&[u32]>) -> Vec<Parameter> {
        let all = self.settings.in_force(self.file, self.file_heartbeat_s);
        all.into_iter().filter(|parameter| ids.is_none_or(|ids| ids.contains(&parameter.id()))).collect()
    }

    /// Changes the areas: all of the message, or nothing of it.
    pub fn change_areas(&mut self, change: &AreaChange) -> Result<AnswerResult, KeepError> {
        let mut areas = Areas::clone(&self.areas);
        let (kind, replaced, new) = match change {
            AreaChange::Circles { action, circles } => {
                let circle = |circle: &wire::area::Circle| {
                    let points = vec![point(&circle.rules, circle.centre)];
                    Area {
                        widths_m: vec![circle.radius_m],
                        ..bare(AreaKind::Circle, circle.id, &circle.rules, points)
                    }
                };
                (AreaKind::Circle, *action, circles.iter().map(circle).collect())
            }
            AreaChange::Rectangles { action, rectangles } => {
                let rectangle = |area: &wire::area::Rectangle| {
                    let corners = [area.upper_left, area.lower_right];
                    let points = corners.map(|corner| point(&area.rules, corner)).to_vec();
                    bare(AreaKind::Rectangle, area.id, &area.rules, points)
                };
                (AreaKind::Rectangle, *action, rectangles.iter().map(rectangle).collect())
            }
            AreaChange::Polygon(area) => {
                let points = area.corners.iter().map(|corner| point(&area.rules, *corner)).collect();
                let area = bare(AreaKind::Polygon, area.id, &area.rules, points);
                (AreaKind::Polygon, AreaAction::Modify, vec![area])
            }
            AreaChange::Route(route) => (AreaKind::Route, AreaAction::Modify, vec![corridor(route)]),
            AreaChange::Delete { shape, ids } => {
                areas.remove(kind(*shape), ids);
                return self.keep(areas);
            }
        };
        match replaced {
            AreaAction::Update => areas.remove(kind, &[]),
            AreaAction::Append | AreaAction::Modify => {}
            AreaAction::Other(_) => return Ok(AnswerResult::Bad),
        }
        for area in new {
            if let Err(error) = areas.insert(area) {
                tracing::warn!(%error, "the platform sent areas that cannot be watched");
                return Ok(AnswerResult::Fail);
            }
        }
        self.keep(areas)
    }

    /// Closer reports for a while; 0 ends it.
    pub fn track(&mut self, interval_s: u16, validity_s: u32, now: Timestamp) {
        let until = now.plus_seconds(i64::from(validity_s.min(TRACK_VALIDITY_S_MAX)));
        self.track = (interval_s > 0).then_some(Track { interval_s: u32::from(interval_s), until });
    }

    /// A moment came; whether the wishes changed by it.
    pub fn handle_timeout(&mut self, now: Timestamp) -> bool {
        self.track.take_if(|track| track.until <= now).is_some()
    }

    /// When [`Orders::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.track.map(|track| track.until)
    }

    fn keep(&mut self, areas: Areas) -> Result<AnswerResult, KeepError> {
        save(&self.areas_path, &AreasFile { area: areas.iter().cloned().collect() })?;
        self.areas = Arc::new(areas);
        Ok(AnswerResult::Ok)
    }
}

fn fill(list: &[Area]) -> Result<Areas, String> {
    let mut areas = Areas::default();
    for area in list {
        areas.insert(area.clone()).map_err(|error| error.to_string())?;
    }
    Ok(areas)
}

fn kind(shape: AreaShape) -> AreaKind {
    match shape {
        AreaShape::Circle => AreaKind::Circle,
        AreaShape::Rectangle => AreaKind::Rectangle,
        AreaShape::Polygon => AreaKind::Polygon,
        AreaShape::Route => AreaKind::Route,
    }
}

fn bare(kind: AreaKind, id: u32, rules: &AreaRules, points: Vec<Point>) -> Area {
    let (tell_entering, tell_leaving) = (rules.enter_to_platform, rules.leave_to_platform);
    Area { kind, id, tell_entering, tell_leaving, points, widths_m: Vec::new() }
}

fn point(rules: &AreaRules, point: WirePoint) -> Point {
    signed(point, rules.south, rules.west)
}

/// A point beyond the globe is drawn at its edge.
fn signed(point: WirePoint, south: bool, west: bool) -> Point {
    let e7 = |e6: u32, most_e7: i64, negative: bool| {
        let e7 = (i64::from(e6) * 10).min(most_e7) as i32;
        if negative { -e7 } else { e7 }
    };
    Point { lat_e7: e7(point.lat_e6, 900_000_000, south), lon_e7: e7(point.lon_e6, 1_800_000_000, west) }
}

fn corridor(route: &wire::area::Route) -> Area {
    let points = route.points.iter().map(|turn| signed(turn.point, turn.south, turn.west)).collect();
    let widths_m = route.points.iter().map(|turn| u32::from(turn.width_m)).collect();
    Area { widths_m, ..bare(AreaKind::Route, route.id, &route.rules, points) }
}

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;

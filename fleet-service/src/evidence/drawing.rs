//! Track, grounds and permitted corridor as SVG: no tiles, no script, the same on every printer. Pure.

use std::fmt::Write as _;

use domain::{Area, Position};

use super::geometry::Scene;
use super::sheet_words::escape;
use super::{Evidence, Point};

/// Size of the drawing in its own units.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 380.0;
/// Free border, units.
const MARGIN: f64 = 26.0;
/// Reports further apart than this are not joined: nobody knows where the truck was between.
pub const GAP_S: f64 = 90.0;
/// Least extent drawn, metres: a truck that stands is not blown up to the size of the page.
const EXTENT_M_MIN: f64 = 300.0;

/// Where a place lies in the drawing: metres from the middle, flat.
struct Frame {
    middle: Position,
    units_per_m: f64,
}

impl Frame {
    fn of(places: &[Position]) -> Option<Self> {
        let first = *places.first()?;
        let metres: Vec<(f64, f64)> = places.iter().map(|place| first.metres_to(*place)).collect();
        let bounds = |of: fn(&(f64, f64)) -> f64| {
            let values = metres.iter().map(of);
            (values.clone().fold(f64::INFINITY, f64::min), values.fold(f64::NEG_INFINITY, f64::max))
        };
        let ((west, east), (south, north)) = (bounds(|m| m.0), bounds(|m| m.1));
        let (wide, high) = ((east - west).max(EXTENT_M_MIN), (north - south).max(EXTENT_M_MIN));
        let units_per_m = ((WIDTH - 2.0 * MARGIN) / wide).min((HEIGHT - 2.0 * MARGIN) / high);
        Some(Self { middle: first.offset_m((west + east) / 2.0, (south + north) / 2.0), units_per_m })
    }

    fn xy(&self, place: Position) -> (f64, f64) {
        let (east, north) = self.middle.metres_to(place);
        (WIDTH / 2.0 + east * self.units_per_m, HEIGHT / 2.0 - north * self.units_per_m)
    }

    fn path(&self, places: &[Position], is_closed: bool) -> String {
        let mut path = String::new();
        for (at, place) in places.iter().enumerate() {
            let (x, y) = self.xy(*place);
            // Writing to a String cannot fail.
            let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
        }
        if is_closed {
            path.push('Z');
        }
        path
    }

    fn area(&self, area: &Area) -> String {
        area.rings().map(|ring| self.path(ring.points(), true)).collect()
    }
}

/// The drawing; a sentence when nothing places the truck.
pub fn svg(evidence: &Evidence) -> String {
    let points = evidence.points();
    let track: Vec<Position> = points.iter().map(|point| point.at).chain(evidence.place()).collect();
    let Some(frame) = Frame::of(&track) else {
        return "<p>该时段无定位记录，无法绘图。</p>".to_owned();
    };
    let scene = Scene::of(evidence);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"轨迹、围栏与核准线路示意图\" xmlns=\"http://www.w3.org/2000/svg\">\
         <defs><pattern id=\"no-go\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"8\" stroke=\"#a30000\" stroke-width=\"1.5\"/></pattern>\
         <clipPath id=\"page\"><rect width=\"{WIDTH}\" height=\"{HEIGHT}\"/></clipPath></defs>\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\" stroke=\"#555\"/><g clip-path=\"url(#page)\">"
    );
    grounds(&mut svg, &frame, &scene);
    let [before, during, after] = parts(evidence, &points);
    for (part, colour, width) in [(before, "#6b6b6b", 1.6), (after, "#6b6b6b", 1.6), (during, "#b00000", 3.2)]
    {
        for run in runs(part) {
            let places: Vec<Position> = run.iter().map(|point| point.at).collect();
            let path = frame.path(&places, false);
            let _ = write!(
                svg,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"/>"
            );
        }
    }
    marks(&mut svg, &frame, evidence, &points);
    svg.push_str("</g>");
    scale(&mut svg, &frame);
    svg.push_str("</svg>");
    svg
}

/// The track before the act, while it lasted, and after. Neighbours share a point, so that the line does not break.
fn parts<'a>(evidence: &Evidence, points: &'a [Point]) -> [&'a [Point]; 3] {
    let begin = points.partition_point(|point| point.time < evidence.case.occurred_at);
    let end = points.partition_point(|point| point.time <= evidence.case.occurred_until).max(begin);
    let upto = (begin + 1).min(points.len());
    [&points[..upto], &points[begin..end], &points[end.saturating_sub(1).max(begin)..]]
}

/// Stretches without a gap.
pub(super) fn runs(points: &[Point]) -> Vec<&[Point]> {
    points.chunk_by(|a, b| b.time.seconds_since(a.time) <= GAP_S).collect()
}

fn grounds(svg: &mut String, frame: &Frame, scene: &Scene<'_>) {
    for route in &scene.routes {
        let path = frame.path(route.line.points(), false);
        let width = (2.0 * f64::from(route.half_width_m) * frame.units_per_m).max(3.0);
        let _ = write!(
            svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"#bfe3c6\" stroke-width=\"{width:.1}\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\
             <path d=\"{path}\" fill=\"none\" stroke=\"#1d6b32\" stroke-width=\"1\" stroke-dasharray=\"6 4\"/>"
        );
    }
    for zone in &scene.zones {
        let (fill, stroke) = match zone.kind {
            domain::ZoneKind::NoGo => ("url(#no-go)", "#a30000"),
            domain::ZoneKind::SpeedLimit(_) => ("none", "#8a5a00"),
        };
        let _ = write!(
            svg,
            "<path d=\"{}\" fill=\"{fill}\" fill-opacity=\"0.35\" stroke=\"{stroke}\" stroke-width=\"1.2\"/>",
            frame.area(&zone.area)
        );
        name(
            svg,
            frame,
            zone.area.rings().next().and_then(|ring| ring.points().first().copied()),
            &zone.name,
            stroke,
        );
    }
    for site in &scene.sites {
        let _ = write!(
            svg,
            "<path d=\"{}\" fill=\"#dbe7f5\" fill-opacity=\"0.7\" stroke=\"#0b4a8f\" stroke-width=\"1.2\"/>",
            frame.area(&site.area)
        );
        name(
            svg,
            frame,
            site.area.rings().next().and_then(|ring| ring.points().first().copied()),
            &site.name,
            "#0b4a8f",
        );
    }
}

fn name(svg: &mut String, frame: &Frame, place: Option<Position>, text: &str, colour: &str) {
    let Some((x, y)) = place.map(|place| frame.xy(place)) else { return };
    let (x, y) = (x.clamp(6.0, WIDTH - 90.0), y.clamp(16.0, HEIGHT - 8.0));
    let _ = write!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"12\" fill=\"{colour}\">{}</text>",
        escape(text)
    );
}

fn marks(svg: &mut String, frame: &Frame, evidence: &Evidence, points: &[Point]) {
    if let (Some(first), Some(last)) = (points.first(), points.last()) {
        let ((x, y), (u, v)) = (frame.xy(first.at), frame.xy(last.at));
        let _ = write!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"#fff\" stroke=\"#000\" stroke-width=\"2\"/><text x=\"{tx:.1}\" y=\"{ty:.1}\" font-size=\"12\">起</text>\
             <rect x=\"{ux:.1}\" y=\"{vy:.1}\" width=\"9\" height=\"9\" fill=\"#000\"/><text x=\"{sx:.1}\" y=\"{sy:.1}\" font-size=\"12\">止</text>",
            tx = x + 8.0,
            ty = y - 6.0,
            ux = u - 4.5,
            vy = v - 4.5,
            sx = u + 8.0,
            sy = v + 14.0,
        );
    }
    if let Some(place) = evidence.place() {
        let (x, y) = frame.xy(place);
        let _ = write!(
            svg,
            "<path d=\"M{a:.1} {b:.1}L{c:.1} {d:.1}M{a:.1} {d:.1}L{c:.1} {b:.1}\" stroke=\"#b00000\" stroke-width=\"3\"/>\
             <text x=\"{tx:.1}\" y=\"{ty:.1}\" font-size=\"13\" font-weight=\"700\" fill=\"#b00000\">违法地点</text>",
            a = x - 7.0,
            b = y - 7.0,
            c = x + 7.0,
            d = y + 7.0,
            tx = (x + 11.0).min(WIDTH - 66.0),
            ty = (y - 9.0).max(16.0),
        );
    }
}

fn scale(svg: &mut String, frame: &Frame) {
    // 1, 2 or 5 times a power of ten, the longest that takes a quarter of the width at most.
    let room_m = WIDTH / 4.0 / frame.units_per_m;
    let steps =
        [1.0, 2.0, 5.0].into_iter().flat_map(|step| (0..7).map(move |power| step * 10f64.powi(power)));
    let metres = steps.filter(|metres| *metres <= room_m).fold(1.0, f64::max);
    let (x, y, to) = (14.0, HEIGHT - 14.0, 14.0 + metres * frame.units_per_m);
    let said = if metres >= 1000.0 { format!("{} 千米", metres / 1000.0) } else { format!("{metres} 米") };
    let _ = write!(
        svg,
        "<path d=\"M{x} {y}H{to:.1}M{x} {}V{}M{to:.1} {}V{}\" stroke=\"#000\" stroke-width=\"1.5\" fill=\"none\"/>\
         <text x=\"{x}\" y=\"{}\" font-size=\"12\">{said}</text><text x=\"{}\" y=\"22\" font-size=\"13\" font-weight=\"700\">北 ↑</text>",
        y - 4.0,
        y + 4.0,
        y - 4.0,
        y + 4.0,
        y - 8.0,
        WIDTH - 44.0,
    );
}

//! Speed over time as SVG, with the limit; a gap in the reports is drawn as a gap. Pure.

use std::fmt::Write as _;

use super::drawing::runs;
use super::{Evidence, Point};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 30.0;
/// Least speed the axis reaches, km/h.
const SPEED_KMH_MIN: f64 = 60.0;
/// Marks on the time axis.
const TIME_MARKS: i64 = 6;

/// The plot and a sentence that says the same; nothing when no report tells a speed.
pub fn svg(evidence: &Evidence) -> String {
    let points: Vec<Point> =
        evidence.points().into_iter().filter(|point| point.speed_kmh.is_some()).collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return "<p>该时段无速度记录。</p>".to_owned();
    };
    let limit = evidence.limit_kmh();
    let speeds = points.iter().filter_map(|point| point.speed_kmh);
    let fastest = speeds.fold(0.0, f64::max);
    let top = ((fastest.max(limit.unwrap_or(0.0)).max(SPEED_KMH_MIN) + 5.0) / 20.0).ceil() * 20.0;
    let span_s = last.time.seconds_since(first.time).max(1.0);
    let x = |time: domain::Timestamp| {
        LEFT + (WIDTH - LEFT - RIGHT) * (time.seconds_since(first.time) / span_s).clamp(0.0, 1.0)
    };
    let y = |kmh: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * kmh / top;
    let said = sentence(evidence, &points, fastest, limit);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{said}\" xmlns=\"http://www.w3.org/2000/svg\">\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\" stroke=\"#555\"/>"
    );
    let (begin, end) = (x(evidence.case.occurred_at), x(evidence.case.occurred_until));
    // Writing to a String cannot fail.
    let _ = write!(
        svg,
        "<rect x=\"{begin:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#fbe3e3\"/>",
        (end - begin).max(1.5),
        HEIGHT - TOP - BOTTOM
    );
    let mut kmh = 0.0;
    while kmh <= top {
        let at = y(kmh);
        let _ = write!(
            svg,
            "<path d=\"M{LEFT} {at:.1}H{:.1}\" stroke=\"#ccc\" stroke-width=\"0.7\"/><text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"end\">{kmh}</text>",
            WIDTH - RIGHT,
            LEFT - 5.0,
            at + 4.0
        );
        kmh += 20.0;
    }
    for mark in 0..=TIME_MARKS {
        let time = first.time.plus_millis((span_s * 1000.0) as i64 * mark / TIME_MARKS);
        let anchor = if mark == 0 {
            "start"
        } else if mark == TIME_MARKS {
            "end"
        } else {
            "middle"
        };
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"{anchor}\">{}</text>",
            x(time),
            HEIGHT - 10.0,
            time.local().format("%H:%M:%S")
        );
    }
    for run in runs(&points) {
        let mut path = String::new();
        for (at, point) in run.iter().enumerate() {
            let letter = if at == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{:.1} {:.1}", x(point.time), y(point.speed_kmh.unwrap_or(0.0)));
        }
        let _ = write!(
            svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"#0b4a8f\" stroke-width=\"1.8\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>"
        );
    }
    if let Some(limit) = limit {
        let at = y(limit);
        let _ = write!(
            svg,
            "<path d=\"M{LEFT} {at:.1}H{:.1}\" stroke=\"#a30000\" stroke-width=\"1.6\" stroke-dasharray=\"7 4\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\" fill=\"#a30000\" text-anchor=\"end\">限速 {limit}</text>",
            WIDTH - RIGHT,
            WIDTH - RIGHT - 4.0,
            at - 5.0
        );
    }
    let _ = write!(svg, "</svg><p>{said}</p>");
    svg
}

fn sentence(evidence: &Evidence, points: &[Point], fastest: f64, limit: Option<f64>) -> String {
    let at = points.iter().find(|point| point.speed_kmh == Some(fastest)).map(|point| point.time);
    let when = at.map(|time| time.local().format("%H:%M:%S").to_string()).unwrap_or_default();
    let limit = limit.map(|limit| format!("，限速 {limit} 千米/时")).unwrap_or_default();
    format!(
        "速度（千米/时）随时间：最高 {fastest:.1} 千米/时，于 {when}{limit}。浅红底色为违法时段 {} 至 {}；超过90秒无报告处断开。",
        evidence.case.occurred_at.local().format("%H:%M:%S"),
        evidence.case.occurred_until.local().format("%H:%M:%S"),
    )
}

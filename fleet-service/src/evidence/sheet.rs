//! The evidence sheet (证据单) as HTML for A4: facts, drawing, speed plot, points, hashes, who decided. Pure.

use std::fmt::Write as _;

use domain::Timestamp;
use serde_json::Value;

use super::bundle::reports_digest;
use super::sheet_words::{act, escape, reading, source, state, word};
use super::{Evidence, Point, drawing, plot};
use crate::cases::entry::authority_zh;

/// Its style; allowed by its hash.
pub const STYLE: &str = include_str!("sheet.css");
/// Most points in the table; the bundle has them all.
pub const POINTS_MAX: usize = 60;

/// The sheet.
pub fn html(evidence: &Evidence) -> String {
    let number = escape(evidence.case.number.as_str());
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>证据单 {number}</title><style>{STYLE}</style></head><body><main>\
         <h1>证据单</h1><p class=\"number\">案号：{number}</p>{facts}{readings}\
         <h2>轨迹示意图</h2><figure>{drawing}<figcaption>WGS-84 坐标。红线：违法时段；灰线：前后各10分钟；绿带：核准线路及允许宽度；\
         蓝色：登记场所；斜线：禁行区。报告间隔超过90秒不连线。</figcaption></figure>\
         <h2>速度曲线</h2><figure>{plot}</figure>{points}{permit}{decisions}{hashes}\
         <div class=\"signs\"><div>承办人（签名）</div><div>承办人（签名）</div><div>日期</div></div></main></body></html>",
        facts = facts(evidence),
        readings = readings(evidence),
        drawing = drawing::svg(evidence),
        plot = plot::svg(evidence),
        points = points(evidence),
        permit = permit(evidence),
        decisions = decisions(evidence),
        hashes = hashes(evidence),
    )
}

fn row(rows: &mut String, name: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = write!(rows, "<tr><th scope=\"row\">{name}</th><td>{}</td></tr>", escape(value));
}

fn minute(time: Timestamp) -> String {
    time.local().format("%Y-%m-%d %H:%M:%S").to_string()
}

fn facts(evidence: &Evidence) -> String {
    let case = &evidence.case;
    let mut rows = String::new();
    row(&mut rows, "车牌号", case.plate.as_str());
    let company = evidence.carrier().map_or("—", |carrier| carrier.name.as_str());
    row(&mut rows, "运输企业", company);
    row(&mut rows, "统一社会信用代码", case.uscc.as_ref().map_or("—", |uscc| uscc.as_str()));
    let name = evidence.rule.as_ref().map_or("", |rule| rule.name_zh.as_str());
    row(&mut rows, "违法行为", &format!("{} {name}", case.rule));
    if let Some(rule) = &evidence.rule {
        row(&mut rows, "法律依据", &rule.legal_basis.join("；"));
        row(&mut rows, "规则版本", &format!("{}（{} 起施行）", rule.table_version, rule.valid_from));
    }
    let until = case.occurred_until;
    row(&mut rows, "违法时间", &format!("{} 至 {}（北京时间）", minute(case.occurred_at), minute(until)));
    let place = evidence.place().map(|at| format!("北纬 {:.6}°，东经 {:.6}°（WGS-84）", at.lat(), at.lon()));
    row(&mut rows, "违法地点", place.as_deref().unwrap_or("—"));
    if let Some(tip) = &evidence.tip {
        row(&mut rows, "举报地点", &tip.place);
    }
    row(&mut rows, "违法事实", &case.fact);
    row(&mut rows, "案件来源", source(case.source));
    row(&mut rows, "案件状态", state(case.state));
    row(&mut rows, "承办部门", authority_zh(case.authority));
    row(&mut rows, "执法人员", &case.officers.join("、"));
    if let Some(points) = case.points_centi {
        row(&mut rows, "记分", &format!("扣 {} 分", scoring::points_text(points)));
    }
    format!("<h2>基本情况</h2><table class=\"facts\"><tbody>{rows}</tbody></table>")
}

fn readings(evidence: &Evidence) -> String {
    let Some(clue) = &evidence.clue else { return String::new() };
    let violation = clue.decision.as_ref().map_or(&clue.violation, |decision| &decision.on);
    let mut rows = String::new();
    for (name, value) in &violation.facts {
        row(&mut rows, reading(name), &shown(evidence, value));
    }
    if rows.is_empty() {
        return String::new();
    }
    format!("<h2>设备读数</h2><table class=\"facts\"><tbody>{rows}</tbody></table>")
}

/// A value in words; ids of sites and zones by their name.
fn shown(evidence: &Evidence, value: &Value) -> String {
    match value {
        Value::Null => "—".to_owned(),
        Value::Array(values) if values.is_empty() => "—".to_owned(),
        Value::Bool(true) => "是".to_owned(),
        Value::Bool(false) => "否".to_owned(),
        Value::String(text) => {
            let registry = &evidence.registry;
            let site = text.parse().ok().and_then(|id| registry.sites.get(&id)).map(|site| &site.name);
            let zone = || text.parse().ok().and_then(|id| registry.zones.get(&id)).map(|zone| &zone.name);
            match (site.or_else(zone), text.parse::<Timestamp>()) {
                (Some(name), _) => format!("{name}（{text}）"),
                (None, Ok(time)) => minute(time),
                (None, Err(_)) => word(text).to_owned(),
            }
        }
        Value::Array(values) => {
            values.iter().map(|value| shown(evidence, value)).collect::<Vec<_>>().join("、")
        }
        other => other.to_string(),
    }
}

/// The points of the act, thinned evenly where they are many; the first and the last stay.
fn chosen(points: Vec<Point>) -> Vec<Point> {
    let count = points.len();
    if count <= POINTS_MAX {
        return points;
    }
    (0..POINTS_MAX).map(|at| points[at * (count - 1) / (POINTS_MAX - 1)]).collect()
}

fn points(evidence: &Evidence) -> String {
    let case = &evidence.case;
    let all = evidence.points();
    let during: Vec<Point> = all
        .iter()
        .copied()
        .filter(|point| (case.occurred_at..=case.occurred_until).contains(&point.time))
        .collect();
    let during_count = during.len();
    let chosen = chosen(if during.is_empty() { all } else { during });
    let mut rows = String::new();
    for (at, point) in chosen.iter().enumerate() {
        let speed = point.speed_kmh.map_or_else(|| "—".to_owned(), |kmh| format!("{kmh:.1}"));
        // Writing to a String cannot fail.
        let _ = write!(
            rows,
            "<tr><td class=\"n\">{}</td><td>{}</td><td class=\"n\">{:.6}</td><td class=\"n\">{:.6}</td><td class=\"n\">{speed}</td></tr>",
            at + 1,
            minute(point.time),
            point.at.lat(),
            point.at.lon(),
        );
    }
    if rows.is_empty() {
        return "<h2>定位记录</h2><p>该时段无定位记录。</p>".to_owned();
    }
    format!(
        "<h2>定位记录</h2><p class=\"small\">违法时段内共 {during_count} 点，列出 {} 点；全部记录见证据包 reports.jsonl。</p>\
         <div class=\"wide\"><table><thead><tr><th scope=\"col\">序号</th><th scope=\"col\">时间</th><th scope=\"col\">纬度</th>\
         <th scope=\"col\">经度</th><th scope=\"col\">速度（千米/时）</th></tr></thead><tbody>{rows}</tbody></table></div>",
        chosen.len()
    )
}

fn permit(evidence: &Evidence) -> String {
    let mut rows = String::new();
    match evidence.permit() {
        Some(permit) => {
            row(&mut rows, "核准文号", permit.number.as_str());
            row(
                &mut rows,
                "有效期",
                &format!("{} 至 {}", minute(permit.valid_from), minute(permit.valid_until)),
            );
            let hours =
                permit.windows.0.iter().map(|window| window.hours()).map(|(from, to)| format!("{from}—{to}"));
            let hours: Vec<String> = hours.collect();
            row(&mut rows, "时段", &if hours.is_empty() { "全天".to_owned() } else { hours.join("、") });
            row(&mut rows, "种类", &permit.waste_class);
            row(
                &mut rows,
                "车辆",
                if permit.trucks.contains(&evidence.case.plate) { "在册" } else { "不在册" },
            );
        }
        None => row(&mut rows, "核准文件", "无，或本案不依核准认定"),
    }
    let registers = evidence.registers.map_or_else(
        || "—".to_owned(),
        |(version, since)| format!("第 {version} 版（{} 起生效）", minute(since)),
    );
    row(&mut rows, "登记册版本", &registers);
    format!("<h2>核准与登记</h2><table class=\"facts\"><tbody>{rows}</tbody></table>")
}

fn decisions(evidence: &Evidence) -> String {
    let mut rows = String::new();
    for entry in &evidence.trail {
        let _ = write!(
            rows,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            minute(entry.at),
            escape(&entry.who),
            escape(act(&entry.what)),
            escape(&entry.detail)
        );
    }
    if let Some(decision) = &evidence.case.decision {
        let _ = write!(
            rows,
            "<tr><td>{}</td><td>{}</td><td>处罚决定</td><td>{}：{}</td></tr>",
            decision.date,
            authority_zh(evidence.case.authority),
            escape(&decision.number),
            escape(&decision.content)
        );
    }
    format!(
        "<h2>认定经过</h2><table><thead><tr><th scope=\"col\">时间</th><th scope=\"col\">人员</th><th scope=\"col\">事项</th>\
         <th scope=\"col\">内容</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn hashes(evidence: &Evidence) -> String {
    let mut rows = String::new();
    let mut hash = |name: &str, value: &str| {
        let _ =
            write!(rows, "<tr><th scope=\"row\">{name}</th><td class=\"mono\">{}</td></tr>", escape(value));
    };
    hash("报告记录 SHA-256", &reports_digest(evidence));
    if let Some(entry) = &evidence.entry {
        hash("台账记录 SHA-256", &entry.hash.to_string());
    }
    if let Some(last) = evidence.trail.last() {
        hash("审计链末条 SHA-256", &last.hash);
    }
    for (at, photo) in evidence.photos.iter().enumerate() {
        hash(&format!("照片 {} SHA-256", at + 1), &photo.id);
    }
    format!(
        "<h2>校验</h2><table class=\"facts\"><tbody>{rows}</tbody></table>\
         <p class=\"small\">报告记录共 {} 条，含标签读取 {} 条。证据包内 SHA256SUMS 可用 sha256sum -c 核对。软件版本 mucktrail {}。</p>",
        evidence.reports.len(),
        evidence.reports.iter().filter(|report| report.fix().is_none()).count(),
        env!("CARGO_PKG_VERSION"),
    )
}

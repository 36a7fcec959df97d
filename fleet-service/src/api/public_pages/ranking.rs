//! Rankings for anyone: companies and areas, by month and by week. Without the triage index, which is for authorities.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Timestamp;
use domain::time::date_plus_days;
use scoring::ranking::period::Period;
use scoring::ranking::{By, RankedRow, Ranking};
use scoring::rating::TooThin;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::ask::Asked;
use super::super::problem::Problem;
use super::super::rankings;
use super::shell::{Page, escape, missing, moment};
use crate::clock;
use crate::street::settings::PublicSettings;

/// Months back that anyone may ask for.
const MONTHS_BACK: u32 = 12;
/// Periods offered of each length.
const OFFERED: usize = 6;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(page))
}

/// Which ranking.
#[derive(Debug, Deserialize, IntoParams)]
struct Wanted {
    /// company or area; company when absent.
    by: Option<String>,
    /// A month, 2026-11, or a week, 2026-W47; this month when absent.
    period: Option<String>,
}

/// A ranking as a page without script.
#[utoipa::path(get, path = "/rankings", tag = "public", params(Wanted),
    responses((status = 200, content_type = "text/html", body = String),
        (status = 404, content_type = "text/html", body = String)))]
async fn page(State(api): State<Api>, Asked(wanted): Asked<Wanted>) -> Result<Response, Problem> {
    let settings = &api.cases.settings.public;
    let now = clock::now();
    let by = match wanted.by.as_deref() {
        None | Some("company") => Some(By::Company),
        Some("area") => Some(By::Area),
        Some(_) => None,
    };
    let period = match wanted.period.as_deref() {
        None => Period::month_of(now.local_date()),
        Some(text) => text.parse::<Period>().ok(),
    };
    let open = period.filter(|period| is_open(*period, now));
    let (Some(by), Some(period)) = (by, open) else {
        return Ok(missing(
            settings,
            "没有该期间的排名，可查询最近十二个月。",
            "Rankings of the last twelve months are given.",
        ));
    };
    let ranking = rankings::for_public(&api, by, period, now).await?;
    let body = render(&ranking, by, period, settings, now);
    let page = Page { title: "月度与周排名", title_en: "Rankings", above: &[], body };
    Ok(page.answer(StatusCode::OK, settings))
}

fn is_open(period: Period, now: Timestamp) -> bool {
    let oldest = Period::month_of(now.local_date()).map(|month| month.months_before_end(MONTHS_BACK + 1));
    period.start() <= now && oldest.is_some_and(|oldest| oldest <= period.start())
}

/// The newest months and weeks.
fn offered(now: Timestamp) -> (Vec<String>, Vec<String>) {
    let mut months: Vec<String> = Vec::new();
    let mut weeks: Vec<String> = Vec::new();
    let mut day = now.local_date();
    while months.len() < OFFERED || weeks.len() < OFFERED {
        let (month, week) = (day.format("%Y-%m").to_string(), day.format("%G-W%V").to_string());
        if months.len() < OFFERED && !months.contains(&month) {
            months.push(month);
        }
        if weeks.len() < OFFERED && !weeks.contains(&week) {
            weeks.push(week);
        }
        day = date_plus_days(day, -1);
    }
    (months, weeks)
}

fn render(ranking: &Ranking, by: By, period: Period, settings: &PublicSettings, now: Timestamp) -> String {
    let (months, weeks) = offered(now);
    let options = |periods: &[String]| {
        let option = |text: &String| {
            let chosen = if *text == period.to_string() { " selected" } else { "" };
            format!("<option{chosen}>{text}</option>")
        };
        periods.iter().map(option).collect::<String>()
    };
    let chosen = |this: By| if this == by { " selected" } else { "" };
    let own = if months.contains(&period.to_string()) || weeks.contains(&period.to_string()) {
        String::new()
    } else {
        format!("<option selected>{period}</option>")
    };
    let rest = if ranking.is_over {
        "本期已结束，名次不再变动。"
    } else {
        "本期未结束，名次仍会变动。"
    };
    format!(
        "<form class=\"find\" method=\"get\" action=\"/rankings\"><div><label for=\"by\">对象 <span lang=\"en\">of</span></label>\
         <select id=\"by\" name=\"by\"><option value=\"company\"{company}>企业 Companies</option><option value=\"area\"{area}>乡镇、街道 Areas</option>\
         </select></div><div><label for=\"period\">期间 <span lang=\"en\">period</span></label><select id=\"period\" name=\"period\">{own}\
         <optgroup label=\"月\">{months}</optgroup><optgroup label=\"周\">{weeks}</optgroup></select></div>\
         <button type=\"submit\">查询 Show</button></form>{table}\
         <p>期间 {first} 至 {last}。{rest}计算于 {as_of}。 <span lang=\"en\">Companies rank by score, areas by points per 100 hauls; \
         who has too little to rate has no rank.</span></p>",
        company = chosen(By::Company),
        area = chosen(By::Area),
        months = options(&months),
        weeks = options(&weeks),
        table = table(ranking, by, settings),
        first = ranking.first_day,
        last = ranking.last_day,
        as_of = moment(ranking.as_of),
    )
}

fn table(ranking: &Ranking, by: By, settings: &PublicSettings) -> String {
    if ranking.ranked.is_empty() && ranking.not_rated.is_empty() {
        return "<p class=\"notice\">本期暂无排名 <span lang=\"en\">Nothing to rank in this period.</span></p>".to_owned();
    }
    let (subject, value) = match by {
        By::Company => ("企业名称", "得分"),
        By::Area => ("乡镇、街道", "百趟扣分"),
    };
    let mut rows = String::new();
    for row in ranking.ranked.iter().chain(&ranking.not_rated) {
        line(&mut rows, row, by, (subject, value), settings);
    }
    let code = if by == By::Company { "<th scope=\"col\">统一社会信用代码</th>" } else { "" };
    let band = if by == By::Company { "<th scope=\"col\">等次</th>" } else { "" };
    format!(
        "<table><thead><tr><th scope=\"col\" class=\"n\">名次</th><th scope=\"col\">{subject}</th>{code}\
         <th scope=\"col\" class=\"n\">{value}</th>{band}<th scope=\"col\" class=\"n\">本期扣分</th>\
         <th scope=\"col\" class=\"n\">趟次</th><th scope=\"col\" class=\"n\">在线率</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn line(
    rows: &mut String,
    row: &RankedRow,
    by: By,
    (subject, value): (&str, &str),
    settings: &PublicSettings,
) {
    let rank = match (row.rank, row.not_rated) {
        (Some(rank), _) => rank.to_string(),
        (None, Some(because)) => format!("暂不评价（{}）", thin(because)),
        (None, None) => "—".to_owned(),
    };
    let code = match by {
        By::Company => {
            format!("<td data-label=\"统一社会信用代码\">{}</td>", escape(&settings.code(&row.key)))
        }
        By::Area => String::new(),
    };
    let band = match by {
        By::Company => {
            format!("<td data-label=\"等次\">{}</td>", row.band.map_or("—", |band| band.name_zh()))
        }
        By::Area => String::new(),
    };
    let percent =
        |e4: Option<u32>| e4.map_or_else(|| "—".to_owned(), |e4| format!("{}.{:02}%", e4 / 100, e4 % 100));
    // Writing to a String cannot fail.
    let _ = write!(
        rows,
        "<tr><td class=\"n\" data-label=\"名次\">{rank}</td><td data-label=\"{subject}\">{name}</td>{code}\
         <td class=\"n\" data-label=\"{value}\">{points}</td>{band}<td class=\"n\" data-label=\"本期扣分\">{period}</td>\
         <td class=\"n\" data-label=\"趟次\">{hauls}</td><td class=\"n\" data-label=\"在线率\">{online}</td></tr>",
        name = escape(&row.name),
        points = row.value_cp.map_or_else(|| "—".to_owned(), scoring::points_text),
        period = scoring::points_text(row.period_cp),
        hauls = row.exposure.hauls,
        online = percent(row.online_e4),
    );
}

fn thin(because: TooThin) -> &'static str {
    match because {
        TooThin::RegisteredDays => "登记不足期",
        TooThin::Trips => "趟次过少",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_twelve_months_are_open_and_nothing_to_come() {
        let now: Timestamp = "2026-11-24T12:00:00+08:00".parse().unwrap();
        for (text, expected) in [
            ("2026-11", true),
            ("2026-W48", true),
            ("2025-12", true),
            ("2024-11", false),
            ("2026-12", false),
            ("2026-W49", false),
        ] {
            assert_eq!(is_open(text.parse().unwrap(), now), expected, "{text}");
        }
        let (months, weeks) = offered(now);
        assert_eq!((months[0].as_str(), months[5].as_str()), ("2026-11", "2026-06"));
        assert_eq!((weeks[0].as_str(), weeks.len()), ("2026-W48", OFFERED));
        assert!(months.iter().chain(&weeks).all(|text| is_open(text.parse().unwrap(), now)));
    }
}

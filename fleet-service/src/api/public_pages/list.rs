//! 公示: the black list with search, sortable by links, as a table and as CSV.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{LocalDate, Timestamp, Uscc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::ask::Asked;
use super::super::problem::Problem;
use super::shell::{Page, escape, in_query, moment};
use crate::cases::listing_file::{FileState, ListingFile, Measure};
use crate::cases::settings::ListingSettings;
use crate::clock;
use crate::store::StoredListing;
use crate::street::settings::PublicSettings;

/// Most files of listings in force that are looked at.
pub(super) const FILES_MAX: u32 = 10_000;
/// Longest search, characters.
const SEARCH_CHARS_MAX: usize = 60;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(page)).routes(routes!(csv))
}

/// By what the list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Order {
    /// Newest first.
    #[default]
    Since,
    /// By name.
    Name,
    /// Lowest score first.
    Score,
}

/// What is looked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct Wanted {
    /// Part of a name or code.
    q: Option<String>,
    /// since (newest first), name or score (lowest first); since when absent.
    #[param(inline)]
    sort: Option<Order>,
}

/// A listed company as the public sees it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    pub(super) listing: StoredListing,
    pub(super) code: String,
    pub(super) basis: Vec<String>,
    pub(super) until: Option<LocalDate>,
    pub(super) source: String,
}

/// Everything listed now, with what each listing rests on.
pub(super) async fn listed(api: &Api) -> Result<Vec<Listed>, Problem> {
    let files = api.store.listing_files(Some(FileState::Listed), None, FILES_MAX).await?;
    let settings = &api.cases.settings;
    Ok(join(api.store.listings().await?, files, &settings.public, &settings.listing))
}

fn join(
    listings: Vec<StoredListing>,
    files: Vec<ListingFile>,
    public: &PublicSettings,
    listing: &ListingSettings,
) -> Vec<Listed> {
    // The newest first: the first of a company is the one in force.
    let mut of_company: BTreeMap<Uscc, ListingFile> = BTreeMap::new();
    for file in files.into_iter().filter(|file| file.measure == Measure::List) {
        of_company.entry(file.uscc.clone()).or_insert(file);
    }
    let row = |stored: StoredListing| {
        let file = of_company.get(&stored.uscc);
        Listed {
            code: public.code(stored.uscc.as_str()),
            basis: file.map_or_else(|| listing.legal_basis.clone(), |file| file.legal_basis.clone()),
            until: file.and_then(|file| file.term_end),
            source: file.map_or_else(|| listing.deciding_name.clone(), |file| file.authority_name.clone()),
            listing: stored,
        }
    };
    listings.into_iter().map(row).collect()
}

impl Listed {
    /// Rules that led to it, each once, in Chinese.
    pub(super) fn causes(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        for cause in &self.listing.cause {
            let name = format!("{} {}", cause.rule, cause.rule_name_zh);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join("；")
    }

    /// How long it is public.
    pub(super) fn term(&self) -> String {
        let since = self.listing.since.local_date();
        match self.until {
            Some(until) => format!("{since} 至 {until}"),
            None => format!("{since} 起至移出"),
        }
    }
}

fn chosen(mut rows: Vec<Listed>, wanted: &Wanted) -> (Vec<Listed>, String) {
    let asked: String =
        wanted.q.as_deref().unwrap_or_default().trim().chars().take(SEARCH_CHARS_MAX).collect();
    let folded = asked.to_lowercase();
    // A masked code is looked for as it is shown: or the search would tell what the mask hides.
    rows.retain(|row| {
        row.listing.name.to_lowercase().contains(&folded) || row.code.to_lowercase().contains(&folded)
    });
    match wanted.sort.unwrap_or_default() {
        Order::Since => rows.sort_by_key(|row| std::cmp::Reverse((row.listing.since, row.listing.feed_seq))),
        Order::Name => rows.sort_by(|a, b| a.listing.name.cmp(&b.listing.name)),
        Order::Score => rows.sort_by_key(|row| (row.listing.score_centi, row.listing.feed_seq)),
    }
    (rows, asked)
}

/// The black list as a page without script.
#[utoipa::path(get, path = "/blacklist", tag = "public", params(Wanted),
    responses((status = 200, content_type = "text/html", body = String), (status = 400, body = Problem)))]
async fn page(State(api): State<Api>, Asked(wanted): Asked<Wanted>) -> Result<Response, Problem> {
    let (rows, asked) = chosen(listed(&api).await?, &wanted);
    let body = render(&rows, &asked, wanted.sort.unwrap_or_default(), clock::now());
    let page =
        Page {
            title: "黑名单公示", title_en: "Black list of construction-waste hauliers", above: &[], body
        };
    Ok(page.answer(StatusCode::OK, &api.cases.settings.public))
}

fn render(rows: &[Listed], asked: &str, order: Order, now: Timestamp) -> String {
    let find = format!(
        "<form class=\"find\" method=\"get\" action=\"/blacklist\" role=\"search\"><div><label for=\"q\">企业名称或代码 \
         <span lang=\"en\">name or code</span></label><input id=\"q\" name=\"q\" type=\"search\" value=\"{}\"></div>\
         <button type=\"submit\">查询 Search</button></form>",
        escape(asked)
    );
    let table = if rows.is_empty() {
        "<p class=\"notice\">暂无公示信息 <span lang=\"en\">No company is listed.</span></p>".to_owned()
    } else {
        table(rows, asked, order)
    };
    format!(
        "<p>记分低于60.00分的运输企业列入黑名单并推送信用平台。已移出的企业不再显示。 <span lang=\"en\">Companies whose score is \
         below 60.00 are listed and reported to the credit platform; those that came off are gone from here.</span></p>\
         {find}{table}<p>截至 {as_of}，共 {count} 家。 <span class=\"noprint\"><a href=\"/blacklist.csv\">下载 CSV</a> · \
         <a href=\"/feed/blacklist.jsonl\">JSON Lines</a> · <a href=\"/feed/key\">签名公钥 <span lang=\"en\">signing key</span></a> · \
         打印请用浏览器的打印功能</span></p>",
        as_of = moment(now),
        count = rows.len(),
    )
}

fn table(rows: &[Listed], asked: &str, order: Order) -> String {
    let heading = |this: Order, word: &str, name: &str| {
        let (sorted, mark) = if this == order { (" aria-sort=\"other\"", " ▾") } else { ("", "") };
        format!(
            "<th scope=\"col\"{sorted}><a href=\"/blacklist?sort={word}&amp;q={}\">{name}</a>{mark}</th>",
            in_query(asked)
        )
    };
    let mut lines = String::new();
    for row in rows {
        // Writing to a String cannot fail.
        let _ = write!(
            lines,
            "<tr><td data-label=\"企业名称\"><a href=\"/blacklist/{seq}\">{name}</a></td>\
             <td data-label=\"统一社会信用代码\">{code}</td><td data-label=\"等级\">黑榜</td>\
             <td class=\"n\" data-label=\"得分\"><span class=\"score\">{score}</span></td><td data-label=\"事由\">{causes}</td>\
             <td data-label=\"依据\">{basis}</td><td data-label=\"公示期\">{term}</td><td data-label=\"发布日期\">{day}</td>\
             <td data-label=\"来源\">{source}</td></tr>",
            seq = row.listing.feed_seq,
            name = escape(&row.listing.name),
            code = escape(&row.code),
            score = scoring::points_text(row.listing.score_centi),
            causes = escape(&row.causes()),
            basis = escape(&row.basis.join("；")),
            term = row.term(),
            day = row.listing.since.local_date(),
            source = escape(&row.source),
        );
    }
    format!(
        "<table><caption>黑名单企业。点击带下划线的表头可排序。</caption><thead><tr>{name}<th scope=\"col\">统一社会信用代码</th><th scope=\"col\">等级</th>\
         {score}<th scope=\"col\">事由</th><th scope=\"col\">依据</th><th scope=\"col\">公示期</th>{since}\
         <th scope=\"col\">来源</th></tr></thead><tbody>{lines}</tbody></table>",
        name = heading(Order::Name, "name", "企业名称"),
        score = heading(Order::Score, "score", "得分"),
        since = heading(Order::Since, "since", "发布日期"),
    )
}

/// The black list as the page shows it, as CSV for spreadsheets: UTF-8 with a byte-order mark.
#[utoipa::path(get, path = "/blacklist.csv", tag = "public",
    responses((status = 200, content_type = "text/csv", body = String)))]
async fn csv(State(api): State<Api>) -> Result<impl IntoResponse, Problem> {
    let (rows, _) = chosen(listed(&api).await?, &Wanted::default());
    let now = clock::now();
    let file = format!("attachment; filename=\"blacklist-{}.csv\"", now.local().format("%Y%m%d-%H%M"));
    let text = written(&rows).map_err(|e| Problem::internal(&e))?;
    Ok((
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, file)],
        text,
    ))
}

const COLUMNS: [&str; 9] =
    ["企业名称", "统一社会信用代码", "等级", "得分", "事由", "依据", "公示期", "发布日期", "来源"];

fn written(rows: &[Listed]) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{FEFF}".as_bytes().to_vec());
    writer.write_record(COLUMNS)?;
    for row in rows {
        writer.write_record([
            cell(&row.listing.name),
            cell(&row.code),
            "黑榜".to_owned(),
            scoring::points_text(row.listing.score_centi),
            cell(&row.causes()),
            cell(&row.basis.join("；")),
            row.term(),
            row.listing.since.local_date().to_string(),
            cell(&row.source),
        ])?;
    }
    let bytes = writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A cell no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, score_centi: i64, day: i64) -> Listed {
        let listing = StoredListing {
            uscc: "91350100M000100Y43".parse().unwrap(),
            name: name.into(),
            since: Timestamp::from_seconds(day * 86_400),
            score_centi,
            cause: vec![],
            feed_seq: day as u64,
        };
        Listed {
            code: "913501********0Y43".into(),
            basis: vec!["甲法".into()],
            until: None,
            source: "乙局".into(),
            listing,
        }
    }

    #[test]
    fn a_name_with_markup_is_shown_not_run() {
        let html = render(
            &[row("<script>alert('x')</script>&", 5995, 1)],
            "\"><b>",
            Order::Since,
            Timestamp::from_seconds(0),
        );
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert!(html.contains("59.95") && html.contains("q=%22%3E%3Cb%3E"), "{html}");
    }

    #[test]
    fn an_empty_list_says_so() {
        assert!(render(&[], "", Order::Since, Timestamp::from_seconds(0)).contains("暂无公示信息"));
    }

    #[test]
    fn the_list_is_searched_and_sorted_by_what_is_shown() {
        let rows = || vec![row("乙", 5900, 1), row("甲", 5000, 3), row("丙", 5500, 2)];
        let check = |q: &str, sort, expected: &[&str]| {
            let wanted = Wanted { q: Some(q.into()), sort };
            let names: Vec<String> =
                chosen(rows(), &wanted).0.into_iter().map(|row| row.listing.name).collect();
            assert_eq!(names, expected, "{q} {sort:?}");
        };
        check("", None, &["甲", "丙", "乙"]);
        check("", Some(Order::Score), &["甲", "丙", "乙"]);
        check("丙", Some(Order::Name), &["丙"]);
        check("0y43", Some(Order::Since), &["甲", "丙", "乙"]);
        check("M000100", None, &[]);
    }

    #[test]
    fn csv_opens_in_a_spreadsheet_and_runs_nothing() {
        let text = written(&[row("=cmd()", 5000, 1)]).unwrap();
        assert!(text.starts_with("\u{FEFF}企业名称,") && text.contains("\r\n'=cmd(),"), "{text:?}");
    }
}

//! The texts a company is sent, as Markdown: the notice that it is about to be listed (河南省社会信用条例 Art. 28 asks for
//! facts, basis, measures and the right to object) and the notice that it is off the list.

use std::fmt::Write as _;

use domain::LocalDate;
use scoring::points_text;

use super::listing_file::{ListingFile, Measure, Why};
use super::settings::Settings;

/// Days to object to an exit where no notice period is set for listings.
pub const EXIT_NOTICE_WORKING_DAYS: u32 = 10;

/// How many working days a company has to object.
pub fn window_days(measure: Measure, settings: &Settings) -> u32 {
    match (measure, settings.listing.notice_working_days) {
        (Measure::Exit, 0) => EXIT_NOTICE_WORKING_DAYS,
        (_, days) => days,
    }
}

/// What an inserted text may not do: begin markup of its own.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '&' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

fn list(out: &mut String, texts: &[String]) {
    for (at, text) in texts.iter().enumerate() {
        let _ = writeln!(out, "{}. {}", at + 1, plain(text));
    }
}

/// The notice of an intended listing or exit. The last day to object follows from the day of service and is told with it.
pub fn of_intention(file: &ListingFile, number: &str, written: LocalDate, settings: &Settings) -> String {
    // An exit always gives time to object, also where a listing gives none.
    let days = window_days(file.measure, settings);
    let what = match file.measure {
        Measure::List => "列入建筑垃圾清运黑榜",
        Measure::Exit => "移出建筑垃圾清运企业名录",
    };
    let mut out = String::new();
    let _ = writeln!(out, "# 拟{what}告知书\n\n{}\n", plain(number));
    let _ = writeln!(out, "{}（统一社会信用代码 {}）：\n", plain(&file.name), file.uscc);
    let score = points_text(file.score_centi);
    match &file.why {
        Why::Score => {
            let _ = writeln!(
                out,
                "你单位{}年度记分为 **{score}** 分，低于 60.00 分，我单位拟将你单位{what}。\n",
                file.cycle
            );
        }
        Why::Trigger { what: trigger, .. } => {
            let _ = writeln!(out, "因{}，我单位拟将你单位{what}（当前记分 {score} 分）。\n", plain(trigger));
        }
    }
    out.push_str("## 事实\n\n| 案号 | 时间 | 违法行为 | 计分 |\n|---|---|---|---|\n");
    for cause in &file.causes {
        let _ = writeln!(
            out,
            "| {} | {} | {} {} | {} |",
            plain(&cause.case_no),
            cause.occurred_at.local_date(),
            cause.rule,
            plain(&cause.rule_name_zh),
            points_text(cause.amount_centi)
        );
    }
    out.push_str("\n## 依据\n\n");
    list(&mut out, &file.legal_basis);
    out.push_str("\n## 拟采取的措施\n\n");
    list(&mut out, &file.measures);
    if file.measure == Measure::Exit {
        let _ = writeln!(
            out,
            "{}. 移出名录之日起{}年内不得重新进入",
            file.measures.len() + 1,
            settings.listing.reentry_ban_years
        );
    }
    let _ = writeln!(
        out,
        "\n## 陈述、申辩和异议\n\n你单位有权在收到本告知书次日起 **{days} 个工作日**内提出异议并提交证据。异议期间不作出决定。逾期未提出的，视为放弃。\n"
    );
    out.push_str("## 修复条件\n\n");
    list(&mut out, &file.repair_conditions);
    let _ = writeln!(out, "\n{}  \n{written}", plain(&file.authority_name));
    out
}

/// The notice that a company is off the list; `None` while it is not.
pub fn of_removal(file: &ListingFile) -> Option<String> {
    let at = file.delisted?;
    let mut out = String::new();
    let _ = writeln!(out, "# 移出黑榜告知书\n\n{}（统一社会信用代码 {}）：\n", plain(&file.name), file.uscc);
    let since = file.listed.map(|listed| format!("{}列入", listed.local_date())).unwrap_or_default();
    let _ = writeln!(
        out,
        "你单位（{since}，案卷 {}）已于 {} 移出建筑垃圾清运黑榜。原因：{}。移出信息已同步公布并推送。\n",
        plain(&file.number),
        at.local_date(),
        plain(file.end_reason.as_deref().unwrap_or("已满足移出条件"))
    );
    let _ = writeln!(out, "{}  \n{}", plain(&file.authority_name), at.local_date());
    Some(out)
}

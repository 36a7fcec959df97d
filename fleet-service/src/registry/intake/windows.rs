//! Hours as people write them in tables: `22:00-05:00`, `周一至周五 22:00-05:00；周六 20:00-06:00`, `mon-fri 9:00-17:00`.

use serde_json::{Value, json};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAYS_ZH: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];

/// The hours as the registers have them; `None` when the text cannot be read.
pub(super) fn read(text: &str) -> Option<Value> {
    let parts = text.split([';', '；', '、', '\n']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(window).collect::<Option<Vec<Value>>>().map(Value::from)
}

fn window(part: &str) -> Option<Value> {
    let digits = part.find(|c: char| c.is_ascii_digit())?;
    let (days, hours) = part.split_at(digits);
    let (from, to) = hours.split_once(['-', '—', '–', '~', '～', '至'])?;
    Some(json!({ "days": days_of(days.trim())?, "from": clock(from)?, "to": clock(to)? }))
}

/// `9:00` as `09:00`.
fn clock(text: &str) -> Option<String> {
    let (hour, minute) =
        text.trim().trim_start_matches('次').trim_start_matches('日').split_once([':', '：'])?;
    let (hour, minute): (u8, u8) = (hour.trim().parse().ok()?, minute.trim().parse().ok()?);
    Some(format!("{hour:02}:{minute:02}"))
}

fn days_of(text: &str) -> Option<Vec<&'static str>> {
    let text = text.trim_end_matches([':', '：', ' ']).to_lowercase();
    if matches!(text.as_str(), "" | "每天" | "每日" | "daily" | "全周") {
        return Some(DAYS.to_vec());
    }
    let text = text.replace("星期", "").replace("周", "").replace('天', "日");
    if let Some((first, last)) = text.split_once(['-', '—', '–', '~', '至', '到']) {
        let (first, last) = (day(first)?, day(last)?);
        return Some(
            (0..7)
                .map(|n| (first + n) % 7)
                .scan(false, |over, day| {
                    let is_over = std::mem::replace(over, *over || day == last);
                    (!is_over).then_some(DAYS[day])
                })
                .collect(),
        );
    }
    text.split([',', '，', ' ', '/'])
        .filter(|name| !name.is_empty())
        .map(|name| day(name).map(|day| DAYS[day]))
        .collect()
}

fn day(text: &str) -> Option<usize> {
    let text = text.trim();
    DAYS.iter().position(|name| *name == text).or_else(|| DAYS_ZH.iter().position(|name| *name == text))
}

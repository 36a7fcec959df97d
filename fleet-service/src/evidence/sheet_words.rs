//! Words of the evidence sheet in Chinese. What has none is shown under the name it has.

use crate::cases::case_file::{CaseState, Source};

/// A reading of the judge by its name.
pub(super) fn reading(name: &str) -> &str {
    match name {
        "seconds" => "持续（秒）",
        "source" => "装载场所",
        "sink" => "卸载场所",
        "sinks_named" => "核准消纳场",
        "loaded_by" => "载货依据",
        "failed" => "不符条款",
        "zone" => "区域",
        "nearest_site" => "最近登记场所",
        "nearest_site_m" => "距最近场所（米）",
        "nearest_route" => "最近核准线路",
        "farthest_m" => "最远偏离（米）",
        "allowed_m" => "允许偏离（米）",
        "driven_m" => "行驶（米）",
        "moved_m" => "移动（米）",
        "limit_kmh" => "限速（千米/时）",
        "fastest_kmh" => "最高速度（千米/时）",
        "median_over_percent" => "超速中位数（%）",
        "band" => "档次",
        "grade" => "证据等级",
        "permit_valid_from" => "核准起始",
        "permit_valid_until" => "核准截止",
        "permits_not_in_force" => "未生效核准",
        "registers_since" => "登记册版本起始",
        "outside_hours_s" => "时段外（秒）",
        "windows" => "核准时段",
        "washed_s" => "冲洗（秒）",
        "wanted_s" => "应冲洗（秒）",
        "open_s" => "未密闭（秒）",
        "silent_s" => "无报告（秒）",
        "signs" => "迹象",
        "parked_since" => "停放起始",
        "lifted_s" => "举升（秒）",
        "load_after" => "卸后载荷",
        "loaded_again_at" => "再次载货",
        "distance_km" => "距离（千米）",
        "apart_m" => "两车相距（米）",
        "needed_kmh" => "所需速度（千米/时）",
        "fixes" => "定位点数",
        "gate" => "卡口",
        "kept_by_permits" => "符合的其他核准",
        other => other,
    }
}

/// A word the judge gives as a reading.
pub(super) fn word(word: &str) -> &str {
    match word {
        "no_permit_names_source" => "没有以该工地为起点的核准",
        "no_permit_in_force" => "核准不在有效期或已停用",
        "sensor" => "传感器（载荷与举升均有读数）",
        "partial" => "部分传感器",
        "position_only" => "仅定位",
        "load_reading" => "载荷读数",
        other => other,
    }
}

/// Where a case stands.
pub(super) fn state(state: CaseState) -> &'static str {
    match state {
        CaseState::UnderReview => "移送待认定",
        CaseState::Confirmed => "已认定",
        CaseState::Decided => "已作出决定",
        CaseState::Reconsidered => "复议或诉讼中",
        CaseState::Final => "已生效",
        CaseState::Rejected => "不予认定",
        CaseState::Revoked => "已撤销",
    }
}

/// Where a case came from.
pub(super) fn source(source: Source) -> &'static str {
    match source {
        Source::Clue => "设备线索，经执法人员认定",
        Source::Officer => "执法人员录入",
        Source::Import => "导入的已决案件",
    }
}

/// An act of the trail.
pub(super) fn act(word: &str) -> &str {
    match word {
        "confirm" => "认定线索",
        "reject" => "驳回线索",
        "enter case" => "录入案件",
        "decide case" => "登记处罚决定",
        "hand over" => "移送",
        "receive" => "接收移送",
        "file tip" => "举报立案",
        other => other,
    }
}

/// A text that shows as it is written.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
        escaped
    })
}

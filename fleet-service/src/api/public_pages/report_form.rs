//! The form of 群众举报 and what is said after it was sent, as HTML.

use std::collections::BTreeMap;

use domain::Timestamp;

use super::shell::{escape, moment};
use crate::street::photo::PHOTOS_MAX;
use crate::street::settings::PublicSettings;
use crate::street::tip::{AGE_DAYS_MAX, Tip, What};

/// What is in the form when it is shown.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// Texts by the name of their input.
    pub(super) values: BTreeMap<String, String>,
    /// What is wrong, by the name of the input, in Chinese and English.
    pub(super) wrong: Vec<(String, String, String)>,
}

impl Filled {
    fn value(&self, name: &str) -> String {
        escape(self.values.get(name).map_or("", String::as_str))
    }

    fn wrong_with(&self, name: &str) -> Option<(&str, &str)> {
        self.wrong.iter().find(|(input, ..)| input == name).map(|(_, zh, en)| (zh.as_str(), en.as_str()))
    }

    /// Attributes that tie an input to its hint and its fault.
    fn attributes(&self, name: &str) -> String {
        match self.wrong_with(name) {
            Some(_) => format!(" aria-invalid=\"true\" aria-describedby=\"{name}-wrong {name}-hint\""),
            None => format!(" aria-describedby=\"{name}-hint\""),
        }
    }

    fn fault(&self, name: &str) -> String {
        match self.wrong_with(name) {
            Some((zh, en)) => format!(
                "<p class=\"wrong\" id=\"{name}-wrong\">✕ {} <span lang=\"en\">{}</span></p>",
                escape(zh),
                escape(en)
            ),
            None => String::new(),
        }
    }
}

/// The form.
pub(super) fn form(filled: &Filled, token: &str, settings: &PublicSettings, now: Timestamp) -> String {
    let text = |name: &str, zh: &str, en: &str, hint: &str, more: &str| {
        format!(
            "<div class=\"field\"><label for=\"{name}\">{zh} <span lang=\"en\">{en}</span></label>\
             <p class=\"hint\" id=\"{name}-hint\">{hint}</p>{fault}\
             <input id=\"{name}\" name=\"{name}\" value=\"{value}\"{attributes}{more}></div>",
            fault = filled.fault(name),
            value = filled.value(name),
            attributes = filled.attributes(name),
        )
    };
    let plate = text(
        "plate",
        "车牌号",
        "plate",
        "看清几位写几位，如 豫A12345；看不清可留空并在下面描述",
        " maxlength=\"20\" autocomplete=\"off\" autocapitalize=\"characters\"",
    );
    let place =
        text("place", "地点", "where", "道路、路口或附近单位", " maxlength=\"200\" autocomplete=\"off\"");
    let contact = text(
        "contact",
        "联系方式（可不填）",
        "phone or e-mail, optional",
        "仅核查人员可见，用于向您核实",
        " maxlength=\"100\"",
    );
    let intro = format!(
        "<p>举报渣土车、混凝土车的违法行为。举报只作线索，由执法人员核查后处理。紧急情况请拨打 {hotline}。\
         <span lang=\"en\">What you tell is a lead that officers look into. In an emergency call {hotline}.</span></p>",
        hotline = escape(&settings.hotline)
    );
    format!(
        "{intro}{faults}<form method=\"post\" action=\"/report\" enctype=\"multipart/form-data\" novalidate>\
         <input type=\"hidden\" name=\"token\" value=\"{token}\">{what}{plate}{place}{coordinates}{when}\
         <div class=\"field\"><label for=\"text\">情况说明 <span lang=\"en\">in your words</span></label>\
         <p class=\"hint\" id=\"text-hint\">最多1000字</p>{text_fault}\
         <textarea id=\"text\" name=\"text\" rows=\"4\" maxlength=\"1000\"{text_attributes}>{text_value}</textarea></div>\
         <div class=\"field\"><label for=\"photos\">照片（可不传） <span lang=\"en\">pictures, optional</span></label>\
         <p class=\"hint\" id=\"photos-hint\">最多{PHOTOS_MAX}张，JPEG、PNG 或 WebP，每张不超过6 MB</p>{photos_fault}\
         <input id=\"photos\" name=\"photos\" type=\"file\" accept=\"image/jpeg,image/png,image/webp\" multiple{photos_attributes}></div>\
         {contact}<button type=\"submit\">提交举报 <span>Send</span></button></form>{lookup}",
        faults = faults(filled),
        token = escape(token),
        what = what(filled),
        coordinates = coordinates(filled),
        when = when(filled, now),
        text_fault = filled.fault("text"),
        text_attributes = filled.attributes("text"),
        text_value = filled.value("text"),
        photos_fault = filled.fault("photos"),
        photos_attributes = filled.attributes("photos"),
        lookup = lookup(),
    )
}

fn faults(filled: &Filled) -> String {
    if filled.wrong.is_empty() {
        return String::new();
    }
    let item = |(name, zh, en): &(String, String, String)| {
        format!("<li><a href=\"#{name}\">{}</a> <span lang=\"en\">{}</span></li>", escape(zh), escape(en))
    };
    let items: String = filled.wrong.iter().map(item).collect();
    format!(
        "<div class=\"notice bad\" role=\"alert\"><p><strong>举报尚未提交，请更正：</strong></p><ul>{items}</ul>\
         <p>已填写的文字保留；照片需重新选择。</p></div>"
    )
}

fn what(filled: &Filled) -> String {
    let chosen = filled.values.get("what").map_or("", String::as_str);
    let option = |what: What| {
        let (zh, en) = what.names();
        let selected = if what.word() == chosen { " selected" } else { "" };
        format!("<option value=\"{}\"{selected}>{zh} {en}</option>", what.word())
    };
    let options: String = What::ALL.into_iter().map(option).collect();
    format!(
        "<div class=\"field\"><label for=\"what\">所见情形 <span lang=\"en\">what you saw</span></label>\
         <p class=\"hint\" id=\"what-hint\">选择最接近的一项</p>{fault}\
         <select id=\"what\" name=\"what\"{attributes}><option value=\"\">请选择 Choose</option>{options}</select></div>",
        fault = filled.fault("what"),
        attributes = filled.attributes("what"),
    )
}

fn coordinates(filled: &Filled) -> String {
    let degree = |name: &str, zh: &str, en: &str| {
        format!(
            "<div><label for=\"{name}\">{zh} <span lang=\"en\">{en}</span></label>\
             <input id=\"{name}\" name=\"{name}\" inputmode=\"decimal\" value=\"{}\"{} autocomplete=\"off\"></div>",
            filled.value(name),
            filled.attributes("lat"),
        )
    };
    format!(
        "<fieldset><legend>坐标（可不填） <span lang=\"en\">coordinates, optional</span></legend>\
         <p class=\"hint\" id=\"lat-hint\">GPS（WGS-84）度数，如 34.5123、113.3912；手机地图上的坐标有偏移，请优先写地点</p>{fault}\
         <div class=\"two\">{lat}{lon}</div></fieldset>",
        fault = filled.fault("lat"),
        lat = degree("lat", "纬度", "latitude"),
        lon = degree("lon", "经度", "longitude"),
    )
}

fn when(filled: &Filled, now: Timestamp) -> String {
    let local = now.local();
    let today = local.format("%Y-%m-%d").to_string();
    let oldest = now.plus_seconds(-AGE_DAYS_MAX * 86_400).local_date();
    let value = |name: &str, or: String| match filled.values.get(name) {
        Some(value) => escape(value),
        None => or,
    };
    format!(
        "<fieldset><legend>发现时间 <span lang=\"en\">when</span></legend>\
         <p class=\"hint\" id=\"occurred_at-hint\">北京时间</p>{fault}<div class=\"two\">\
         <div><label for=\"occurred_at\">日期 <span lang=\"en\">day</span></label><input id=\"occurred_at\" name=\"day\" type=\"date\" \
         value=\"{day}\" min=\"{oldest}\" max=\"{today}\"{attributes}></div>\
         <div><label for=\"time\">时刻 <span lang=\"en\">time</span></label><input id=\"time\" name=\"time\" type=\"time\" value=\"{time}\"></div>\
         </div></fieldset>",
        fault = filled.fault("occurred_at"),
        attributes = filled.attributes("occurred_at"),
        day = value("day", today.clone()),
        time = value("time", local.format("%H:%M").to_string()),
    )
}

fn lookup() -> String {
    "<h2>查询办理进度 <span lang=\"en\">Look up a report</span></h2>\
     <form class=\"find\" method=\"get\" action=\"/report/state\"><div><label for=\"receipt\">查询码 <span lang=\"en\">receipt</span></label>\
     <input id=\"receipt\" name=\"receipt\" maxlength=\"20\" autocomplete=\"off\"></div><button type=\"submit\">查询 Look up</button></form>"
        .to_owned()
}

/// What a sender is told. Nothing of what was sent, of whose truck it is or of how it ended.
pub(super) fn state(tip: &Tip) -> String {
    let (zh, en) = tip.state.told();
    format!(
        "<p>查询码 <span lang=\"en\">receipt</span></p><p class=\"receipt\">{receipt}</p>\
         <p>请记下查询码，凭它可在本页查询进度。 <span lang=\"en\">Write it down: it is the only way to look this report up.</span></p>\
         <dl><dt>办理状态</dt><dd>{zh} <span lang=\"en\">{en}</span></dd><dt>收到时间</dt><dd>{at}</dd></dl>\
         <p class=\"noprint\"><a href=\"/report\">返回举报页</a></p>{lookup}",
        receipt = tip.receipt,
        at = moment(tip.received),
        lookup = lookup(),
    )
}

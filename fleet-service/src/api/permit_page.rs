//! The page a permit's QR code leads to: anyone sees whether the permit holds now, and whether a plate is on it. It works
//! without script and shows no person and no list of plates.

use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Plate, Timestamp};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::ask::Asked;
use super::permits::standing_now;
use super::problem::Problem;
use crate::clock;
use crate::view::permit::PermitRow;

const STYLE: &str = "body{font:18px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;max-width:40rem;margin:0 auto;\
padding:1rem;color:#1b1b1b;background:#fff}h1{font-size:1.3rem;margin:.2rem 0}.en{color:#555;font-size:.9em}\
.state{font-size:1.8rem;font-weight:700;border:4px solid;border-radius:.4rem;padding:.6rem 1rem;margin:1rem 0}\
.yes{color:#0b5d2a}.no{color:#a30000}dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1rem}\
dt{color:#555}dd{margin:0;overflow-wrap:anywhere}label{display:block;margin-top:1rem}\
input,button{font:inherit;min-height:48px;padding:0 .8rem;border:2px solid #555;border-radius:.3rem;background:#fff;color:inherit}\
button{background:#0b4a8f;border-color:#0b4a8f;color:#fff}input:focus,button:focus{outline:3px solid #c26b00;outline-offset:2px}\
@media(max-width:24rem){dl{grid-template-columns:1fr}dt{margin-top:.4rem}}";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(page))
}

/// A truck that is looked at.
#[derive(Deserialize, IntoParams)]
struct Looked {
    /// Its plate.
    plate: Option<String>,
}

/// Whether a permit holds now: a page for anyone.
#[utoipa::path(get, path = "/p/{number}", tag = "public", params(("number" = String, Path, description = "Its number"), Looked),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, content_type = "text/html", body = String)))]
async fn page(
    State(api): State<Api>,
    Path(number): Path<String>,
    Asked(looked): Asked<Looked>,
) -> Result<impl IntoResponse, Problem> {
    let now = clock::now();
    let registers = api.register_desk.book().await?.registers();
    let (status, body) = match standing_now(&registers, &number, now) {
        Some((permit, row)) => {
            let may_haul = permit.is_in_force_at(now);
            let in_hours = permit.windows.hold_at(now);
            let asked = looked.plate.filter(|plate| !plate.trim().is_empty());
            let named = asked.map(|plate| {
                let on = plate.parse::<Plate>().ok().map(|plate| permit.trucks.contains(&plate));
                (plate, on)
            });
            (StatusCode::OK, held(&row, may_haul, in_hours, named, now))
        }
        None => (StatusCode::NOT_FOUND, unknown(&number)),
    };
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    let html = format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>准运证核验</title><style>{STYLE}</style></head>\
         <body><main>{body}</main></body></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (HeaderName::from_static("content-security-policy"), policy),
    ];
    Ok((status, headers, html))
}

fn unknown(number: &str) -> String {
    format!(
        "<h1>准运证核验 <span class=\"en\" lang=\"en\">Permit check</span></h1>\
         <p class=\"state no\">✕ 查无此证<br><span class=\"en\" lang=\"en\">No such permit</span></p>\
         <p>编号 <b>{}</b> 不在登记册中，请核对编号。\
         <span class=\"en\" lang=\"en\">This number is not in the register: compare it with the permit.</span></p>",
        escape(number)
    )
}

fn held(
    row: &PermitRow,
    may_haul: bool,
    in_hours: bool,
    named: Option<(String, Option<bool>)>,
    now: Timestamp,
) -> String {
    let (class, mark) = if may_haul { ("yes", "✓") } else { ("no", "✕") };
    let hours = match (may_haul, in_hours) {
        (true, false) => {
            "<p><b>现在不在准运时段内。</b> <span class=\"en\" lang=\"en\">It holds, but not at this hour.</span></p>"
        }
        _ => "",
    };
    let ways: Vec<String> = row
        .legs
        .iter()
        .map(|leg| format!("{} → {}", escape(&leg.source_name), escape(&leg.sink_name)))
        .collect();
    let plate = match &named {
        None => String::new(),
        Some((plate, Some(true))) => format!(
            "<p class=\"yes\">✓ {} 在本证车辆之列 <span class=\"en\" lang=\"en\">is on this permit</span></p>",
            escape(plate)
        ),
        Some((plate, Some(false))) => format!(
            "<p class=\"no\">✕ {} 不在本证车辆之列 <span class=\"en\" lang=\"en\">is not on this permit</span></p>",
            escape(plate)
        ),
        Some((plate, None)) => format!(
            "<p class=\"no\">✕ {} 不是车牌号，请核对 <span class=\"en\" lang=\"en\">is no plate</span></p>",
            escape(plate)
        ),
    };
    let typed = named.map(|(plate, _)| escape(&plate)).unwrap_or_default();
    format!(
        "<h1>准运证核验 <span class=\"en\" lang=\"en\">Permit check</span></h1>\
         <p class=\"state {class}\">{mark} {state_zh}<br><span class=\"en\" lang=\"en\">{state_en}</span></p>{hours}{plate}\
         <form method=\"get\"><label>核对车牌 <span class=\"en\" lang=\"en\">Check a plate</span><br>\
         <input name=\"plate\" value=\"{typed}\" maxlength=\"12\" autocomplete=\"off\"></label> \
         <button>核对 Check</button></form>\
         <dl><dt>编号</dt><dd>{number}</dd><dt>运输企业</dt><dd>{carrier}</dd><dt>有效期</dt><dd>{from} 至 {to}</dd>\
         <dt>时段</dt><dd>{hours_zh}</dd><dt>运输</dt><dd>{ways}</dd><dt>渣土类别</dt><dd>{waste}</dd>\
         <dt>查询时间</dt><dd>{asked}</dd></dl>",
        state_zh = escape(&row.state_zh),
        state_en = escape(&row.state_en),
        number = escape(&row.number),
        carrier = escape(&row.carrier_name),
        from = row.valid_from,
        to = row.valid_to,
        hours_zh = escape(&row.hours_zh),
        ways = ways.join("<br>"),
        waste = escape(&row.waste_class),
        asked = now.local().format("%Y-%m-%d %H:%M"),
    )
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

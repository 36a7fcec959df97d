//! Examples in the OpenAPI document: by hand where a value has to fit others, else made from the schema.

use serde_json::{Map, Value, json};

/// How deep a made-up example goes.
const DEPTH_MAX: u32 = 6;

/// A request's body, by hand.
pub(super) fn request(method: &str, path: &str) -> Option<Value> {
    let example = match (method, path) {
        ("post", "/api/v1/session") => json!({ "token": "A".repeat(43) }),
        ("post", "/api/v1/clues/{id}/confirm") => json!({ "reason": "轨迹与称重记录相符，准运证未列该工地" }),
        ("post", "/api/v1/clues/{id}/reject") => json!({ "reason": "定位漂移，车辆当时在场内" }),
        ("post", "/api/v1/cases") => json!({
            "rule": "SE-01", "plate": "豫A12345", "occurred_at": "2026-11-23T14:03:00+08:00",
            "fact": "车厢未密闭，沿途撒漏", "officers": ["张三", "李四"],
        }),
        ("post", "/api/v1/cases/{number}/decision") => json!({
            "number": "密城管罚决字〔2026〕第12号", "date": "2026-11-24", "content": "罚款5000元", "officers": ["张三", "李四"],
        }),
        ("post", "/api/v1/cases/{number}/reconsideration") => {
            json!({ "outcome": "lodged", "reason": "已申请行政复议，受理号 2026-31" })
        }
        ("post", "/api/v1/cases/{number}/hand-over") => {
            json!({ "to": "police", "reason": "超速属交警部门职权" })
        }
        ("post", "/api/v1/appeals") => json!({
            "kind": "objection", "uscc": "91350100M000100Y43", "entry": 17, "grounds": "当日车辆在维修厂，附维修单",
        }),
        ("post", "/api/v1/appeals/{number}/ask-source") => json!({ "source": "市公安局交警支队" }),
        ("post", "/api/v1/listings") => json!({
            "uscc": "91350100M000100Y43", "measure": "list", "trigger": "暴力抗法",
        }),
        ("post", "/api/v1/listings/{number}/served") => json!({ "served": "2026-11-24" }),
        ("post", "/api/v1/listings/{number}/decision") => {
            json!({ "take": true, "number": "密城管决〔2026〕3号", "reason": "告知期满，未提出异议" })
        }
        ("post", "/api/v1/listings/{number}/delist") => {
            json!({ "number": "密城管决〔2026〕9号", "reason": "期满且已整改" })
        }
        ("post", "/api/v1/waybills") => json!({ "plate": "豫A12345", "source": "S-001", "note": "" }),
        ("post", "/api/v1/terminals/{terminal}/admit") => json!({ "plate": "豫A12345" }),
        ("post", "/api/v1/terminals/{terminal}/commands") => {
            json!({ "kind": "text", "text": "前方禁行，请按核定路线行驶" })
        }
        _ => return None,
    };
    Some(example)
}

/// A parameter's value.
pub(super) fn parameter(path: &str, name: &str) -> Option<Value> {
    let example = match name {
        "plate" => json!("豫A12345"),
        "uscc" => json!("91350100M000100Y43"),
        "terminal" => json!("13800000001"),
        "site" => json!("S-001"),
        "permit" => json!("P-2026-001"),
        "area" => json!("青屏街办"),
        "rule" => json!("UW-01"),
        "authority" => json!("city_management"),
        "day" => json!("2026-11-23"),
        "period" => json!("2026-11"),
        "cycle" => json!(2026),
        "limit" => json!(50),
        "since" | "after" => json!(0),
        "kind" if path.starts_with("/problems") => json!("not-found"),
        "from" if path.contains("balance") => json!("2026-11-01"),
        "to" if path.contains("balance") => json!("2026-11-23"),
        "from" => json!("2026-11-23T00:00:00+08:00"),
        "to" => json!("2026-11-24T00:00:00+08:00"),
        "id" if path.contains("clues") => json!("00112233445566778899"),
        "number" if path.contains("cases") => json!("C-2026-000017"),
        "number" if path.contains("appeals") => json!("A-2026-000003"),
        "number" if path.contains("listings") => json!("L-2026-000002"),
        "number" => json!("00112233445566778899"),
        "Last-Event-ID" => json!("1795450000000-17"),
        _ => return None,
    };
    Some(example)
}

/// Something a schema allows.
pub(super) fn of_schema(schema: &Value, schemas: &Value) -> Value {
    made(schema, schemas, DEPTH_MAX)
}

fn made(schema: &Value, schemas: &Value, depth: u32) -> Value {
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return example.clone();
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
        return if depth == 0 { Value::Null } else { made(&schemas[name], schemas, depth - 1) };
    }
    if let Some(value) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return value.clone();
    }
    for choice in ["oneOf", "anyOf"] {
        let first = schema[choice].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null"));
        if let Some(first) = first {
            return made(first, schemas, depth);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts {
            if let Value::Object(members) = made(part, schemas, depth) {
                whole.extend(members);
            }
        }
        return Value::Object(whole);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find_map(|kind| kind.as_str().filter(|kind| *kind != "null")),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => object(schema, schemas, depth),
        Some("array") if depth > 0 => json!([made(&schema["items"], schemas, depth - 1)]),
        Some("array") => json!([]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(false),
        Some("string") => json!("文字"),
        _ => json!({}),
    }
}

fn object(schema: &Value, schemas: &Value, depth: u32) -> Value {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let members = schema["properties"].as_object().into_iter().flatten();
    let made = members
        .filter(|(name, _)| required.contains(&name.as_str()))
        .map(|(name, member)| (name.clone(), made(member, schemas, depth.saturating_sub(1))));
    Value::Object(made.collect())
}

//! The OpenAPI document made whole: what every route shares (who may ask, limits, problems, keys, tags) is added here, so
//! that handlers describe only what is theirs. Pure: a document in, a document out.

mod samples;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::idempotency::{KEY, KEY_CHARS_MAX};
use super::problem::kinds::KINDS;

/// Version of the specification the document keeps to.
const SPECIFICATION: &str = "3.1.0";
/// Media type of every problem.
const PROBLEM: &str = "application/problem+json";

/// Groups of operations, in the order they are read: name, Chinese, English.
const TAGS: &[(&str, &str, &str)] = &[
    ("session", "登录与退出", "Signing in and out, and who is signed in."),
    ("account", "我的账号", "The own account: password, second factor, sessions and tokens."),
    ("checks", "路面核查", "At the roadside: may this truck be here now, and notes of officers."),
    ("people", "人员、角色与邀请", "People, their roles, invitations and tokens."),
    ("audit", "审计记录", "Who did what and when; a chain anyone can check."),
    ("map", "地图要素", "Sites, zones and routes as GeoJSON."),
    ("trucks", "车辆与轨迹", "Trucks, where they are and were, and what they said of their own reports."),
    ("events", "实时事件", "What changes, as it changes, as Server-Sent Events with resume."),
    ("clues", "线索与认定", "What the rules found, and officers' decisions on it."),
    ("cases", "案件", "Cases from confirmation to the day they are final; officer entry and import."),
    ("appeals", "异议与信用修复", "Objections and requests for repair, and their answers."),
    ("listings", "列入与移出", "Files of listings on the black list and of exits from the directory."),
    ("carriers", "企业信用", "Companies, their scores to the point, statements and rankings."),
    ("waybills", "电子联单", "Tickets of hauls, reconciliation, room in sinks, balance of areas."),
    ("registers", "登记册", "Companies, trucks, sites, zones, routes and permits as versions."),
    ("permits", "准运证", "Permits and what they allow."),
    ("trials", "试算", "What a changed zone, route or permit would have raised."),
    ("imports", "批量导入", "Files into registers: looked at first, then committed."),
    ("attachments", "附件", "Files that belong to cases and appeals."),
    ("evidence", "证据", "Evidence bundles and sheets."),
    ("terminals", "车载终端", "Terminals: who may report, commands, raw messages."),
    ("push", "推送", "Platforms that events are pushed to."),
    ("public", "公开信息", "What anyone may read: the black list, its signed feed, explanations."),
    ("platforms", "平台上报", "Reports handed over by other platforms."),
    ("site devices", "场所设备上报", "Gate readers and weighbridges."),
    ("service", "服务状态", "Whether the service is well, its counts, this document."),
];

/// Who a request is from when it is none of a person's: path, security scheme.
const DEVICE_PATHS: [(&str, &str); 2] =
    [("/api/v1/reports", "platformToken"), ("/api/v1/site-reports", "siteToken")];
/// Answers 401, but to a wrong secret, not to nobody.
const OPEN_PATHS: [&str; 1] = ["post /api/v1/session"];

/// Where an operation stands.
struct At<'a> {
    method: &'a str,
    path: &'a str,
}

/// The document as generated from the code, made whole.
pub(super) fn complete(mut document: Value) -> Value {
    document["openapi"] = json!(SPECIFICATION);
    document["servers"] = json!([{ "url": "/", "description": "The service that serves this document" }]);
    document["components"]["securitySchemes"] = security_schemes();
    document["components"]["parameters"] = parameters();
    document["components"]["headers"] = headers();
    document["components"]["responses"] = problems();
    document["tags"] = tags(&document);
    let schemas = document["components"]["schemas"].clone();
    let mut ids: BTreeMap<String, u32> = BTreeMap::new();
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                complete_operation(&At { method, path }, operation, &schemas);
                let id = operation_id(operation);
                let count = ids.entry(id.clone()).or_default();
                *count += 1;
                operation["operationId"] = json!(if *count == 1 { id } else { format!("{id}_{count}") });
            }
        }
    }
    document
}

/// A name for programs that generate code: the tag and what is done.
fn operation_id(operation: &Value) -> String {
    let tag = operation["tags"][0].as_str().unwrap_or("service").replace(' ', "_");
    format!("{tag}_{}", operation["operationId"].as_str().unwrap_or("operation"))
}

fn security_schemes() -> Value {
    json!({
        "session": {
            "type": "apiKey", "in": "cookie", "name": super::officer::COOKIE,
            "description": "会话 Cookie，登录后获得。The session cookie that signing in sets.",
        },
        "token": {
            "type": "http", "scheme": "bearer",
            "description": "程序令牌。A token given to a person or program.",
        },
        "siteToken": {
            "type": "http", "scheme": "bearer",
            "description": "场所设备令牌。A token of a site's devices (`fleet-service site-token add`).",
        },
        "platformToken": {
            "type": "http", "scheme": "bearer",
            "description": "平台令牌。A token of a platform that hands over reports (`fleet-service platform-token add`).",
        },
    })
}

fn parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": KEY.as_str(), "in": "header", "required": false,
            "description": "A name you choose for this request, as a UUID. Sent again with the same name and body within 24 \
                hours it is answered as the first time (`Idempotency-Replayed: true`) and done once.",
            "schema": { "type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX, "pattern": "^[!#-~]+$" },
            "example": "6f1c0a52-6d0e-4d6e-9a8b-2f7f6f3f5d11",
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "ETag of the answer you have; 304 when it is still the same.",
            "schema": { "type": "string" },
            "example": "\"00000000000000000000000000000000\"",
        },
    })
}

fn headers() -> Value {
    let number = |what: &str| json!({ "description": what, "schema": { "type": "integer", "minimum": 0 } });
    json!({
        "RateLimit-Limit": number("Requests a minute."),
        "RateLimit-Remaining": number("Requests that would be let in now."),
        "RateLimit-Reset": number("Seconds until all are let in again, or until the next of a refused one."),
        "Retry-After": number("Seconds to wait."),
        "ETag": { "description": "Names this answer's content.", "schema": { "type": "string" } },
        "Link": { "description": "`<…>; rel=\"next\"`: the next page.", "schema": { "type": "string" } },
    })
}

/// One response a status, with the kinds of problem it may be.
fn problems() -> Value {
    let mut responses = Map::new();
    for kind in KINDS {
        let told = format!("{} {} (`{}`)", kind.title.1, kind.title.0, kind.path);
        let known = responses.entry(format!("Problem{}", kind.status)).or_insert_with(|| {
            json!({
                "description": "",
                "headers": rate_headers(),
                "content": { PROBLEM: {
                    "schema": { "$ref": "#/components/schemas/Problem" },
                    "example": {
                        "type": kind.path, "title": kind.title.0, "status": kind.status, "detail": kind.help.0,
                        "title_zh": kind.title.1, "detail_zh": kind.help.1,
                    },
                } },
            })
        });
        let before = known["description"].as_str().unwrap_or_default();
        known["description"] = json!(if before.is_empty() { told } else { format!("{before}; {told}") });
        if matches!(kind.status, 429 | 503) {
            known["headers"]["Retry-After"] = json!({ "$ref": "#/components/headers/Retry-After" });
        }
    }
    Value::Object(responses)
}

fn rate_headers() -> Value {
    let names = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];
    let headers: Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") })))
        .collect();
    Value::Object(headers)
}

/// The groups in use, known ones first.
fn tags(document: &Value) -> Value {
    let items = document["paths"].as_object().into_iter().flat_map(Map::values);
    let operations = items.filter_map(Value::as_object).flat_map(Map::values);
    let mut used: Vec<&str> = operations.filter_map(|operation| operation["tags"][0].as_str()).collect();
    used.sort_by_key(|tag| (TAGS.iter().position(|(name, ..)| name == tag).unwrap_or(TAGS.len()), *tag));
    used.dedup();
    used.into_iter()
        .map(|tag| match TAGS.iter().find(|(name, ..)| *name == tag) {
            Some((name, zh, en)) => json!({ "name": name, "description": format!("{zh}。{en}") }),
            None => json!({ "name": tag, "description": tag }),
        })
        .collect()
}

fn complete_operation(at: &At<'_>, operation: &mut Value, schemas: &Value) {
    let is_secured = operation["responses"].get("401").is_some()
        && !OPEN_PATHS.contains(&format!("{} {}", at.method, at.path).as_str());
    let device = DEVICE_PATHS.iter().find(|(path, _)| *path == at.path).map(|(_, scheme)| *scheme);
    operation["security"] = match device {
        Some(scheme) => json!([{ scheme: [] }]),
        None if is_secured => json!([{ "session": [] }, { "token": [] }]),
        None => json!([]),
    };
    complete_responses(at, operation, is_secured);
    complete_parameters(at, operation);
    let content = operation.get_mut("requestBody").and_then(|body| body.get_mut("content"));
    if let Some(content) = content.and_then(Value::as_object_mut) {
        let by_hand = samples::request(at.method, at.path);
        for (kind, media) in content {
            if kind.ends_with("json") && media.get("example").is_none() {
                media["example"] =
                    by_hand.clone().unwrap_or_else(|| samples::of_schema(&media["schema"], schemas));
            }
        }
    }
}

fn complete_responses(at: &At<'_>, operation: &mut Value, is_secured: bool) {
    let has_body = operation.get("requestBody").is_some();
    let has_parameters = operation["parameters"].as_array().is_some_and(|known| !known.is_empty());
    let is_json_get = is_tagged(at, operation);
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        if response["description"].as_str().unwrap_or_default().is_empty() {
            response["description"] = json!(meaning(status));
        }
        let content = response["content"]["application/json"].clone();
        let is_problem = content["schema"]["$ref"] == "#/components/schemas/Problem";
        if is_problem {
            *response = json!({ "$ref": format!("#/components/responses/Problem{status}") });
        } else if status.starts_with('2') {
            for (kind, media) in
                response.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten()
            {
                // Text a handler wrote itself, but JSON to whoever reads it.
                if kind.ends_with("json") && media["schema"]["type"] == "string" {
                    media["schema"] = json!({ "type": "object" });
                }
            }
            response["headers"] = rate_headers();
            if is_json_get {
                response["headers"]["ETag"] = json!({ "$ref": "#/components/headers/ETag" });
                response["headers"]["Link"] = json!({ "$ref": "#/components/headers/Link" });
            }
        }
    }
    let mut may: Vec<u16> = vec![429, 500];
    if is_secured {
        may.extend([401, 403]);
    }
    if at.path.contains('{') {
        may.push(404);
    }
    if has_parameters || has_body || at.method == "post" {
        may.extend([400, 422]);
    }
    if has_body {
        may.extend([408, 413, 415]);
    }
    if at.method == "post" {
        // A key that is under way, or whose answer is gone.
        may.push(409);
    }
    if operation_negotiates(responses) {
        may.push(406);
    }
    for status in may {
        responses
            .entry(status.to_string())
            .or_insert_with(|| json!({ "$ref": format!("#/components/responses/Problem{status}") }));
    }
    if is_json_get {
        responses.entry("304").or_insert_with(|| json!({ "description": "As you have it (If-None-Match)" }));
    }
}

/// Whether there is more than one form to choose from.
fn operation_negotiates(responses: &Map<String, Value>) -> bool {
    responses.get("200").and_then(|ok| ok["content"].as_object()).is_some_and(|content| content.len() > 1)
}

/// Whether the answer gets an ETag.
fn is_tagged(at: &At<'_>, operation: &Value) -> bool {
    let content = operation["responses"]["200"]["content"].as_object();
    let is_document = |kind: &String| kind.ends_with("json");
    at.method == "get"
        && at.path.starts_with("/api/")
        && content.is_some_and(|content| content.keys().any(is_document))
}

fn complete_parameters(at: &At<'_>, operation: &mut Value) {
    let is_json_get = is_tagged(at, operation);
    let known = operation["parameters"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let mut all: Vec<Value> = known
        .into_iter()
        .map(|mut parameter| {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            if parameter["in"] == "path" && !at.path.contains(&format!("{{{name}}}")) {
                as_query(&mut parameter);
            }
            if parameter["description"].as_str().unwrap_or_default().is_empty() {
                parameter["description"] = json!(name);
            }
            if let Some(example) =
                samples::parameter(at.path, &name).filter(|_| parameter.get("example").is_none())
            {
                parameter["example"] = example;
            }
            parameter
        })
        .collect();
    let mut add = |name: &str| all.push(json!({ "$ref": format!("#/components/parameters/{name}") }));
    if at.method == "post"
        && at.path.starts_with("/api/")
        && !DEVICE_PATHS.iter().any(|(path, _)| *path == at.path)
    {
        add("IdempotencyKey");
    }
    if is_json_get {
        add("IfNoneMatch");
    }
    operation["parameters"] = json!(all);
}

/// A member of a query, which the generator takes for a part of the path where our own extractor reads it.
fn as_query(parameter: &mut Value) {
    parameter["in"] = json!("query");
    let kinds = parameter["schema"]["type"].as_array().cloned().unwrap_or_default();
    let may_be_absent = kinds.iter().any(|kind| kind == "null") || parameter["schema"]["type"] == "boolean";
    parameter["required"] = json!(!may_be_absent);
    let kinds: Vec<Value> = kinds.into_iter().filter(|kind| kind != "null").collect();
    if let [kind] = kinds.as_slice() {
        parameter["schema"]["type"] = kind.clone();
    }
    // A choice inline beside nothing.
    let choices = parameter["schema"]["oneOf"].as_array().cloned().unwrap_or_default();
    if let [one] = choices.iter().filter(|one| one["type"] != "null").collect::<Vec<_>>().as_slice() {
        parameter["schema"] = (*one).clone();
        parameter["required"] = json!(false);
    } else if choices.is_empty()
        && let Some(schema) = parameter["schema"].as_object_mut()
    {
        schema.remove("oneOf");
    }
}

fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "As asked",
        "201" => "Made",
        "202" => "Taken, and being done",
        "204" => "Done",
        "206" => "The part asked for",
        "302" | "303" => "Elsewhere",
        "304" => "As you have it",
        "503" => "Not at present",
        _ => "Refused",
    }
}

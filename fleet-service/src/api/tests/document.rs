//! The document that tells of every address, and the page made of it.

use std::collections::BTreeSet;

use super::*;
use crate::api::openapi_text;

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let items = document["paths"].as_object().unwrap().iter();
    let all = items.flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, what)| (format!("{method} {path}"), what))
    });
    all.collect()
}

#[tokio::test]
async fn the_document_tells_everything_of_every_operation() {
    let document: Value = serde_json::from_str(&openapi_text().unwrap()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    let tags: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    for tag in document["tags"].as_array().unwrap() {
        let described = tag["description"].as_str().unwrap();
        assert!(
            described.len() > tag["name"].as_str().unwrap().len(),
            "describe the tag {tag} in TAGS (api/openapi.rs)"
        );
    }
    for (name, what) in operations(&document) {
        let id = what["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{name}: {id} twice");
        assert!(what["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name} has no summary");
        assert_eq!(what["tags"].as_array().map(Vec::len), Some(1), "{name}");
        assert!(tags.contains(what["tags"][0].as_str().unwrap()), "{name}");
        assert!(what["security"].is_array(), "{name}");
        for parameter in what["parameters"].as_array().unwrap() {
            let is_whole = parameter.get("$ref").is_some()
                || (parameter["description"].as_str().is_some_and(|text| !text.is_empty())
                    && parameter.get("schema").is_some());
            assert!(is_whole, "{name}: {parameter}");
        }
        let path = name.split(' ').nth(1).unwrap();
        for parameter in what["parameters"].as_array().unwrap().iter().filter(|p| p["in"] == "path") {
            let name = parameter["name"].as_str().unwrap();
            assert!(path.contains(&format!("{{{name}}}")), "{path} has no {name}");
        }
        assert!(what.get("requestBody").is_none_or(|body| body["content"].is_object()), "{name}");
        for part in path.split('{').skip(1) {
            let wanted = part.split('}').next().unwrap();
            let has = |p: &Value| p["name"] == wanted && p["in"] == "path" && p["required"] == true;
            assert!(
                what["parameters"].as_array().unwrap().iter().any(has),
                "{name} does not describe {wanted}"
            );
        }
        for (status, response) in what["responses"].as_object().unwrap() {
            let is_described = response.get("$ref").is_some()
                || response["description"].as_str().is_some_and(|t| !t.is_empty());
            assert!(is_described, "{name} {status}: {response}");
        }
        for (kind, media) in what["requestBody"]["content"].as_object().into_iter().flatten() {
            assert!(!kind.ends_with("json") || media.get("example").is_some(), "{name} has no example");
        }
    }
    check_references(&document, &document);
}

fn check_references(value: &Value, document: &Value) {
    match value {
        Value::Object(members) => {
            if let Some(to) = members.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to} leads nowhere");
            }
            members.values().for_each(|member| check_references(member, document));
        }
        Value::Array(items) => items.iter().for_each(|item| check_references(item, document)),
        _ => {}
    }
}

#[test]
fn examples_of_bodies_are_what_their_schemas_allow() {
    let document: Value = serde_json::from_str(&openapi_text().unwrap()).unwrap();
    for (name, what) in operations(&document) {
        for (kind, media) in what["requestBody"]["content"].as_object().into_iter().flatten() {
            if !kind.ends_with("json") {
                continue;
            }
            let mut schema = media["schema"].clone();
            schema["components"] = document["components"].clone();
            let validator = jsonschema::validator_for(&schema).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&media["example"]).map(|e| e.to_string()).collect();
            assert!(
                errors.is_empty(),
                "{name}: {}: {errors:?}; see api/openapi/samples.rs",
                media["example"]
            );
        }
    }
}

#[test]
fn no_route_goes_past_the_document() {
    // Routes are made by `routes!`, which documents them; `.route(` would make one nobody is told of.
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/api"))];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs")
                && !path.to_string_lossy().contains("/tests")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                files += 1;
                for made in [".route(", ".route_service(", ".nest_service("] {
                    assert!(
                        !text.contains(made),
                        "{} makes a route by {made}…): use routes!",
                        path.display()
                    );
                }
            }
        }
    }
    assert!(files > 30, "only {files} files looked at");
}

#[test]
fn no_two_schemas_share_a_name() {
    let document: Value = serde_json::from_str(&openapi_text().unwrap()).unwrap();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for item in text
                .split("#[derive(")
                .skip(1)
                .filter(|item| item.split(")]").next().is_some_and(|derived| derived.contains("ToSchema")))
            {
                let word = |before: &str| {
                    let rest = item.split_once(before)?.1;
                    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned)
                };
                let head = item.split('{').next().unwrap();
                let renamed = word("schema(as = ").filter(|_| head.contains("schema(as = "));
                let kind = if head.contains("enum ") { "enum " } else { "struct " };
                let Some(name) = renamed.or_else(|| word(kind)) else { continue };
                let is_used = document["components"]["schemas"].get(&name).is_some();
                let before = seen.insert(name.clone(), path.display().to_string()).filter(|_| is_used);
                assert!(
                    before.is_none(),
                    "{name} of {} and of {} would be one schema: put #[schema(as = OtherName)] on one",
                    path.display(),
                    before.unwrap_or_default()
                );
            }
        }
    }
    assert!(seen.len() > 80, "only {} schemas found", seen.len());
}

#[test]
fn the_committed_document_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == openapi_text().unwrap(),
        "docs/openapi.json is not what the code says: renew it by\n  cargo run -p fleet-service -- openapi > docs/openapi.json"
    );
}

#[tokio::test]
async fn the_reference_page_names_every_operation_and_runs_no_script() {
    let house = House::build().await;
    let page = house.ask("GET", "/api", None, None).await;
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("style-src 'sha256-") && !policy.contains("script-src"), "{policy}");
    let page = text(page).await;
    let document: Value = serde_json::from_str(&openapi_text().unwrap()).unwrap();
    for (name, _) in operations(&document) {
        let (method, path) = name.split_once(' ').unwrap();
        assert!(page.contains(&format!("<code>{} {path}</code>", method.to_uppercase())), "{name}");
    }
    assert!(!page.contains("<script"));
}

//! What a request asks, read with our own errors: query parameters and JSON bodies. What is wrong is named by member.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::problem::{MemberError, Problem};

/// Query parameters.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(asked)| Self(asked)).map_err(|error| {
            let text = error.body_text();
            let said = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            let (path, said) = match said.split_once(": ") {
                Some((path, rest)) if path.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                    (path, rest)
                }
                _ => ("", said),
            };
            Problem::members(StatusCode::BAD_REQUEST, vec![member_error(path, said)])
        })
    }
}

/// A JSON body. A request with another content type is refused: a form on a foreign page could send one.
pub(super) struct Sent<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::bad_request(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send the body as application/json, and say so in the header Content-Type",
            ));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| Problem::bad_request(error.status(), &error.body_text()))?;
        read(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            Category::Data => {
                let error = member_error(&path, &inner.to_string());
                Problem::members(StatusCode::UNPROCESSABLE_ENTITY, vec![error])
            }
            _ => unread(&inner),
        }
    })?;
    json.end().map_err(|error| unread(&error))?;
    Ok(read)
}

fn unread(error: &serde_json::Error) -> Problem {
    Problem::bad_request(StatusCode::BAD_REQUEST, &format!("the body is no JSON: {error}"))
}

/// What serde says, with the member it says it of and in both languages.
fn member_error(path: &str, said: &str) -> MemberError {
    let said = said.split(" at line ").next().unwrap_or(said);
    let quoted = said.split('`').nth(1);
    let named =
        ["missing field", "unknown field", "duplicate field"].iter().any(|what| said.starts_with(what));
    let path = path.trim_start_matches('.');
    let member = match quoted.filter(|_| named) {
        Some(name) if path.is_empty() || path == name => name.to_owned(),
        Some(name) if path.ends_with(&format!(".{name}")) => path.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None => path.to_owned(),
    };
    let expected = said.split_once("expected ").map(|(_, rest)| rest.replace('`', ""));
    let zh = if said.starts_with("missing field") {
        "缺少此项".to_owned()
    } else if said.starts_with("unknown field") {
        "没有此项，请核对名称".to_owned()
    } else if said.starts_with("duplicate field") {
        "此项重复".to_owned()
    } else if said.starts_with("unknown variant") {
        let known = expected.unwrap_or_default().replace(" or ", ", ");
        format!("取值应为：{}", known.trim_start_matches("one of "))
    } else if said.starts_with("invalid type") || said.starts_with("invalid digit") {
        "类型不符".to_owned()
    } else {
        "内容有误".to_owned()
    };
    MemberError { member, zh, en: said.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Outer {
        state: State,
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        count: u8,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum State {
        Open,
        Shut,
    }

    #[track_caller]
    fn check(body: &str, status: u16, member: &str, zh: &str) {
        let problem = read::<Outer>(body.as_bytes()).unwrap_err();
        let told = serde_json::to_value(&problem).unwrap();
        assert_eq!(told["status"], status, "{body}: {told}");
        let error = &told["errors"][0];
        assert_eq!(error["member"].as_str().unwrap_or_default(), member, "{body}: {told}");
        assert!(error["zh"].as_str().unwrap_or_default().contains(zh), "{body}: {told}");
    }

    #[test]
    fn a_wrong_member_is_named_wherever_it_lies() {
        check(r#"{"state":"open"}"#, 422, "inner", "缺少");
        check(r#"{"state":"open","inner":{}}"#, 422, "inner.count", "缺少");
        check(r#"{"state":"open","inner":{"count":"x"}}"#, 422, "inner.count", "类型不符");
        check(r#"{"state":"odd","inner":{"count":1}}"#, 422, "state", "open, shut");
        check(r#"{"state":"open","inner":{"count":1},"more":1}"#, 422, "more", "没有此项");
        check(r#"{"state":"open","inner":{"count":1}} x"#, 400, "", "");
        check("{", 400, "", "");
        assert!(read::<Outer>(br#"{"state":"shut","inner":{"count":1}}"#).is_ok());
    }
}

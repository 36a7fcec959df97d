//! Long lists a page at a time. Every list takes `cursor` and `limit` and answers with `next_cursor`, null on the last
//! page, and `Link: <…>; rel="next"`. A cursor names the last thing given, not a count: what comes in meanwhile neither
//! repeats nor hides anything. Its text is nobody's business but ours.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::{MemberError, Problem};

/// Longest cursor read, characters.
const CURSOR_CHARS_MAX: usize = 512;

/// The cursor after a thing. `list` keeps one list's cursor from being taken for another's.
pub(super) fn cursor(list: &str, last: &impl Serialize) -> Option<String> {
    serde_json::to_vec(&(list, last)).ok().map(|text| URL_SAFE_NO_PAD.encode(text))
}

/// Where a cursor says to go on.
pub(super) fn after<T: DeserializeOwned>(list: &str, cursor: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(text) = cursor.filter(|text| !text.is_empty()) else { return Ok(None) };
    let bytes = (text.len() <= CURSOR_CHARS_MAX).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten();
    let read = bytes.and_then(|bytes| serde_json::from_slice::<(String, T)>(&bytes).ok());
    match read {
        Some((of, last)) if of == list => Ok(Some(last)),
        _ => Err(Problem::members(
            StatusCode::BAD_REQUEST,
            vec![MemberError {
                member: "cursor".to_owned(),
                zh: "不是本列表的游标，请使用上一页的 next_cursor ".to_owned(),
                en: "no cursor of this list: send the next_cursor of the page before".to_owned(),
            }],
        )),
    }
}

/// How many are wanted: between 1 and `max`.
pub(super) fn limit(asked: Option<u32>, default: u32, max: u32) -> u32 {
    asked.unwrap_or(default).clamp(1, max)
}

/// Cuts a page that was read with one more than `limit` and tells where the next begins.
pub(super) fn cut<T, K: Serialize>(
    list: &str,
    rows: &mut Vec<T>,
    limit: u32,
    key: impl Fn(&T) -> K,
) -> Option<String> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    rows.last().and_then(|last| cursor(list, &key(last)))
}

/// A page of a list in memory that is in the order of its keys.
pub(super) fn of_ordered<T, K: Ord + Serialize>(
    list: &str,
    rows: Vec<T>,
    after: Option<&K>,
    limit: u32,
    key: impl Fn(&T) -> K,
) -> (Vec<T>, Option<String>) {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    let mut page: Vec<T> =
        rows.into_iter().filter(|row| after.is_none_or(|after| key(row) > *after)).take(wanted).collect();
    let next = cut(list, &mut page, limit, key);
    (page, next)
}

/// Where the next page begins, for the header `Link`.
#[derive(Debug, Clone)]
struct NextPage(String);

/// An answer that is a page.
pub(super) struct Page<T> {
    /// The answer, `next_cursor` in it.
    pub(super) answer: T,
    /// The same cursor.
    pub(super) next: Option<String>,
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        with_next(Json(self.answer).into_response(), self.next)
    }
}

/// Notes on any answer where the next page begins.
pub(super) fn with_next(mut response: Response, next: Option<String>) -> Response {
    if let Some(cursor) = next {
        response.extensions_mut().insert(NextPage(cursor));
    }
    response
}

/// Writes the header `Link` of a page that is not the last.
pub(super) async fn link(request: Request, next: Next) -> Response {
    let address = request.uri().clone();
    let mut response = next.run(request).await;
    if let Some(NextPage(cursor)) = response.extensions_mut().remove::<NextPage>() {
        let kept = address.query().unwrap_or_default().split('&').filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !pair.is_empty() && !["cursor", "before", "after", "since"].contains(&name)
        });
        let cursor = format!("cursor={cursor}");
        let query: Vec<&str> = kept.chain([cursor.as_str()]).collect();
        let link = format!("<{}?{}>; rel=\"next\"", address.path(), query.join("&"));
        if let Ok(link) = HeaderValue::try_from(link) {
            response.headers_mut().append(header::LINK, link);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_cursor_of_another_list_or_made_up_is_refused() {
        let one = cursor("clues", &(5, "a")).unwrap();
        assert_eq!(after::<(i64, String)>("clues", Some(&one)).unwrap(), Some((5, "a".to_owned())));
        assert!(after::<(i64, String)>("cases", Some(&one)).is_err());
        assert!(after::<u64>("clues", Some(&one)).is_err());
        assert!(after::<u64>("clues", Some("nonsense!")).is_err());
        assert!(after::<u64>("clues", Some(&"A".repeat(CURSOR_CHARS_MAX + 1))).is_err());
        assert!(after::<u64>("clues", None).unwrap().is_none());
    }

    proptest! {
        #[test]
        fn going_through_all_pages_gives_all_that_was_there_once_whatever_comes_in_meanwhile(
            there in proptest::collection::btree_set(0_u32..1_000, 0..60),
            coming in proptest::collection::vec(0_u32..1_000, 0..60),
            limit in 1_u32..9,
        ) {
            let mut rows: BTreeSet<u32> = there.clone();
            let mut coming = coming.into_iter();
            let (mut seen, mut at) = (Vec::new(), None);
            loop {
                let (page, next) = of_ordered("n", rows.iter().copied().collect(), at.as_ref(), limit, |n| *n);
                seen.extend(page);
                let Some(next) = next else { break };
                at = after::<u32>("n", Some(&next)).unwrap();
                rows.extend(coming.next());
            }
            prop_assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
            prop_assert!(there.iter().all(|n| seen.contains(n)), "{seen:?}");
        }
    }
}

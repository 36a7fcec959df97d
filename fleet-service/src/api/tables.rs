//! Tables in the form asked for: JSON for programs, CSV and XLSX for spreadsheets, GeoJSON for maps. `?format=` chooses,
//! else the header `Accept`.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Timestamp;
use scoring::sheet::Sheet;
use serde_json::{Value, json};

use super::problem::{MemberError, Problem};
use super::statements::{csv_answer, xlsx_answer};

/// Most rows of a table in one file.
pub(super) const TABLE_ROWS_MAX: u32 = 10_000;

/// A form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One object.
    Json,
    /// Lines for spreadsheets: UTF-8 with a byte order mark, CRLF, no cell a formula.
    Csv,
    /// A workbook.
    Xlsx,
    /// A FeatureCollection in WGS-84.
    GeoJson,
}

impl Form {
    /// The forms of a table.
    pub(super) const TABLE: &[Self] = &[Self::Json, Self::Csv, Self::Xlsx];
    /// The forms of a table whose rows lie somewhere.
    pub(super) const PLACES: &[Self] = &[Self::Json, Self::Csv, Self::Xlsx, Self::GeoJson];

    fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::GeoJson => "geojson",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::GeoJson => "application/geo+json",
        }
    }

    /// The form asked for, of those there are; the first of them when nothing is asked.
    pub(super) fn asked(
        format: Option<&str>,
        headers: &HeaderMap,
        there_are: &[Self],
    ) -> Result<Self, Problem> {
        let words = || there_are.iter().map(|form| form.word()).collect::<Vec<_>>().join(", ");
        if let Some(word) = format {
            return there_are.iter().copied().find(|form| form.word() == word).ok_or_else(|| {
                let error = MemberError {
                    member: "format".to_owned(),
                    zh: format!("可用格式：{}", words()),
                    en: format!("the formats are {}", words()),
                };
                Problem::members(StatusCode::BAD_REQUEST, vec![error])
            });
        }
        let accepted = headers.get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
        let ranges: Vec<(&str, u32)> = accepted.flat_map(|value| value.split(',')).map(range).collect();
        if ranges.is_empty() {
            return Ok(there_are.first().copied().unwrap_or(Self::Json));
        }
        let weight = |form: &Self| {
            let media_type = form.media_type();
            let of = |wanted: &str| ranges.iter().find(|(range, _)| *range == wanted).map(|(_, q)| *q);
            let family = media_type.split('/').next().unwrap_or_default();
            of(media_type).or_else(|| of(&format!("{family}/*"))).or_else(|| of("*/*")).unwrap_or(0)
        };
        // Of equals the first, as they are listed from the plainest on.
        let best = there_are.iter().rev().copied().max_by_key(weight).filter(|form| weight(form) > 0);
        best.ok_or_else(|| {
            Problem::of_kind(
                "/problems/not-acceptable",
                (
                    &format!("this address gives {}; `?format=` chooses one", words()),
                    &format!("该地址提供的格式：{}，可用 ?format= 指定", words()),
                ),
            )
        })
    }
}

/// A media range with its weight in thousandths.
fn range(text: &str) -> (&str, u32) {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().unwrap_or_default();
    let q = parts.find_map(|part| part.strip_prefix("q=")).and_then(|q| q.parse::<f64>().ok());
    // 0 to 1 by RFC 9110; whatever else is written counts as 1.
    (range, q.filter(|q| (0.0..=1.0).contains(q)).map_or(1_000, |q| (q * 1_000.0) as u32))
}

/// A table as a file; its name tells what it holds and when it was made.
pub(super) fn file(form: Form, sheet: &Sheet, what: &str, now: Timestamp) -> Result<Response, Problem> {
    let name = format!("{what}-{}", now.local().format("%Y%m%d-%H%M"));
    match form {
        Form::Xlsx => xlsx_answer(std::slice::from_ref(sheet), now, &name),
        _ => Ok(csv_answer(sheet, &name)),
    }
}

/// Points with what is known of each, as GeoJSON: longitude, latitude, properties.
pub(super) fn points(features: impl IntoIterator<Item = (f64, f64, Value)>) -> Response {
    let features: Vec<Value> = features
        .into_iter()
        .map(|(lon, lat, properties)| {
            json!({ "type": "Feature", "geometry": { "type": "Point", "coordinates": [lon, lat] }, "properties": properties })
        })
        .collect();
    let text = json!({ "type": "FeatureCollection", "features": features }).to_string();
    ([(header::CONTENT_TYPE, "application/geo+json")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: Option<&str>, accept: Option<&str>, expected: Result<Form, u16>) {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(header::ACCEPT, accept.parse().unwrap());
        }
        let form = Form::asked(format, &headers, Form::TABLE).map_err(|problem| problem.status());
        assert_eq!(form, expected, "{format:?} {accept:?}");
    }

    #[test]
    fn the_address_chooses_before_the_header_and_the_header_by_weight() {
        check(None, None, Ok(Form::Json));
        check(Some("csv"), Some("application/json"), Ok(Form::Csv));
        check(Some("geojson"), None, Err(400));
        check(None, Some("*/*"), Ok(Form::Json));
        check(None, Some("text/csv"), Ok(Form::Csv));
        check(None, Some("text/html,application/xml;q=0.9,*/*;q=0.8"), Ok(Form::Json));
        check(None, Some("application/json;q=0.2, text/csv;q=0.8"), Ok(Form::Csv));
        check(None, Some("application/*"), Ok(Form::Json));
        check(None, Some("application/json;q=0, */*"), Ok(Form::Csv));
        check(None, Some("image/png"), Err(406));
    }
}

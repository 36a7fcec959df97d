//! Basemaps for the page: which there are, their tiles through this service, stretches of PMTiles files.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::officer::SignedIn;
use super::problem::Problem;
use crate::basemaps::TileError;
use crate::basemaps::archive::{self, Range};
use crate::basemaps::settings::{Basemap, Kind};
use crate::basemaps::tile::TileAt;
use crate::clock;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(basemaps)).routes(routes!(tile)).routes(routes!(stretch))
}

/// A basemap as the page needs it; where its tiles come from stays here.
#[derive(Serialize, ToSchema)]
struct BasemapView {
    /// Its id.
    id: String,
    /// Name in Chinese.
    name_zh: String,
    /// Name in English.
    name_en: String,
    /// `raster` or `pmtiles`.
    kind: &'static str,
    /// `wgs84` or `gcj02`: what its tiles are drawn in.
    crs: &'static str,
    /// Where its tiles are: `{z}`, `{x}`, `{y}` in it, or the archive.
    path: String,
    /// Least zoom.
    min_zoom: u8,
    /// Deepest zoom.
    max_zoom: u8,
    /// Pixels of a tile's side.
    tile_size: u16,
    /// To be shown on the map.
    attribution: String,
    /// The basemap drawn over it.
    labels: Option<String>,
    /// Only drawn over another.
    hidden: bool,
}

impl From<&Basemap> for BasemapView {
    fn from(map: &Basemap) -> Self {
        let id = &map.id;
        let (kind, path, tile_size) = match &map.kind {
            Kind::Raster(raster) => ("raster", format!("/tiles/{id}/{{z}}/{{x}}/{{y}}"), raster.tile_size),
            Kind::Pmtiles(_) => ("pmtiles", format!("/basemaps/{id}/archive"), 512),
        };
        Self {
            id: id.clone(),
            name_zh: map.name_zh.clone(),
            name_en: map.name_en.clone(),
            kind,
            crs: map.crs.word(),
            path,
            min_zoom: map.min_zoom,
            max_zoom: map.max_zoom,
            tile_size,
            attribution: map.attribution.clone(),
            labels: map.labels.clone(),
            hidden: map.hidden,
        }
    }
}

/// Basemaps.
#[derive(Serialize, ToSchema)]
struct BasemapList {
    /// In the order they are offered; none is always offered too.
    basemaps: Vec<BasemapView>,
    /// The one shown first; null: none.
    default: Option<String>,
}

/// Which basemaps there are.
#[utoipa::path(get, path = "/api/v1/basemaps", tag = "map",
    responses((status = 200, body = BasemapList), (status = 401, body = Problem)))]
async fn basemaps(_officer: SignedIn, State(api): State<Api>) -> Json<BasemapList> {
    let maps = &api.street.basemaps;
    let basemaps = maps.maps().map(BasemapView::from).collect();
    Json(BasemapList { basemaps, default: maps.default_map().map(str::to_owned) })
}

/// A tile of a raster basemap, kept by this service.
#[utoipa::path(get, path = "/tiles/{id}/{z}/{x}/{y}", tag = "map",
    params(("id" = String, Path, description = "Basemap"), ("z" = u8, Path, description = "Zoom"),
        ("x" = u32, Path, description = "Column from the west"), ("y" = u32, Path, description = "Row from the north")),
    responses((status = 200, content_type = "image/png", body = Vec<u8>), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 502, body = Problem)))]
async fn tile(
    _officer: SignedIn,
    State(api): State<Api>,
    Path((id, z, x, y)): Path<(String, String, String, String)>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("tile", "瓦片");
    let number = |text: &str| text.parse::<u32>().ok();
    let zoom = z.parse::<u8>().map_err(|_source| missing())?;
    let tile = number(&x).zip(number(&y)).and_then(|(x, y)| TileAt::of(zoom, x, y)).ok_or_else(missing)?;
    let image = api.street.basemaps.tile(&id, tile, clock::now()).await.map_err(|error| match error {
        TileError::Missing => missing(),
        TileError::Upstream(error) => Problem::no_tile(&error),
    })?;
    let headers =
        [(header::CONTENT_TYPE, image.content_type), (header::CACHE_CONTROL, "private, max-age=86400")];
    Ok((headers, image.bytes).into_response())
}

/// A stretch of a PMTiles file (`Range`), at most 8 MiB at once.
#[utoipa::path(get, path = "/basemaps/{id}/archive", tag = "map", params(("id" = String, Path, description = "Basemap")),
    responses((status = 206, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "As known"), (status = 401, body = Problem), (status = 404, body = Problem), (status = 416, description = "No such stretch")))]
async fn stretch(
    _officer: SignedIn,
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("basemap", "底图");
    let map = api.street.basemaps.maps().find(|map| map.id == id).ok_or_else(missing)?;
    let Kind::Pmtiles(file) = &map.kind else { return Err(missing()) };
    let standing = archive::standing(&file.file).await.map_err(|error| Problem::internal(&error))?;
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let etag = HeaderValue::try_from(&standing.etag).map_err(|error| Problem::internal(&error))?;
    if text(header::IF_NONE_MATCH).is_some_and(|known| known.contains(&standing.etag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    // A stretch of a file that changed meanwhile is none of the one the reader knows.
    let is_other = text(header::IF_RANGE).is_some_and(|known| known != standing.etag);
    let asked = text(header::RANGE).filter(|_| !is_other);
    let length = standing.length;
    let (from, to) = match Range::read(asked, length) {
        Range::Bytes(from, to) => (from, to),
        Range::Unfit => {
            let range = HeaderValue::try_from(format!("bytes */{length}"))
                .map_err(|error| Problem::internal(&error))?;
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, range)]).into_response());
        }
    };
    let bytes = archive::stretch(&file.file, from, to).await.map_err(|error| Problem::internal(&error))?;
    let is_whole = from == 0 && to + 1 == length && asked.is_none();
    let status = if is_whole { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    let mut response = (status, bytes).into_response();
    let range = HeaderValue::try_from(format!("bytes {from}-{to}/{length}"))
        .map_err(|error| Problem::internal(&error))?;
    let fixed = HeaderValue::from_static;
    for (name, value) in [
        (header::CONTENT_TYPE, fixed("application/octet-stream")),
        (header::ACCEPT_RANGES, fixed("bytes")),
        (header::CACHE_CONTROL, fixed("private, no-cache")),
        (header::ETAG, etag),
    ] {
        response.headers_mut().insert(name, value);
    }
    if !is_whole {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    Ok(response)
}

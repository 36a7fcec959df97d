//! Fetching one tile from a server: only the three numbers of a tile go into an address that the installation wrote, no
//! redirect is followed, and everything has an end.

use std::path::Path;
use std::time::Duration;

use ::http::header::USER_AGENT;
use ::http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::settings::Raster;
use super::tile::{Image, TileAt};
use crate::feed::push::http::{SenderError, tls};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a tile may take in all.
pub const TILE_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest tile, bytes.
pub const TILE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Tiles fetched from one server at once.
pub const AT_ONCE: usize = 12;
/// Longest key, bytes.
const KEY_BYTES_MAX: usize = 512;
/// What this program calls itself.
const AGENT: &str = concat!("mucktrail/", env!("CARGO_PKG_VERSION"));

/// Why a server gives no tile.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// There is no key.
    #[error("the key of the basemap cannot be read from {place}: set it, one line of printable ASCII")]
    Key {
        /// The environment variable or file.
        place: String,
    },
    /// TLS cannot be spoken.
    #[error("the map server cannot be called")]
    Tls(#[from] SenderError),
    /// The address is none.
    #[error("the url of the basemap is no address")]
    Address(#[from] ::http::Error),
    /// It does not answer in time.
    #[error("the map server gave no tile within 10 s")]
    Late,
    /// It cannot be reached.
    #[error("the map server cannot be reached")]
    Unreached(#[from] hyper_util::client::legacy::Error),
    /// It answers something else.
    #[error("the map server answered {0}")]
    Status(StatusCode),
    /// What it sends is no picture, or too large.
    #[error("the map server sent no picture of at most 2 MB")]
    Content,
}

/// One server.
pub struct Upstream {
    raster: Raster,
    key: String,
    client: Client<HttpsConnector<HttpConnector>, Empty<&'static [u8]>>,
    places: Semaphore,
}

impl Upstream {
    /// A caller of a server; reads its key.
    pub fn open(raster: &Raster) -> Result<Self, UpstreamError> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let tls = tls(raster.ca_file.as_deref(), raster.url.starts_with("https://"))?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        Ok(Self {
            raster: raster.clone(),
            key: key(raster)?,
            client: Client::builder(TokioExecutor::new()).build(connector),
            places: Semaphore::new(AT_ONCE),
        })
    }

    /// Fetches a tile.
    pub async fn fetch(&self, at: TileAt) -> Result<Image, UpstreamError> {
        timeout(TILE_TIMEOUT, self.ask(at)).await.map_err(|_elapsed| UpstreamError::Late)?
    }

    async fn ask(&self, at: TileAt) -> Result<Image, UpstreamError> {
        // Never closed; waiting for a place counts towards the time.
        let _place = self.places.acquire().await;
        let request =
            Request::get(at.address(&self.raster, &self.key)).header(USER_AGENT, AGENT).body(Empty::new())?;
        let answer = self.client.request(request).await?;
        if answer.status() != StatusCode::OK {
            return Err(UpstreamError::Status(answer.status()));
        }
        let body = Limited::new(answer.into_body(), TILE_BYTES_MAX).collect().await;
        let bytes = body.map_err(|_source| UpstreamError::Content)?.to_bytes();
        Image::sniff(bytes.to_vec()).ok_or(UpstreamError::Content)
    }
}

fn key(raster: &Raster) -> Result<String, UpstreamError> {
    let (place, text) = match (&raster.key_env, &raster.key_file) {
        (Some(name), _) => (format!("the environment variable {name}"), std::env::var(name).ok()),
        (None, Some(path)) => (place_of(path), std::fs::read_to_string(path).ok()),
        (None, None) => return Ok(String::new()),
    };
    let key = text.map(|text| text.trim().to_owned());
    // It goes into an address: nothing that ends or splits one.
    let fits = |key: &String| {
        (1..=KEY_BYTES_MAX).contains(&key.len())
            && key.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'&' | b'#' | b'?' | b'/' | b'%'))
    };
    key.filter(fits).ok_or(UpstreamError::Key { place })
}

fn place_of(path: &Path) -> String {
    format!("the file {}", path.display())
}

//! Requests to a platform: HTTPS by rustls with the system's authorities or a file of them, kept-alive connections, an end
//! to every wait.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::http::header::{AUTHORIZATION, CONTENT_TYPE};
use ::http::{Method, Request, StatusCode, Uri};
use domain::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::plan::{Answer, Rejection};
use super::target::{PushUrl, Target, TargetError};

/// How long a connection may take to be made, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a platform may take from the request's first byte to the answer's last.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest answer read, bytes.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Longest token or secret, bytes.
const SECRET_BYTES_MAX: usize = 4096;

/// Why a platform cannot be called.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SenderError {
    /// Its address is none.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The file of authorities cannot be read.
    #[error("the authorities' file {} cannot be read: a PEM file with at least one certificate is expected", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// The system trusts nobody.
    #[error("the system has no trusted authorities: install them (ca-certificates), or name a file of them")]
    NoAuthorities,
    /// TLS cannot be spoken.
    #[error("TLS cannot be spoken with these authorities")]
    Tls(#[source] rustls::Error),
    /// A token or secret cannot be read.
    #[error("the file {} cannot be read: it holds one line, the token or secret, of at most {SECRET_BYTES_MAX} bytes", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Events on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// `feed` or `clue`.
    pub source: &'static str,
    /// Their numbers, ascending.
    pub seqs: Vec<u64>,
    /// One JSON object a line; a single one without line break.
    pub body: String,
    /// Whether the body is lines.
    pub is_lines: bool,
}

impl Parcel {
    /// What tells the same parcel sent twice from another: where it comes from, its first and last number, and the
    /// beginning of the SHA-256 of its body.
    pub fn idempotency_key(&self) -> String {
        let digest = hex::encode(Sha256::digest(self.body.as_bytes()));
        format!("{}-{}-{}-{}", self.source, self.first(), self.last(), &digest[..16])
    }

    /// First number.
    pub fn first(&self) -> u64 {
        self.seqs.first().copied().unwrap_or(0)
    }

    /// Last number.
    pub fn last(&self) -> u64 {
        self.seqs.last().copied().unwrap_or(0)
    }
}

/// Calls one platform.
pub struct Sender {
    uri: Uri,
    client: Client<HttpsConnector<HttpConnector>, String>,
    token: Option<String>,
    secret: Option<Vec<u8>>,
    answer_timeout: Duration,
}

impl Sender {
    /// A caller of a target; reads its files.
    pub fn new(target: &Target) -> Result<Self, SenderError> {
        let url: PushUrl = target.address.parse()?;
        let options = &target.options;
        let read = |path: &Path| secret(path);
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let tls = tls(options.ca_file.as_deref(), url.uri().scheme_str() == Some("https"))?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        Ok(Self {
            uri: url.uri().clone(),
            client: Client::builder(TokioExecutor::new()).build(connector),
            token: options.token_file.as_deref().map(read).transpose()?,
            secret: options.secret_file.as_deref().map(read).transpose()?.map(String::into_bytes),
            answer_timeout: ANSWER_TIMEOUT,
        })
    }

    /// With another end to waiting than [`ANSWER_TIMEOUT`].
    #[must_use]
    pub fn waiting_at_most(self, answer_timeout: Duration) -> Self {
        Self { answer_timeout, ..self }
    }

    /// Sends a parcel and says what came of it.
    pub async fn send(&self, parcel: &Parcel, now: Timestamp) -> Answer {
        let request = match self.request(parcel, now) {
            Ok(request) => request,
            Err(error) => return Answer::Unreached(crate::sentence(&error)),
        };
        let asked = async {
            let answer =
                self.client.request(request).await.map_err(|e| Answer::Unreached(crate::sentence(&e)))?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|e| Answer::Unreached(format!("the answer breaks off: {e}")))?;
            Ok(read_answer(status, &body.to_bytes()))
        };
        match timeout(self.answer_timeout, asked).await {
            Ok(Ok(answer) | Err(answer)) => answer,
            Err(_elapsed) => {
                Answer::Unreached(format!("no answer within {} s", self.answer_timeout.as_secs_f32()))
            }
        }
    }

    fn request(&self, parcel: &Parcel, now: Timestamp) -> Result<Request<String>, ::http::Error> {
        let form = if parcel.is_lines { "application/x-ndjson" } else { "application/json" };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.uri.clone())
            .header(CONTENT_TYPE, form)
            .header("idempotency-key", parcel.idempotency_key())
            .header("mucktrail-events", format!("{}-{}", parcel.first(), parcel.last()));
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(secret) = &self.secret {
            request = request
                .header("mucktrail-signature", signature(secret, now.seconds(), parcel.body.as_bytes()));
        }
        request.body(parcel.body.clone())
    }
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 over the decimal seconds since 1970, a full stop and the body.
pub fn signature(secret: &[u8], seconds: i64, body: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("t={seconds},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// What a status and a body mean. Rows are rejected by `{"rejected": [{"seq": 7, "reason": "…"}]}` in an answer of 2xx.
pub fn read_answer(status: StatusCode, body: &[u8]) -> Answer {
    #[derive(Deserialize, Default)]
    struct Rows {
        #[serde(default)]
        rejected: Vec<Rejection>,
    }
    let text = || {
        let words = String::from_utf8_lossy(body);
        let words = words.trim();
        if words.is_empty() { format!("answered {status}") } else { format!("answered {status}: {words}") }
    };
    if status.is_success() {
        // Whatever else a platform says beside 2xx is its own affair.
        return Answer::Taken(serde_json::from_slice::<Rows>(body).unwrap_or_default().rejected);
    }
    match status.as_u16() {
        400 | 409 | 413 | 415 | 422 => Answer::Refused(text()),
        _ => Answer::Failed(text()),
    }
}

fn secret(path: &Path) -> Result<String, SenderError> {
    let error = |source| SenderError::Secret { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(error)?;
    let line = text.trim();
    let fits =
        (1..=SECRET_BYTES_MAX).contains(&line.len()) && line.bytes().all(|b| (0x21..0x7F).contains(&b));
    if fits {
        Ok(line.to_owned())
    } else {
        Err(error(std::io::Error::other("it holds no single line of printable ASCII")))
    }
}

/// How TLS is spoken to others: which authorities are believed.
pub(crate) fn tls(ca_file: Option<&Path>, is_needed: bool) -> Result<ClientConfig, SenderError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = ca_file {
        let error = |source| SenderError::Authorities { path: path.to_owned(), source };
        let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        roots.add_parsable_certificates(found.map_err(error)?);
        if roots.is_empty() {
            return Err(error(pem::Error::NoItemsFound));
        }
    } else if is_needed {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(SenderError::NoAuthorities);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(SenderError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_by_its_status_and_its_rows() {
        let check = |status: u16, body: &str, expected: Answer| {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(read_answer(status, body.as_bytes()), expected, "{status} {body}");
        };
        check(204, "", Answer::Taken(vec![]));
        check(200, "ok", Answer::Taken(vec![]));
        check(200, r#"{"rejected":[]}"#, Answer::Taken(vec![]));
        let row = Rejection { seq: 7, reason: "统一社会信用代码不存在".into() };
        check(200, r#"{"rejected":[{"seq":7,"reason":"统一社会信用代码不存在"}]}"#, Answer::Taken(vec![row]));
        check(422, "bad", Answer::Refused("answered 422 Unprocessable Entity: bad".into()));
        check(301, "", Answer::Failed("answered 301 Moved Permanently".into()));
        check(503, "", Answer::Failed("answered 503 Service Unavailable".into()));
        check(429, "", Answer::Failed("answered 429 Too Many Requests".into()));
    }

    #[test]
    fn the_signature_is_what_openssl_computes_over_time_and_body() {
        // Computed with: printf '7.{}' | openssl dgst -sha256 -hmac Jefe
        assert_eq!(
            signature(b"Jefe", 7, b"{}"),
            "t=7,v1=fab47a0bfa9f75f6455e6e0d75f29f95b3118d10f700dec268f191bdcba9b6b7"
        );
    }

    #[test]
    fn the_same_parcel_has_the_same_key_and_another_has_not() {
        let parcel =
            |body: &str| Parcel { source: "feed", seqs: vec![3, 4], body: body.into(), is_lines: true };
        assert_eq!(parcel("a").idempotency_key(), parcel("a").idempotency_key());
        assert_ne!(parcel("a").idempotency_key(), parcel("b").idempotency_key());
        assert!(parcel("a").idempotency_key().starts_with("feed-3-4-"));
    }
}

//! The city's single sign-on: OpenID Connect, authorization code with PKCE, state and nonce. The provider says who someone
//! is; what they may do is said here, by the account an administrator linked.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use http_body_util::{BodyExt as _, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, TokenResponse as _,
};
use serde_json::Value;
use tokio::time::timeout;

use super::settings::SingleSignOnSettings;
use super::sign_in::Opened;
use super::{Caller, People, PeopleError};
use crate::feed::push::http::tls;

/// Where the provider sends people back.
pub const RETURN_PATH: &str = "/api/v1/session/single-sign-on/return";
/// How long someone may take at the provider, seconds.
pub const FLOW_S: i64 = 10 * 60;
/// People under way at once; beyond it the oldest begins anew.
const FLOWS_MAX: usize = 1_000;
/// How long the provider may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer read of the provider.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Why nobody came in by the single sign-on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignOnError {
    /// None is set up.
    #[error("no single sign-on is set up")]
    None,
    /// The provider's answer belongs to nobody under way.
    #[error("the sign-on was not begun in this browser, or took too long: begin anew")]
    Unknown,
    /// The provider sent them back without a code.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The provider does not answer as it should.
    #[error("the single sign-on does not work while {what}: {reason}")]
    Provider {
        /// What was being done.
        what: &'static str,
        /// What it met.
        reason: String,
    },
    /// The file with the client's secret cannot be read.
    #[error("the file {} with the client's secret cannot be read", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The provider's word is good, and nobody is signed in all the same.
    #[error(transparent)]
    People(#[from] PeopleError),
}

/// Someone under way to the provider.
struct Flow {
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    began: Timestamp,
}

/// A provider, and who is under way to it. Cheap to clone.
#[derive(Clone)]
pub struct SingleSignOn {
    settings: Arc<SingleSignOnSettings>,
    return_address: String,
    flows: Arc<Mutex<HashMap<String, Flow>>>,
}

/// Where to send someone.
pub struct Leaving {
    /// The provider's address.
    pub address: String,
    /// What the browser keeps, and the provider brings back.
    pub state: String,
}

impl SingleSignOn {
    /// A provider; `base` is where people open this service.
    pub fn new(settings: SingleSignOnSettings, base: &str) -> Self {
        let return_address = format!("{}{RETURN_PATH}", base.trim_end_matches('/'));
        Self { settings: Arc::new(settings), return_address, flows: Arc::default() }
    }

    /// Begins a sign-on.
    pub async fn begin(&self, now: Timestamp) -> Result<Leaving, SignOnError> {
        let metadata = self.discover().await?;
        let client = CoreClient::from_provider_metadata(metadata, self.client_id(), self.secret()?)
            .set_redirect_uri(self.redirect()?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge)
            .url();
        let state = state.secret().clone();
        self.remember(&state, Flow { nonce, verifier, began: now }, now);
        Ok(Leaving { address: address.to_string(), state })
    }

    /// Who came back: the value of the claim that tells the account.
    pub async fn finish(&self, state: &str, code: &str, now: Timestamp) -> Result<String, SignOnError> {
        let flow =
            self.flows().remove(state).filter(|flow| !is_over(flow, now)).ok_or(SignOnError::Unknown)?;
        // Asked anew each time: the provider may have changed its keys.
        let metadata = self.discover().await?;
        let client = CoreClient::from_provider_metadata(metadata, self.client_id(), self.secret()?)
            .set_redirect_uri(self.redirect()?);
        let http = self.http()?;
        let call = |request: HttpRequest| answer(http.clone(), request);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|e| provider("reading where codes are taken", &e))?
            .set_pkce_verifier(flow.verifier)
            .request_async(&call)
            .await
            .map_err(|e| provider("exchanging the code", &e))?;
        let token = tokens.id_token().ok_or_else(|| SignOnError::Provider {
            what: "exchanging the code",
            reason: "the answer has no ID token".to_owned(),
        })?;
        token
            .claims(&client.id_token_verifier(), &flow.nonce)
            .map_err(|e| provider("checking the ID token", &e))?;
        claim(&token.to_string(), &self.settings.claim).ok_or_else(|| SignOnError::Provider {
            what: "reading the ID token",
            reason: format!("it has no claim {}", self.settings.claim),
        })
    }

    fn flows(&self) -> std::sync::MutexGuard<'_, HashMap<String, Flow>> {
        self.flows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, state: &str, flow: Flow, now: Timestamp) {
        let mut flows = self.flows();
        if flows.len() >= FLOWS_MAX {
            flows.retain(|_, flow| !is_over(flow, now));
        }
        if flows.len() >= FLOWS_MAX {
            let oldest = flows.iter().min_by_key(|(_, flow)| flow.began).map(|(state, _)| state.clone());
            if let Some(oldest) = oldest {
                flows.remove(&oldest);
            }
        }
        flows.insert(state.to_owned(), flow);
    }

    async fn discover(&self) -> Result<CoreProviderMetadata, SignOnError> {
        let what = "asking the provider what it offers";
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|e| provider(what, &e))?;
        let http = self.http()?;
        let call = move |request: HttpRequest| answer(http.clone(), request);
        CoreProviderMetadata::discover_async(issuer, &call).await.map_err(|e| provider(what, &e))
    }

    fn client_id(&self) -> ClientId {
        ClientId::new(self.settings.client_id.clone())
    }

    fn redirect(&self) -> Result<RedirectUrl, SignOnError> {
        let what = "writing where people are sent back";
        RedirectUrl::new(self.return_address.clone()).map_err(|e| provider(what, &e))
    }

    fn secret(&self) -> Result<Option<ClientSecret>, SignOnError> {
        let Some(path) = &self.settings.client_secret_file else { return Ok(None) };
        let text = std::fs::read_to_string(path)
            .map_err(|source| SignOnError::Secret { path: path.clone(), source })?;
        let first = text.lines().next().unwrap_or_default().trim();
        Ok((!first.is_empty()).then(|| ClientSecret::new(first.to_owned())))
    }

    fn http(&self) -> Result<Http, SignOnError> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(ANSWER_TIMEOUT));
        let is_https = self.settings.issuer.starts_with("https://");
        let tls = tls(self.settings.ca_file.as_deref(), is_https)
            .map_err(|e| provider("reading authorities", &e))?;
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        // Plain http is for a provider on this machine alone; the settings have been checked for that.
        let builder = if is_https { builder.https_only() } else { builder.https_or_http() };
        Ok(Client::builder(TokioExecutor::new()).build(builder.enable_http1().wrap_connector(connector)))
    }
}

type Http = Client<HttpsConnector<HttpConnector>, String>;

impl People {
    /// Opens a session for someone the single sign-on knows by `subject`.
    pub async fn welcome(&self, subject: &str, from: &Caller, now: Timestamp) -> Result<Opened, SignOnError> {
        self.may_try(None, from, now)?;
        let account = self.store.account_by_subject(subject).await.map_err(PeopleError::from)?;
        let Some(account) = account.filter(|account| account.disabled.is_none()) else {
            self.refuse("", "single sign-on, nobody is linked", from, now).await?;
            return Err(PeopleError::Unlinked { subject: subject.chars().take(120).collect() }.into());
        };
        let roles = self.settings.single_sign_on.as_ref().map(|sign_on| sign_on.roles.as_slice());
        if !roles.unwrap_or_default().contains(&account.officer.role) {
            return Err(PeopleError::NotThisWay { role: account.officer.role.word() }.into());
        }
        let mut change = self.store.change().await.map_err(PeopleError::from)?;
        let opened = self.open(&mut change, account, "single_sign_on", None, from, now).await?;
        change.commit().await.map_err(PeopleError::from)?;
        Ok(opened)
    }
}

fn is_over(flow: &Flow, now: Timestamp) -> bool {
    now.millis_since(flow.began) > FLOW_S * 1000
}

fn provider(what: &'static str, error: &dyn std::error::Error) -> SignOnError {
    SignOnError::Provider { what, reason: crate::sentence(error) }
}

/// A claim of a token whose signature was checked, as text.
fn claim(token: &str, name: &str) -> Option<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    match &claims[name] {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Why the provider was not reached.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("the provider is not reached")]
    Unreached(#[source] hyper_util::client::legacy::Error),
    #[error("no answer within {} s", ANSWER_TIMEOUT.as_secs())]
    Late,
    #[error("the answer breaks off, or is larger than {ANSWER_BYTES_MAX} bytes: {0}")]
    Body(String),
    #[error("the request or the answer cannot be written")]
    Form(#[source] http::Error),
}

/// One request. Redirects are not followed: the provider's addresses are its own.
async fn answer(client: Http, request: HttpRequest) -> Result<HttpResponse, CallError> {
    let (parts, body) = request.into_parts();
    let request = http::Request::from_parts(parts, String::from_utf8_lossy(&body).into_owned());
    let asked = async {
        let answer = client.request(request).await.map_err(CallError::Unreached)?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|e| CallError::Body(e.to_string()))?.to_bytes().to_vec();
        let mut response = http::Response::builder().status(parts.status);
        for (name, value) in &parts.headers {
            response = response.header(name, value);
        }
        response.body(body).map_err(CallError::Form)
    };
    timeout(ANSWER_TIMEOUT, asked).await.map_err(|_elapsed| CallError::Late)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_a_text_or_a_number_and_nothing_else() {
        use base64::Engine as _;
        let payload = r#"{"sub":" u-17 ","employee":4711,"groups":["a"],"empty":""}"#;
        let token = format!("x.{}.y", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(payload));
        for (name, expected) in [
            ("sub", Some("u-17")),
            ("employee", Some("4711")),
            ("groups", None),
            ("empty", None),
            ("none", None),
        ] {
            assert_eq!(claim(&token, name).as_deref(), expected, "{name}");
        }
        assert_eq!(claim("no token", "sub"), None);
    }

    #[test]
    fn who_is_under_way_is_bounded_and_forgotten_after_ten_minutes() {
        let settings = SingleSignOnSettings {
            name: "n".into(),
            issuer: "https://sso.example".into(),
            client_id: "c".into(),
            client_secret_file: None,
            ca_file: None,
            claim: "sub".into(),
            roles: vec![],
        };
        let sign_on = SingleSignOn::new(settings, "https://muck.example/");
        assert_eq!(sign_on.return_address, format!("https://muck.example{RETURN_PATH}"));
        let at = |second: i64| Timestamp::from_seconds(1_800_000_000 + second);
        for number in 0..FLOWS_MAX as i64 + 5 {
            let flow = Flow {
                nonce: Nonce::new("n".into()),
                verifier: PkceCodeVerifier::new("v".into()),
                began: at(number / 100),
            };
            sign_on.remember(&number.to_string(), flow, at(number / 100));
        }
        assert_eq!(sign_on.flows().len(), FLOWS_MAX);
        let newest = sign_on.flows().remove(&(FLOWS_MAX + 4).to_string()).unwrap();
        assert!(!is_over(&newest, at(FLOW_S)) && is_over(&newest, at(FLOW_S + 20)));
    }
}

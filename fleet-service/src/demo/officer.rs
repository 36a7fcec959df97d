//! The demo's officers: they look at pending clues and confirm them, through the public API and with a token like anyone.

use std::net::SocketAddr;

use domain::Timestamp;
use domain::rule::Authority;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use http_body_util::{BodyExt as _, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::pace;
use crate::clock;

/// Largest answer read.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
const REASON: &str = "演示：证据核对无误 (demo: evidence checked)";

/// One officer's token.
pub(super) struct Decider {
    pub(super) authority: Authority,
    pub(super) token: String,
}

struct Desk {
    http: SocketAddr,
    client: Client<HttpConnector, String>,
}

/// Decides until told to stop.
pub(super) async fn run(http: SocketAddr, deciders: Vec<Decider>, stop: CancellationToken) {
    let desk = Desk { http, client: Client::builder(TokioExecutor::new()).build_http() };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(pace::LOOK_EVERY) => {}
        }
        for decider in &deciders {
            if let Err(reason) = desk.look(decider).await {
                tracing::warn!(reason, "the demo's officer could not decide");
            }
        }
    }
}

impl Desk {
    async fn look(&self, decider: &Decider) -> Result<(), String> {
        let answer =
            self.ask(decider, Method::GET, "/api/v1/clues?state=pending&limit=1000", String::new()).await?;
        let clues = answer["clues"].as_array().cloned().unwrap_or_default();
        let now = clock::now();
        let due: Vec<&str> = clues
            .iter()
            .filter(|clue| clue["authority"] == decider.authority.word())
            .filter_map(|clue| is_due(clue, now))
            .take(pace::CONFIRMED_AT_ONCE_MAX)
            .collect();
        for id in due {
            let body = json!({ "reason": REASON }).to_string();
            self.ask(decider, Method::POST, &format!("/api/v1/clues/{id}/confirm"), body).await?;
        }
        Ok(())
    }

    async fn ask(
        &self,
        decider: &Decider,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<Value, String> {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.http))
            .header(AUTHORIZATION, format!("Bearer {}", decider.token))
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|e| e.to_string())?;
        let answer = self.client.request(request).await.map_err(|e| crate::sentence(&e))?;
        let status = answer.status();
        let bytes =
            Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(|e| e.to_string())?;
        let bytes = bytes.to_bytes();
        if status.is_success() {
            serde_json::from_slice(&bytes).map_err(|e| e.to_string())
        } else {
            Err(format!("{status}: {}", String::from_utf8_lossy(&bytes)))
        }
    }
}

/// The id of a clue that has waited long enough. The wait counts from when the service first found it.
fn is_due(clue: &Value, now: Timestamp) -> Option<&str> {
    let id = clue["id"].as_str()?;
    let opened: Timestamp = clue["opened_at"].as_str()?.parse().ok()?;
    let wait_s = i64::try_from(pace::wait_s(id)).ok()?;
    (opened.plus_seconds(wait_s) <= now).then_some(id)
}

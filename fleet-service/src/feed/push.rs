//! Pushes feed events to configured platforms until each acknowledges with a 2xx answer. What is due survives a restart:
//! it lies in the outbox. Events go out in order; one that is refused holds back the later ones of that platform only.
//!
//! Plain HTTP alone, and therefore only to this machine or an intranet: the lines are signed, but a reader elsewhere
//! should not learn of a listing from the network path. Beyond that, a TLS-terminating proxy stands in between.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{Method, Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::{sleep, timeout};

use crate::clock;
use crate::store::{Delivery, Store, StoreError};

/// Most platforms configured.
pub const TARGETS_MAX: usize = 16;
/// How long a platform may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the outbox is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longest pause between two attempts.
const RETRY_MAX_S: i64 = 300;
/// Longest error text kept.
const ERROR_CHARS_MAX: usize = 300;

/// The address of a platform, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushTarget {
    uri: Uri,
}

/// Why an address is not pushed to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not pushed to: {reason}")]
pub struct TargetError {
    text: String,
    reason: &'static str,
}

impl FromStr for PushTarget {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let error = |reason| TargetError { text: text.chars().take(200).collect(), reason };
        let uri: Uri =
            text.parse().map_err(|_source| error("it is no address, as http://10.0.0.5:8080/blacklist"))?;
        if uri.scheme_str() != Some("http") {
            return Err(error(
                "only http:// is spoken; put a TLS-terminating proxy of the intranet in between",
            ));
        }
        let host = uri.host().ok_or_else(|| error("it names no host"))?;
        if is_near(host) {
            Ok(Self { uri })
        } else {
            Err(error(
                "plain HTTP goes only to this machine or an intranet: a private address, or a name without a public ending",
            ))
        }
    }
}

fn is_near(host: &str) -> bool {
    match host.trim_start_matches('[').trim_end_matches(']').parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_name) => {
            !host.contains('.')
                || [".local", ".lan", ".internal", ".intranet"].iter().any(|ending| host.ends_with(ending))
        }
    }
}

impl std::fmt::Display for PushTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.uri.fmt(f)
    }
}

/// Seconds to wait after so many failed attempts: 1, 2, 4 … up to [`RETRY_MAX_S`].
pub fn retry_after_s(attempts: u32) -> i64 {
    1_i64.checked_shl(attempts).filter(|s| *s > 0).unwrap_or(RETRY_MAX_S).min(RETRY_MAX_S)
}

/// One platform's courier.
pub struct Courier {
    store: Store,
    target: PushTarget,
    client: Client<HttpConnector, String>,
}

/// What one look at the outbox did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// Nothing is due.
    Idle,
    /// One event was acknowledged.
    Delivered,
    /// One event was not; it will be tried again.
    Failed,
}

impl Courier {
    /// A courier for one platform.
    pub fn new(store: Store, target: PushTarget) -> Self {
        Self { store, target, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Delivers for as long as the task lives.
    pub async fn run(self) {
        if let Err(error) = self.fill().await {
            tracing::error!(target = %self.target, error = %crate::sentence(&error), "the outbox cannot be filled");
        }
        loop {
            match self.round().await {
                Ok(Round::Delivered) => {}
                Ok(Round::Idle | Round::Failed) => sleep(LOOK_EVERY).await,
                Err(error) => {
                    tracing::error!(target = %self.target, error = %crate::sentence(&error), "the outbox cannot be read");
                    sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    /// Puts events published before this platform was configured into its outbox.
    pub async fn fill(&self) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.fill_outbox(&self.target.to_string(), clock::now()).await?;
        change.commit().await
    }

    /// Tries the oldest undelivered event, if it is due.
    pub async fn round(&self) -> Result<Round, StoreError> {
        let now = clock::now();
        let Some((delivery, due)) = self.store.next_delivery(&self.target.to_string()).await? else {
            return Ok(Round::Idle);
        };
        if due > now {
            return Ok(Round::Idle);
        }
        let sent = self.send(&delivery).await;
        let mut change = self.store.change().await?;
        let round = match &sent {
            Ok(()) => {
                change.delivered(&delivery.target, delivery.seq, clock::now()).await?;
                Round::Delivered
            }
            Err(reason) => {
                let next = clock::now().plus_seconds(retry_after_s(delivery.attempts));
                tracing::warn!(target = %self.target, event = delivery.seq, reason, "a platform did not take an event");
                change.not_delivered(&delivery.target, delivery.seq, next, reason).await?;
                Round::Failed
            }
        };
        change.commit().await?;
        Ok(round)
    }

    async fn send(&self, delivery: &Delivery) -> Result<(), String> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.target.uri.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(delivery.line.clone())
            .map_err(|e| brief(&e))?;
        match timeout(ANSWER_TIMEOUT, self.client.request(request)).await {
            Err(_elapsed) => Err("no answer in time".to_owned()),
            Ok(Err(error)) => Err(brief(&error)),
            Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
            Ok(Ok(answer)) => Err(format!("answered {}", answer.status())),
        }
    }
}

fn brief(error: &dyn std::error::Error) -> String {
    crate::sentence(error).chars().take(ERROR_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_plain_http_addresses_are_pushed_to() {
        for near in
            ["http://127.0.0.1:9/x", "http://10.1.2.3/", "http://credit/", "http://a.lan/", "http://[::1]:8/"]
        {
            assert!(near.parse::<PushTarget>().is_ok(), "{near}");
        }
        for far in
            ["https://10.1.2.3/", "http://8.8.8.8/", "http://example.com/", "ftp://10.0.0.1/", "", "http://"]
        {
            assert!(far.parse::<PushTarget>().is_err(), "{far}");
        }
    }

    #[test]
    fn pauses_double_and_end_at_five_minutes() {
        assert_eq!([0, 1, 2, 8, 9, 63, 64, 4000].map(retry_after_s), [1, 2, 4, 256, 300, 300, 300, 300]);
    }
}

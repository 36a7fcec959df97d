//! Who is let in how often: a token bucket a person or program, and one an address for whoever is not signed in. Paths
//! that devices report through have limits of their own and are not counted here.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use super::Api;
use super::buckets::{BUCKETS_MAX, Buckets, Taken};
use super::metrics::Text;
use super::officer::COOKIE;
use super::problem::Problem;
use crate::clock::Steady;

/// Devices and platforms report through these and are limited there; who watches the service must see it when it is busy.
const UNCOUNTED: [&str; 5] = ["/api/v1/reports", "/api/v1/site-reports", "/healthz", "/readyz", "/metrics"];
/// Where a proxy on this machine says who asks.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// How many requests are let in.
#[derive(Debug, Clone, clap::Args)]
pub struct DoorLimits {
    /// Requests a minute of one session or token; 0 for no limit.
    #[arg(long = "person-requests-per-minute", value_name = "REQUESTS", default_value_t = 3_000)]
    pub person_per_minute: u32,
    /// Requests a minute from one address by whoever is not signed in; 0 for no limit.
    #[arg(long = "address-requests-per-minute", value_name = "REQUESTS", default_value_t = 1_200)]
    pub address_per_minute: u32,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self { person_per_minute: 3_000, address_per_minute: 1_200 }
    }
}

/// What the door remembers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Door(Arc<Memory>);

#[derive(Debug)]
struct Memory {
    clock: Steady,
    people: Mutex<Buckets<Credential>>,
    addresses: Mutex<Buckets<IpAddr>>,
    under_way: Mutex<HashSet<(String, String)>>,
    refused_people: AtomicU64,
    refused_addresses: AtomicU64,
    repeated: AtomicU64,
    panics: AtomicU64,
}

/// A token or session by its hash.
type Credential = [u8; 32];

impl Default for Door {
    fn default() -> Self {
        Self::new(&DoorLimits::default())
    }
}

impl Door {
    /// A door nobody has come through.
    pub fn new(limits: &DoorLimits) -> Self {
        Self(Arc::new(Memory {
            clock: Steady::begin(),
            people: Mutex::new(Buckets::new(limits.person_per_minute, BUCKETS_MAX)),
            addresses: Mutex::new(Buckets::new(limits.address_per_minute, BUCKETS_MAX)),
            under_way: Mutex::default(),
            refused_people: AtomicU64::new(0),
            refused_addresses: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            panics: AtomicU64::new(0),
        }))
    }

    /// Counts an answer given once more.
    pub(super) fn count_repeated(&self) {
        self.0.repeated.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a handler that panicked.
    pub(super) fn count_panic(&self) {
        self.0.panics.fetch_add(1, Ordering::Relaxed);
    }

    /// Marks a person's key as being worked on; `None` when it is already.
    pub(super) fn begin(&self, person: &str, key: &str) -> Option<UnderWay> {
        let name = (person.to_owned(), key.to_owned());
        locked(&self.0.under_way).insert(name.clone()).then(|| UnderWay { door: self.clone(), name })
    }

    fn take(&self, credential: Option<Credential>, address: IpAddr) -> Taken {
        let now = self.0.clock.now();
        if let Some(credential) = credential {
            let mut people = locked(&self.0.people);
            if people.knows(&credential) {
                let taken = people.take(credential, now);
                count(&self.0.refused_people, taken);
                return taken;
            }
        }
        // A token nobody has seen work is worth nothing: made-up ones would each have a bucket.
        let taken = locked(&self.0.addresses).take(network(address), now);
        count(&self.0.refused_addresses, taken);
        taken
    }

    fn welcome(&self, credential: Credential) {
        let now = self.0.clock.now();
        locked(&self.0.people).know(credential, now);
    }
}

/// A request being worked on; not any more when dropped.
pub(super) struct UnderWay {
    door: Door,
    name: (String, String),
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        locked(&self.door.0.under_way).remove(&self.name);
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(refused: &AtomicU64, taken: Taken) {
    if !taken.passes {
        refused.fetch_add(1, Ordering::Relaxed);
    }
}

/// An IPv6 subscriber has a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// Where a request comes from. What a proxy says is believed of one on this machine only.
pub(super) fn address(parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    // Without a socket, as in tests.
    let Some(peer) = peer else { return Ipv4Addr::UNSPECIFIED.into() };
    let said = parts.headers.get_all(FORWARDED_FOR).into_iter().next_back();
    let last = said.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    if peer.is_loopback() { last.unwrap_or(peer) } else { peer }
}

fn credential(headers: &HeaderMap) -> Option<Credential> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let cookie = || {
        let pairs = text(header::COOKIE)?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.into_iter().find(|(name, _)| name.ends_with(COOKIE)).map(|(_, value)| value)
    };
    let token = bearer.or_else(cookie)?;
    Some(Sha256::digest(token.trim().as_bytes()).into())
}

/// Lets a request in or says when to come again.
pub(super) async fn admit(State(api): State<Api>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_file = request.extensions().get::<MatchedPath>().is_none() && !path.starts_with("/api/");
    if is_file || UNCOUNTED.contains(&path) {
        return next.run(request).await;
    }
    let credential = credential(request.headers());
    let (parts, body) = request.into_parts();
    let taken = api.door.take(credential, address(&parts));
    if !taken.passes {
        let mut response = too_many(taken).into_response();
        tell(response.headers_mut(), taken);
        return response;
    }
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if let Some(credential) = credential
        && response.status() != StatusCode::UNAUTHORIZED
        && !response.status().is_server_error()
    {
        api.door.welcome(credential);
    }
    tell(response.headers_mut(), taken);
    response
}

fn too_many(taken: Taken) -> Problem {
    let Taken { per_minute, wait_s, .. } = taken;
    Problem::of_kind(
        "/problems/too-many-requests",
        (
            &format!("at most {per_minute} requests a minute are let in: come again after {wait_s} s"),
            &format!("每分钟最多 {per_minute} 次请求，请在 {wait_s} 秒后重试"),
        ),
    )
    .retry_after(wait_s)
}

fn tell(headers: &mut HeaderMap, taken: Taken) {
    if taken.per_minute > 0 {
        headers.insert(LIMIT, HeaderValue::from(taken.per_minute));
        headers.insert(REMAINING, HeaderValue::from(taken.left));
        headers.insert(RESET, HeaderValue::from(taken.wait_s));
    }
}

/// The door's counts.
pub(super) fn metrics(text: &mut Text, api: &Api) {
    let memory = &api.door.0;
    let read = super::metrics::read;
    let refused = [
        ("{who=\"person\"}".to_owned(), read(&memory.refused_people)),
        ("{who=\"address\"}".to_owned(), read(&memory.refused_addresses)),
    ];
    text.put("counter", "requests_refused_total", "Requests refused because too many came.", &refused);
    text.counter(
        "requests_repeated_total",
        "Requests answered from what was kept under their idempotency key.",
        read(&memory.repeated),
    );
    text.counter(
        "request_panics_total",
        "Requests whose handler failed in an unforeseen way.",
        read(&memory.panics),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(peer: &str, forwarded: Option<&str>, expected: &str) {
        let mut request = axum::http::Request::builder();
        if let Some(text) = forwarded {
            request = request.header(FORWARDED_FOR, text);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        assert_eq!(address(&parts), expected.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed_and_only_its_own_word() {
        check("127.0.0.1", None, "127.0.0.1");
        check("127.0.0.1", Some("1.2.3.4, 10.0.0.7"), "10.0.0.7");
        check("127.0.0.1", Some("nonsense"), "127.0.0.1");
        check("10.0.0.9", Some("1.2.3.4"), "10.0.0.9");
    }

    #[test]
    fn an_unknown_token_counts_for_its_address() {
        let door = Door::new(&DoorLimits { person_per_minute: 100, address_per_minute: 2 });
        let address: IpAddr = "10.0.0.1".parse().unwrap();
        let passes: Vec<bool> = (0..3).map(|n| door.take(Some([n; 32]), address).passes).collect();
        assert_eq!(passes, [true, true, false]);
        door.welcome([7; 32]);
        assert!((0..50).all(|_| door.take(Some([7; 32]), address).passes));
        // The same subscriber under another address of its network.
        let (one, other) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
        let passes: Vec<bool> = [one, other, one].map(|from| door.take(None, from).passes).to_vec();
        assert_eq!(passes, [true, true, false]);
    }
}

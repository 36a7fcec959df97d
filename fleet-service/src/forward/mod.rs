//! Forwards positions to superior platforms over JT/T 809. An outbox that survives restarts: it follows the report log from
//! a durable cursor per platform, which moves only when the platform provably has what lies before it. What is between the
//! cursor and a cut is sent again as backlog: each position arrives at least once, and in the log's order per vehicle.
//!
//! - [`config`]: the file given with `serve --forward`
//! - [`plan`]: reports into messages (pure)
//! - [`window`]: what was sent and not proven yet (pure)
//! - [`state`]: how each platform's links are doing, for `/metrics`
//! - [`courier`]: one task a platform: calls it, takes its call back, drives [`wire::jt809::Lower`]

pub mod config;
pub mod courier;
mod line;
pub mod plan;
mod session;
pub mod state;
pub mod window;

use std::net::SocketAddr;
use std::sync::Arc;

use domain::Registers;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock;
use crate::log::ReportLog;
use crate::store::{Store, StoreError};
use config::{ForwardConfig, Start};
use courier::Courier;
use state::Target;

/// Why forwarding cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForwardError {
    /// The address for the call back is taken.
    #[error("{address}, where {target} shall call back, cannot be listened on: choose another `sub_listen`")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The platform.
        target: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The cursor cannot be read or made.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every superior platform configured, with how it is doing. Cheap to clone; empty when none is configured.
#[derive(Clone, Default)]
pub struct Forwarding {
    targets: Arc<[Arc<Target>]>,
}

/// Platforms whose call-back addresses are taken and whose cursors are there; not called yet.
pub struct Prepared {
    targets: Vec<(Arc<Target>, TcpListener)>,
}

impl Prepared {
    /// Takes the addresses and makes the cursors of platforms configured for the first time.
    pub async fn prepare(
        config: ForwardConfig,
        store: &Store,
        log: &ReportLog,
    ) -> Result<Self, ForwardError> {
        let mut targets = Vec::with_capacity(config.targets.len());
        for mut target in config.targets {
            let listener = TcpListener::bind(target.sub_listen).await.map_err(|source| {
                ForwardError::Listen { address: target.sub_listen, target: target.name.to_string(), source }
            })?;
            if let (0, Ok(taken)) = (target.sub_port, listener.local_addr()) {
                target.sub_port = taken.port();
            }
            let cursor = match (store.forwarded(target.name.as_str()).await?, target.start) {
                (Some(cursor), _) => cursor,
                (None, Start::Beginning) => 0,
                (None, Start::Now) => {
                    let end = *log.end().borrow();
                    let mut change = store.change().await?;
                    change.set_forwarded(target.name.as_str(), end, clock::now()).await?;
                    change.commit().await?;
                    end
                }
            };
            targets.push((Arc::new(Target::new(target, cursor)), listener));
        }
        Ok(Self { targets })
    }

    /// What is shown of the platforms.
    pub fn forwarding(&self) -> Forwarding {
        Forwarding { targets: self.targets.iter().map(|(target, _)| Arc::clone(target)).collect() }
    }

    /// Starts a task for each platform. They end when told to stop.
    pub fn spawn(
        self,
        store: &Store,
        log: &ReportLog,
        registers: &watch::Receiver<Arc<Registers>>,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) {
        for (target, listener) in self.targets {
            let courier = Courier::new(target, store.clone(), log.clone(), registers.clone());
            tasks.spawn(courier.run(listener, stop.clone()));
        }
    }
}

impl Forwarding {
    /// The platforms in the order configured.
    pub fn targets(&self) -> &[Arc<Target>] {
        &self.targets
    }
}

//! What goes between the pipeline and the rest of the program while it runs: the platform's wishes in, what there is to see
//! out, and the sign of life to the system.

use std::sync::PoisonError;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::orders::Wishes;
use crate::pipeline::{Pipeline, PipelineCounters};
use crate::record::Record;
use crate::service::Service;

/// What there is to see of the pipeline.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// What became of everything that came in.
    pub counters: PipelineCounters,
    /// The last fix, or place without one.
    pub latest: Option<Record>,
}

/// The pipeline's end of it.
#[derive(Debug)]
pub struct Desk {
    wishes: watch::Receiver<Wishes>,
    live: watch::Sender<Live>,
    service: Service,
}

impl Desk {
    /// An end.
    pub fn new(wishes: watch::Receiver<Wishes>, live: watch::Sender<Live>, service: Service) -> Self {
        Self { wishes, live, service }
    }

    /// Waits until the platform wishes something else.
    pub async fn until_wished(&mut self) {
        if self.wishes.changed().await.is_err() {
            // Nobody is left to wish anything.
            std::future::pending::<()>().await;
        }
    }

    /// Makes the pipeline do as the platform wishes.
    pub fn instruct(&mut self, pipeline: &mut Pipeline) {
        let wishes = self.wishes.borrow_and_update().clone();
        pipeline.set_sampler(wishes.sampler);
        pipeline.set_areas(Arc::unwrap_or_clone(wishes.areas));
    }

    /// The sources are read from now on.
    pub fn ready(&self) {
        self.service.ready();
    }

    /// Asked to stop.
    pub fn stopping(&self) {
        self.service.stopping();
    }

    /// Shows what there is to see. Called about once a second from where the sources are read: the sign of life.
    pub fn show(&mut self, pipeline: &Pipeline) {
        self.live.send_replace(Live { counters: pipeline.counters(), latest: pipeline.latest() });
        self.service.alive();
    }
}

/// Reads what another task counts.
pub fn counted<T: Copy>(counters: &Mutex<T>) -> T {
    *counters.lock().unwrap_or_else(PoisonError::into_inner)
}

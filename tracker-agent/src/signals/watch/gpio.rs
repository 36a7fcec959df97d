//! The lines of one GPIO chip, by the kernel's character device.

use std::path::Path;
use std::time::Duration;

use gpiocdev::line::{self, EdgeDetection, Value};
use gpiocdev::request::{Config, Request};
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use super::super::config::{Active, Bias, Device, SignalConfig};
use super::super::signal::SignalInput;
use super::SignalEvent;

/// How often every level is told again, changed or not: a line nobody hears of is soon unknown.
const LEVELS_EVERY: Duration = Duration::from_secs(2);
/// How long a wait for an edge blocks before the thread looks whether it is still wanted.
const WAIT: Duration = Duration::from_millis(500);
const CONSUMER: &str = "tracker-agent";

/// Watches until the chip breaks off; well when nobody listens any more.
pub(super) fn run(
    chip: &Path,
    group: &[(usize, SignalConfig)],
    sender: &Sender<SignalEvent>,
) -> Result<(), String> {
    let plainly = |error: gpiocdev::Error| format!("cannot read the GPIO chip {}: {error}", chip.display());
    let mut config = Config::default();
    config.on_chip(chip).as_input().with_edge_detection(EdgeDetection::BothEdges);
    for (_, signal) in group {
        if let Device::Gpio { line, active, bias, .. } = &signal.device {
            config.with_line(*line);
            match active {
                Active::High => config.as_active_high(),
                Active::Low => config.as_active_low(),
            };
            match bias {
                Bias::AsIs => {}
                Bias::PullUp => drop(config.with_bias(line::Bias::PullUp)),
                Bias::PullDown => drop(config.with_bias(line::Bias::PullDown)),
            }
        }
    }
    let request = Request::from_config(config).with_consumer(CONSUMER).request().map_err(plainly)?;
    tracing::info!(chip = %chip.display(), "GPIO chip opened");
    let mut due = Instant::now();
    loop {
        if Instant::now() >= due {
            due = Instant::now() + LEVELS_EVERY;
            if tell_levels(&request, group, sender).map_err(plainly)?.is_none() {
                return Ok(());
            }
        }
        if sender.is_closed() {
            return Ok(());
        }
        // What the edge was does not matter: after it the levels are read, which cannot be missed.
        if request.wait_edge_event(WAIT).map_err(plainly)? {
            let _edge = request.read_edge_event().map_err(plainly)?;
            due = Instant::now();
        }
    }
}

/// `None`: nobody listens any more.
fn tell_levels(
    request: &Request,
    group: &[(usize, SignalConfig)],
    sender: &Sender<SignalEvent>,
) -> Result<Option<()>, gpiocdev::Error> {
    for (index, signal) in group {
        let Device::Gpio { line, .. } = &signal.device else {
            continue;
        };
        let active = request.value(*line)? == Value::Active;
        let event = SignalEvent { index: *index, input: SignalInput::Line { active }, problem: None };
        if sender.blocking_send(event).is_err() {
            return Ok(None);
        }
    }
    Ok(Some(()))
}

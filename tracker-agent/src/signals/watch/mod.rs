//! The devices of the configured signals: opened, watched, and opened again when they break off. One thread for each GPIO
//! chip and CAN interface; both block. A device that is not there is told once, and its signals are unknown meanwhile.

#[cfg(target_os = "linux")]
mod can;
#[cfg(target_os = "linux")]
mod gpio;

use tokio::sync::mpsc::{self, Receiver, Sender};

use super::config::{Device, SignalConfig};
use super::signal::SignalInput;

/// What devices said and the pipeline has not taken yet. A device waits then, and what it cannot hold is lost there.
pub const EVENTS_MAX: usize = 256;

/// What the device of a signal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalEvent {
    /// Which signal, in the order of the configuration.
    pub index: usize,
    /// What it says.
    pub input: SignalInput,
    /// Why it is absent, in a plain sentence.
    pub problem: Option<String>,
}

/// Starts watching. Ends when the receiver is dropped.
pub fn start(signals: &[SignalConfig]) -> Receiver<SignalEvent> {
    let (sender, receiver) = mpsc::channel(EVENTS_MAX);
    let mut started: Vec<String> = Vec::new();
    for config in signals {
        let device = device_name(&config.device);
        if started.contains(&device) {
            continue;
        }
        let same = |(index, other): (usize, &SignalConfig)| {
            (device_name(&other.device) == device).then(|| (index, other.clone()))
        };
        let group: Vec<(usize, SignalConfig)> = signals.iter().enumerate().filter_map(same).collect();
        start_device(device.clone(), group, sender.clone());
        started.push(device);
    }
    receiver
}

fn device_name(device: &Device) -> String {
    match device {
        Device::Gpio { chip, .. } => chip.display().to_string(),
        Device::Can { interface } => interface.clone(),
    }
}

#[cfg(target_os = "linux")]
fn start_device(name: String, group: Vec<(usize, SignalConfig)>, sender: Sender<SignalEvent>) {
    std::thread::spawn(move || {
        watch(&name, &group, &sender, || match group.first().map(|(_, config)| &config.device) {
            Some(Device::Gpio { chip, .. }) => gpio::run(chip, &group, &sender),
            Some(Device::Can { interface }) => can::run(interface, &group, &sender),
            None => Ok(()),
        });
    });
}

#[cfg(not(target_os = "linux"))]
fn start_device(name: String, group: Vec<(usize, SignalConfig)>, sender: Sender<SignalEvent>) {
    std::thread::spawn(move || {
        let problem = format!("{name}: GPIO lines and CAN buses are read on Linux only");
        tracing::warn!("{problem}");
        tell_absent(&group, &problem, &sender);
    });
}

/// Runs a device again and again. `run` ends well when nobody listens any more, and else with a plain sentence.
#[cfg(target_os = "linux")]
fn watch(
    name: &str,
    group: &[(usize, SignalConfig)],
    sender: &Sender<SignalEvent>,
    mut run: impl FnMut() -> Result<(), String>,
) {
    let mut retry = crate::source::Retry::new();
    let mut told = None;
    while let Err(problem) = run() {
        // Once for each reason, not at every attempt.
        if told.as_ref() != Some(&problem) {
            tracing::warn!(device = name, "{problem}; its signals are unknown, and it is tried again");
            told = Some(problem.clone());
        }
        if tell_absent(group, &problem, sender).is_none() || sender.is_closed() {
            return;
        }
        std::thread::sleep(retry.pause());
    }
}

/// `None`: nobody listens any more.
fn tell_absent(group: &[(usize, SignalConfig)], problem: &str, sender: &Sender<SignalEvent>) -> Option<()> {
    for (index, _) in group {
        let problem = Some(problem.to_owned());
        sender.blocking_send(SignalEvent { index: *index, input: SignalInput::Absent, problem }).ok()?;
    }
    Some(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::super::config::{Active, Bias};
    use super::super::signal::{Origin, Switch};
    use super::*;

    fn signal(device: Device) -> SignalConfig {
        let origin = Origin::Line { switch: Switch::LidOpen };
        SignalConfig { device, origin, means: "lid_open".into(), hold_ms: 0, stale_ms: 10_000 }
    }

    fn line(chip: &str, line: u32) -> SignalConfig {
        let (active, bias) = (Active::High, Bias::AsIs);
        signal(Device::Gpio { chip: chip.into(), line, active, bias })
    }

    #[tokio::test]
    async fn a_device_that_is_not_there_is_absent_with_a_plain_sentence_and_tried_again() {
        let chip = "/nonexistent/gpiochip7";
        let can = signal(Device::Can { interface: "nocan7".into() });
        let mut events = start(&[line(chip, 3), can, line(chip, 4)]);
        let mut seen: Vec<Vec<String>> = vec![Vec::new(); 3];
        // Each is told absent at least twice: it is tried again.
        while seen.iter().any(|problems| problems.len() < 2) {
            let event = events.recv().await.unwrap();
            assert_eq!(event.input, SignalInput::Absent);
            seen[event.index].push(event.problem.unwrap());
        }
        assert_eq!(seen[0][0], seen[2][0], "both lines of one chip");
        assert!(seen[0][0].contains(chip), "{}", seen[0][0]);
        assert!(seen[1][0].contains("nocan7"), "{}", seen[1][0]);
    }

    #[test]
    fn a_device_that_comes_back_is_told_of_anew_and_ends_with_its_listener() {
        let (sender, mut receiver) = mpsc::channel(8);
        let group = [(5, line("chip", 1))];
        let mut attempts = 0;
        watch("chip", &group, &sender, || {
            attempts += 1;
            if attempts == 1 { Err("the chip is gone".into()) } else { Ok(()) }
        });
        let event = receiver.try_recv().unwrap();
        assert_eq!((event.index, event.problem.as_deref()), (5, Some("the chip is gone")));
        assert_eq!(attempts, 2);
    }
}

//! The terminal's end of `wire` on a real socket: does what it is told.

use std::collections::BTreeSet;

use domain::{FixKind, FixReport, PlateColour, Position, Timestamp};
use fleet_service::clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::parameter::Parameter;
use wire::{AnswerResult, AreaChange, Location, Revision, Terminal, TerminalConfig, TerminalEvent};

use crate::house::{House, PATIENCE};
use crate::peer::START_S;

pub(crate) struct Device {
    stream: TcpStream,
    terminal: Terminal,
    areas: BTreeSet<u64>,
    plate: String,
}

impl Device {
    /// Connected, registered and authenticated.
    pub(crate) async fn online(house: &House, terminal: &str, plate: &str, revision: Revision) -> Self {
        let config = TerminalConfig {
            revision,
            terminal: terminal.parse().unwrap(),
            plate: plate.parse().unwrap(),
            colour: PlateColour::Yellow,
            province: 41,
            city: 183,
            maker: "MAKER".into(),
            model: "M".into(),
            software: "1".into(),
            heartbeat_s: 30,
            answer_timeout_s: 10,
            retries_max: 3,
            in_flight_max: 10,
            batch_max: 5,
        };
        let stream = TcpStream::connect(house.gateway).await.unwrap();
        let mut device = Self {
            stream,
            terminal: Terminal::new(config, None),
            areas: BTreeSet::new(),
            plate: plate.into(),
        };
        device.terminal.handle_connected(clock::now());
        while device.event().await != TerminalEvent::Ready {}
        device
    }

    /// The ids of the areas it holds.
    pub(crate) fn areas(&self) -> BTreeSet<u64> {
        self.areas.clone()
    }

    async fn flush(&mut self) {
        while let Some(frame) = self.terminal.poll_transmit() {
            self.stream.write_all(&frame).await.unwrap();
        }
    }

    async fn event(&mut self) -> TerminalEvent {
        loop {
            self.flush().await;
            if let Some(event) = self.terminal.poll_event() {
                return event;
            }
            let mut buffer = [0; 4096];
            let count =
                timeout(PATIENCE, self.stream.read(&mut buffer)).await.expect("a message in time").unwrap();
            assert!(count > 0, "the platform closed the connection");
            self.terminal.handle_bytes(&buffer[..count], clock::now());
        }
    }

    /// Takes one command and does it.
    pub(crate) async fn obey(&mut self) {
        let event = self.event().await;
        let now = clock::now();
        let ask = event.ask().unwrap_or_else(|| panic!("no command: {event:?}"));
        match &event {
            TerminalEvent::QueryParameters { .. } => {
                self.terminal.answer_parameters(ask, vec![Parameter::DefaultIntervalS(15)], now);
            }
            TerminalEvent::QueryLocation { .. } => {
                let position = Position::from_degrees(34.5394, 113.3905).unwrap();
                let fix = FixReport::bare(self.plate.parse().unwrap(), position, FixKind::D3);
                let time = Timestamp::from_seconds(START_S);
                self.terminal.answer_location(ask, Location::from_fix(time, &fix, None, &[]), now);
            }
            TerminalEvent::Areas { change, .. } => {
                self.change(change);
                self.terminal.answer(ask, AnswerResult::Ok, now);
            }
            _ => self.terminal.answer(ask, AnswerResult::Ok, now),
        }
        self.flush().await;
    }

    /// The same until dropped.
    pub(crate) async fn obey_for_ever(&mut self) {
        loop {
            self.obey().await;
        }
    }

    fn change(&mut self, change: &AreaChange) {
        let ids: Vec<u32> = match change {
            AreaChange::Circles { circles, .. } => circles.iter().map(|area| area.id).collect(),
            AreaChange::Rectangles { rectangles, .. } => rectangles.iter().map(|area| area.id).collect(),
            AreaChange::Polygon(area) => vec![area.id],
            AreaChange::Route(area) => vec![area.id],
            AreaChange::Delete { ids, .. } if ids.is_empty() => return self.areas.clear(),
            AreaChange::Delete { ids, .. } => {
                return ids.iter().for_each(|id| {
                    self.areas.remove(&u64::from(*id));
                });
            }
        };
        self.areas.extend(ids.into_iter().map(u64::from));
    }
}

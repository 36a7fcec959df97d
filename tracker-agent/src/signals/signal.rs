//! One configured signal: a wire or a number on the vehicle bus, and the word it stands for.

use domain::{Lid, Lift, Load, Power, Timestamp};

use super::BodyState;
use super::debounce::Debounce;
use super::j1939::{self, DATA_BYTES_MAX, Field, NoNumber};
use super::levels::Levels;

/// What a signal says when it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// The cover is open; off: closed.
    LidOpen,
    /// The body is tipped; off: flat.
    LiftRaised,
    /// Loaded; off: empty.
    Loaded,
    /// The ignition is on.
    IgnitionOn,
    /// The main power is cut; off: normal.
    PowerLost,
}

impl Switch {
    /// Every meaning with its name in the configuration.
    pub const NAMES: [(Self, &'static str); 5] = [
        (Self::LidOpen, "lid_open"),
        (Self::LiftRaised, "lift_raised"),
        (Self::Loaded, "loaded"),
        (Self::IgnitionOn, "ignition_on"),
        (Self::PowerLost, "power_lost"),
    ];

    fn state(self, on: bool) -> BodyState {
        let unknown = BodyState::default();
        match self {
            Self::LidOpen => BodyState { lid: if on { Lid::Open } else { Lid::Closed }, ..unknown },
            Self::LiftRaised => BodyState { lift: if on { Lift::Raised } else { Lift::Flat }, ..unknown },
            Self::Loaded => BodyState { load: if on { Load::Full } else { Load::Empty }, ..unknown },
            Self::IgnitionOn => BodyState { ignition: Some(on), ..unknown },
            Self::PowerLost => BodyState { power: if on { Power::Lost } else { Power::Ok }, ..unknown },
        }
    }
}

/// What a number on the bus stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum NumberMeaning {
    /// A switch that is on from this number upwards.
    Switch {
        /// Which.
        switch: Switch,
        /// From here on it is on.
        on_at: f64,
        /// It is off again only this far below.
        hysteresis: f64,
    },
    /// A mass in kilograms.
    LoadKg {
        /// Half loaded from here on, if that is told apart.
        half_at: Option<f64>,
        /// Loaded from here on.
        full_at: f64,
        /// Overloaded from here on, if that is told apart.
        over_at: Option<f64>,
        /// A word is left only this far below its beginning.
        hysteresis: f64,
    },
    /// The speed of the wheels, km/h: held against the receiver's, reported nowhere.
    SpeedKmh,
}

/// Where a signal comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A GPIO line: on while it is at its active level.
    Line {
        /// What it means.
        switch: Switch,
    },
    /// A field of a J1939 group.
    Number {
        /// The group.
        pgn: u32,
        /// Only from this sender.
        source_address: Option<u8>,
        /// Where the number stands in it.
        field: Field,
        /// What it means.
        meaning: NumberMeaning,
    },
}

/// What comes from a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalInput {
    /// The line is at its active level, or not.
    Line {
        /// At its active level.
        active: bool,
    },
    /// A frame with a 29-bit identifier.
    Frame {
        /// The identifier.
        can_id: u32,
        /// The data; what is beyond `length` means nothing.
        data: [u8; DATA_BYTES_MAX],
        /// Bytes of it.
        length: u8,
    },
    /// The device is not there or broke off.
    Absent,
}

/// What a signal met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SignalCounters {
    /// Readings of use.
    pub readings: u64,
    /// Fields that told "not available".
    pub not_available: u64,
    /// Fields that told an error, or frames too short for the field.
    pub faults: u64,
    /// Times the device was found gone.
    pub absences: u64,
    /// Times it was silent for its named time.
    pub silences: u64,
}

/// A configured signal.
#[derive(Debug, Clone)]
pub struct Signal {
    origin: Origin,
    stale_ms: i64,
    levels: Levels,
    state: Debounce<BodyState>,
    speed_kmh: Option<f64>,
    /// When it last said something of use.
    heard: Option<Timestamp>,
    counters: SignalCounters,
}

impl Signal {
    /// A signal that has said nothing. `hold_ms`: a new word counts after this time. `stale_ms`: a signal silent for
    /// longer is unknown.
    pub fn new(origin: Origin, hold_ms: i64, stale_ms: i64) -> Self {
        let levels = match &origin {
            Origin::Number { meaning: NumberMeaning::Switch { on_at, hysteresis, .. }, .. } => {
                Levels::new(vec![*on_at], *hysteresis)
            }
            Origin::Number {
                meaning: NumberMeaning::LoadKg { half_at, full_at, over_at, hysteresis },
                ..
            } => {
                let begins = [half_at.unwrap_or(*full_at), *full_at, over_at.unwrap_or(f64::INFINITY)];
                Levels::new(begins.to_vec(), *hysteresis)
            }
            Origin::Line { .. } | Origin::Number { meaning: NumberMeaning::SpeedKmh, .. } => {
                Levels::new(Vec::new(), 0.0)
            }
        };
        Self {
            origin,
            stale_ms,
            levels,
            state: Debounce::new(hold_ms),
            speed_kmh: None,
            heard: None,
            counters: SignalCounters::default(),
        }
    }

    /// Takes what its device says.
    pub fn handle(&mut self, input: SignalInput, now: Timestamp) {
        match (&self.origin, input) {
            (_, SignalInput::Absent) => {
                self.counters.absences += 1;
                self.forget();
            }
            (Origin::Line { switch }, SignalInput::Line { active }) => {
                let state = switch.state(active);
                self.hear(Some(state), now);
            }
            (
                Origin::Number { pgn, source_address, field, .. },
                SignalInput::Frame { can_id, data, length },
            ) => {
                let sender = j1939::source_address(can_id);
                if j1939::pgn(can_id) != *pgn || source_address.is_some_and(|wanted| wanted != sender) {
                    return;
                }
                match field.number(data.get(..usize::from(length)).unwrap_or(&data)) {
                    Ok(number) => self.handle_number(number, now),
                    Err(NoNumber::NotAvailable) => self.counters.not_available += 1,
                    Err(NoNumber::Fault | NoNumber::Truncated) => self.counters.faults += 1,
                }
            }
            _ => {}
        }
    }

    fn handle_number(&mut self, number: f64, now: Timestamp) {
        let Origin::Number { meaning, .. } = &self.origin else {
            return;
        };
        let step = self.levels.handle(number);
        let state = match meaning {
            NumberMeaning::Switch { switch, .. } => Some(switch.state(step > 0)),
            NumberMeaning::LoadKg { .. } => {
                let load = match step {
                    0 => Load::Empty,
                    1 => Load::Half,
                    2 => Load::Full,
                    _ => Load::Over,
                };
                Some(BodyState { load, ..BodyState::default() })
            }
            NumberMeaning::SpeedKmh => {
                self.speed_kmh = Some(number);
                None
            }
        };
        self.hear(state, now);
    }

    fn hear(&mut self, state: Option<BodyState>, now: Timestamp) {
        self.counters.readings += 1;
        self.heard = Some(now);
        if let Some(state) = state {
            self.state.handle(state, now);
        }
    }

    fn forget(&mut self) {
        self.state.forget();
        self.speed_kmh = None;
        self.heard = None;
    }

    /// Time has passed: a word may count by now, or the signal be silent for too long.
    pub fn settle(&mut self, now: Timestamp) {
        match self.heard {
            // A clock set back does not make it silent.
            Some(heard) if now < heard => self.heard = Some(now),
            Some(heard) if now.millis_since(heard) >= self.stale_ms => {
                self.counters.silences += 1;
                self.forget();
            }
            _ => self.state.settle(now),
        }
    }

    /// When [`Signal::settle`] wants to be called for a word to count at once.
    pub fn due(&self) -> Option<Timestamp> {
        self.state.due()
    }

    /// What it says; everything it does not speak of is unknown.
    pub fn state(&self) -> BodyState {
        self.state.value().unwrap_or_default()
    }

    /// The wheels' speed, km/h, where it tells that.
    pub fn speed_kmh(&self) -> Option<f64> {
        self.speed_kmh
    }

    /// What it met.
    pub fn counters(&self) -> &SignalCounters {
        &self.counters
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + millis)
    }

    pub(crate) fn line(switch: Switch) -> Signal {
        Signal::new(Origin::Line { switch }, 200, 10_000)
    }

    /// Combination vehicle weight, 10 kg a bit, from sender 27.
    fn weight(raw: u16) -> SignalInput {
        let [low, high] = raw.to_le_bytes();
        SignalInput::Frame {
            can_id: 0x18FE_7027,
            data: [low, high, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            length: 8,
        }
    }

    fn scale() -> Signal {
        let field = Field { first_bit: 0, bits: 16, scale: 10.0, offset: 0.0 };
        let meaning = NumberMeaning::LoadKg {
            half_at: Some(16_000.0),
            full_at: 22_000.0,
            over_at: Some(32_000.0),
            hysteresis: 1_000.0,
        };
        let origin = Origin::Number { pgn: 65_136, source_address: Some(0x27), field, meaning };
        Signal::new(origin, 0, 30_000)
    }

    #[test]
    fn a_line_says_its_word_once_it_stood_and_its_opposite_when_it_is_off() {
        for (switch, on, off) in [
            (Switch::LidOpen, BodyState { lid: Lid::Open, ..Default::default() }, Lid::Closed.into_state()),
            (Switch::Loaded, BodyState { load: Load::Full, ..Default::default() }, Load::Empty.into_state()),
        ] {
            let mut signal = line(switch);
            signal.handle(SignalInput::Line { active: true }, at(0));
            assert_eq!(signal.state(), BodyState::default(), "not before it stood");
            signal.settle(signal.due().unwrap());
            assert_eq!(signal.state(), on);
            signal.handle(SignalInput::Line { active: false }, at(300));
            signal.settle(at(500));
            assert_eq!(signal.state(), off);
        }
    }

    trait IntoState {
        fn into_state(self) -> BodyState;
    }
    impl IntoState for Lid {
        fn into_state(self) -> BodyState {
            BodyState { lid: self, ..Default::default() }
        }
    }
    impl IntoState for Load {
        fn into_state(self) -> BodyState {
            BodyState { load: self, ..Default::default() }
        }
    }

    #[test]
    fn a_weight_becomes_a_load_with_hysteresis() {
        let mut signal = scale();
        for (raw, load) in [
            (1_200, Load::Empty),
            (1_600, Load::Half),
            (1_510, Load::Half),
            (1_490, Load::Empty),
            (2_500, Load::Full),
            (3_300, Load::Over),
            (3_150, Load::Over),
            (3_000, Load::Full),
        ] {
            signal.handle(weight(raw), at(0));
            assert_eq!(signal.state().load, load, "{raw}");
        }
    }

    #[test]
    fn another_group_or_sender_says_nothing_and_a_fault_leaves_it_to_fall_silent() {
        let mut signal = scale();
        signal.handle(weight(2_500), at(0));
        let SignalInput::Frame { data, .. } = weight(0) else { panic!() };
        for can_id in [0x18FE_7028, 0x18FE_F127] {
            signal.handle(SignalInput::Frame { can_id, data, length: 8 }, at(1_000));
        }
        signal.handle(weight(0xFE00), at(1_000));
        signal.handle(weight(0xFFFF), at(29_000));
        signal.settle(at(29_999));
        assert_eq!(signal.state().load, Load::Full, "the last good word, still fresh");
        signal.settle(at(30_000));
        assert_eq!(signal.state().load, Load::Unknown, "never the last word for ever");
        let counters = signal.counters();
        let met = (counters.readings, counters.faults, counters.not_available, counters.silences);
        assert_eq!(met, (1, 1, 1, 1));
    }

    #[test]
    fn a_device_that_is_gone_is_unknown_at_once_and_known_again_when_it_is_back() {
        let mut signal = line(Switch::LiftRaised);
        let step = |signal: &mut Signal, input, millis| {
            signal.handle(input, at(millis));
            signal.settle(at(millis + 200));
            signal.state().lift
        };
        assert_eq!(step(&mut signal, SignalInput::Line { active: true }, 0), Lift::Raised);
        assert_eq!(step(&mut signal, SignalInput::Absent, 1_000), Lift::Unknown);
        assert_eq!(step(&mut signal, SignalInput::Line { active: false }, 2_000), Lift::Flat);
        assert_eq!(signal.counters().absences, 1);
    }

    #[test]
    fn a_clock_set_back_makes_no_signal_silent_or_everlasting() {
        let mut signal = line(Switch::IgnitionOn);
        signal.handle(SignalInput::Line { active: true }, at(0));
        signal.settle(at(200));
        signal.settle(at(-100_000));
        assert_eq!(signal.state().ignition, Some(true));
        signal.settle(at(-90_000));
        assert_eq!(signal.state().ignition, None);
    }
}

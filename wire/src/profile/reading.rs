//! What a message says about body, terminal and remote control, each with the code it was read from.

use domain::FixReport;

use super::words::{AntennaState, LidState, LiftState, LoadState, PowerState, SpeedLimit, Switch};
use crate::location::{Location, status};
use crate::vendor::{BODY_STATE, BodyState};

/// What a sensor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State<T> {
    /// It says this.
    Is(T),
    /// It says nothing: no sensor, an invalid value, or a code its profile does not list.
    Unknown,
    /// It says that it is broken. The judge takes it as unknown; people see it.
    Fault,
}

impl<T> State<T> {
    /// What it says, if it says something.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Is(state) => Some(state),
            Self::Unknown | Self::Fault => None,
        }
    }
}

/// Where a code stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// In these bits of the status double word.
    Status {
        /// One for each bit read.
        mask: u32,
    },
    /// In these bits of the alarm double word.
    Alarm {
        /// One for each bit read.
        mask: u32,
    },
    /// In the extra of this id.
    Extra(u8),
    /// In the body of the message of this id.
    Message(u16),
    /// In no message: it is to be written to one.
    Nowhere,
}

/// One sensor's word and the code it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sensed<T> {
    /// What it says.
    pub state: State<T>,
    /// The code as sent, its bits put together in the profile's order.
    pub code: u64,
    /// Where the code stood.
    pub origin: Origin,
}

/// What one message says. `None`: nothing in this message speaks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Load.
    pub load: Option<Sensed<LoadState>>,
    /// Cover.
    pub lid: Option<Sensed<LidState>>,
    /// Tipping body.
    pub lift: Option<Sensed<LiftState>>,
    /// Positioning antenna.
    pub antenna: Option<Sensed<AntennaState>>,
    /// Main power.
    pub power: Option<Sensed<PowerState>>,
    /// Ignition.
    pub ignition: Option<Sensed<Switch>>,
    /// The truck is locked by its platform.
    pub locked: Option<Sensed<Switch>>,
    /// The truck is held to a speed by its platform.
    pub speed_limit: Option<Sensed<SpeedLimit>>,
    /// Tipping is forbidden by the platform.
    pub lift_limited: Option<Sensed<Switch>>,
    /// The terminal is in maintenance: nothing it says is to be held against anyone.
    pub maintenance: Option<Sensed<Switch>>,
}

impl Reading {
    /// This reading where it speaks, `earlier` where it does not: what a terminal says in a message of its own stands
    /// until it says otherwise.
    #[must_use]
    pub fn or(self, earlier: Self) -> Self {
        Self {
            load: self.load.or(earlier.load),
            lid: self.lid.or(earlier.lid),
            lift: self.lift.or(earlier.lift),
            antenna: self.antenna.or(earlier.antenna),
            power: self.power.or(earlier.power),
            ignition: self.ignition.or(earlier.ignition),
            locked: self.locked.or(earlier.locked),
            speed_limit: self.speed_limit.or(earlier.speed_limit),
            lift_limited: self.lift_limited.or(earlier.lift_limited),
            maintenance: self.maintenance.or(earlier.maintenance),
        }
    }

    /// Whether nothing is said at all.
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }

    /// Puts what is said into a report, in the report's words; what is not said is left as it is there.
    pub fn apply_to(&self, fix: &mut FixReport) {
        fn put<T, W: From<State<T>>>(said: Option<Sensed<T>>, word: &mut W) {
            if let Some(sensed) = said {
                *word = sensed.state.into();
            }
        }
        put(self.load, &mut fix.load);
        put(self.lid, &mut fix.lid);
        put(self.lift, &mut fix.lift);
        put(self.antenna, &mut fix.antenna);
        put(self.power, &mut fix.power);
        put(self.ignition, &mut fix.ignition);
    }

    /// What a report says, to be written by a profile.
    pub fn of_report(fix: &FixReport) -> Self {
        Self {
            load: Some(Sensed::unread(fix.load)),
            lid: Some(Sensed::unread(fix.lid)),
            lift: Some(Sensed::unread(fix.lift)),
            antenna: Some(Sensed::unread(fix.antenna)),
            power: Some(Sensed::unread(fix.power)),
            ignition: Some(Sensed::unread(fix.ignition)),
            ..Self::default()
        }
    }

    /// What this project's own extra says, beside status bit 0 of its record.
    pub(super) fn of_body_state(state: BodyState, location: &Location) -> Self {
        let mut codes = Vec::with_capacity(6);
        state.encode(&mut codes);
        let code = |at: usize| u64::from(codes.get(at).copied().unwrap_or_default());
        let ignition = state.ignition_known.then_some(location.status & status::IGNITION != 0);
        Self {
            load: Some(own(state.load, code(0))),
            lid: Some(own(state.lid, code(1))),
            lift: Some(own(state.lift, code(2))),
            antenna: Some(own(state.antenna, code(3))),
            power: Some(own(state.power, code(4))),
            ignition: Some(own(ignition, code(5))),
            ..Self::default()
        }
    }
}

impl<T> Sensed<T> {
    /// A state to be written; it was read from no message.
    pub fn unread(state: impl Into<State<T>>) -> Self {
        Self { state: state.into(), code: 0, origin: Origin::Nowhere }
    }
}

fn own<T>(state: impl Into<State<T>>, code: u64) -> Sensed<T> {
    Sensed { state: state.into(), code, origin: Origin::Extra(BODY_STATE) }
}

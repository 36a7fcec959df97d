//! What a body, a terminal and its remote control can be in, as profiles name it.

use domain::{Antenna, Lid, Lift, Load, Power};

use super::reading::State;

/// A state a profile's code table can name.
pub(crate) trait Word: Copy + PartialEq + 'static {
    /// The words, for error messages.
    const KNOWN: &'static str;

    /// Every word and its state.
    const WORDS: &'static [(&'static str, Self)];

    /// The state that is a number rather than a word; most have none.
    fn from_number(_code: u64, _unit: SpeedUnit) -> Option<Self> {
        None
    }

    /// The number that stands for this state, where it is one.
    fn to_number(self, _unit: SpeedUnit) -> Option<u64> {
        None
    }

    /// Whether `value` may stand in its code table.
    const HAS_NUMBERS: bool = false;

    /// The state of a word.
    fn parse(text: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(word, _)| *word == text).map(|(_, state)| *state)
    }
}

macro_rules! state_words {
    ($(#[$doc:meta])* $type:ident, $known:literal, { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $type {
            $($(#[$vdoc])* $variant),+
        }

        impl $type {
            /// The word used in profiles.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl Word for $type {
            const KNOWN: &'static str = $known;
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }
    };
}

state_words!(
    /// How loaded the body is.
    LoadState, "empty, half, full, over", {
        /// Nothing in the body.
        Empty = "empty",
        /// Partly loaded.
        Half = "half",
        /// Loaded.
        Full = "full",
        /// Above the rated load.
        Over = "over",
    }
);
state_words!(
    /// The body's cover.
    LidState, "closed, open, partly open, partly closed", {
        /// Sealed.
        Closed = "closed",
        /// Not sealed.
        Open = "open",
        /// It was opened, and not to its stop.
        PartlyOpen = "partly open",
        /// It was closed, and not to its stop.
        PartlyClosed = "partly closed",
    }
);
state_words!(
    /// The tipping body.
    LiftState, "flat, raised, fully raised", {
        /// Down.
        Flat = "flat",
        /// Tipped.
        Raised = "raised",
        /// Tipped to its stop.
        FullyRaised = "fully raised",
    }
);
state_words!(
    /// The positioning antenna.
    AntennaState, "ok, open, short", {
        /// Connected.
        Ok = "ok",
        /// Cut or unplugged.
        Open = "open",
        /// Short-circuited.
        Short = "short",
    }
);
state_words!(
    /// The terminal's main power.
    PowerState, "ok, low, lost", {
        /// Normal.
        Ok = "ok",
        /// Under-voltage.
        Low = "low",
        /// Cut: the terminal runs from its own battery.
        Lost = "lost",
    }
);
state_words!(
    /// Ignition, and whether a remote control holds.
    Switch, "yes, no", {
        /// On; it holds.
        Yes = "yes",
        /// Off; it does not hold.
        No = "no",
    }
);

/// A remote speed limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpeedLimit {
    /// None is set.
    None,
    /// The truck is held to this speed.
    At {
        /// In 0.1 km/h.
        speed_dkmh: u16,
    },
}

/// What one step of a speed limit's code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpeedUnit {
    /// 1 km/h.
    Kmh,
    /// 0.1 km/h.
    TenthKmh,
}

impl SpeedUnit {
    fn dkmh(self) -> u64 {
        match self {
            Self::Kmh => 10,
            Self::TenthKmh => 1,
        }
    }
}

impl Word for SpeedLimit {
    const KNOWN: &'static str = "none, value";
    const WORDS: &'static [(&'static str, Self)] = &[("none", Self::None)];
    const HAS_NUMBERS: bool = true;

    fn from_number(code: u64, unit: SpeedUnit) -> Option<Self> {
        let dkmh = code.checked_mul(unit.dkmh())?;
        u16::try_from(dkmh).ok().map(|speed_dkmh| Self::At { speed_dkmh })
    }

    fn to_number(self, unit: SpeedUnit) -> Option<u64> {
        match self {
            Self::None => None,
            Self::At { speed_dkmh } => {
                let (dkmh, step) = (u64::from(speed_dkmh), unit.dkmh());
                (dkmh % step == 0).then_some(dkmh / step)
            }
        }
    }
}

/// The words of a report and those of a profile, both ways. On the way to a report, part-way covers are open: the device
/// says outright that the body is not sealed.
macro_rules! report_words {
    ($state:ident, $word:ident, { $($variant:ident => $to:ident),+ $(,)? }, { $($back:ident => $from:ident),+ $(,)? }) => {
        impl From<State<$state>> for $word {
            fn from(state: State<$state>) -> Self {
                match state {
                    $(State::Is($state::$variant) => Self::$to,)+
                    State::Unknown | State::Fault => Self::Unknown,
                }
            }
        }

        impl From<$word> for State<$state> {
            fn from(word: $word) -> Self {
                match word {
                    $($word::$back => Self::Is($state::$from),)+
                    $word::Unknown => Self::Unknown,
                }
            }
        }
    };
}

report_words!(
    LoadState, Load,
    { Empty => Empty, Half => Half, Full => Full, Over => Over },
    { Empty => Empty, Half => Half, Full => Full, Over => Over }
);
report_words!(
    LidState, Lid,
    { Closed => Closed, Open => Open, PartlyOpen => Open, PartlyClosed => Open },
    { Closed => Closed, Open => Open }
);
report_words!(
    LiftState, Lift,
    { Flat => Flat, Raised => Raised, FullyRaised => Raised },
    { Flat => Flat, Raised => Raised }
);
report_words!(
    AntennaState, Antenna,
    { Ok => Ok, Open => Open, Short => Short },
    { Ok => Ok, Open => Open, Short => Short }
);
report_words!(
    PowerState, Power,
    { Ok => Ok, Low => Low, Lost => Lost },
    { Ok => Ok, Low => Low, Lost => Lost }
);

impl From<State<Switch>> for Option<bool> {
    fn from(state: State<Switch>) -> Self {
        state.known().map(|switch| switch == Switch::Yes)
    }
}

impl From<Option<bool>> for State<Switch> {
    fn from(on: Option<bool>) -> Self {
        match on {
            Some(true) => Self::Is(Switch::Yes),
            Some(false) => Self::Is(Switch::No),
            None => Self::Unknown,
        }
    }
}

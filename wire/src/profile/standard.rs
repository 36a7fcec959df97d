//! What the standard itself says of body and terminal: the places every profile falls back to.

use super::codes::{Codes, Meaning};
use super::place::Place;
use super::reading::State;
use super::words::{AntennaState, LoadState, PowerState, SpeedUnit, Switch};
use super::{Coordinates, LoadBits, Profile, ProtocolVersion, Rule};

/// Status bits 8-9: 00 empty, 01 half, 10 reserved, 11 full.
pub(super) fn load_rule() -> Rule<LoadState> {
    use LoadState::{Empty, Full, Half};
    let states = [State::Is(Empty), State::Is(Half), State::Unknown, State::Is(Full)];
    rule(Place::Status(vec![8, 9]), &states)
}

/// Alarm bits 5 (open) and 6 (short); nothing is known while neither stands.
pub(super) fn antenna_rule() -> Rule<AntennaState> {
    use AntennaState::{Open, Short};
    let states = [State::Unknown, State::Is(Open), State::Is(Short), State::Is(Open)];
    rule(Place::Alarm(vec![5, 6]), &states)
}

/// Alarm bits 7 (low) and 8 (lost); nothing is known while neither stands.
pub(super) fn power_rule() -> Rule<PowerState> {
    use PowerState::{Lost, Low};
    let states = [State::Unknown, State::Is(Low), State::Is(Lost), State::Is(Lost)];
    rule(Place::Alarm(vec![7, 8]), &states)
}

/// Status bit 0.
pub(super) fn ignition_rule() -> Rule<Switch> {
    rule(Place::Status(vec![0]), &[State::Is(Switch::No), State::Is(Switch::Yes)])
}

/// How a terminal is read that has no profile: by the standard's bits alone, load bits believed.
pub(super) fn unprofiled() -> Profile {
    Profile {
        name: "none".into(),
        description_zh: "未指定终端协议配置：仅按部标位读取".into(),
        description_en: "No profile: the standard's own bits".into(),
        protocol: ProtocolVersion::Any,
        coordinates: Coordinates::StatusBit5,
        load_bits: LoadBits::Believed,
        facts: Vec::new(),
        assumed: Vec::new(),
        made_for: Vec::new(),
        load: vec![load_rule()],
        lid: Vec::new(),
        lift: Vec::new(),
        antenna: vec![antenna_rule()],
        power: vec![power_rule()],
        ignition: vec![ignition_rule()],
        locked: Vec::new(),
        speed_limit: Vec::new(),
        lift_limited: Vec::new(),
        maintenance: Vec::new(),
    }
}

/// A place whose codes from 0 on mean `states`.
fn rule<T: Copy>(place: Place, states: &[State<T>]) -> Rule<T> {
    let ranges = (0u64..).zip(states).map(|(code, state)| (code, code, Meaning::State(*state))).collect();
    Rule { place, codes: Codes { ranges, other: None, unit: SpeedUnit::Kmh } }
}

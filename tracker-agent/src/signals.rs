//! What the truck says about its body: the `$PMUCK` sentence of the body unit, and the antenna state some receivers
//! put into TXT.
//!
//! `$PMUCK,<load>,<lid>,<lift>,<antenna>,<power>,<ignition>*hh` with the words of [`domain::signal`] and
//! `on`, `off`, `unknown` for the ignition. It is sent on every change and once a minute or oftener.

use std::str::FromStr;

use domain::{Antenna, Lid, Lift, Load, Power};

use crate::fields::{Fields, Malformed};
#[cfg(test)]
use crate::sentence::antenna_in_text;

/// The address of the body unit's sentence.
pub const BODY_ADDRESS: &str = "PMUCK";

/// One `$PMUCK` sentence, or what is known of the body from the last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BodyState {
    /// Load.
    pub load: Load,
    /// Cover.
    pub lid: Lid,
    /// Tipping body.
    pub lift: Lift,
    /// Positioning antenna.
    pub antenna: Antenna,
    /// Main power.
    pub power: Power,
    /// Ignition on; `None` when unknown.
    pub ignition: Option<bool>,
}

impl BodyState {
    /// Reads the fields of a `$PMUCK` sentence; one unknown word refuses it whole.
    pub fn parse(fields: &Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            load: word("load", fields.get(1))?,
            lid: word("lid", fields.get(2))?,
            lift: word("lift", fields.get(3))?,
            antenna: word("antenna", fields.get(4))?,
            power: word("power", fields.get(5))?,
            ignition: match fields.get(6) {
                "on" => Some(true),
                "off" => Some(false),
                "unknown" => None,
                _ => return Err(Malformed { field: "ignition" }),
            },
        })
    }
}

fn word<T: FromStr>(field: &'static str, text: &str) -> Result<T, Malformed> {
    text.parse().map_err(|_unknown: T::Err| Malformed { field })
}

/// Both sources of signals, merged: the body unit's word counts, and where it knows no antenna state, the receiver's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signals {
    body: BodyState,
    antenna_by_receiver: Antenna,
}

impl Signals {
    /// Takes a `$PMUCK` sentence.
    pub fn handle_body(&mut self, body: BodyState) {
        self.body = body;
    }

    /// Takes the receiver's own word on its antenna.
    pub fn handle_antenna(&mut self, antenna: Antenna) {
        self.antenna_by_receiver = antenna;
    }

    /// What is known now.
    pub fn state(&self) -> BodyState {
        let antenna = match self.body.antenna {
            Antenna::Unknown => self.antenna_by_receiver,
            known => known,
        };
        BodyState { antenna, ..self.body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_sentence_is_read_word_by_word() {
        let state = BodyState::parse(&Fields::of("$PMUCK,full,closed,flat,ok,low,on*00")).unwrap();
        let expected = BodyState {
            load: Load::Full,
            lid: Lid::Closed,
            lift: Lift::Flat,
            antenna: Antenna::Ok,
            power: Power::Low,
            ignition: Some(true),
        };
        assert_eq!(state, expected);
    }

    #[test]
    fn an_unknown_word_refuses_the_sentence_and_names_the_field() {
        for (sentence, field) in [
            ("$PMUCK,heavy,closed,flat,ok,ok,on", "load"),
            ("$PMUCK,full,closed,flat,ok,ok,maybe", "ignition"),
            ("$PMUCK,full,closed,flat,ok", "power"),
        ] {
            assert_eq!(BodyState::parse(&Fields::of(sentence)), Err(Malformed { field }), "{sentence}");
        }
    }

    #[test]
    fn the_receivers_antenna_counts_where_the_body_unit_knows_none() {
        let mut signals = Signals::default();
        signals.handle_antenna(antenna_in_text("ANTENNA OPEN").unwrap());
        assert_eq!(signals.state().antenna, Antenna::Open);
        signals.handle_body(BodyState { antenna: Antenna::Ok, ..BodyState::default() });
        assert_eq!(signals.state().antenna, Antenna::Ok);
        assert_eq!(antenna_in_text("u-blox AG - www.u-blox.com"), None);
    }
}

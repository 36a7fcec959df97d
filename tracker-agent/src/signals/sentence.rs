//! The `$PMUCK` sentence of the body unit.
//!
//! `$PMUCK,<load>,<lid>,<lift>,<antenna>,<power>,<ignition>*hh` with the words of [`domain::signal`] and
//! `on`, `off`, `unknown` for the ignition. It is sent on every change and once a minute or oftener.

use std::str::FromStr;

use super::BodyState;
use crate::fields::{Fields, Malformed};

/// The address of the body unit's sentence.
pub const BODY_ADDRESS: &str = "PMUCK";

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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Antenna, Lid, Lift, Load, Power};

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
}

//! The body unit's sentence.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tracker_agent::fields::Fields;
use tracker_agent::signals::BodyState;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _state = BodyState::parse(&Fields::of(&format!("$PMUCK,{text}")));
    let _state = BodyState::parse(&Fields::of(text));
});

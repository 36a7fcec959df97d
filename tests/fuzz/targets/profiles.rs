//! A vendor profile from any text, and every built-in one on any location and message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{Location, Profile};

fuzz_target!(|data: &[u8]| {
    let Some((&flags, rest)) = data.split_first() else { return };
    // Texts begin with a letter or a comment, so that the built-in profiles can be seeds as they are.
    if flags >= b'\t' && flags < 0x7F {
        let Ok(text) = std::str::from_utf8(data) else { return };
        if let Ok(profile) = Profile::parse(text, "any.toml") {
            read(&profile, text.as_bytes());
        }
        return;
    }
    for profile in Profile::builtin() {
        read(profile, rest);
    }
});

fn read(profile: &Profile, bytes: &[u8]) {
    for id in profile.message_ids() {
        if let Some(reading) = profile.read_message(id, bytes) {
            let _bytes = profile.write_message(id, &reading);
        }
    }
    let Ok(mut location) = Location::decode(bytes) else { return };
    let _shifted = profile.is_shifted(&location);
    let reading = profile.read(&location);
    let _left_out = profile.write(&reading, &mut location);
    let _again = profile.read(&location);
}

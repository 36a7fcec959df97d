//! The platform's end of a JT/T 808 session, given anything.
#![no_main]

use domain::Timestamp;
use libfuzzer_sys::fuzz_target;
use wire::{Gateway, GatewayConfig};

fuzz_target!(|bytes: &[u8]| {
    let now = Timestamp::from_seconds(1_790_000_000);
    let mut gateway = Gateway::new(GatewayConfig::default(), now);
    gateway.handle_bytes(bytes, now);
    while gateway.poll_event().is_some() {}
    while gateway.poll_transmit().is_some() {}
});

//! The agent's configuration from any text; one that is taken makes a pipeline.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tracker_agent::config::Config;
use tracker_agent::pipeline::Pipeline;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(config) = Config::parse(text, Path::new("agent.toml")) {
        let mut pipeline = Pipeline::new(config.pipeline());
        pipeline.handle_nmea(b"$GPRMC,", shape::start());
    }
});

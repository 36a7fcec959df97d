//! A site device's request from any bytes, as lines and as an array: every line that is not blank is answered.
#![no_main]

use domain::{Registry, SiteId};
use fleet_service::site_devices::reading::{BodyForm, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (site, registry): (SiteId, _) = ("S1".parse().expect("a site"), Registry::default());
    if let Ok(answers) = read(data, BodyForm::Lines, &site, &registry, shape::start()) {
        let lines = data.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        assert_eq!(answers.len(), lines.count());
    }
    let _answers = read(data, BodyForm::Array, &site, &registry, shape::start());
    let _form = std::str::from_utf8(data).ok().and_then(BodyForm::of_content_type);
});

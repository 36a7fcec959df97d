//! A report's line from any text; what is read is written, and reads as the same.
#![no_main]

use domain::report_line::{canonical_line, parse_line, to_line};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match parse_line(text) {
        Ok(report) => {
            let _canonical = canonical_line(&report);
            let line = to_line(&report);
            match parse_line(&line) {
                Ok(again) => assert_eq!(again, report, "{line}"),
                Err(error) => panic!("{line} cannot be read back: {error}"),
            }
        }
        Err(error) => {
            let _words = (error.to_string(), error.member(), error.reason_code());
        }
    }
});

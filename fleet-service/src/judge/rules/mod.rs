//! The rules, one file each. A rule says what, why, by which words of the contract, with an example.

pub(super) mod dp01;
pub(super) mod dp02;
pub(super) mod pk01;
pub(super) mod rt01;
pub(super) mod rt02;
pub(super) mod rt03;
pub(super) mod se01;
pub(super) mod se02;
pub(super) mod tm01;
pub(super) mod tm02;
pub(super) mod tr02;
pub(super) mod tr04;
pub(super) mod uw01;
pub(super) mod uw02;
pub(super) mod uw05;
pub(super) mod wb01;

/// Every rule judged here, as the contract names them. TR-02 is graded by `facts.band` into the catalogue's TR-02a, b
/// and c; every other code is the catalogue's own.
pub const RULE_CODES: [&str; 16] = [
    "UW-01", "UW-02", "UW-05", "RT-02", "RT-01", "DP-01", "DP-02", "WB-01", "SE-01", "SE-02", "RT-03",
    "TR-02", "TR-04", "TM-01", "TM-02", "PK-01",
];

#[cfg(test)]
mod tests {
    use super::RULE_CODES;
    use domain::RuleCode;
    use scoring::Catalogue;
    use scoring::rule::Detector;

    #[test]
    fn every_rule_has_an_entry_a_device_or_a_gate_may_detect() {
        let catalogue = Catalogue::embedded().unwrap();
        let day = "2026-11-23T12:00:00+08:00".parse().unwrap();
        for code in RULE_CODES {
            let bands: &[Option<&str>] = match code {
                "TR-02" => &[Some("a"), Some("b"), Some("c")],
                _ => &[None],
            };
            for band in bands {
                let rule = catalogue.resolve(&code.parse::<RuleCode>().unwrap(), *band, day).unwrap();
                let sensed = rule.detectors.iter().any(|d| matches!(d, Detector::Device | Detector::Gate));
                assert!(sensed, "{code} {band:?}: {:?}", rule.detectors);
            }
        }
    }

    #[test]
    fn every_code_is_told_once_and_by_a_file_of_its_name_and_no_file_tells_another() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/judge/rules");
        let mut told = Vec::new();
        for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            if name == "mod" {
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            let codes: Vec<&str> = text
                .lines()
                .filter_map(|line| line.trim().strip_prefix("rule: \"")?.strip_suffix("\","))
                .collect();
            assert_eq!(codes.len(), 1, "{name}: {codes:?}");
            assert_eq!(codes[0].replace('-', "").to_lowercase(), name);
            assert!(text.contains(&format!("//! {}, ", codes[0])), "{name}: its first line names its code");
            told.push(codes[0].to_owned());
        }
        told.sort();
        let mut expected = RULE_CODES.map(str::to_owned).to_vec();
        expected.sort();
        assert_eq!(told, expected);
    }
}

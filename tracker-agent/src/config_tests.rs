use super::*;

const EXAMPLE: &str = include_str!("../agent.example.toml");

const LEAST: &str = r#"
[terminal]
id = "13800000001"
plate = "豫A12345D"
plate_colour = "yellow_green"
[platform]
address = "127.0.0.1:8808"
[[source]]
carries = "nmea"
kind = "replay"
path = "drive.nmea"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/etc/mucktrail/agent.toml"))
}

/// Replaces a piece of the least configuration and gives the whole error, its source included.
#[track_caller]
fn check_error(from: &str, to: &str, expected: &[&str]) {
    assert!(LEAST.contains(from), "{from}");
    let error = parse(&LEAST.replace(from, to)).unwrap_err();
    let source = std::error::Error::source(&error).map(|s| s.to_string()).unwrap_or_default();
    let text = format!("{error} {source}");
    for part in expected.iter().chain(&["/etc/mucktrail/agent.toml"]) {
        assert!(text.contains(part), "{text:?} says nothing of {part:?}");
    }
}

#[test]
fn the_documented_example_is_read() {
    let config = parse(EXAMPLE).unwrap();
    assert_eq!(config.plate.as_str(), "豫A12345D");
    assert_eq!(config.plate_colour, PlateColour::YellowGreen);
    assert!(matches!(config.receivers.as_slice(), [SourceConfig::Serial { .. }]));
    assert!(config.pipeline().live);
}

#[test]
fn the_example_states_the_defaults() {
    let (example, least) = (parse(EXAMPLE).unwrap(), parse(LEAST).unwrap());
    assert_eq!(example.sampler, least.sampler);
    assert_eq!(example.spool, least.spool);
    assert_eq!(example.spool_directory, least.spool_directory);
    assert_eq!(example.dates, least.dates);
    assert_eq!(example.link, least.link);
    assert_eq!(example.status, least.status);
}

#[test]
fn tls_needs_its_certificates_and_takes_the_name_from_the_address() {
    let with = |lines: &str| LEAST.replace("127.0.0.1:8808\"", &format!("platform.example:8808\"\n{lines}"));
    let tls = parse(&with("tls = true\nca = \"ca.pem\"")).unwrap().link.tls.unwrap();
    assert_eq!(tls.ca, Path::new("/etc/mucktrail/ca.pem"));
    assert_eq!(tls.server_name, "platform.example");
    check_error("127.0.0.1:8808\"", "127.0.0.1:8808\"\ntls = true", &["[platform] ca", "PEM"]);
    check_error("127.0.0.1:8808\"", "127.0.0.1:8808\"\nca = \"ca.pem\"", &["[platform] tls", "tls = true"]);
    check_error("127.0.0.1:8808\"", "127.0.0.1:8808\"\ngather_s = 121", &["gather_s", "0 to 120"]);
}

#[test]
fn the_status_page_is_for_this_machine_alone() {
    let with = |listen: &str| parse(&format!("{LEAST}[status]\nlisten = \"{listen}\"\n"));
    assert!(with("127.0.0.1:8809").unwrap().status.is_some());
    assert!(with("[::1]:8809").unwrap().status.is_some());
    for listen in ["0.0.0.0:8809", "192.168.1.5:8809"] {
        let error = with(listen).unwrap_err().to_string();
        assert!(error.contains("[status] listen") && error.contains("other machines"), "{error}");
    }
    assert!(with("localhost").is_err());
}

#[test]
fn paths_are_relative_to_the_file() {
    let config = parse(LEAST).unwrap();
    assert_eq!(config.spool_directory, Path::new("/etc/mucktrail/spool"));
    let path = PathBuf::from("/etc/mucktrail/drive.nmea");
    assert_eq!(config.receivers, [SourceConfig::Replay { path, speed: 1.0 }]);
}

#[test]
fn an_unknown_or_missing_key_is_named_with_its_line() {
    check_error("plate_colour", "plate_color", &["line 5", "plate_color"]);
    check_error("id = \"13800000001\"", "", &["missing field `id`"]);
    check_error("path =", "device =", &["device"]);
    check_error("kind = \"replay\"", "kind = \"usb\"", &["usb", "replay", "tcp", "udp", "gpsd", "serial"]);
}

#[test]
fn a_wrong_value_is_named_with_what_is_expected() {
    check_error("豫A12345D", "A12345", &["[terminal] plate", "province"]);
    check_error("yellow_green", "mauve", &["[terminal] plate_colour", "yellow"]);
    check_error("13800000001", "", &["[terminal] id", "letters and digits"]);
    check_error("127.0.0.1:8808", "127.0.0.1", &["[platform] address", "host:port"]);
    check_error("127.0.0.1:8808", "127.0.0.1:0", &["[platform] address", "host:port"]);
    check_error("\"drive.nmea\"", "\"drive.nmea\"\nspeed = -1.0", &["speed", "-1", "0 (unpaced)"]);
    check_error("\"drive.nmea\"", "\"drive.nmea\"\n[sampler]\nturn_deg = 0", &["turn_deg", "5 to 180"]);
    check_error(
        "\"drive.nmea\"",
        "\"drive.nmea\"\n[spool]\nbytes_max = 10",
        &["bytes_max", "10 is out of range"],
    );
}

#[test]
fn receivers_of_every_kind_are_read_and_several_work_together() {
    let sources = concat!(
        "[[source]]\ncarries = \"nmea\"\nkind = \"serial\"\ndevice = \"/dev/ttyS1\"\nbaud = \"auto\"\n",
        "[[source]]\nkind = \"gpsd\"\n",
        "[[source]]\ncarries = \"nmea\"\nkind = \"udp\"\naddress = \"0.0.0.0:10110\"\n",
    );
    let start = LEAST.find("[[source]]").unwrap();
    let config = parse(&format!("{}{sources}", &LEAST[..start])).unwrap();
    let described: Vec<String> = config.receivers.iter().map(SourceConfig::to_string).collect();
    let expected = [
        "serial port /dev/ttyS1, its speed searched",
        "gpsd at 127.0.0.1:2947",
        "UDP datagrams to 0.0.0.0:10110",
    ];
    assert_eq!(described, expected);
    assert!(config.pipeline().live);
}

#[test]
fn a_serial_speed_that_is_none_is_refused() {
    let serial = |baud: &str| format!("kind = \"serial\"\ndevice = \"/dev/ttyS1\"\nbaud = {baud}");
    let replay = "kind = \"replay\"\npath = \"drive.nmea\"";
    check_error(replay, &serial("300"), &["[[source]] baud", "300 is out of range", "auto"]);
    check_error(replay, &serial("\"fast\""), &["[[source]] baud", "fast", "auto"]);
}

#[test]
fn sources_that_cannot_work_together_are_refused() {
    check_error(
        "[[source]]",
        "[[source]]\ncarries = \"nmea\"\nkind = \"tcp\"\naddress = \"h:1\"\n[[source]]",
        &["a recording stands alone", "two sources"],
    );
    check_error("carries = \"nmea\"", "carries = \"rfid\"", &["RFID recording"]);
    check_error(
        "kind = \"replay\"\npath = \"drive.nmea\"",
        "kind = \"tcp\"\naddress = \"h:1\"\n[dates]\nas_recorded = true",
        &["as_recorded", "only a recording"],
    );
}

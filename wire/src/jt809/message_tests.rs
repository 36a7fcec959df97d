//! Every message reads back in both editions; any bytes are read without a panic.

use super::super::position::{Fix2011, Fix2019, Position};
use super::super::vehicle::{Payload, Register};
use super::*;
use crate::device_time::DeviceTime;
use domain::Timestamp;
use proptest::prelude::*;

const EDITIONS: [Edition; 2] = [Edition::V2011, Edition::V2019];

#[track_caller]
fn check(edition: Edition, message: &Message) -> usize {
    let (message_id, body) = message.encode(edition).unwrap();
    assert_eq!(Message::decode(edition, message_id, &body).as_ref(), Ok(message), "{message_id:04X}");
    body.len()
}

fn position(edition: Edition) -> Position {
    match edition {
        Edition::V2011 => Position::V2011(Fix2011 {
            shifted: false,
            time: DeviceTime::at(Timestamp::from_seconds(1_795_413_600)),
            lon_e6: 113_390_500,
            lat_e6: 34_539_400,
            speed_kmh: 43,
            recorder_kmh: 0,
            odometer_km: 0,
            course_deg: 270,
            altitude_m: 120,
            status: 3,
            alarm: 0,
        }),
        Edition::V2019 => {
            let none = || (Padded::from_sent(&[0; 11]), 0);
            Position::V2019(Fix2019 {
                shifted: false,
                record: vec![0; 28],
                platforms: [none(), none(), none()],
            })
        }
    }
}

#[test]
fn every_message_reads_back_in_both_editions() {
    let vehicle =
        |payload| Message::Vehicle(VehicleMessage { plate: "豫A12345D".into(), colour: 93, payload });
    for edition in EDITIONS {
        let is_2019 = edition == Edition::V2019;
        let login = Login {
            user: 20_180_920,
            password: "20180920".parse().unwrap(),
            access_code: if is_2019 { 41_018_300 } else { 0 },
            host: "127.0.0.1".into(),
            port: 809,
        };
        assert_eq!(check(edition, &Message::Login(login.clone())), if is_2019 { 50 } else { 46 });
        let register = Register {
            platform: "41018300001".into(),
            maker: "MUCKTRAIL".into(),
            model: "agent".into(),
            imei: if is_2019 { "866496077582164".into() } else { String::new() },
            terminal: "AGENT01".into(),
            sim: if is_2019 { "0013800000001".into() } else { "013800000001".into() },
        };
        check(edition, &vehicle(Payload::Register(register)));
        check(edition, &vehicle(Payload::Live(position(edition))));
        check(edition, &vehicle(Payload::Backlog(vec![position(edition); 5])));
        let asked = is_2019.then_some((0x9601, 7));
        check(edition, &vehicle(Payload::StaticInfo { asked, text: "VIN:=豫A12345D;OWERS_NAME:=甲".into() }));
        check(edition, &vehicle(Payload::AskStaticInfo));
        check(edition, &vehicle(Payload::Other { sub_type: 0x120A, data: vec![1, 2] }));
        for message in [
            Message::LoginAnswer(Ok(0x1234_5678)),
            Message::LoginAnswer(Err(LoginRefusal::Password)),
            Message::LoginAnswer(Err(LoginRefusal::Other(9))),
            Message::Logout { user: 1, password: login.password },
            Message::LogoutAnswer,
            Message::Heartbeat,
            Message::HeartbeatAnswer,
            Message::SubConnect { code: 7 },
            Message::SubConnectAnswer { result: 1 },
            Message::SubHeartbeat,
            Message::SubHeartbeatAnswer,
            Message::SuperiorCloses { reason: 0 },
            Message::Other { message_id: 0x9300, body: vec![1, 2, 3] },
        ] {
            check(edition, &message);
        }
    }
}

#[test]
fn a_live_position_of_2011_is_64_bytes_after_the_header() {
    let payload = Payload::Live(position(Edition::V2011));
    let message = Message::Vehicle(VehicleMessage { plate: "豫A12345".into(), colour: 2, payload });
    let (message_id, body) = message.encode(Edition::V2011).unwrap();
    assert_eq!((message_id, body.len(), body[21]), (0x1200, 21 + 1 + 2 + 4 + 36, 2));
    assert_eq!(body[22..28], [0x12, 0x02, 0, 0, 0, 36]);
}

#[test]
fn a_register_of_the_first_print_is_read_too() {
    let mut body = Padded::from_text("豫A12345", 21).unwrap().raw().to_vec();
    body.extend_from_slice(&[2, 0x12, 0x01, 0, 0, 0, 49]);
    for (text, width) in [("P", 11), ("M", 11), ("T1", 8), ("ID", 7), ("013800000001", 12)] {
        body.extend_from_slice(Padded::from_text(text, width).unwrap().raw());
    }
    let Ok(Message::Vehicle(message)) = Message::decode(Edition::V2011, 0x1200, &body) else { panic!() };
    let Payload::Register(register) = message.payload else { panic!() };
    assert_eq!((register.model.as_str(), register.sim.as_str()), ("T1", "013800000001"));
}

#[test]
fn a_password_is_never_printed_and_must_fit_its_field() {
    let password: Password = "secret".parse().unwrap();
    assert!(!format!("{password:?}").contains("secret"));
    for text in ["", "123456789", "密码", "a b"] {
        assert!(text.parse::<Password>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_bytes_of_any_type_are_read_without_a_panic(
        message_id in prop_oneof![
            prop::sample::select(vec![0x1001u16, 0x1002, 0x1003, 0x1200, 0x1600, 0x9001, 0x9002, 0x9008, 0x9600]),
            any::<u16>()
        ],
        sub_type in prop::sample::select(vec![0x1201u16, 0x1202, 0x1203, 0x1601, 0x9601, 0x120A]),
        length in 0u32..120,
        data in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let mut about = vec![b'A'; 22];
        about.extend_from_slice(&sub_type.to_be_bytes());
        about.extend_from_slice(&length.to_be_bytes());
        about.extend_from_slice(&data);
        for edition in EDITIONS {
            let _ = Message::decode(edition, message_id, &data);
            let _ = Message::decode(edition, message_id, &about);
        }
    }
}

//! Every message reads back; any bytes are read without a panic.

use super::super::frame::Framer;
use super::super::reader_event::ConnectionAttempt;
use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(message: &Message) {
    let mut framer = Framer::new();
    framer.push(&message.encode(77));
    let raw = framer.next().unwrap().unwrap();
    assert_eq!(raw.id, 77);
    assert_eq!(Message::decode(&raw).as_ref(), Ok(message));
}

#[test]
fn every_message_reads_back() {
    let capabilities = Capabilities {
        antennas_max: 4,
        has_clock: true,
        maker: 25882,
        model: 2001002,
        firmware: "8.1".into(),
    };
    let tag = TagReport::bare("30751FEB705C5904E3D50D70".parse().unwrap(), 1);
    let event = ReaderEvent { attempt: Some(ConnectionAttempt::Success), ..ReaderEvent::default() };
    for message in [
        Message::GetCapabilities,
        Message::Capabilities { status: Status::success(), capabilities: Some(capabilities) },
        Message::Capabilities { status: Status::refusal(109, "no"), capabilities: None },
        Message::SetConfig { keepalive_ms: Some(10_000) },
        Message::SetConfig { keepalive_ms: Some(0) },
        Message::SetConfig { keepalive_ms: None },
        Message::AddRoSpec(RoSpec::listen(&[1, 2])),
        Message::Close,
        Message::Tags { reports: vec![tag.clone(), tag], malformed: 0 },
        Message::Tags { reports: vec![], malformed: 0 },
        Message::Keepalive,
        Message::KeepaliveAck,
        Message::Event(event),
        Message::EnableEvents,
        Message::Error(Status::refusal(110, "version")),
        Message::Other { kind: 1023 },
    ] {
        check(&message);
    }
    for (request, ..) in Request::TABLE {
        check(&Message::Answer { request, status: Status::refusal(401, "hot") });
        if !matches!(request, Request::SetConfig | Request::AddRoSpec | Request::Close) {
            check(&Message::RoSpec { request, id: 0 });
        }
    }
}

#[test]
fn an_answer_without_a_status_is_malformed_and_a_report_with_strangers_is_not() {
    let raw = |kind, body: &[u8]| RawMessage { kind, id: 1, body: body.to_vec() };
    assert_eq!(Message::decode(&raw(30, &[])), Err(MessageError { kind: 30 }));
    assert_eq!(Message::decode(&raw(21, &[0; 3])), Err(MessageError { kind: 21 }));
    let mut body = Vec::new();
    tlv(&mut body, 1023, |out| out.extend_from_slice(&[1, 2, 3]));
    tlv(&mut body, kind::TAG_REPORT_DATA, |_| {});
    TagReport::bare("30751FEB705C5904E3D50D70".parse().unwrap(), 1).encode(&mut body);
    body.push(0);
    let Ok(Message::Tags { reports, malformed }) = Message::decode(&raw(61, &body)) else { panic!() };
    assert_eq!((reports.len(), malformed), (1, 2));
}

proptest! {
    #[test]
    fn any_bytes_of_any_type_are_read_without_a_panic(
        kind in prop_oneof![0u16..1024, 1u16..110],
        body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = Message::decode(&RawMessage { kind, id: 0, body });
    }
}

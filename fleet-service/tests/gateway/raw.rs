//! Messages nothing here reads are kept before they are answered.

use fleet_service::gateway::limits::{GatewayLimits, RAW_OF_TERMINAL_MAX};
use tokio::io::AsyncWriteExt as _;
use wire::frame::encode_frame;
use wire::{AnswerResult, Header, Message, Part, Phone, Version};

use crate::house::House;
use crate::peer::Peer;

const A: &str = "豫A12345";

/// A frame of any message.
fn frame(message_id: u16, serial: u16, part: Option<Part>, body: &[u8]) -> Vec<u8> {
    let header = Header {
        message_id,
        version: Version::V2019,
        protocol_version: 1,
        phone: Phone::from_terminal(&"138".parse().unwrap()).unwrap(),
        serial,
        body_length: body.len() as u16,
        encryption: 0,
        part,
    };
    let (mut payload, mut line) = (Vec::new(), Vec::new());
    header.encode(&mut payload).unwrap();
    payload.extend_from_slice(body);
    encode_frame(&payload, &mut line);
    line
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pass_through_driver_cards_and_unknown_ids_are_stored_before_they_are_answered() {
    let house = House::open(&[(A, "138")], GatewayLimits::default()).await;
    let mut peer = Peer::online(&house, "138", A).await;
    let store = house.store().await;
    let terminal = "138".parse().unwrap();
    let cases = [(0x0900, AnswerResult::Ok), (0x0702, AnswerResult::Ok), (0x0F0F, AnswerResult::Unsupported)];
    for (n, (id, expected)) in cases.into_iter().enumerate() {
        let body = [0x7E, 0x7D, n as u8];
        peer.stream.write_all(&frame(id, 100 + n as u16, None, &body)).await.unwrap();
        let Some(Message::PlatformAnswer { serial, id: answered, result }) = peer.answer().await else {
            panic!()
        };
        assert_eq!((serial, answered, result), (100 + n as u16, id, expected));
        let kept = store.raw_messages(&terminal, 1).await.unwrap();
        assert_eq!((kept[0].message_id, kept[0].payload.as_slice()), (id, body.as_slice()));
    }
    // In two parts, the second first: put together, then stored, then answered.
    for index in [2, 1] {
        let body = vec![index as u8; 1_000];
        let part = Some(Part { total: 2, index });
        peer.stream.write_all(&frame(0x0900, 199 + index, part, &body)).await.unwrap();
    }
    assert_eq!(peer.result().await, AnswerResult::Ok);
    let kept = store.raw_messages(&terminal, 1).await.unwrap();
    assert_eq!(kept[0].payload, [vec![1; 1_000], vec![2; 1_000]].concat());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_that_sends_raw_messages_without_end_loses_its_oldest() {
    let limits = GatewayLimits { frames_per_second: 100_000, ..GatewayLimits::default() };
    let house = House::open(&[(A, "138")], limits).await;
    let mut peer = Peer::online(&house, "138", A).await;
    let count = RAW_OF_TERMINAL_MAX.messages + 200;
    for first in (0..count).step_by(64) {
        let last = (first + 64).min(count);
        let frames: Vec<u8> =
            (first..last).flat_map(|n| frame(0x0F0F, n as u16, None, &n.to_be_bytes())).collect();
        peer.stream.write_all(&frames).await.unwrap();
        for _ in first..last {
            assert_eq!(peer.result().await, AnswerResult::Unsupported);
        }
    }
    assert_eq!((house.count("raw_stored"), house.count("raw_dropped")), (count, 200));
    let kept = house.store().await.raw_messages(&"138".parse().unwrap(), u32::MAX).await.unwrap();
    assert_eq!(kept.len() as u64, RAW_OF_TERMINAL_MAX.messages);
    assert_eq!(kept.last().unwrap().payload, 200_u64.to_be_bytes());
    house.close().await;
}

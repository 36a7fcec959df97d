use proptest::prelude::*;
use wire::header::Version;
use wire::message::Message;

use crate::pair::{CODE, Line, Pair, address, record};

/// What the line does between two moments.
#[derive(Debug, Clone)]
enum Mishap {
    None,
    Lose { up: usize, down: usize },
    Double { up: usize, down: usize },
    Damage { up: bool, at: usize },
    Cut,
    Hold(bool),
}

fn mishap() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        Just(Mishap::None),
        (0usize..3, 0usize..3).prop_map(|(up, down)| Mishap::Lose { up, down }),
        (0usize..3, 0usize..3).prop_map(|(up, down)| Mishap::Double { up, down }),
        (any::<bool>(), 0usize..300).prop_map(|(up, at)| Mishap::Damage { up, at }),
        Just(Mishap::Cut),
        any::<bool>().prop_map(Mishap::Hold),
    ]
}

proptest! {
    #[test]
    fn whatever_the_line_does_every_item_is_stored_and_none_acknowledged_before(
        mishaps in prop::collection::vec((mishap(), 0u64..6), 0..40), piece in 1usize..200,
    ) {
        let mut pair = Pair::new(None);
        pair.piece = piece;
        for (mishap, queued) in mishaps {
            match mishap {
                Mishap::None => {}
                Mishap::Lose { up, down } => (pair.up.lose, pair.down.lose) = (up, down),
                Mishap::Double { up, down } => (pair.up.double, pair.down.double) = (up, down),
                Mishap::Damage { up: true, at } => (pair.up.damage, pair.up.damage_at) = (1, at),
                Mishap::Damage { up: false, at } => (pair.down.damage, pair.down.damage_at) = (1, at),
                Mishap::Cut => pair.connect(),
                Mishap::Hold(hold) => pair.storing = !hold,
            }
            pair.queue(queued);
            pair.drive();
            if pair.terminal.poll_timeout().is_some() {
                pair.wait();
            } else {
                pair.connect();
            }
            for cursor in 1..=pair.acknowledged {
                prop_assert!(pair.stored.contains(&record(cursor)), "{} acknowledged, not stored", cursor);
            }
        }
        (pair.up, pair.down, pair.storing) = (Line::default(), Line::default(), true);
        pair.connect();
        pair.drive();
        prop_assert_eq!(pair.acknowledged, pair.last);
        prop_assert!((1..=pair.last).all(|cursor| pair.stored.contains(&record(cursor))));
    }

    #[test]
    fn any_bytes_leave_both_ends_standing(
        frames in prop::collection::vec((prop::sample::select(vec![
            0x0001u16, 0x0002, 0x0003, 0x0100, 0x0102, 0x0200, 0x0704, 0x8001, 0x8100, 0x0900,
        ]), prop::collection::vec(any::<u8>(), 0..90)), 0..12),
        noise in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut pair = Pair::new(Some(CODE));
        pair.drive();
        for (id, body) in frames {
            let frame = Message::Other { id, body }.encode(&address(Version::V2019), 1).unwrap();
            pair.gateway.handle_bytes(&frame, pair.now);
            pair.terminal.handle_bytes(&frame, pair.now);
        }
        pair.gateway.handle_bytes(&noise, pair.now);
        pair.terminal.handle_bytes(&noise, pair.now);
        while pair.gateway.poll_event().is_some() || pair.gateway.poll_transmit().is_some() {}
        pair.connect();
        pair.queue(1);
        pair.drive();
        if pair.acknowledged == 0 {
            pair.connect();
            pair.drive();
        }
        prop_assert_eq!(pair.acknowledged, 1);
    }
}

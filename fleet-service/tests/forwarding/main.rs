//! Positions reach a superior platform at least once and in order, whatever is killed or cut.
#![cfg(feature = "jt809")]
#![expect(clippy::unwrap_used, reason = "a test fails where what it needs is not there")]

mod house;
mod killed_process;
mod played_platform;

use std::collections::{BTreeMap, BTreeSet};

use house::{House, TRUCKS, plate};
use played_platform::{Arrived, Manner, PlayedPlatform};
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use wire::jt809::Edition;

/// Every number below `count` arrived, and per vehicle each first arrival lies after the one before. Gives how many came
/// more than once.
#[track_caller]
fn check_complete_and_in_order(positions: &[(String, u32, bool)], count: u32) -> usize {
    let mut seen: BTreeSet<u32> = BTreeSet::new();
    let mut last: BTreeMap<&str, u32> = BTreeMap::new();
    for (of, number, _) in positions {
        assert_eq!(*of, plate(*number));
        if seen.insert(*number) {
            let before = last.insert(of, *number);
            assert!(before.is_none_or(|before| before < *number), "{of}: {number} after {before:?}");
        }
    }
    let missing: Vec<u32> = (0..count).filter(|number| !seen.contains(number)).collect();
    assert!(missing.is_empty(), "{} positions never arrived: {missing:?}", missing.len());
    positions.len() - seen.len()
}

#[tokio::test]
async fn fresh_positions_arrive_as_live_after_their_vehicle_and_the_cursor_follows() {
    for edition in [Edition::V2011, Edition::V2019] {
        let mut platform = PlayedPlatform::start(edition, Manner::WellBehaved).await;
        let house = House::forwarding_to(&platform, edition).await;
        house.report(0, 5).await;
        let running = house.start().await;
        platform.stands(|s| s.arrived == 10 && s.sub_links == 1).await;
        house.report(5, 6).await;
        platform.stands(|s| s.arrived == 12).await;
        let arrived = platform.arrived();
        assert_eq!(arrived[10..], [Arrived::Register(plate(5)), Arrived::Position(plate(5), 5, true)]);
        assert!(
            platform.positions()[..5].iter().all(|(_, _, live)| !live),
            "what lay there at the login is backlog"
        );
        assert_eq!((running.count("registered"), running.count("live"), running.count("backlog")), (6, 1, 5));
        running.end().await;
        // Proven before the goodbye: the next run has nothing to send again.
        assert_eq!(house.store.forwarded(house::TARGET).await.unwrap(), Some(house.end()));
        let running = house.start().await;
        house.report(6, 7).await;
        platform.stands(|s| s.arrived == 14).await;
        assert_eq!(check_complete_and_in_order(&platform.positions(), 7), 0);
        running.end().await;
    }
}

#[tokio::test]
async fn a_courier_killed_again_and_again_loses_nothing_and_keeps_the_order() {
    let seed = rand::rng().next_u64();
    println!("seed {seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut platform = PlayedPlatform::start(Edition::V2019, Manner::WellBehaved).await;
    let house = House::forwarding_to(&platform, Edition::V2019).await;
    let (mut reported, count) = (0, 4_000);
    let mut running = house.start().await;
    let mut kills = 0;
    while reported < count {
        let next = (reported + dice.random_range(1..120)).min(count);
        house.report(reported, next).await;
        reported = next;
        if dice.random_range(0..6) == 0 {
            let some_more = platform.positions().len() + dice.random_range(0..40);
            let limit = some_more.min(reported as usize);
            platform.stands(|s| s.arrived >= limit).await;
            if dice.random_range(0..3) == 0 {
                until_cursor(&running, &house, house.end()).await;
            }
            running.kill().await;
            kills += 1;
            running = house.start().await;
        }
    }
    let end = house.end();
    until_cursor(&running, &house, end).await;
    let again = check_complete_and_in_order(&platform.positions(), count);
    println!("{kills} kills, {again} positions came more than once");
    assert!(kills > 3);
    running.end().await;
}

#[tokio::test]
async fn a_flapping_link_loses_nothing_and_what_was_cut_comes_again_as_backlog() {
    let mut platform = PlayedPlatform::start(Edition::V2011, Manner::WellBehaved).await;
    let house = House::forwarding_to(&platform, Edition::V2011).await;
    let running = house.start().await;
    platform.stands(|s| s.logins == 1).await;
    for round in 0..4 {
        house.report(round * 100, round * 100 + 60).await;
        platform.stands(|s| s.arrived > round as usize * 100).await;
        platform.cut().await;
        house.report(round * 100 + 60, round * 100 + 100).await;
        platform.stands(|s| s.logins == round + 2).await;
    }
    until_cursor(&running, &house, house.end()).await;
    check_complete_and_in_order(&platform.positions(), 400);
    assert_eq!((running.count("logins"), running.count("errors")), (5, 4));
    assert!(running.count("backlog") >= 160);
    assert!(running.target.last_error().is_some());
    running.end().await;
}

#[tokio::test]
async fn without_proof_the_cursor_stays_and_everything_is_sent_again() {
    let mut platform = PlayedPlatform::start(Edition::V2019, Manner::Mute).await;
    let mut house = House::forwarding_to(&platform, Edition::V2019).await;
    house.report(0, 20).await;
    let running = house.start().await;
    platform.stands(|s| s.arrived == 20 + TRUCKS as usize).await;
    assert_eq!((running.cursor(), house.store.forwarded(house::TARGET).await.unwrap()), (0, None));
    running.kill().await;
    assert_eq!(check_complete_and_in_order(&platform.positions(), 20), 0);
    let mut platform = PlayedPlatform::start(Edition::V2019, Manner::WellBehaved).await;
    house.address.clone_from(&platform.address);
    let running = house.start().await;
    platform.stands(|s| s.arrived == 20 + TRUCKS as usize).await;
    assert_eq!(check_complete_and_in_order(&platform.positions(), 20), 0);
    running.end().await;
}

#[tokio::test]
async fn a_question_about_a_truck_is_answered_from_the_register() {
    let mut platform = PlayedPlatform::start(Edition::V2011, Manner::WellBehaved).await;
    let house = House::forwarding_to(&platform, Edition::V2011).await;
    let running = house.start().await;
    platform.stands(|s| s.sub_links == 1).await;
    platform.ask("豫A99999D").await;
    platform.ask(&plate(3)).await;
    platform.stands(|s| s.arrived == 1).await;
    let arrived = platform.arrived();
    let [Arrived::StaticInfo(of, text)] = arrived.as_slice() else { unreachable!("one answer came") };
    assert_eq!(*of, plate(3));
    assert!(text.contains("VIN:=豫A00003D;") && text.contains("OWERS_NAME:=甲清运"), "{text}");
    assert_eq!((running.count("static_info"), running.count("static_info_unknown")), (1, 1));
    running.end().await;
}

#[tokio::test]
async fn a_refused_login_is_told_in_words_and_nothing_is_sent() {
    let mut platform = PlayedPlatform::start(Edition::V2019, Manner::WellBehaved).await;
    let mut house = House::forwarding_to(&platform, Edition::V2019).await;
    house.password = "wrong";
    house.report(0, 3).await;
    let running = house.start().await;
    let mut waited = tokio::time::interval(std::time::Duration::from_millis(5));
    let words = loop {
        waited.tick().await;
        if let Some((_, words)) = running.target.last_error() {
            break words;
        }
    };
    assert!(words.contains("the password is wrong"), "{words}");
    running.end().await;
    platform.stands(|s| s.arrived == 0).await;
}

/// Waits until the platform has proven to have everything up to `position`.
async fn until_cursor(running: &house::Running, house: &House, position: u64) {
    let mut waited = tokio::time::interval(std::time::Duration::from_millis(5));
    while running.cursor() < position {
        waited.tick().await;
    }
    while house.store.forwarded(house::TARGET).await.unwrap() != Some(position) {
        waited.tick().await;
    }
}

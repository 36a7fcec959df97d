//! What the spool's bounds drop and tell, how often it syncs, and what it does on a full disk.

use super::tests::{append, append_all, clock, commit, gaps, open, payload, read, time};
use super::*;

#[test]
fn what_goes_for_want_of_space_is_told_before_what_follows() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    for _ in 0..40 {
        append_all(&mut spool, &[200]);
        commit(&mut spool).unwrap();
    }
    let lost = spool.counters().dropped_full;
    let gap =
        Gap { cause: GapCause::Full, records: lost as u32, first: Some(time(1)), last: Some(time(lost)) };
    assert_eq!(gaps(&mut spool), [(lost + 1, gap)], "one gap for all of it");
    drop(spool);
    let mut spool = open(directory.path());
    assert_eq!(gaps(&mut spool), [(lost + 1, gap)], "kept over a restart");
    spool.acknowledge(lost + 1, clock(0)).unwrap();
    assert_eq!(gaps(&mut spool), [], "told once");
    drop(spool);
    assert_eq!(gaps(&mut open(directory.path())), []);
}

#[test]
fn records_acknowledged_late_were_not_lost() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    for _ in 0..40 {
        append_all(&mut spool, &[200]);
        commit(&mut spool).unwrap();
    }
    let lost = spool.counters().dropped_full;
    // They were under way, and the answer comes now.
    spool.acknowledge(lost, clock(0)).unwrap();
    assert!(!gaps(&mut spool).is_empty(), "only an answer to what stands behind the gap clears it");
    spool.acknowledge(lost + 1, clock(0)).unwrap();
    assert_eq!(gaps(&mut spool), []);
}

#[test]
fn records_older_than_the_days_allowed_go_and_one_wild_date_drops_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    let day = |days: i64| time(0).plus_seconds(days * 86_400);
    let put = |spool: &mut Spool, at: Timestamp| {
        spool.append(at, false, &[1; 20], clock(0)).unwrap();
        commit(spool).unwrap();
    };
    put(&mut spool, day(0));
    put(&mut spool, day(2));
    put(&mut spool, day(31));
    put(&mut spool, day(4000));
    put(&mut spool, day(31));
    assert_eq!(spool.counters().dropped_old, 1, "the first day went on the thirty-first, and no other");
    put(&mut spool, day(33));
    put(&mut spool, day(33));
    assert_eq!(spool.counters().dropped_old, 2);
    let gap = Gap { cause: GapCause::Old, records: 2, first: Some(day(0)), last: Some(day(2)) };
    assert_eq!(gaps(&mut spool), [(3, gap)]);
}

#[test]
fn a_lost_file_is_told_as_damage() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    for _ in 0..6 {
        append_all(&mut spool, &[200]);
        commit(&mut spool).unwrap();
    }
    drop(spool);
    let (_, second) = segment::list(directory.path()).unwrap().remove(1);
    std::fs::remove_file(second).unwrap();
    let mut spool = open(directory.path());
    let gap = Gap { cause: GapCause::Damaged, records: 2, first: Some(time(2)), last: Some(time(5)) };
    assert_eq!(gaps(&mut spool), [(5, gap)]);
    assert_eq!(spool.counters().damaged, 2);
}

#[test]
fn a_steady_stream_costs_one_sync_a_second_and_a_change_of_state_is_synced_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(directory.path(), SpoolConfig::default()).unwrap();
    let at = |ms: i64| Timestamp::from_millis(ms);
    append_all(&mut spool, &[10]);
    spool.maintain(at(0)).unwrap();
    spool.maintain(at(1000)).unwrap();
    let before = spool.counters().syncs;
    // A minute of ten records a second, acknowledged as they come.
    for tick in 10..610 {
        let now = at(tick * 100 + 1000);
        spool.append(time(tick as u64), false, &[1; 200], now).unwrap();
        spool.maintain(now).unwrap();
        let committed = spool.committed();
        spool.acknowledge(committed, now).unwrap();
        assert!(spool.poll_timeout().is_none_or(|due| due.millis_since(now) <= SYNC_EVERY_MS));
    }
    let syncs = spool.counters().syncs - before;
    assert!((55..=61).contains(&syncs), "{syncs} in 60 s");
    for step in 0..3 {
        let now = at(62_000 + step);
        let number = spool.append(time(700), true, &[1], now).unwrap();
        assert!(spool.maintain(now).unwrap());
        assert_eq!(spool.committed(), number);
    }
}

#[test]
fn a_full_disk_gets_the_reserve_and_records_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    spool.maintain(clock(0)).unwrap();
    assert_eq!(directory.path().join("reserve").metadata().unwrap().len(), RESERVE_BYTES as u64);
    append_all(&mut spool, &[10]);
    commit(&mut spool).unwrap();
    append_all(&mut spool, &[20]);
    let full = File::options().read(true).write(true).open("/dev/full").unwrap();
    spool.segments.back_mut().unwrap().replace_file(full);
    // The second try goes to a new file, which finds the space of the reserve.
    commit(&mut spool).unwrap();
    assert_eq!((spool.counters().reserve_used, spool.counters().failed_writes), (1, 0));
    assert!(!directory.path().join("reserve").exists());
    spool.maintain(clock(30)).unwrap();
    assert!(!directory.path().join("reserve").exists(), "not at once");
    spool.maintain(clock(61)).unwrap();
    assert!(directory.path().join("reserve").exists());
    assert_eq!(read(&mut spool, 1, 10), [(2, payload(2, 20))]);
}

#[test]
fn what_the_disk_did_not_take_is_told_when_it_does_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(directory.path(), SpoolConfig::default()).unwrap();
    let record = vec![0; RECORD_BYTES_MAX];
    while append(&mut spool, &record).is_ok() {}
    let first = spool.next;
    append(&mut spool, &record).unwrap_err();
    commit(&mut spool).unwrap();
    append_all(&mut spool, &[10]);
    commit(&mut spool).unwrap();
    let gap =
        Gap { cause: GapCause::Unwritten, records: 2, first: Some(time(first)), last: Some(time(first)) };
    assert_eq!(gaps(&mut spool).last(), Some(&(first, gap)));
}

#[test]
fn numbers_there_is_no_room_to_count_on_from_are_not_believed() {
    for number in [u64::MAX, NUMBER_MAX + 1] {
        let sum = crc32fast::hash(&number.to_le_bytes());
        let slot = [&number.to_le_bytes(), sum.to_le_bytes().as_slice(), &[0; 4]].concat();
        let gap = format!("{number} full 1 0 0");
        for (name, bytes) in [
            (CURSOR.to_owned(), slot),
            (CURSOR.to_owned(), format!("{number} {sum:08x}\n").into_bytes()),
            ("gaps".to_owned(), format!("{gap} {:08x}\n", crc32fast::hash(gap.as_bytes())).into_bytes()),
            (format!("{number:020}.seg"), b"of no spool".to_vec()),
        ] {
            let directory = tempfile::tempdir().unwrap();
            std::fs::write(directory.path().join(&name), bytes).unwrap();
            let mut spool = open(directory.path());
            append_all(&mut spool, &[9]);
            commit(&mut spool).unwrap();
            assert_eq!(read(&mut spool, 0, 9), [(1, payload(1, 9))], "{name} says {number}");
        }
    }
}

#[test]
fn segments_with_the_same_numbers_are_read_once_and_not_counted_on_from_too_early() {
    for again in 0..4 {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = open(directory.path());
        append_all(&mut spool, &[9; 3]);
        commit(&mut spool).unwrap();
        drop(spool);
        let mut copy = segment::Segment::create(directory.path(), 2).unwrap();
        let mut bytes = Vec::new();
        for number in 2..2 + again {
            segment::encode_record(number, time(number), false, &payload(number, 9), &mut bytes);
        }
        copy.write(&bytes, again, None).unwrap();
        drop(copy);
        let mut spool = open(directory.path());
        append_all(&mut spool, &[9]);
        commit(&mut spool).unwrap();
        let last = 4 + u64::from(again == 3);
        let expected: Vec<_> = (1..=last).map(|number| (number, payload(number, 9))).collect();
        assert_eq!(read(&mut spool, 0, 9), expected, "{again} written again");
        assert_eq!(read(&mut spool, last - 1, 9), expected[last as usize - 1..], "{again} written again");
        assert_eq!((gaps(&mut spool), spool.counters().damaged), (Vec::new(), 0), "{again} written again");
        spool.acknowledge(last, clock(0)).unwrap();
        assert!(spool.is_drained());
    }
}

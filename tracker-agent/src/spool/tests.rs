//! The spool against a naive model: a vector of what was committed, with crashes that cut the last file at any byte.

use super::*;
use proptest::prelude::*;

const SMALL: SpoolConfig = SpoolConfig { bytes_max: 4096, segment_bytes: 512 };

fn payload(number: u64, length: usize) -> Vec<u8> {
    (0..length).map(|i| (number as usize * 31 + i) as u8).collect()
}

fn open(directory: &Path) -> Spool {
    Spool::open(directory, SMALL).unwrap()
}

fn last_segment(directory: &Path) -> PathBuf {
    segment::list(directory).unwrap().pop().unwrap().1
}

fn append_all(spool: &mut Spool, lengths: &[usize]) {
    for length in lengths {
        let number = spool.next;
        assert_eq!(spool.append(&payload(number, *length)).unwrap(), number);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    Commit,
    /// Acknowledges this share (of 255) of what is committed and not acknowledged.
    Acknowledge(u8),
    /// The power goes: what was not committed is lost, and this share (of 255) of the last file with it.
    Crash(u8),
    /// As a crash, but the last file is whole and has this many stray bytes behind it.
    Stray(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0usize..200).prop_map(Step::Append),
        4 => Just(Step::Commit),
        2 => any::<u8>().prop_map(Step::Acknowledge),
        1 => any::<u8>().prop_map(Step::Crash),
        1 => any::<u8>().prop_map(Step::Stray),
    ]
}

/// What must be in the spool: committed records (number, payload) in order, and the cursor.
#[derive(Default)]
struct Model {
    committed: Vec<(u64, Vec<u8>)>,
    pending: Vec<(u64, Vec<u8>)>,
    acknowledged: u64,
}

impl Model {
    fn outstanding(&self) -> Vec<(u64, Vec<u8>)> {
        self.committed.iter().filter(|(number, _)| *number > self.acknowledged).cloned().collect()
    }

    /// A file that began with record `first` was cut to `bytes`: whole records in front of the cut survive.
    fn cut(&mut self, first: u64, bytes: u64) {
        let mut end = HEADER_BYTES as u64;
        self.committed.retain(|(number, payload)| {
            if *number < first {
                return true;
            }
            end += (RECORD_HEAD_BYTES + payload.len()) as u64;
            end <= bytes
        });
    }
}

fn play(steps: &[Step]) -> Result<(), TestCaseError> {
    let directory = tempfile::tempdir().unwrap();
    // No drop for fullness here: the bound is judged in tests of its own.
    let config = SpoolConfig { bytes_max: 1 << 20, segment_bytes: 512 };
    let reopen = || Spool::open(directory.path(), config).unwrap();
    let mut spool = reopen();
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Append(length) => {
                let number = spool.next;
                spool.append(&payload(number, *length)).unwrap();
                model.pending.push((number, payload(number, *length)));
            }
            Step::Commit => {
                spool.commit().unwrap();
                model.committed.append(&mut model.pending);
            }
            Step::Acknowledge(share) => {
                let outstanding = model.outstanding();
                if let Some((number, _)) = outstanding.get(outstanding.len() * usize::from(*share) / 256) {
                    spool.acknowledge(*number).unwrap();
                    model.acknowledged = *number;
                }
            }
            Step::Crash(share) => {
                drop(spool);
                model.pending.clear();
                if let Some((first, path)) = segment::list(directory.path()).unwrap().pop() {
                    let file = File::options().write(true).open(path).unwrap();
                    let bytes = file.metadata().unwrap().len() * u64::from(*share) / 255;
                    file.set_len(bytes).unwrap();
                    model.cut(first, bytes);
                }
                spool = reopen();
            }
            Step::Stray(count) => {
                drop(spool);
                model.pending.clear();
                if let Some((_, path)) = segment::list(directory.path()).unwrap().pop() {
                    let stray = vec![0xA5; usize::from(*count)];
                    let mut file = File::options().append(true).open(path).unwrap();
                    std::io::Write::write_all(&mut file, &stray).unwrap();
                }
                spool = reopen();
            }
        }
        prop_assert_eq!(spool.read_after(model.acknowledged, 1000).unwrap(), model.outstanding());
        prop_assert_eq!(spool.acknowledged(), model.acknowledged);
    }
    // In pieces, as the uplink reads, the same comes out.
    let mut after = model.acknowledged;
    let mut pieces = Vec::new();
    loop {
        let piece = spool.read_after(after, 3).unwrap();
        let Some((last, _)) = piece.last() else { break };
        after = *last;
        pieces.extend(piece);
    }
    prop_assert_eq!(pieces, model.outstanding());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn committed_records_survive_any_crash_in_order(steps in proptest::collection::vec(step(), 1..60)) {
        play(&steps)?;
    }
}

#[test]
fn a_batch_too_long_for_an_emptied_segment_survives_the_acknowledgement_of_its_first_record() {
    // The crash leaves a segment without records; the batch does not fit behind its header, so the file is begun again.
    let steps = [1].map(Step::Append).into_iter().chain([Step::Commit, Step::Crash(176)]);
    let batch = [47, 43, 133, 79, 151].map(Step::Append);
    let steps = steps.chain(batch).chain([Step::Commit, Step::Acknowledge(0), Step::Crash(255)]);
    play(&steps.collect::<Vec<_>>()).unwrap();
}

#[test]
fn a_record_is_not_to_be_sent_before_it_is_committed() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    append_all(&mut spool, &[10]);
    assert!(spool.read_after(0, 10).unwrap().is_empty());
    spool.commit().unwrap();
    assert_eq!(spool.read_after(0, 10).unwrap().len(), 1);
    assert!(!spool.is_drained());
    spool.acknowledge(1).unwrap();
    assert!(spool.is_drained());
}

#[test]
fn acknowledged_segments_are_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    for _ in 0..10 {
        append_all(&mut spool, &[200]);
        spool.commit().unwrap();
    }
    let before = segment::list(directory.path()).unwrap().len();
    spool.acknowledge(9).unwrap();
    let after = segment::list(directory.path()).unwrap().len();
    assert!(before >= 5 && after == 1, "{before} {after}");
    assert_eq!(spool.read_after(9, 10).unwrap(), [(10, payload(10, 200))]);
}

#[test]
fn a_full_spool_drops_the_oldest_and_counts_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    for _ in 0..40 {
        append_all(&mut spool, &[200]);
        spool.commit().unwrap();
    }
    let left = spool.read_after(0, 100).unwrap();
    let bytes: u64 =
        segment::list(directory.path()).unwrap().iter().map(|(_, path)| path.metadata().unwrap().len()).sum();
    assert!(bytes <= SMALL.bytes_max, "{bytes}");
    assert_eq!(left.last().unwrap().0, 40);
    assert_eq!(spool.counters().dropped_full, 40 - left.len() as u64);
    assert!(left.len() >= 10);
}

#[test]
fn a_damaged_record_costs_the_rest_of_its_segment_and_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    for _ in 0..6 {
        append_all(&mut spool, &[200]);
        spool.commit().unwrap();
    }
    drop(spool);
    let (_, first) = segment::list(directory.path()).unwrap().remove(0);
    let mut bytes = std::fs::read(&first).unwrap();
    bytes[HEADER_BYTES + RECORD_HEAD_BYTES + 5] ^= 1;
    std::fs::write(&first, bytes).unwrap();
    let mut spool = open(directory.path());
    let numbers: Vec<u64> = spool.read_after(0, 100).unwrap().iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [3, 4, 5, 6]);
    assert!(spool.counters().torn_bytes > 0);
}

#[test]
fn a_lost_or_damaged_cursor_offers_everything_again() {
    for text in [None, Some("7"), Some("7 00000000\n"), Some("\u{0}")] {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = open(directory.path());
        append_all(&mut spool, &[10, 10]);
        spool.commit().unwrap();
        spool.acknowledge(1).unwrap();
        drop(spool);
        let cursor = directory.path().join(CURSOR);
        match text {
            Some(text) => std::fs::write(&cursor, text).unwrap(),
            None => std::fs::remove_file(&cursor).unwrap(),
        }
        assert_eq!(open(directory.path()).read_after(0, 10).unwrap().len(), 2, "{text:?}");
    }
}

#[test]
fn lost_segments_do_not_make_numbers_come_twice() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    append_all(&mut spool, &[10, 10]);
    spool.commit().unwrap();
    spool.acknowledge(2).unwrap();
    drop(spool);
    std::fs::remove_file(last_segment(directory.path())).unwrap();
    let mut spool = open(directory.path());
    append_all(&mut spool, &[10]);
    spool.commit().unwrap();
    assert_eq!(spool.read_after(2, 10).unwrap(), [(3, payload(3, 10))]);
}

#[test]
fn two_agents_never_share_a_spool() {
    let directory = tempfile::tempdir().unwrap();
    let _first = open(directory.path());
    let error = Spool::open(directory.path(), SMALL).unwrap_err();
    assert!(error.to_string().contains("another tracker-agent"), "{error}");
}

#[test]
fn too_much_for_memory_is_refused_and_counted() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    assert!(matches!(spool.append(&vec![0; RECORD_BYTES_MAX + 1]), Err(SpoolError::RecordTooLong { .. })));
    let record = vec![0; RECORD_BYTES_MAX];
    let error = std::iter::repeat_with(|| spool.append(&record)).find_map(Result::err);
    assert!(matches!(error, Some(SpoolError::PendingFull)));
    assert_eq!(spool.counters().dropped_unwritten, 2);
}

/// `/dev/full` takes no byte, as a full disk.
#[test]
fn a_full_disk_is_told_with_its_place_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    append_all(&mut spool, &[10]);
    spool.commit().unwrap();
    append_all(&mut spool, &[20]);
    let full = File::options().read(true).write(true).open("/dev/full").unwrap();
    let sound = spool.segments.back_mut().unwrap().replace_file(full);
    let error = spool.commit().unwrap_err();
    let place = directory.path().display().to_string();
    assert!(error.to_string().contains(&place) && error.to_string().contains("free space"), "{error}");
    assert_eq!(spool.committed(), 1);
    spool.segments.back_mut().unwrap().replace_file(sound);
    spool.commit().unwrap();
    assert_eq!(spool.read_after(0, 10).unwrap(), [(1, payload(1, 10)), (2, payload(2, 20))]);
    drop(spool);
    assert_eq!(open(directory.path()).read_after(0, 10).unwrap().len(), 2);
}

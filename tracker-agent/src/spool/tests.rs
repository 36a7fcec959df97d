//! The spool against a naive model: a vector of what was committed, with crashes that cut the last file at any byte.

use super::*;
use proptest::prelude::*;

const SMALL: SpoolConfig = SpoolConfig { bytes_max: 4096, segment_bytes: 512, days_max: 30 };

/// The clock of the truck's computer, in seconds.
pub(super) fn clock(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// The satellites' time of a record.
pub(super) fn time(number: u64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + number as i64)
}

pub(super) fn append(spool: &mut Spool, bytes: &[u8]) -> Result<u64, SpoolError> {
    let time = time(spool.next);
    spool.append(time, false, bytes, clock(0))
}

pub(super) fn commit(spool: &mut Spool) -> Result<(), SpoolError> {
    spool.commit(clock(0))
}

/// Numbers and bytes after a number.
pub(super) fn read(spool: &mut Spool, after: u64, records_max: usize) -> Vec<(u64, Vec<u8>)> {
    let read = spool.read_after(after, records_max).unwrap();
    read.into_iter().map(|stored| (stored.number, stored.payload)).collect()
}

/// Every gap told with what waits to be sent.
pub(super) fn gaps(spool: &mut Spool) -> Vec<(u64, Gap)> {
    let read = spool.read_after(spool.acknowledged, 1000).unwrap();
    read.into_iter().flat_map(|stored| stored.gaps.into_iter().map(move |gap| (stored.number, gap))).collect()
}

pub(super) fn payload(number: u64, length: usize) -> Vec<u8> {
    (0..length).map(|i| (number as usize * 31 + i) as u8).collect()
}

pub(super) fn open(directory: &Path) -> Spool {
    Spool::open(directory, SMALL).unwrap()
}

fn last_segment(directory: &Path) -> PathBuf {
    segment::list(directory).unwrap().pop().unwrap().1
}

pub(super) fn append_all(spool: &mut Spool, lengths: &[usize]) {
    for length in lengths {
        let number = spool.next;
        assert_eq!(append(spool, &payload(number, *length)).unwrap(), number);
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
    let config = SpoolConfig { bytes_max: 1 << 20, ..SMALL };
    let reopen = || Spool::open(directory.path(), config).unwrap();
    let mut spool = reopen();
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Append(length) => {
                let number = spool.next;
                append(&mut spool, &payload(number, *length)).unwrap();
                model.pending.push((number, payload(number, *length)));
            }
            Step::Commit => {
                commit(&mut spool).unwrap();
                model.committed.append(&mut model.pending);
            }
            Step::Acknowledge(share) => {
                let outstanding = model.outstanding();
                if let Some((number, _)) = outstanding.get(outstanding.len() * usize::from(*share) / 256) {
                    spool.acknowledge(*number, clock(0)).unwrap();
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
        prop_assert_eq!(read(&mut spool, model.acknowledged, 1000), model.outstanding());
        prop_assert_eq!(spool.acknowledged(), model.acknowledged);
    }
    // In pieces, as the uplink reads, the same comes out.
    let mut after = model.acknowledged;
    let mut pieces = Vec::new();
    loop {
        let piece = read(&mut spool, after, 3);
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
    assert!(read(&mut spool, 0, 10).is_empty());
    commit(&mut spool).unwrap();
    assert_eq!(read(&mut spool, 0, 10).len(), 1);
    assert!(!spool.is_drained());
    spool.acknowledge(1, clock(0)).unwrap();
    assert!(spool.is_drained());
}

#[test]
fn acknowledged_segments_are_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    for _ in 0..10 {
        append_all(&mut spool, &[200]);
        commit(&mut spool).unwrap();
    }
    let before = segment::list(directory.path()).unwrap().len();
    spool.acknowledge(9, clock(0)).unwrap();
    let after = segment::list(directory.path()).unwrap().len();
    assert!(before >= 5 && after == 1, "{before} {after}");
    assert_eq!(read(&mut spool, 9, 10), [(10, payload(10, 200))]);
}

#[test]
fn a_full_spool_drops_the_oldest_and_counts_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    for _ in 0..40 {
        append_all(&mut spool, &[200]);
        commit(&mut spool).unwrap();
    }
    let left = read(&mut spool, 0, 100);
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
        commit(&mut spool).unwrap();
    }
    drop(spool);
    let (_, first) = segment::list(directory.path()).unwrap().remove(0);
    let mut bytes = std::fs::read(&first).unwrap();
    bytes[HEADER_BYTES + RECORD_HEAD_BYTES + 5] ^= 1;
    std::fs::write(&first, bytes).unwrap();
    let mut spool = open(directory.path());
    let numbers: Vec<u64> = read(&mut spool, 0, 100).iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [3, 4, 5, 6]);
    assert!(spool.counters().torn_bytes > 0);
}

#[test]
fn a_lost_or_damaged_cursor_offers_everything_again() {
    for text in
        [None, Some("7"), Some("7 00000000\n"), Some("\u{0}"), Some("0123456789012345678901234567890")]
    {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = open(directory.path());
        append_all(&mut spool, &[10, 10]);
        commit(&mut spool).unwrap();
        spool.acknowledge(1, clock(0)).unwrap();
        drop(spool);
        let cursor = directory.path().join(CURSOR);
        match text {
            Some(text) => std::fs::write(&cursor, text).unwrap(),
            None => std::fs::remove_file(&cursor).unwrap(),
        }
        assert_eq!(read(&mut open(directory.path()), 0, 10).len(), 2, "{text:?}");
    }
}

#[test]
fn lost_segments_do_not_make_numbers_come_twice() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    append_all(&mut spool, &[10, 10]);
    commit(&mut spool).unwrap();
    spool.acknowledge(2, clock(0)).unwrap();
    drop(spool);
    std::fs::remove_file(last_segment(directory.path())).unwrap();
    let mut spool = open(directory.path());
    append_all(&mut spool, &[10]);
    commit(&mut spool).unwrap();
    assert_eq!(read(&mut spool, 2, 10), [(3, payload(3, 10))]);
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
    assert!(matches!(
        append(&mut spool, &vec![0; RECORD_BYTES_MAX + 1]),
        Err(SpoolError::RecordTooLong { .. })
    ));
    let record = vec![0; RECORD_BYTES_MAX];
    let error = std::iter::repeat_with(|| append(&mut spool, &record)).find_map(Result::err);
    assert!(matches!(error, Some(SpoolError::PendingFull)));
    assert_eq!(spool.counters().dropped_unwritten, 2);
}

/// `/dev/full` takes no byte, as a full disk.
#[test]
fn a_full_disk_is_told_with_its_place_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    append_all(&mut spool, &[10]);
    commit(&mut spool).unwrap();
    append_all(&mut spool, &[20]);
    let full = File::options().read(true).write(true).open("/dev/full").unwrap();
    let sound = spool.segments.back_mut().unwrap().replace_file(full);
    let error = commit(&mut spool).unwrap_err();
    let place = directory.path().display().to_string();
    assert!(error.to_string().contains(&place) && error.to_string().contains("free space"), "{error}");
    assert_eq!(spool.committed(), 1);
    spool.segments.back_mut().unwrap().replace_file(sound);
    commit(&mut spool).unwrap();
    assert_eq!(read(&mut spool, 0, 10), [(1, payload(1, 10)), (2, payload(2, 20))]);
    drop(spool);
    assert_eq!(read(&mut open(directory.path()), 0, 10).len(), 2);
}

#[test]
fn a_cursor_of_the_first_release_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = open(directory.path());
    append_all(&mut spool, &[10, 10, 10]);
    commit(&mut spool).unwrap();
    drop(spool);
    let text = format!("2 {:08x}\n", crc32fast::hash(&2u64.to_le_bytes()));
    std::fs::write(directory.path().join(CURSOR), text).unwrap();
    let mut spool = open(directory.path());
    assert_eq!(spool.acknowledged, 2);
    assert_eq!(read(&mut spool, 2, 10), [(3, payload(3, 10))]);
    spool.acknowledge(3, clock(0)).unwrap();
    drop(spool);
    assert_eq!(open(directory.path()).acknowledged(), 3);
}

/// A segment of three records, another of two, and a cursor at 1.
fn written(directory: &Path) {
    let mut spool = open(directory);
    for lengths in [[100, 90, 80].as_slice(), &[200, 20]] {
        append_all(&mut spool, lengths);
        commit(&mut spool).unwrap();
    }
    spool.acknowledge(1, clock(0)).unwrap();
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// What can be read is a beginning of what was written, and the spool goes on from there.
#[track_caller]
fn check_readable(directory: &Path, what: &str) -> usize {
    let all: Vec<(u64, Vec<u8>)> =
        (1..).zip([100, 90, 80, 200, 20]).map(|(n, len)| (n, payload(n, len))).collect();
    let mut spool = open(directory);
    let found = read(&mut spool, 0, 100);
    assert!(all.starts_with(&found), "{what}");
    append_all(&mut spool, &[33]);
    commit(&mut spool).unwrap();
    assert_eq!(read(&mut spool, 0, 100).len(), found.len() + 1, "{what}");
    found.len()
}

#[test]
fn power_cut_at_any_byte_leaves_a_readable_spool() {
    let sound = tempfile::tempdir().unwrap();
    written(sound.path());
    let segment = last_segment(sound.path());
    let name = segment.file_name().unwrap();
    let bytes = std::fs::read(&segment).unwrap();
    for cut in 0..=bytes.len() {
        for junk in [None, Some(0x00), Some(0xA5)] {
            let directory = tempfile::tempdir().unwrap();
            copy(sound.path(), directory.path());
            let mut torn = bytes[..cut].to_vec();
            // Some filesystems leave the length and not the bytes.
            if let Some(junk) = junk {
                torn.resize(bytes.len(), junk);
            }
            std::fs::write(directory.path().join(name), torn).unwrap();
            let found = check_readable(directory.path(), &format!("cut at {cut}, then {junk:?}"));
            assert!(found >= 3 && (cut < bytes.len() || found == 5), "{cut} {found}");
        }
    }
}

#[test]
fn power_cut_at_any_byte_of_the_cursor_offers_again_and_loses_nothing() {
    let sound = tempfile::tempdir().unwrap();
    written(sound.path());
    let bytes = std::fs::read(sound.path().join(CURSOR)).unwrap();
    for cut in 0..=bytes.len() {
        let directory = tempfile::tempdir().unwrap();
        copy(sound.path(), directory.path());
        std::fs::write(directory.path().join(CURSOR), &bytes[..cut]).unwrap();
        let spool = open(directory.path());
        assert!(spool.acknowledged() <= 1, "{cut}");
        drop(spool);
        assert_eq!(check_readable(directory.path(), &format!("{cut}")), 5);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn garbled_files_are_read_as_far_as_they_check(
        file in 0usize..3, at in any::<prop::sample::Index>(), junk in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let directory = tempfile::tempdir().unwrap();
        written(directory.path());
        let mut files: Vec<PathBuf> = segment::list(directory.path()).unwrap().into_iter().map(|(_, path)| path).collect();
        files.push(directory.path().join(CURSOR));
        let path = &files[file % files.len()];
        let mut bytes = std::fs::read(path).unwrap();
        let at = at.index(bytes.len());
        for (byte, junk) in bytes[at..].iter_mut().zip(&junk) {
            *byte = *junk;
        }
        std::fs::write(path, bytes).unwrap();
        let mut spool = open(directory.path());
        for (number, found) in read(&mut spool, 0, 100) {
            prop_assert_eq!(found, payload(number, [100, 90, 80, 200, 20][number as usize - 1]));
        }
        let told: u32 = gaps(&mut spool).iter().map(|(_, gap)| gap.records).sum();
        prop_assert!(told <= 3, "{}", told);
    }
}

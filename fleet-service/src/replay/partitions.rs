//! Packed reports by truck: many partitions, each with the reports of some trucks, in memory while they are few and in
//! nameless temporary files beside the output when they are more. Such a file is gone when the program is, however it ends.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::packed::{PACKED_BYTES, Packed};

/// Reports a thread gathers for a partition before it hands them over.
const HANDED_OVER: usize = 256;

/// How the reports are kept between reading and judging.
#[derive(Debug, Clone)]
pub(super) struct Keeping {
    /// How many partitions.
    pub(super) partitions: usize,
    /// Bytes kept in memory by all partitions together; what is more goes to disk.
    pub(super) memory_bytes: usize,
    /// Where temporary files are made.
    pub(super) folder: PathBuf,
}

#[derive(Debug, Default)]
struct Partition {
    in_memory: Vec<u8>,
    on_disk: Option<File>,
    bytes_on_disk: u64,
}

/// Every partition, shared by all threads.
#[derive(Debug)]
pub(super) struct Partitions {
    keeping: Keeping,
    all: Vec<Mutex<Partition>>,
}

impl Partitions {
    pub(super) fn new(keeping: Keeping) -> Self {
        let all = (0..keeping.partitions.max(1)).map(|_| Mutex::default()).collect();
        Self { keeping, all }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn folder(&self) -> &Path {
        &self.keeping.folder
    }

    /// How much is on disk.
    pub(super) fn bytes_on_disk(&self) -> u64 {
        self.all.iter().map(|partition| lock(partition).bytes_on_disk).sum()
    }

    fn append(&self, number: usize, bytes: &[u8]) -> std::io::Result<()> {
        let Some(partition) = self.all.get(number) else { return Ok(()) };
        let mut partition = lock(partition);
        partition.in_memory.extend_from_slice(bytes);
        if partition.in_memory.len() > self.keeping.memory_bytes / self.all.len() {
            partition.put_on_disk(&self.keeping.folder)?;
        }
        Ok(())
    }

    /// Takes a partition out, whole.
    pub(super) fn take(&self, number: usize) -> std::io::Result<Vec<Packed>> {
        let Some(partition) = self.all.get(number) else { return Ok(Vec::new()) };
        let partition = std::mem::take(&mut *lock(partition));
        let bytes = partition.bytes_on_disk + partition.in_memory.len() as u64;
        let mut reports = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default() / PACKED_BYTES);
        if let Some(mut file) = partition.on_disk {
            file.seek(SeekFrom::Start(0))?;
            unpack_all(file, &mut reports)?;
        }
        unpack_all(partition.in_memory.as_slice(), &mut reports)?;
        Ok(reports)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What a thread that panicked left is whole: bytes are appended at once.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unpack_all(mut bytes: impl Read, reports: &mut Vec<Packed>) -> std::io::Result<()> {
    let mut room = vec![0; 4096 * PACKED_BYTES];
    let mut filled = 0;
    loop {
        let read = bytes.read(&mut room[filled..])?;
        filled += read;
        let (whole, _) = room[..filled].as_chunks::<PACKED_BYTES>();
        reports.extend(whole.iter().map(Packed::from_bytes));
        let used = whole.len() * PACKED_BYTES;
        room.copy_within(used..filled, 0);
        filled -= used;
        if read == 0 {
            return Ok(());
        }
    }
}

impl Partition {
    fn put_on_disk(&mut self, folder: &Path) -> std::io::Result<()> {
        let file = match &mut self.on_disk {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(folder)?),
        };
        file.write_all(&self.in_memory)?;
        self.bytes_on_disk += self.in_memory.len() as u64;
        self.in_memory.clear();
        Ok(())
    }
}

/// One thread's gathering for all partitions. What it holds is handed over by [`Gathering::finish`].
pub(super) struct Gathering<'a> {
    partitions: &'a Partitions,
    held: Vec<Vec<u8>>,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(partitions: &'a Partitions) -> Self {
        Self { partitions, held: vec![Vec::new(); partitions.len()] }
    }

    pub(super) fn add(&mut self, report: Packed) -> std::io::Result<()> {
        let number = report.truck as usize % self.held.len();
        let held = &mut self.held[number];
        held.extend_from_slice(&report.to_bytes());
        if held.len() >= HANDED_OVER * PACKED_BYTES {
            self.partitions.append(number, held)?;
            held.clear();
        }
        Ok(())
    }

    pub(super) fn finish(self) -> std::io::Result<()> {
        for (number, held) in self.held.iter().enumerate().filter(|(_, held)| !held.is_empty()) {
            self.partitions.append(number, held)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::{FixKind, FixReport, Position, Report, Timestamp, report::Content};

    use super::super::names::Names;
    use super::super::packed::Packer;
    use super::*;
    use crate::parquet::ReportRef;

    /// Puts reports of some trucks in and gives back what comes out, in order, and the bytes that went to disk.
    fn through(partitions: usize, memory_bytes: usize) -> (Vec<Packed>, u64) {
        let dir = tempfile::tempdir().unwrap();
        let all = Partitions::new(Keeping { partitions, memory_bytes, folder: dir.path().to_owned() });
        let names = Names::default();
        let mut packer = Packer::new(&names);
        let mut gathering = Gathering::new(&all);
        for i in 0..20_000i64 {
            let plate = format!("豫A{:05}", i % 37).parse().unwrap();
            let fix = FixReport::bare(plate, Position::from_e7(i as i32, 5).unwrap(), FixKind::D3);
            let time = Timestamp::from_millis(i * 1000);
            let plate = fix.plate.clone();
            let report = Report { time, content: Content::Fix(fix), received: None };
            gathering.add(packer.pack(&ReportRef::from(&report), &plate)).unwrap();
        }
        gathering.finish().unwrap();
        let on_disk = all.bytes_on_disk();
        assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none(), "temporary files have no name");
        let mut reports: Vec<Packed> = (0..all.len()).flat_map(|number| all.take(number).unwrap()).collect();
        assert!((0..all.len()).all(|number| all.take(number).unwrap().is_empty()), "taken once");
        reports.sort_by(Packed::order);
        (reports, on_disk)
    }

    #[test]
    fn what_goes_in_comes_out_whether_it_was_on_disk_or_not() {
        let (kept, nothing) = through(1, usize::MAX);
        assert_eq!((kept.len(), nothing), (20_000, 0));
        for (partitions, memory_bytes) in [(1, 0), (7, 0), (7, 100_000), (64, 500_000), (300, 10)] {
            let (again, on_disk) = through(partitions, memory_bytes);
            assert!(on_disk > 0, "{partitions} {memory_bytes}");
            assert!(again == kept, "{partitions} {memory_bytes}");
        }
    }
}

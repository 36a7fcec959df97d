//! Bytes of a receiver to NMEA 0183 sentences. Looks at nothing inside a sentence but its checksum.
//!
//! A serial line loses bytes, glues sentences together and mixes in other protocols, so a sentence is not a line: it
//! begins at the last `$` seen and ends at a line end or at the next `$`, and it needs its `*HH`.

/// Longest sentence kept, `$` to checksum. The standard says 82, real receivers send up to 203.
pub const SENTENCE_BYTES_MAX: usize = 256;

/// What the framer met since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrameCounters {
    /// Sentences handed out.
    pub sentences: u64,
    /// Sentences whose checksum does not fit.
    pub bad_checksum: u64,
    /// Sentences that ended without `*HH`.
    pub missing_checksum: u64,
    /// Sentences longer than [`SENTENCE_BYTES_MAX`].
    pub oversize: u64,
    /// Bytes that belong to no sentence: other protocols, line noise. Line ends do not count.
    pub skipped_bytes: u64,
}

impl std::ops::AddAssign for FrameCounters {
    fn add_assign(&mut self, other: Self) {
        self.sentences += other.sentences;
        self.bad_checksum += other.bad_checksum;
        self.missing_checksum += other.missing_checksum;
        self.oversize += other.oversize;
        self.skipped_bytes += other.skipped_bytes;
    }
}

/// Cuts a byte stream into checked sentences. Allocates once.
#[derive(Debug, Clone)]
pub struct Framer {
    /// The sentence so far with its `$`; empty while none has begun.
    buffer: Vec<u8>,
    /// The buffer was handed out and is to be cleared; `true` inside: the `$` that ended it begins the next.
    handed_out: Option<bool>,
    counters: FrameCounters,
}

impl Default for Framer {
    fn default() -> Self {
        Self::new()
    }
}

impl Framer {
    /// A framer that has seen nothing.
    pub fn new() -> Self {
        let buffer = Vec::with_capacity(SENTENCE_BYTES_MAX);
        Self { buffer, handed_out: None, counters: FrameCounters::default() }
    }

    /// Takes bytes off the front of `input` until a sentence is complete: `$` to the last checksum digit, printable
    /// ASCII. `None`: all of `input` is taken. Call it again with the same `input` until then.
    ///
    /// A sentence that lies whole in `input` is handed out in place; only what chunks cut apart is copied.
    pub fn next_sentence<'s, 'i: 's>(&'s mut self, input: &mut &'i [u8]) -> Option<&'s str> {
        if let Some(next_begun) = self.handed_out.take() {
            self.buffer.clear();
            if next_begun {
                self.buffer.push(b'$');
            }
        }
        while let Some((byte, rest)) = input.split_first() {
            match byte {
                b'$' => {
                    let all = *input;
                    *input = rest;
                    if self.end_of_sentence() {
                        self.handed_out = Some(true);
                        return text(&self.buffer);
                    }
                    self.buffer.clear();
                    if let Some(sentence) = self.sentence_in_place(all, input) {
                        return Some(sentence);
                    }
                }
                b'\r' | b'\n' => {
                    *input = rest;
                    if self.end_of_sentence() {
                        self.handed_out = Some(false);
                        return text(&self.buffer);
                    }
                    self.buffer.clear();
                }
                byte if is_inner(*byte) => self.take_run(input),
                _ => {
                    *input = rest;
                    self.counters.skipped_bytes += 1;
                }
            }
        }
        None
    }

    /// A sentence that begins `all` (whose `$` was taken off `input`) and ends in it without a byte that must be dropped
    /// is taken off `input`. Anything else has begun in the buffer, for the slow way.
    fn sentence_in_place<'i>(&mut self, all: &'i [u8], input: &mut &'i [u8]) -> Option<&'i str> {
        let end = memchr::memchr3(b'$', b'\r', b'\n', input).map(|at| at + 1);
        let whole = end.filter(|end| *end <= SENTENCE_BYTES_MAX).and_then(|end| all.get(..end));
        let plain =
            whole.filter(|whole| whole.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~')));
        let Some(sentence) = plain else {
            self.buffer.push(b'$');
            return None;
        };
        *input = all.get(sentence.len()..)?;
        self.is_sentence(sentence).then(|| text(sentence)).flatten()
    }

    /// The stream broke off or ended: a sentence in progress that is complete but for its line end is handed out.
    pub fn finish(&mut self) -> Option<&str> {
        self.next_sentence(&mut b"\n".as_slice())
    }

    /// What was met.
    pub fn counters(&self) -> &FrameCounters {
        &self.counters
    }

    fn take_run(&mut self, input: &mut &[u8]) {
        let run = input.iter().position(|byte| !is_inner(*byte)).unwrap_or(input.len());
        let (inner, rest) = input.split_at(run);
        *input = rest;
        if self.buffer.is_empty() {
            self.counters.skipped_bytes += run as u64;
        } else if self.buffer.len() + run > SENTENCE_BYTES_MAX {
            self.counters.oversize += 1;
            self.buffer.clear();
        } else {
            self.buffer.extend_from_slice(inner);
        }
    }

    /// Whether the buffer holds a whole sentence; counts why not.
    fn end_of_sentence(&mut self) -> bool {
        let buffer = std::mem::take(&mut self.buffer);
        let whole = self.is_sentence(&buffer);
        self.buffer = buffer;
        whole
    }

    /// Whether bytes from `$` up to the end of a sentence are one; counts it or why not.
    fn is_sentence(&mut self, bytes: &[u8]) -> bool {
        // Nothing begun, or a doubled `$`.
        if bytes.len() <= 1 {
            return false;
        }
        let Some((body, stated)) = checksum_of(bytes) else {
            self.counters.missing_checksum += 1;
            return false;
        };
        let sum = body.iter().skip(1).fold(0, |sum, byte| sum ^ byte);
        let fits = sum == stated;
        self.counters.sentences += u64::from(fits);
        self.counters.bad_checksum += u64::from(!fits);
        fits
    }
}

/// What stands before `*HH` at the end, and the number it states.
fn checksum_of(bytes: &[u8]) -> Option<(&[u8], u8)> {
    let (body, [b'*', high, low]) = bytes.split_last_chunk::<3>()? else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((body, u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?))
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn is_inner(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'$'
}

/// The sentence of a body without `$` and checksum: `$body*HH`.
pub fn with_checksum(body: &str) -> String {
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("${body}*{sum:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frames(bytes: &[u8], chunk: usize) -> (Vec<String>, FrameCounters) {
        let mut framer = Framer::new();
        let mut found = Vec::new();
        for mut input in bytes.chunks(chunk) {
            while let Some(sentence) = framer.next_sentence(&mut input) {
                found.push(sentence.to_owned());
            }
        }
        found.extend(framer.finish().map(str::to_owned));
        (found, *framer.counters())
    }

    #[track_caller]
    fn check(bytes: &[u8], sentences: &[&str], [bad, missing, oversize]: [u64; 3]) {
        for chunk in [1, 7, bytes.len().max(1)] {
            let (found, counters) = frames(bytes, chunk);
            assert_eq!(found, sentences, "in chunks of {chunk}");
            let counted = [counters.bad_checksum, counters.missing_checksum, counters.oversize];
            assert_eq!(counted, [bad, missing, oversize], "in chunks of {chunk}");
        }
    }

    const TXT: &str = "$GPTXT,01,01,01,ANTENNA OK*35";

    #[test]
    fn a_line_end_of_any_kind_ends_a_sentence() {
        check(format!("{TXT}\r\n{TXT}\n{TXT}").as_bytes(), &[TXT, TXT, TXT], [0, 0, 0]);
    }

    #[test]
    fn a_sentence_glued_behind_another_is_found() {
        check(format!("{TXT}{TXT}\r\n").as_bytes(), &[TXT, TXT], [0, 0, 0]);
        check(format!("$GPRMC,1234{TXT}\r\n").as_bytes(), &[TXT], [0, 1, 0]);
        check(format!("${TXT}\r\n").as_bytes(), &[TXT], [0, 0, 0]);
    }

    #[test]
    fn binary_bytes_around_and_inside_are_dropped() {
        let mut bytes = vec![0xB5, 0x62, 0x01, 0x07];
        bytes.extend_from_slice(TXT.replace("ANTENNA", "ANT\0ENNA").as_bytes());
        bytes.extend_from_slice(b"\0\r\n");
        check(&bytes, &[TXT], [0, 0, 0]);
    }

    #[test]
    fn a_checksum_may_be_in_lower_case() {
        check(b"$PMTK001,314,3*3e\r\n$X*58\r\n", &["$X*58"], [1, 0, 0]);
        let lower = with_checksum("GPTXT,J").to_lowercase().replace("gptxt,j", "GPTXT,J");
        check(format!("{lower}\n").as_bytes(), &[&lower], [0, 0, 0]);
    }

    #[test]
    fn bad_missing_and_oversize_are_told_apart() {
        check(b"$GPTXT,01,01,01,ANTENNA OK*36\r\n", &[], [1, 0, 0]);
        check(b"$GPTXT,01,01,01,ANTENNA OK\r\n$GPTXT*3\n$GPTXT*35zz\n", &[], [0, 3, 0]);
        let long = with_checksum(&"A".repeat(SENTENCE_BYTES_MAX));
        check(format!("{long}\r\n{TXT}\r\n").as_bytes(), &[TXT], [0, 0, 1]);
    }

    #[test]
    fn sentences_longer_than_the_standard_allows_are_taken_to_the_limit() {
        // The standard ends at 82 bytes, common readers at 102; real receivers send up to 203.
        for bytes in [82, 83, 102, 103, 203, SENTENCE_BYTES_MAX] {
            let sentence = with_checksum(&format!("PSTI,{}", "0".repeat(bytes - 9)));
            assert_eq!(sentence.len(), bytes);
            check(format!("{sentence}\r\n").as_bytes(), &[&sentence], [0, 0, 0]);
        }
        let longer = with_checksum(&format!("PSTI,{}", "0".repeat(SENTENCE_BYTES_MAX - 8)));
        check(format!("{longer}\r\n").as_bytes(), &[], [0, 0, 1]);
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'$'), Just(b'\n')], 0..600), chunk in 1usize..50) {
            prop_assert_eq!(frames(&bytes, chunk), frames(&bytes, bytes.len().max(1)));
        }

        #[test]
        fn a_whole_sentence_survives_any_noise_before_it(noise in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut bytes = noise;
            bytes.extend_from_slice(TXT.as_bytes());
            bytes.push(b'\n');
            let (found, _) = frames(&bytes, 64);
            prop_assert_eq!(found.last().map(String::as_str), Some(TXT));
        }
    }
}

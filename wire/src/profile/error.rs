//! Why a text is no profile: file, line, key and what to write instead.

/// What is wrong with a profile and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} line {line}: {key}")]
pub struct ProfileError {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The key, such as `lid.codes.2`, or `profile` for the file as a whole.
    pub key: String,
    /// What is wrong with it.
    #[source]
    pub problem: ProfileProblem,
}

/// What is wrong with a value of a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileProblem {
    /// It is no TOML, has a key no profile has, or lacks one every profile has.
    #[error("{0}")]
    Toml(String),
    /// It is longer than a profile may be.
    #[error("{bytes} bytes are too long for a profile: at most {max} are read")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A word outside its vocabulary.
    #[error("{text:?} is none of: {known}")]
    Word {
        /// The word.
        text: String,
        /// What may stand there.
        known: String,
    },
    /// A name other than letters, digits and hyphens.
    #[error("{text:?} is no name: 1 to {max} of a-z, 0-9 and - are expected")]
    Name {
        /// The text.
        text: String,
        /// The longest name.
        max: usize,
    },
    /// A reading that says in no way or in several where its code stands.
    #[error(
        "{found} places are named; exactly one of status_bits, alarm_bits, extra and message is expected"
    )]
    Places {
        /// How many are named.
        found: usize,
    },
    /// A key that does not belong to the place named.
    #[error("it belongs to {belongs_to} only")]
    Misplaced {
        /// Where it belongs.
        belongs_to: &'static str,
    },
    /// A list of bits with a doubled, an impossible or no bit.
    #[error("bits are listed once each, each below {below}, and at least one")]
    Bits {
        /// The number of bits there are.
        below: usize,
    },
    /// Bytes outside the value.
    #[error("bytes {at} to {end} are asked for; 1 to 8 bytes before byte {max} can be read")]
    Bytes {
        /// The first.
        at: usize,
        /// The one after the last.
        end: usize,
        /// The first that cannot be read.
        max: usize,
    },
    /// More than one byte without a byte order.
    #[error("a number of several bytes needs endian = \"big\" or endian = \"little\"")]
    Endian,
    /// A code that is no number, or a range that runs backwards.
    #[error("{text:?} is no code: a number, a range such as 10-19 or 20-, or other is expected")]
    Code {
        /// The text.
        text: String,
    },
    /// A code its place cannot hold.
    #[error("code {code} does not fit in the {width} bits read")]
    CodeTooLarge {
        /// The code.
        code: u64,
        /// The bits read.
        width: u32,
    },
    /// Two entries for one code.
    #[error("code {code} is listed twice")]
    CodeTwice {
        /// The code.
        code: u64,
    },
    /// A code of a small place is left out, so that its polarity would be a guess.
    #[error("code {code} is not listed: of at most 3 bits every code, or other, is to be listed")]
    CodeMissing {
        /// The code.
        code: u64,
    },
    /// More of something than a profile may have.
    #[error("{found} are too many: at most {max}")]
    TooMany {
        /// How many there are.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// Nothing where something must stand.
    #[error("it is empty")]
    Empty,
}

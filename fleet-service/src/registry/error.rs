//! What can be wrong with a registry folder. Every error names the file, the place in it, the member and the remedy.

use std::fmt;

/// Where in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// A line of a CSV file, counted from 1 with the heading.
    Line(u64),
    /// A GeoJSON feature, counted from 0.
    Feature(usize),
    /// An entry of a JSON array, counted from 0.
    Entry(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line) => write!(f, ", line {line}"),
            Self::Feature(index) => write!(f, ", feature {index}"),
            Self::Entry(index) => write!(f, ", entry {index}"),
        }
    }
}

/// Why a registry folder cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A file could not be opened or read.
    #[error("{file}: cannot be read: {source}")]
    Unreadable {
        /// Its path.
        file: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file that must be there is not.
    #[error("{file} is missing: a registry folder needs it, with at least its heading or an empty list")]
    MissingFile {
        /// Its name.
        file: &'static str,
    },
    /// A member is missing or malformed.
    #[error("{file}{place}, member {member:?}: {reason}")]
    Member {
        /// The file's name.
        file: &'static str,
        /// Where in it.
        place: Place,
        /// The member or column.
        member: String,
        /// What is wrong and what is expected.
        reason: String,
    },
    /// The file is not of its form at all.
    #[error("{file}{place}: {reason}")]
    Form {
        /// The file's name.
        file: &'static str,
        /// Where in it.
        place: Place,
        /// What is wrong and what is expected.
        reason: String,
    },
}

/// Something a person should look at that does not stop the reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryWarning {
    /// The file's name.
    pub file: &'static str,
    /// Where in it.
    pub place: Place,
    /// The member or column.
    pub member: &'static str,
    /// What is odd.
    pub reason: String,
}

impl fmt::Display for RegistryWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}, member {:?}: {}", self.file, self.place, self.member, self.reason)
    }
}

/// A place in a file, for the errors found there.
#[derive(Debug, Clone)]
pub(super) struct At {
    pub(super) file: &'static str,
    pub(super) place: Place,
}

impl At {
    pub(super) fn member(&self, member: &str, reason: impl fmt::Display) -> RegistryError {
        RegistryError::Member {
            file: self.file,
            place: self.place.clone(),
            member: member.to_owned(),
            reason: reason.to_string(),
        }
    }

    pub(super) fn form(&self, reason: impl fmt::Display) -> RegistryError {
        RegistryError::Form { file: self.file, place: self.place.clone(), reason: reason.to_string() }
    }

    pub(super) fn warning(&self, member: &'static str, reason: impl fmt::Display) -> RegistryWarning {
        RegistryWarning { file: self.file, place: self.place.clone(), member, reason: reason.to_string() }
    }

    /// Reads a text, naming the member when it cannot be.
    pub(super) fn parse<T: std::str::FromStr>(&self, member: &str, text: &str) -> Result<T, RegistryError>
    where
        T::Err: fmt::Display,
    {
        text.trim().parse().map_err(|error: T::Err| self.member(member, error))
    }
}

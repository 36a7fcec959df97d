//! What an API token may be used for, below what its owner's role may do.

use std::fmt;
use std::str::FromStr;

/// One kind of thing a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Reading whatever the role may read.
    Read,
    /// Deciding: clues, cases, objections, listing files, waybills.
    Decide,
    /// Registers, terminals and what is sent to them.
    Registers,
    /// Feed targets, people, settings.
    Admin,
    /// The own account: password, second factor, sessions, tokens. Only tokens given out at the command line have it.
    Account,
}

/// A text is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no scope; known: read, decide, registers, admin, account")]
pub struct ScopeError(String);

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Read, Self::Decide, Self::Registers, Self::Admin, Self::Account];

    /// The word used in files and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Decide => "decide",
            Self::Registers => "registers",
            Self::Admin => "admin",
            Self::Account => "account",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.word() == text)
            .ok_or_else(|| ScopeError(text.chars().take(40).collect()))
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// Everything the role may do.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Whether a scope is in it.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The words of those in it.
    pub fn words(self) -> Vec<&'static str> {
        Scope::ALL.into_iter().filter(|scope| self.has(*scope)).map(Scope::word).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}

impl FromStr for Scopes {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        text.split_whitespace().map(str::parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_written_as_words_and_read_back() {
        for text in ["", "read", "read decide", "read decide registers admin account"] {
            assert_eq!(text.parse::<Scopes>().unwrap().to_string(), text);
        }
        assert_eq!("account read".parse::<Scopes>().unwrap().to_string(), "read account");
        assert!("everything".parse::<Scopes>().unwrap_err().to_string().contains("known: read"));
        assert!(!"read".parse::<Scopes>().unwrap().has(Scope::Decide));
        assert!(Scope::ALL.into_iter().all(|scope| Scopes::all().has(scope)));
    }
}

//! People: what they may do and for whom.

use std::str::FromStr;

use domain::Uscc;
use domain::rule::Authority;
use serde::{Deserialize, Serialize};

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides clues of city management.
    Enforcer,
    /// Decides clues of the traffic police.
    Police,
    /// Looks after registers and terminals; decides no clues.
    Registrar,
    /// Reads everything, decides nothing.
    Auditor,
    /// Reads everything and looks after registers and officers; decides nothing.
    Admin,
    /// A company's person: sees the own company, objects and asks for repair; nothing else.
    Carrier,
}

/// A text is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role; known: enforcer, police, registrar, auditor, admin, carrier")]
pub struct RoleError(String);

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Enforcer, Self::Police, Self::Registrar, Self::Auditor, Self::Admin, Self::Carrier];

    /// The word used in files and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Enforcer => "enforcer",
            Self::Police => "police",
            Self::Registrar => "registrar",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
            Self::Carrier => "carrier",
        }
    }

    /// What the role is called in Chinese.
    pub fn word_zh(self) -> &'static str {
        match self {
            Self::Enforcer => "执法人员",
            Self::Police => "交警",
            Self::Registrar => "登记员",
            Self::Auditor => "审计员",
            Self::Admin => "管理员",
            Self::Carrier => "企业人员",
        }
    }

    /// Whether the role admits and revokes terminals.
    pub fn looks_after_terminals(self) -> bool {
        matches!(self, Self::Registrar | Self::Admin)
    }

    /// Whether the role opens, accepts, rejects and voids waybills.
    pub fn runs_waybills(self) -> bool {
        matches!(self, Self::Enforcer | Self::Registrar | Self::Admin)
    }

    /// Whether the role confirms and rejects clues.
    pub fn decides(self) -> bool {
        matches!(self, Self::Enforcer | Self::Police)
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL
            .into_iter()
            .find(|r| r.word() == text.trim())
            .ok_or_else(|| RoleError(text.chars().take(40).collect()))
    }
}

/// A person known to the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// Shown with every decision; unique.
    pub name: String,
    /// Whose rules they decide on.
    pub authority: Authority,
    /// What they may do.
    pub role: Role,
    /// The company of a [`Role::Carrier`]; of everyone else `None`.
    pub company: Option<Uscc>,
}

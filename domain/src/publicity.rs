//! What publicity asks of the registers beside what a haul is judged by: who answers for a company, and what the decision on a
//! permit says of itself. Nothing here decides anything; what is not known is absent.

use serde::{Deserialize, Serialize};

use crate::time::LocalDate;
use crate::uscc::Uscc;

/// Most persons named beside the legal representative.
pub const RESPONSIBLE_PERSONS_MAX: usize = 8;
/// Longest name, post or document name, in characters.
pub const NAME_CHARS_MAX: usize = 100;

/// Who answers for a company.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyPersons {
    /// Its legal representative (法定代表人).
    pub legal_representative: Option<String>,
    /// Persons responsible (主要负责人、直接责任人), at most [`RESPONSIBLE_PERSONS_MAX`].
    pub responsible: Vec<NamedPerson>,
}

/// A person by name and post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPerson {
    /// Name.
    pub name: String,
    /// Post in the company.
    pub post: Option<String>,
}

/// What the decision on a permit says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermitPapers {
    /// Day of the decision.
    pub decided_on: Option<LocalDate>,
    /// Name of the decision document.
    pub document_name: Option<String>,
    /// Its number.
    pub document_no: Option<String>,
    /// The authority that permitted.
    pub authority: Option<String>,
    /// Its unified social credit code.
    pub authority_uscc: Option<Uscc>,
}

impl CompanyPersons {
    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.legal_representative.is_none() && self.responsible.is_empty()
    }
}

//! Haulage companies (清运企业).

use crate::signal::words;
use crate::uscc::Uscc;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

words!(
    /// Where a company stands in the city's directory.
    CarrierStatus, "carrier status", "active, suspended, exited", {
        /// May haul.
        Active = "active",
        /// May not haul for now.
        Suspended = "suspended",
        /// Left the directory.
        Exited = "exited",
    }
);

/// One row of `carriers.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carrier {
    /// Unified social credit code, the key.
    pub uscc: Uscc,
    /// Registered name.
    pub name: String,
    /// Standing in the directory.
    pub status: CarrierStatus,
}

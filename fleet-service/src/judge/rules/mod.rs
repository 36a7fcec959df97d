//! The rules, one file each. A rule says what, why, by which words of the contract, with an example.

pub(super) mod dp01;
pub(super) mod dp02;
pub(super) mod pk01;
pub(super) mod rt01;
pub(super) mod rt02;
pub(super) mod rt03;
pub(super) mod se01;
pub(super) mod se02;
pub(super) mod tm01;
pub(super) mod tm02;
pub(super) mod tr02;
pub(super) mod tr04;
pub(super) mod uw01;
pub(super) mod uw02;
pub(super) mod uw05;
pub(super) mod wb01;

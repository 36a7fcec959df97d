//! What meets people at the roadside: who the public pages say they come from, tips from anyone and from officers on the
//! street, the answer to "may this truck be here now?".
//!
//! - [`tip`]: what was seen, parsed; its standing (pure)
//! - [`receipt`]: the number a tip is looked up by (pure)
//! - [`photo`]: what a picture is, by its content (pure)
//! - [`sighting`]: where the truck's own track was then (pure)
//! - [`check`]: may this truck be here now (pure)
//! - [`pace`]: how much one address may send (pure)
//! - [`form`]: tokens that tie a sent form to the page it was filled in on
//! - [`settings`]: names and numbers of the public pages
//! - [`desk`]: what requests share

pub mod check;
pub mod desk;
pub mod form;
pub mod pace;
pub mod photo;
pub mod receipt;
pub mod settings;
pub mod sighting;
pub mod tip;

//! Where a position is: on which registered grounds, and how far from a route.
//!
//! The definitions are the plain loops of [`domain::geometry`]; what is here answers the same quickly and is judged by
//! them. Nothing here knows what a ground or a route means.

mod area_index;
mod corridor;
mod ring;

pub use area_index::AreaIndex;
pub use corridor::Corridor;

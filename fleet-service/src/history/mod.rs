//! History: what every truck reported, as compressed columns, so that half a year of a city stays small and a truck's day
//! comes back in one read.
//!
//! - [`chunk`]: reports of one truck as columns and back (pure); [`sorted`], [`fixes`] and its helpers beside it
//! - [`subject`], [`hour`]: whose, and which stretch

pub mod chunk;
mod column;
mod events;
pub mod fixes;
pub mod hour;
pub mod sorted;
pub mod subject;

pub use column::ColumnError;

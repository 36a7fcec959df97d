//! What the service tells terminals: parameters, texts, questions, areas.
//!
//! - [`command`]: what may be asked, by whom, and the messages it becomes (pure), with [`parameters`]
//! - [`areas`]: what a truck's terminal is to hold on a day (pure), with [`outline`], [`corridor`] and [`area_steps`]

pub mod area_steps;
pub mod areas;
pub mod command;
pub mod corridor;
pub mod outline;
pub mod parameters;

//! What the service tells terminals: parameters, texts, questions, areas.
//!
//! - [`command`]: what may be asked, by whom, and the messages it becomes (pure), with [`parameters`]
//! - [`areas`]: what a truck's terminal is to hold on a day (pure), with [`outline`], [`corridor`], [`area_meaning`] and [`area_steps`]
//! - [`under_way`]: a command on its way, message by message (pure); [`silence`]: when nothing comes back (pure)
//! - [`asking`]: taking a command into the store and the audit trail
//! - [`dispatch`]: the task that brings commands to terminals
//!
//! A command is queued → sent → answered (ok, failed, unsupported), or expired. It outlives restarts of either end, and goes
//! out again when its terminal connects anew before it was answered.

pub mod area_meaning;
pub mod area_steps;
pub mod areas;
pub mod asking;
pub mod command;
pub mod corridor;
pub mod dispatch;
pub mod outline;
pub mod parameters;
pub mod silence;
pub mod under_way;

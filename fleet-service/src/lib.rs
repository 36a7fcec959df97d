//! The service: takes reports from trucks, stores them durably, judges every trip, keeps cases and scores, and publishes
//! the black list.
//!
//! # One fix through the house
//! [`gateway`] (JT/T 808 over TCP) → [`log`] (durable, then acknowledged) → [`live`] ([`judge`] folds it, clues are stored)
//! → [`cases`] (an officer decides, `scoring` counts) → [`feed`] (signed and published) → [`api`] (pages and programs).
//!
//! # Layout
//! - devices it calls itself: [`readers`] (fixed UHF readers), `forward` (superior
//!   platforms, JT/T 809), named and addressed by [`peer`]
//! - stations: [`gateway`], [`site_devices`], [`handover`], [`log`], [`live`], [`cases`], [`registrar`], [`feed`], [`api`]
//! - what goes the other way: [`commands`]
//! - pure middle: [`judge`], [`geo`], [`registry`], [`view`]
//! - at the roadside: [`street`]; what a case rests on: [`evidence`]; what lies under the map: [`basemaps`]
//! - files that prove something: [`attachments`]
//! - everything stored: [`store`], the only place with SQL; reports as files for other programs: [`parquet`]
//! - commands: [`serve`], [`import`], [`officers`], [`terminals`], [`export`], [`replay`], [`demo`], [`frame_explain`],
//!   [`terminal_simulate`]

pub mod api;
pub mod attachments;
pub mod basemaps;
pub mod bench_checks;
pub mod cases;
pub mod clock;
pub mod commands;
pub mod demo;
pub mod evidence;
pub mod export;
pub mod exposure;
pub mod feed;
#[cfg(feature = "jt809")]
pub mod forward;
pub mod frame_explain;
pub mod gateway;
pub mod geo;
pub mod handover;
pub mod history;
pub mod import;
pub mod judge;
pub mod live;
pub mod log;
pub mod officers;
pub mod parquet;
pub mod peer;
pub mod people;
pub mod readers;
pub mod registrar;
pub mod registry;
pub mod replay;
mod sentence;
pub mod serve;
pub mod site_devices;
pub mod store;
pub mod street;
pub mod terminal_simulate;
pub mod terminals;
pub mod view;
pub mod waybill;

pub use sentence::sentence;

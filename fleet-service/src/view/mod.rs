//! The public JSON forms: what the HTTP API answers and what live events carry. Pure: values of the domain and the store
//! in, serialisable values out.

pub mod carrier;
pub mod clue;
pub mod command;
pub mod listing;
pub mod notice;
pub mod permit;
pub mod ranking;
pub mod standing;
pub mod statistics;
pub mod truck;
pub mod waybill;

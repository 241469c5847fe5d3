//! The engine's models of lifetime value against reference values and laws.
//!
//! - `functions`: every function of every family over its legal domain, to 10 digits;
//! - `fits`: fits of published data;
//! - `published`: values that others have published, and edge cases that broke other tools;
//! - `holdout`: what the models foretell of CDNOW beside what happened;
//! - `cell_maps`: which cells of RFM scores make which segment;
//! - `counts`: distributions of the number of purchases;
//! - `small_samples`: fits of a handful of customers, which must not fail;
//! - `time_alive`: how long customers stay;
//! - `laws`: what theory says of any parameters;
//! - `pages`: the figures in `docs/models/`;
//! - `support`: reference data and comparisons.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a test fails by panicking; its counts are small and its arithmetic may be the platform's"
)]

mod cell_maps;
mod counts;
mod fits;
mod functions;
mod holdout;
mod laws;
mod pages;
mod published;
mod small_samples;
mod support;
mod time_alive;

//! What tests share.

pub(crate) mod app;
pub(crate) mod builders;
pub(crate) mod cdnow;
pub(crate) mod command;
pub(crate) mod complaints;
pub(crate) mod database;
pub(crate) mod errors;
pub(crate) mod policies;
pub(crate) mod process;
pub(crate) mod rows;
pub(crate) mod scores;
pub(crate) mod scratch;
pub(crate) mod shop;
pub(crate) mod snapshots;
pub(crate) mod surveys;

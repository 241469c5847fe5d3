//! The commands, as a person or a script runs them.

mod complain;
mod demo;
mod evaluate;
mod import;
mod policy;
mod predict;
mod satisfaction;
mod scores;
mod segment;
mod snapshot;
mod statistics;

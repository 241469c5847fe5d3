//! The commands, as a person or a script runs them.

mod demo;
mod import;
mod predict;
mod satisfaction;

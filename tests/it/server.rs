//! The server around the calls.

mod cancelled_calls;
mod database_gone;
mod killed;
mod panics;
mod standard_services;
mod traces;

//! The server around the calls.

mod cancelled_calls;
mod database_gone;
mod killed;
mod panics;
mod slow_clients;
mod standard_services;
mod traces;

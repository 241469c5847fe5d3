//! What a customer is worth: facts in, explained and reproducible scores out, over gRPC.
//!
//! In reading order:
//!
//! - [`engine`]: the arithmetic, pure functions;
//! - [`store`]: PostgreSQL, facts and states;
//! - [`app`]: use cases: load, compute, store;
//! - [`grpc`]: the contract's side;
//! - [`serve`]: puts a server together;
//! - [`cli`]: the commands, client and server;
//! - [`config`], [`clock`], [`ids`], [`telemetry`]: what everything stands on.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod engine;
pub mod grpc;
pub mod ids;
pub mod serve;
pub mod store;
pub mod telemetry;

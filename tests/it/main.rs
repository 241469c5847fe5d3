//! Integration tests, one binary: every test has a database of its own on one private PostgreSQL, and
//! calls a real server on loopback through generated clients.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing test panics, in its helpers too"
)]

mod grpc;
mod server;
mod store;
mod support;

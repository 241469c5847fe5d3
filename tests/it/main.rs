//! Integration tests, one binary: every test has a database of its own on one private PostgreSQL, and
//! calls a real server on loopback through generated clients.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics, in its helpers too"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests start processes and find programs by the environment"
)]
#![expect(
    clippy::wrong_self_convention,
    reason = "as_of is the contract's name of an instant"
)]

mod cli;
mod grpc;
mod server;
mod store;
mod support;

//! Types generated from the contract. They stop at `grpc` and the client commands.
#![allow(missing_docs, missing_debug_implementations, reason = "generated")]
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "generated"
)]

tonic::include_proto!("contract");

/// Descriptors of the contract with its comments, for reflection and JSON.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

//! The server around the calls.

//! What all fact tables have in common.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::engine::fact::Content;
use crate::engine::time::Day;
use crate::ids::CustomerKey;

/// A fact on its way into its table.
#[derive(Debug)]
pub struct FactRow<'f, F> {
    /// Whose fact.
    pub key: &'f CustomerKey,
    /// The fact.
    pub fact: &'f F,
    /// The day it happened on, in the tenant's time zone.
    pub day: Day,
    /// Keyed hash of its content.
    pub content_hash: [u8; 32],
}

/// A stored fact as far as its content tells whether another is the same.
#[derive(Debug)]
pub struct StoredContent {
    /// Whose fact.
    pub key: CustomerKey,
    /// Its id.
    pub fact_id: String,
    /// Keyed hash of its content, as stored.
    pub content_hash: Vec<u8>,
    /// Its content, to name what differs.
    pub content: Content,
}

/// The hash of a content under a tenant's key.
#[must_use]
pub fn content_hash(content_key: &[u8], content: &Content) -> [u8; 32] {
    match Hmac::<Sha256>::new_from_slice(content_key) {
        Ok(mac) => mac
            .chain_update(content.canonical())
            .finalize()
            .into_bytes()
            .into(),
        // HMAC takes keys of any length.
        Err(_) => [0; 32],
    }
}

/// Buckets and customers as the arrays a statement takes.
pub(super) fn keys<'k>(keys: impl Iterator<Item = &'k CustomerKey>) -> (Vec<i32>, Vec<String>) {
    keys.map(|key| (key.bucket, key.customer_id.clone()))
        .unzip()
}

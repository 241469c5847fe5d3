//! Where a customer lives.

use sha2::{Digest, Sha256};

/// How many buckets customers are spread over. Frozen: stored with every row.
pub const BUCKETS: i32 = 1024;

/// Longest id a caller may choose, in bytes.
pub const ID_BYTES_MAX: usize = 128;

/// The tenant of a caller that names none.
pub const DEFAULT_TENANT: &str = "default";

/// The bucket of a customer: a frozen hash of tenant and customer modulo [`BUCKETS`].
#[must_use]
pub fn bucket_of(tenant_id: &str, customer_id: &str) -> i32 {
    let digest = Sha256::new()
        .chain_update(tenant_id.as_bytes())
        .chain_update([0])
        .chain_update(customer_id.as_bytes())
        .finalize();
    // 1024 divides 2^16, so the first two bytes spread evenly.
    i32::from(u16::from_be_bytes([digest[0], digest[1]])) % BUCKETS
}

/// A customer of a tenant, in the order in which rows are locked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerKey {
    /// Its bucket.
    pub bucket: i32,
    /// The caller's id.
    pub customer_id: String,
}

impl CustomerKey {
    /// The key of a tenant's customer.
    #[must_use]
    pub fn new(tenant_id: &str, customer_id: &str) -> Self {
        Self {
            bucket: bucket_of(tenant_id, customer_id),
            customer_id: customer_id.to_owned(),
        }
    }
}

/// Whether a text may name a tenant: 1 to 63 lower-case letters, digits and hyphens.
#[must_use]
pub fn is_tenant_id(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_frozen() {
        for (tenant_id, customer_id, bucket) in [
            ("default", "1", 1000),
            ("default", "2", 648),
            ("acme", "1", 485),
            ("acme", "客户", 237),
        ] {
            assert_eq!(
                bucket_of(tenant_id, customer_id),
                bucket,
                "{tenant_id} {customer_id}"
            );
        }
    }

    #[test]
    fn tenants_are_short_and_plain() {
        assert!(is_tenant_id("acme-2"));
        for text in ["", "Acme", "a_b", "ä", &"a".repeat(64)] {
            assert!(!is_tenant_id(text), "{text}");
        }
    }
}

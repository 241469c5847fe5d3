//! The complaints of customers, as far as a view sees them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::StoredComplaint;
use super::read::{Rows, complaint_columns};
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::error::StoreError;
use crate::store::fact::keys;
use crate::store::past::View;
use crate::store::pool::Store;

impl Store {
    /// A customer's complaints that were received in a span of time, as far as a view sees them, those
    /// received last first; at most `limit`.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn complaints_of_customer(
        &self,
        tenant_id: &str,
        key: &CustomerKey,
        (received, limit): (RangeInclusive<Instant>, i64),
        view: View,
    ) -> Result<Vec<StoredComplaint>, StoreError> {
        let (received_from, received_until) = received.into_inner();
        let rows = self
            .read(|pool| async move {
                sqlx::query(concat!(
                    "-- store::complaints_of_customer
                        SELECT ",
                    complaint_columns!(),
                    "FROM complaints AS c
                        WHERE c.bucket = $1 AND c.tenant_id = $2 AND c.customer_id = $3
                            AND c.received_at BETWEEN $4 AND $5 AND c.recorded_at <= $6
                        ORDER BY c.received_at DESC, c.complaint_id DESC
                        LIMIT $7",
                ))
                .bind(key.bucket)
                .bind(tenant_id)
                .bind(&key.customer_id)
                .bind(received_from)
                .bind(received_until.min(view.as_of))
                .bind(view.known_at)
                .bind(limit)
                .fetch_all(pool)
                .await
            })
            .await?;
        let found = Rows::of(&rows)?;
        let found = self
            .complaints_complete(tenant_id, found, view, usize::MAX)
            .await?;
        Ok(found.complaints)
    }

    /// The complaints of customers as far as a view sees them, each customer's received last first; at
    /// most `limit` a customer. Customers without any are left out.
    ///
    /// # Errors
    ///
    /// When the store does not answer or a row cannot be read.
    pub async fn complaints_of_customers(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
        limit: i64,
        view: View,
    ) -> Result<BTreeMap<CustomerKey, Vec<StoredComplaint>>, StoreError> {
        let (buckets, ids) = &keys(customers.iter());
        let rows = self
            .read(|pool| async move {
                sqlx::query(concat!(
                    "-- store::complaints_of_customers
                        SELECT ",
                    complaint_columns!(),
                    "FROM (
                            SELECT c.*, row_number() OVER (
                                PARTITION BY c.bucket, c.customer_id
                                ORDER BY c.received_at DESC, c.complaint_id DESC
                            ) AS place
                            FROM unnest($1::integer[], $2::text[]) AS n (bucket, customer_id)
                            JOIN complaints AS c
                                ON c.bucket = n.bucket AND c.tenant_id = $3
                                AND c.customer_id = n.customer_id
                            WHERE c.received_at <= $4 AND c.recorded_at <= $5
                        ) AS c
                        WHERE c.place <= $6
                        ORDER BY c.bucket, c.customer_id, c.place",
                ))
                .bind(buckets)
                .bind(ids)
                .bind(tenant_id)
                .bind(view.as_of)
                .bind(view.known_at)
                .bind(limit)
                .fetch_all(pool)
                .await
            })
            .await?;
        let found = Rows::of(&rows)?;
        let found = self
            .complaints_complete(tenant_id, found, view, usize::MAX)
            .await?;
        let mut of_customers: BTreeMap<CustomerKey, Vec<StoredComplaint>> = BTreeMap::new();
        for complaint in found.complaints {
            let of_customer = of_customers.entry(complaint.key.clone()).or_default();
            of_customer.push(complaint);
        }
        Ok(of_customers)
    }
}

//! Whose complaint an id is: ids are unique per tenant, rows lie with their customer.

use sqlx::PgConnection;

use crate::ids::{CustomerKey, bucket_of};
use crate::store::error::StoreError;
use crate::store::pool::Store;

/// Takes an id for a customer's complaint, unless it is taken; answers whose it is now.
///
/// # Errors
///
/// When the store does not answer.
pub async fn complaint_claim_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    complaint_id: &str,
    customer_id: &str,
) -> Result<CustomerKey, StoreError> {
    let bucket = bucket_of(tenant_id, complaint_id);
    sqlx::query!(
        "-- store::complaint_claim_in_tx: insert
        INSERT INTO complaint_directory (bucket, tenant_id, complaint_id, customer_id)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (bucket, tenant_id, complaint_id) DO NOTHING",
        bucket,
        tenant_id,
        complaint_id,
        customer_id,
    )
    .execute(&mut *connection)
    .await?;
    let row = sqlx::query!(
        "-- store::complaint_claim_in_tx: read
        SELECT customer_id
        FROM complaint_directory
        WHERE bucket = $1 AND tenant_id = $2 AND complaint_id = $3",
        bucket,
        tenant_id,
        complaint_id,
    )
    .fetch_one(connection)
    .await?;
    Ok(CustomerKey::new(tenant_id, &row.customer_id))
}

impl Store {
    /// Whose complaint an id is; `None` if it is not taken.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn complaint_customer(
        &self,
        tenant_id: &str,
        complaint_id: &str,
    ) -> Result<Option<CustomerKey>, StoreError> {
        let bucket = bucket_of(tenant_id, complaint_id);
        let row = self
            .read(|pool| async move {
                sqlx::query!(
                    "-- store::complaint_customer
                        SELECT customer_id
                        FROM complaint_directory
                        WHERE bucket = $1 AND tenant_id = $2 AND complaint_id = $3",
                    bucket,
                    tenant_id,
                    complaint_id,
                )
                .fetch_optional(pool)
                .await
            })
            .await?;
        Ok(row.map(|row| CustomerKey::new(tenant_id, &row.customer_id)))
    }
}

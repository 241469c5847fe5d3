//! Days on which customers bought, without money: what evaluations read.

use futures_util::TryStreamExt;

use super::error::StoreError;
use super::pool::Store;
use crate::engine::time::Day;
use crate::ids::BUCKETS;

#[derive(sqlx::FromRow)]
struct DateRow {
    customer_id: String,
    day: Day,
}

impl Store {
    /// Reads the purchase days of a tenant's customers up to a day, in the order of bucket, customer
    /// and day, in one pass over one snapshot. `each` sees every one; `bucket_done` is told after each
    /// bucket how many are read and says whether to go on.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn purchase_dates(
        &self,
        tenant_id: &str,
        until: Day,
        each: &mut (dyn FnMut(String, Day) + Send),
        bucket_done: &mut (dyn FnMut(i32) -> bool + Send),
    ) -> Result<(), StoreError> {
        let mut transaction = self.read_only_snapshot().await?;
        for bucket in 0..BUCKETS {
            let mut rows = sqlx::query_as::<_, DateRow>(
                "-- store::purchase_dates
                SELECT customer_id, day
                FROM customer_days
                WHERE bucket = $1 AND tenant_id = $2 AND day <= $3 AND purchases > 0
                ORDER BY customer_id, day",
            )
            .bind(bucket)
            .bind(tenant_id)
            .bind(until)
            .fetch(&mut *transaction);
            while let Some(row) = rows.try_next().await? {
                each(row.customer_id, row.day);
            }
            drop(rows);
            if !bucket_done(bucket + 1) {
                break;
            }
        }
        transaction.rollback().await?;
        Ok(())
    }
}

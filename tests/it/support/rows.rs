//! What stands in the tables, past the service.

use sqlx::PgConnection;

/// Rows of every table, by table.
pub(crate) async fn row_counts(connection: &mut PgConnection) -> Vec<(String, i64)> {
    sqlx::query_as(
        "SELECT 'attribute_names', count(*) FROM attribute_names
        UNION ALL SELECT 'contacts', count(*) FROM contacts
        UNION ALL SELECT 'costs', count(*) FROM costs
        UNION ALL SELECT 'customer_attributes', count(*) FROM customer_attributes
        UNION ALL SELECT 'complaint_directory', count(*) FROM complaint_directory
        UNION ALL SELECT 'complaint_events', count(*) FROM complaint_events
        UNION ALL SELECT 'complaints', count(*) FROM complaints
        UNION ALL SELECT 'customer_days', count(*) FROM customer_days
        UNION ALL SELECT 'customer_states', count(*) FROM customer_states
        UNION ALL SELECT 'instruments', count(*) FROM instruments
        UNION ALL SELECT 'model_activations', count(*) FROM model_activations
        UNION ALL SELECT 'models', count(*) FROM models
        UNION ALL SELECT 'policies', count(*) FROM policies
        UNION ALL SELECT 'population_distributions', count(*) FROM population_distributions
        UNION ALL SELECT 'population_rows', count(*) FROM population_rows
        UNION ALL SELECT 'population_segments', count(*) FROM population_segments
        UNION ALL SELECT 'population_snapshots', count(*) FROM population_snapshots
        UNION ALL SELECT 'population_takes', count(*) FROM population_takes
        UNION ALL SELECT 'referrals', count(*) FROM referrals
        UNION ALL SELECT 'refund_totals', count(*) FROM refund_totals
        UNION ALL SELECT 'refunds', count(*) FROM refunds
        UNION ALL SELECT 'survey_responses', count(*) FROM survey_responses
        UNION ALL SELECT 'tenants', count(*) FROM tenants
        UNION ALL SELECT 'transactions', count(*) FROM transactions
        UNION ALL SELECT 'voids', count(*) FROM voids
        ORDER BY 1",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

/// Everything kept beside the facts of a tenant, as text: states without the instant of their last
/// recording, days, refund sums; without tenant and bucket, so that tenants compare.
pub(crate) async fn derived_rows(connection: &mut PgConnection, tenant: &str) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT content FROM (
            SELECT 's', (to_jsonb(s) - 'last_recorded_at' - 'tenant_id' - 'bucket')::text
            FROM customer_states AS s WHERE tenant_id = $1
            UNION ALL
            SELECT 'd', (to_jsonb(d) - 'tenant_id' - 'bucket')::text FROM customer_days AS d WHERE tenant_id = $1
            UNION ALL
            SELECT 'r', (to_jsonb(r) - 'tenant_id' - 'bucket')::text FROM refund_totals AS r WHERE tenant_id = $1
        ) AS derived (kind, content)
        ORDER BY kind, content",
    )
    .bind(tenant)
    .fetch_all(connection)
    .await
    .unwrap()
}

/// Transactions left open on idle connections of this database.
pub(crate) async fn idle_in_transaction(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}

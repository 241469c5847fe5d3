//! What the schema tells about itself.

use sqlx::ConnectOptions as _;

use crate::support::database::TestDatabase;
use crate::support::rows::row_counts;

#[tokio::test]
async fn every_table_and_column_says_what_it_holds() {
    let database = TestDatabase::new().await;
    let mut connection = database.connect_options().connect().await.unwrap();
    let silent: Vec<String> = sqlx::query_scalar(
        "SELECT format('%s.%s', c.relname, coalesce(a.attname, '(table)'))
        FROM pg_class AS c
        JOIN (
            SELECT attrelid, attnum, attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT oid, 0, NULL FROM pg_class
        ) AS a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
            AND c.relname <> '_sqlx_migrations'
            AND coalesce(CASE a.attnum
                WHEN 0 THEN obj_description(c.oid, 'pg_class')
                ELSE col_description(c.oid, a.attnum)
            END, '') = ''
        ORDER BY 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(silent, Vec::<String>::new());
}

#[tokio::test]
async fn tests_that_count_rows_count_every_table() {
    let database = TestDatabase::new().await;
    let mut connection = database.connect_options().connect().await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables
        WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations' ORDER BY 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let counted = row_counts(&mut connection).await;
    let counted: Vec<String> = counted.into_iter().map(|(table, _)| table).collect();
    assert_eq!(counted, tables);
}

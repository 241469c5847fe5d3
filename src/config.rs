//! Settings: flags, and the only place that reads the environment.
//!
//! | variable | flag | meaning |
//! |---|---|---|
//! | `CUSTOMER_VALUE_LISTEN` | `--listen` | address a server listens on |
//! | `CUSTOMER_VALUE_TIME_ZONE` | `--time-zone` | zone whose days count, for new tenants |
//! | `DATABASE_URL` | `--database-url` | a PostgreSQL to use instead of the private one |
//! | `CUSTOMER_VALUE_DATA_DIR` | `--data-dir` | where the private PostgreSQL lives |
//! | `CUSTOMER_VALUE_POSTGRES_BINARIES` | `--postgres-binaries` | its programs |
//! | `CUSTOMER_VALUE_CONNECTIONS` | `--connections` | most connections to the database |
//! | `CUSTOMER_VALUE_SERVER` | `--server` | server that client commands call |
//! | `CUSTOMER_VALUE_TENANT` | `--tenant` | tenant that client commands are for |
//! | `CUSTOMER_VALUE_OUTPUT` | `--output` | `table` or `json` |
//! | `CUSTOMER_VALUE_LOG` | `--log` | which log lines are written |
//! | `CUSTOMER_VALUE_LOG_JSON` | `--log-json` | log lines as JSON |
//! | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` | `--otlp-traces-endpoint` | where traces go |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | `--otlp-endpoint` | the same, for all signals |

pub mod client;
pub mod database;
pub mod environment;
pub mod listen;
pub mod logs;

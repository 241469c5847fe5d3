//! The store on a real PostgreSQL.

mod database;
mod dropped_reads;
mod private_postgres;
mod schema;
mod views;

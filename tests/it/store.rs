//! The store on a real PostgreSQL.

mod database;
mod private_postgres;

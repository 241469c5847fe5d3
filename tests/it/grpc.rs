//! The contract, call by call.

mod any_order;
mod concurrent_writers;
mod get_customer;
mod known_at;
mod same_id;
mod worked_example;

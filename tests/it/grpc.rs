//! The contract, call by call.

mod any_order;
mod attributes;
mod bad_input;
mod bad_values;
mod complaint_lists;
mod complaint_loop;
mod complaint_record;
mod concurrent_writers;
mod contacts;
mod get_customer;
mod known_at;
mod model_families;
mod models;
mod policies;
mod same_id;
mod satisfaction;
mod satisfaction_groups;
mod satisfaction_segments;
mod satisfaction_tenants;
mod segment;
mod snapshots;
mod tenants;
mod tenants_complaints;
mod too_many_referees;
mod undecodable;
mod worked_example;

//! The contract's side of the service: requests into the use cases, answers back, nothing else.
//!
//! - [`pb`]: types generated from `proto/`;
//! - [`call`]: what every call goes through: tracing, deadline, panics;
//! - [`status`]: the one place that maps errors to status;
//! - [`read`]: checked fields of requests;
//! - [`mod@write`]: values as the contract writes them;
//! - one file an RPC, with its conversions;
//! - [`server`]: services, reflection, health;
//! - [`client`]: a connection for the client commands.

pub mod activate_model;
pub mod call;
pub mod client;
pub mod complaint;
pub mod complaints;
pub mod fit_model;
pub mod get_complaint;
pub mod get_customer;
pub mod get_model;
pub mod get_tenant;
pub mod ledger;
pub mod list_complaints;
pub mod list_models;
pub mod model;
pub mod models;
pub mod move_complaint;
pub mod pb;
pub mod read;
pub mod record_complaint;
pub mod record_costs;
pub mod record_referrals;
pub mod record_refunds;
pub mod record_transactions;
pub mod score_customer;
pub mod scoring;
pub mod server;
pub mod status;
pub mod void_facts;
pub mod write;

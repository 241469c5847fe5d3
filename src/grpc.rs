//! The contract's side of the service: requests into the use cases, answers back, nothing else.
//!
//! - [`pb`]: types generated from `proto/`;
//! - [`call`]: what every call goes through: tracing, deadline, panics;
//! - [`status`]: the one place that maps errors to status;
//! - [`read`]: checked fields of requests;
//! - [`mod@write`], [`mod@unavailable`], [`assignment`]: values as the contract writes them;
//! - one file an RPC, with its conversions;
//! - [`server`]: services, reflection, health;
//! - [`client`]: a connection for the client commands.

pub mod activate_model;
pub mod activate_population_snapshot;
pub mod assignment;
pub mod call;
pub mod client;
pub mod describe_segmentation;
pub mod fit_model;
pub mod get_customer;
pub mod get_model;
pub mod get_tenant;
pub mod ledger;
pub mod list_models;
pub mod list_population_snapshots;
pub mod list_segment_members;
mod long_work;
pub mod model;
pub mod models;
mod page;
pub mod pb;
pub mod read;
pub mod record_contacts;
pub mod record_costs;
pub mod record_customer_attributes;
pub mod record_referrals;
pub mod record_refunds;
pub mod record_transactions;
pub mod score_customer;
pub mod scoring;
pub mod segment;
pub mod segmentation;
pub mod server;
pub mod snapshot;
pub mod status;
pub mod take_population_snapshot;
pub mod unavailable;
pub mod void_facts;
pub mod write;

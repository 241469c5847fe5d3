//! PostgreSQL: facts, states and definitions. The only place that knows SQL.
//!
//! Functions are named noun first. Those that end in `_in_tx` belong into a transaction of
//! [`pool::Store::run_tx`], whose first statement locks the rows it will change in key order.

pub mod activation;
pub mod attribute;
pub mod attribute_name;
pub mod codec;
pub mod complaint;
pub mod contact;
pub mod cost;
pub mod customer_card;
pub mod customer_day;
pub mod customer_state;
pub mod definitions;
pub mod error;
pub mod fact;
pub mod instrument;
pub mod migrate;
pub mod model;
pub mod past;
pub mod policy;
pub mod pool;
pub mod population;
pub mod prediction_state;
pub mod private_postgres;
pub mod purchase_census;
pub mod purchase_date;
pub mod recent_days;
pub mod referee;
pub mod referral;
pub mod refund;
pub mod refund_total;
pub mod response;
pub mod response_reader;
pub mod settled;
pub mod snapshot;
pub mod state_reader;
pub mod tenant;
pub mod transaction;
pub mod void;

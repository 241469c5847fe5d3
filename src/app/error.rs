//! What a use case answers when it cannot do what was asked.

use crate::engine::attribute::NAMES_MAX;
use crate::engine::complaint::machine::Refusal;
use crate::engine::time::{Day, Instant};
use crate::store::error::StoreError;
use crate::store::pool::AsStoreError;

/// A field of a request that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, as in `transactions[17].amount`.
    pub field: String,
    /// What is wrong and what would be right.
    pub description: String,
}

impl Violation {
    /// A violation of a field.
    #[must_use]
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
        }
    }
}

/// A fact that was sent again with other content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactConflict {
    /// Path of the item in the request, as in `transactions[17]`.
    pub item: String,
    /// Its id.
    pub fact_id: String,
    /// The fields that differ from the stored fact.
    pub fields: Vec<&'static str>,
}

/// Why a use case could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// Fields of the request are not as they must be; nothing was stored.
    #[error("{} field(s) of the request are not valid", .0.len())]
    Invalid(Vec<Violation>),
    /// A fact of the same id and other content is stored; nothing was stored.
    #[error("{} is stored with other content in: {}", .0.item, .0.fields.join(", "))]
    FactExists(FactConflict),
    /// Nothing is recorded under this customer id.
    #[error("nothing is recorded about customer {customer_id:?}")]
    UnknownCustomer {
        /// The id asked for.
        customer_id: String,
    },
    /// No complaint of this id was received and recorded by the instants asked about.
    #[error("there is no complaint {complaint_id:?}")]
    UnknownComplaint {
        /// The id asked for.
        complaint_id: String,
    },
    /// The complaint has moved since the caller read it.
    #[error("the complaint has moved since this etag; read it and decide again")]
    ComplaintMoved,
    /// The complaint cannot make this move; nothing was stored.
    #[error(transparent)]
    ComplaintRefused(#[from] Refusal),
    /// The tenant has no model of this name.
    #[error("there is no model {name:?}; ListModels answers those there are")]
    UnknownModel {
        /// The name asked for.
        name: String,
    },
    /// No model of purchases is in force.
    #[error("no model of purchases is in force; fit one and activate it, or name one")]
    NoModel,
    /// The tenant has no such instrument, or no such version of it.
    #[error("there is no {}instrument {instrument_id:?}; ListInstruments answers those there are",
        .version.map_or(String::new(), |version| format!("version {version} of ")))]
    UnknownInstrument {
        /// The id asked for.
        instrument_id: String,
        /// The version asked for.
        version: Option<i32>,
    },
    /// There are as many instruments, or versions of one, as there may be.
    #[error(
        "a tenant has at most {instruments_max} instruments, and an instrument {versions_max} versions"
    )]
    TooManyInstruments {
        /// Instruments of a tenant.
        instruments_max: usize,
        /// Versions of an instrument.
        versions_max: i32,
    },
    /// An index would read more responses than one call may.
    #[error("one index reads at most {responses_max} responses; ask for a shorter period")]
    TooManyResponses {
        /// The bound.
        responses_max: u64,
    },
    /// Responses fall into more groups than one answer holds.
    #[error(
        "one answer holds at most {groups_max} groups, fewer of many items; \
         group by something else or compare no periods"
    )]
    TooManyGroups {
        /// The bound.
        groups_max: usize,
    },
    /// The tenant has no population snapshot of this name.
    #[error("there is no snapshot {name:?}; ListPopulationSnapshots answers those there are")]
    UnknownSnapshot {
        /// The name asked for.
        name: String,
    },
    /// No population snapshot is in force.
    #[error("no population snapshot is in force; take one and activate it, or name one")]
    NoSnapshot,
    /// There is no customer to take a snapshot of.
    #[error("there is no customer with a fact at that instant to take a snapshot of")]
    NobodyToMeasure,
    /// Another process held the take for abandoned and removed its rows.
    #[error("the snapshot being taken was removed meanwhile; take it again")]
    TakeAbandoned,
    /// There is no policy of this version.
    #[error("there is no policy version {version:?}; ListPolicies answers those there are")]
    UnknownPolicy {
        /// The version asked for.
        version: String,
    },
    /// The policy in force does not say how customers are divided into segments.
    #[error(
        "the policy in force at that instant, {version}, does not divide customers into segments; \
         activate one that does, such as builtin/2 or one that starts from it"
    )]
    PolicyWithoutSegments {
        /// The policy.
        version: String,
    },
    /// There are as many policies as there may be.
    #[error("a tenant has at most {policies_max} policies")]
    TooManyPolicies {
        /// Policies of a tenant.
        policies_max: usize,
    },
    /// An amount of money was given where nothing says in which currency values are.
    #[error(
        "the tenant has no base currency yet, and {field} is an amount of money: record a fact with money first"
    )]
    MoneyBeforeCurrency {
        /// Path of the first amount.
        field: String,
    },
    /// The tenant's first fact with money would be one in a foreign currency.
    #[error(
        "the tenant has no base currency yet, and {item} carries an exchange rate: record a fact in base currency first"
    )]
    NoBaseCurrency {
        /// Path of the item.
        item: String,
    },
    /// The tenant would use more names of attributes than it may; nothing was stored.
    #[error(
        "a tenant uses at most {NAMES_MAX} names of attributes: {names_used} are in use, the request brings {names_new} more, the first with {item}"
    )]
    TooManyAttributeNames {
        /// Path of the first item with a new name.
        item: String,
        /// How many names are in use.
        names_used: usize,
        /// How many names of the request are new.
        names_new: usize,
    },
    /// There are no facts to fit a model to.
    #[error("there is no purchase to fit a model to; record transactions first")]
    NothingToFit,
    /// A tenant's base currency is not settled, which the amounts of a model are in.
    #[error(
        "the tenant has no base currency yet, which the model's amounts are in: record a fact with money first"
    )]
    NoCurrencyToImportIn,
    /// The data do not determine a model.
    #[error("the data do not determine a model: {explanation}")]
    NotFittable {
        /// Why, and what would help.
        explanation: String,
    },
    /// Nobody had bought by the newest origin of an evaluation.
    #[error(
        "no customer had bought by {calibration_end}, where the newest hold-out begins; ask for a shorter one"
    )]
    NothingToEvaluate {
        /// The last day of the calibration period.
        calibration_end: Day,
    },
    /// Transactions that were under way when the question arrived have not ended in time.
    #[error(
        "writes that were under way have not ended yet; ask for known_at {known_at} again in a moment"
    )]
    StillSettling {
        /// The instant asked for.
        known_at: Instant,
    },
    /// The store did not do its part.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl AppError {
    /// The same about a field by the name it has in the request that was asked.
    pub(super) fn at(mut self, field: &str, asked: &str) -> Self {
        if let Self::Invalid(violations) = &mut self {
            for violation in violations.iter_mut().filter(|found| found.field == field) {
                asked.clone_into(&mut violation.field);
            }
        }
        self
    }
}

impl AsStoreError for AppError {
    fn as_store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Invalid(_)
            | Self::FactExists(_)
            | Self::UnknownCustomer { .. }
            | Self::UnknownComplaint { .. }
            | Self::ComplaintMoved
            | Self::ComplaintRefused(_)
            | Self::UnknownModel { .. }
            | Self::NoModel
            | Self::UnknownInstrument { .. }
            | Self::TooManyInstruments { .. }
            | Self::TooManyResponses { .. }
            | Self::TooManyGroups { .. }
            | Self::UnknownSnapshot { .. }
            | Self::NoSnapshot
            | Self::NobodyToMeasure
            | Self::TakeAbandoned
            | Self::UnknownPolicy { .. }
            | Self::PolicyWithoutSegments { .. }
            | Self::TooManyPolicies { .. }
            | Self::MoneyBeforeCurrency { .. }
            | Self::NoBaseCurrency { .. }
            | Self::TooManyAttributeNames { .. }
            | Self::NothingToFit
            | Self::NoCurrencyToImportIn
            | Self::NotFittable { .. }
            | Self::NothingToEvaluate { .. }
            | Self::StillSettling { .. } => None,
        }
    }
}

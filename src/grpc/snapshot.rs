//! Population snapshots as the contract writes them.

use super::assignment::quantity_of;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, SHORT_BYTES_MAX};
use super::write::{money, timestamp};
use crate::app::definitions::{Definitions, model_name};
use crate::engine::money::{Currency, Micros};
use crate::engine::segment::axis::{Axis, AxisUnit};
use crate::engine::segment::reason::Quantity;
use crate::engine::segment::{CutPoints, Scheme};
use crate::engine::time::Instant;
use crate::store::activation::StoredActivation;
use crate::store::snapshot::{SNAPSHOT_FAMILY, StoredSnapshot};

/// A stored snapshot.
#[must_use]
pub fn snapshot(stored: &StoredSnapshot) -> pb::PopulationSnapshot {
    let basis = &stored.basis;
    pb::PopulationSnapshot {
        snapshot_id: stored.name(),
        as_of: Some(timestamp(basis.as_of)),
        known_at: Some(timestamp(basis.known_at)),
        policy_version: basis.policy_version.clone(),
        model_versions: basis.model_versions.clone(),
        engine_version: basis.engine_version.clone(),
        customers: stored.customers,
        recorded_at: Some(timestamp(stored.recorded_at)),
    }
}

/// An activation and the instant another takes over.
#[must_use]
pub fn activation(stored: &StoredActivation, until: Option<Instant>) -> pb::SnapshotActivation {
    pb::SnapshotActivation {
        snapshot_id: model_name(&stored.family, stored.number),
        effective_at: Some(timestamp(stored.effective_at)),
        effective_until: until.map(timestamp),
        recorded_at: Some(timestamp(stored.recorded_at)),
    }
}

/// All activations of a snapshot.
#[must_use]
pub fn activations(
    definitions: &Definitions,
    stored: &StoredSnapshot,
) -> Vec<pb::SnapshotActivation> {
    definitions
        .activations(SNAPSHOT_FAMILY, stored.number)
        .into_iter()
        .map(|(stored, until)| activation(stored, until))
        .collect()
}

/// A value on an axis; `None` for money as long as there is no currency.
#[must_use]
pub fn quantity(axis: Axis, value: i128, currency: Option<Currency>) -> Option<pb::Quantity> {
    let whole = || i64::try_from(value).unwrap_or(i64::MAX);
    let quantity = match axis.unit() {
        AxisUnit::Micros => Quantity::Money(Micros(value)),
        AxisUnit::PurchaseDays => Quantity::Count(whole()),
        AxisUnit::Days => Quantity::Days(whole()),
        AxisUnit::MicroDays => Quantity::MicroDays(value),
    };
    quantity_of(quantity, currency)
}

/// Where segments begin.
#[must_use]
pub fn cut_points(cuts: &CutPoints, currency: Option<Currency>) -> pb::PopulationCutPoints {
    let distributions = cuts.distributions.iter();
    let amount = |micros: Option<i128>| Some(money(Micros(micros?), currency?));
    pb::PopulationCutPoints {
        distributions: distributions
            .map(|(axis, found)| {
                let quantity = |value| quantity(*axis, value, currency);
                pb::MeasureDistribution {
                    measure: axis.name().to_owned(),
                    customers: i64::try_from(found.count).unwrap_or(i64::MAX),
                    minimum: quantity(found.min),
                    maximum: quantity(found.max),
                    percentiles: found.percentiles.into_iter().filter_map(quantity).collect(),
                }
            })
            .collect(),
        class_a_least: amount(cuts.abc.a_at_least),
        class_b_least: amount(cuts.abc.b_at_least),
    }
}

/// The name of a snapshot in a request.
pub(super) fn read_snapshot_id(reader: &mut Reader, field: &str, name: &str) -> Option<String> {
    if name.is_empty() {
        reader.refuse(field, "is required, as in snapshot/3");
        return None;
    }
    reader.text(field, name, SHORT_BYTES_MAX)
}

/// A segment of a scheme in a request.
pub(super) fn read_segment(
    reader: &mut Reader,
    field: &str,
    scheme: Scheme,
    name: &str,
) -> Option<usize> {
    let segment = scheme.segment_named(name);
    if segment.is_none() {
        let names: Vec<&str> = scheme.segments().iter().map(|of| of.name).collect();
        reader.refuse(field, format!("must be one of: {}", names.join(", ")));
    }
    segment
}

/// A scheme in a request.
pub(super) fn read_scheme(reader: &mut Reader, field: &str, name: &str) -> Option<Scheme> {
    let scheme = Scheme::named(name);
    if scheme.is_none() {
        let names = Scheme::ALL.map(Scheme::name).join(", ");
        reader.refuse(field, format!("must be one of: {names}"));
    }
    scheme
}

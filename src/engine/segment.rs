//! Where a customer belongs: eight schemes, each with every customer in exactly one segment.
//!
//! A scheme is a function of one customer's [`Measures`], the policy's thresholds and, where
//! customers are compared with each other, the [`CutPoints`] that a population snapshot keeps. What
//! the schemes measure and where they cut is explained with each; the thresholds are the policy's.
//!
//! Only lifetime value is added up, ranked or shared over customers (`abc`, `tier`, concentration).
//! Referral credit is attribution, the same money seen from the referrer: it is compared with a cut
//! and never summed.
//!
//! In reading order:
//!
//! - [`scheme`]: names of schemes and segments;
//! - [`axis`], [`windows`], [`measures`]: what is measured;
//! - [`distribution`], [`abc`], [`concentration`]: what a population's values are boiled down to;
//! - [`mod@reason`]: why a customer is in a segment;
//! - [`rfm`], [`value`], [`lifecycle`], [`relationship`], [`activity`]: the schemes;
//! - [`change`]: when a customer moves if nothing happens.

pub mod abc;
pub mod activity;
pub mod axis;
pub mod change;
pub mod concentration;
pub mod distribution;
pub mod lifecycle;
pub mod measures;
pub mod reason;
pub mod relationship;
pub mod rfm;
pub mod scheme;
pub mod value;
pub mod windows;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use axis::Axis;
pub use measures::{At, Measures, Observed};
pub use scheme::Scheme;

use super::money::Currency;
use super::policy::{Policy, RfmCuts, Segmentation};
use super::score::{Models, Reason};
use super::time::Day;
use abc::AbcCuts;
use distribution::Distribution;
use reason::Why;

/// Cut points of a population, as a snapshot keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutPoints {
    /// How the population is spread along each axis; an axis on which nobody has a value is absent.
    pub distributions: BTreeMap<Axis, Distribution>,
    /// Cuts of the ABC classes.
    pub abc: AbcCuts,
    /// Whether models were in force, so that the axes of expected value were measured.
    pub has_models: bool,
}

/// What an assignment depends on beside the customer.
#[derive(Clone, Copy, Debug)]
pub struct Context<'c> {
    /// The parameters.
    pub policy: &'c Policy,
    /// The cut points in force.
    pub cut_points: Option<&'c CutPoints>,
    /// The cut points of the newest snapshot, in force or not; wanted only by a policy whose scores of
    /// recency, frequency and monetary value slide with the population.
    pub newest_cut_points: Option<&'c CutPoints>,
    /// The models in force, prepared for the policy's horizon.
    pub models: Models<'c>,
    /// The tenant's base currency, for sentences.
    pub currency: Option<Currency>,
}

impl<'c> Context<'c> {
    /// The policy's thresholds.
    ///
    /// # Errors
    ///
    /// [`Reason::NotInPolicy`] where the policy has none.
    pub fn segmentation(&self) -> Result<&'c Segmentation, Reason> {
        self.policy.segmentation.ok_or(Reason::NotInPolicy)
    }

    /// The snapshot in force.
    ///
    /// # Errors
    ///
    /// [`Reason::NoSnapshot`] without one.
    pub fn snapshot(&self) -> Result<&'c CutPoints, Reason> {
        self.cut_points.ok_or(Reason::NoSnapshot)
    }

    /// The cuts by which recency, frequency and monetary value are scored.
    ///
    /// # Errors
    ///
    /// As [`rfm::cuts::Cuts::of`].
    pub fn rfm_cuts(&self) -> Result<rfm::cuts::Cuts<'c>, Reason> {
        let chosen = &self.policy.rfm_cuts;
        let snapshot = match chosen {
            RfmCuts::SnapshotInForce | RfmCuts::Custom(_) => self.cut_points,
            RfmCuts::NewestSnapshot => self.newest_cut_points,
        };
        rfm::cuts::Cuts::of(chosen, snapshot)
    }

    /// How the population is spread along an axis.
    ///
    /// # Errors
    ///
    /// [`Reason::NoSnapshot`], and [`Reason::NotEnoughData`] where nobody in the snapshot has a
    /// value.
    pub fn distribution(&self, axis: Axis) -> Result<&'c Distribution, Reason> {
        let snapshot = self.snapshot()?;
        let distribution = snapshot.distributions.get(&axis);
        distribution.ok_or(Reason::NotEnoughData)
    }
}

/// A customer's segment in a scheme.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The scheme.
    pub scheme: Scheme,
    /// Index of the segment in [`Scheme::segments`].
    pub segment: usize,
    /// Why.
    pub why: Why,
    /// The first day on which the customer is no longer in it if nothing happens; `None` if that is more
    /// than [`change::DAYS_AHEAD_MAX`] days away.
    pub next_change: Option<Day>,
}

/// The index of a customer's segment in a scheme, on a day.
///
/// # Errors
///
/// Why there is none.
pub fn segment_of(scheme: Scheme, at: &At<'_>, context: &Context<'_>) -> Result<usize, Reason> {
    context.segmentation()?;
    at.own()?;
    match scheme {
        Scheme::Rfm => rfm::segment(at, context),
        Scheme::Abc => value::abc_segment(at, context),
        Scheme::ClvCrv => value::clv_crv_segment(at, context),
        Scheme::ValueMatrix => value::value_matrix_segment(at, context),
        Scheme::Tier => value::tier_segment(at, context),
        Scheme::Lifecycle => lifecycle::segment(at, context),
        Scheme::Relationship => relationship::segment(at, context),
        Scheme::Activity => activity::segment(at, context),
    }
}

/// A customer's segment in a scheme with its reason and when it changes.
///
/// # Errors
///
/// Why there is none.
pub fn assign(
    scheme: Scheme,
    measures: &Measures,
    context: &Context<'_>,
) -> Result<Assignment, Reason> {
    let at = measures.now();
    let segment = segment_of(scheme, &at, context)?;
    let label = scheme.segments()[segment].label;
    let mut why = match scheme {
        Scheme::Rfm => rfm::why(&at, context),
        Scheme::Abc => value::abc_why(&at, context),
        Scheme::ClvCrv => value::clv_crv_why(&at, context),
        Scheme::ValueMatrix => value::value_matrix_why(&at, context),
        Scheme::Tier => value::tier_why(&at, context),
        Scheme::Lifecycle => lifecycle::why(&at, context),
        Scheme::Relationship => relationship::why(&at, context),
        Scheme::Activity => activity::why(&at, context),
    }?;
    why.sentence = format!("{label}: {}.", why.sentence);
    Ok(Assignment {
        scheme,
        segment,
        why,
        next_change: change::next_change(scheme, segment, measures, context),
    })
}

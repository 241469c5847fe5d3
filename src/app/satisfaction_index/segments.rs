//! Which segment a customer held when they answered.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::definitions::{Definitions, InForce};
use crate::app::error::AppError;
use crate::engine::segment::Scheme;
use crate::engine::time::Instant;
use crate::ids::CustomerKey;
use crate::store::past::View;
use crate::store::response_reader::ResponseReader;
use crate::store::snapshot::StoredSnapshot;

/// The group of those who held no segment.
const UNASSIGNED: &str = "unassigned";

/// A snapshot from the instant on from which it was in force.
#[derive(Debug)]
struct Step<'d> {
    from: Instant,
    snapshot: &'d StoredSnapshot,
    in_force: InForce,
    is_used: bool,
}

/// The snapshots that were in force, one after the other.
#[derive(Debug)]
pub(super) struct Held<'d> {
    scheme: Scheme,
    steps: Vec<Step<'d>>,
}

impl<'d> Held<'d> {
    pub(super) fn new(definitions: &'d Definitions, scheme: Scheme, view: View) -> Self {
        let steps = definitions
            .snapshots_in_force(view.as_of, view.known_at)
            .into_iter();
        Self {
            scheme,
            steps: steps
                .map(|(from, snapshot, in_force)| Step {
                    from,
                    snapshot,
                    in_force,
                    is_used: false,
                })
                .collect(),
        }
    }

    /// Whether any snapshot was ever in force.
    pub(super) const fn is_known(&self) -> bool {
        !self.steps.is_empty()
    }

    /// When the first of the activations in force by an instant was recorded: an answer with segments
    /// is another than one before anybody knew of any.
    pub(super) fn known_since(&self, as_of: Instant) -> Option<Instant> {
        self.steps
            .iter()
            .filter(|step| step.from <= as_of)
            .map(|step| step.in_force.recorded_at)
            .min()
    }

    fn used(&self) -> impl Iterator<Item = &Step<'d>> {
        self.steps.iter().filter(|step| step.is_used)
    }

    /// When the newest of the activations used was recorded.
    pub(super) fn newest_recorded_at(&self) -> Option<Instant> {
        self.used().map(|step| step.in_force.recorded_at).max()
    }

    /// Name of the newest snapshot used.
    pub(super) fn newest_snapshot(&self) -> Option<String> {
        self.used().last().map(|step| step.in_force.name.clone())
    }

    /// The segments that customers held at instants, in the order given.
    pub(super) async fn segments(
        &mut self,
        reader: &mut ResponseReader,
        tenant_id: &str,
        customers: &[(i32, &str, Instant)],
    ) -> Result<Vec<&'static str>, AppError> {
        let mut segments = vec![UNASSIGNED; customers.len()];
        let mut at_step: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, (_, customer_id, answered_at)) in customers.iter().enumerate() {
            let step = self.steps.partition_point(|step| step.from <= *answered_at);
            if step > 0 && !customer_id.is_empty() {
                at_step.entry(step - 1).or_default().push(place);
            }
        }
        for (step, places) in at_step {
            let step = &mut self.steps[step];
            step.is_used = true;
            let name = |place: usize| (customers[place].0, customers[place].1);
            let names: BTreeSet<(i32, &str)> = places.iter().map(|&place| name(place)).collect();
            let keys: Vec<CustomerKey> = names
                .into_iter()
                .map(|(bucket, customer_id)| CustomerKey {
                    bucket,
                    customer_id: customer_id.to_owned(),
                })
                .collect();
            let held = reader
                .segments_held(tenant_id, step.snapshot, self.scheme, &keys)
                .await?;
            let held: BTreeMap<(i32, &str), i16> = held
                .iter()
                .map(|(key, segment)| ((key.bucket, key.customer_id.as_str()), *segment))
                .collect();
            for place in places {
                let found = held.get(&name(place)).copied();
                let found = found.and_then(|index| usize::try_from(index).ok());
                let found = found.and_then(|index| self.scheme.segments().get(index));
                if let Some(segment) = found {
                    segments[place] = segment.name;
                }
            }
        }
        Ok(segments)
    }
}

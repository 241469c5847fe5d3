//! Referral trees: who counts as whose referee, and what is credited.
//!
//! Each referee elects its earliest edge. Since everybody has at most one referrer, going down from a
//! customer meets nobody twice except, in a loop, that customer again; in a loop the latest of its
//! edges is dropped, without a second choice.

mod credit;
mod forecast;
mod newcomers;

use std::collections::{BTreeMap, BTreeSet};

use super::history::Totals;
use super::money::{MICROS_PER_UNIT, Micros, divide_half_even};
use super::policy::Policy;
use super::time::{Day, Instant};
pub use credit::{DepthCredit, Generation, credit};
pub use forecast::{Brought, ReferralForecast, ReferralModel, referral_forecast};
pub use newcomers::Newcomers;

/// An elected edge, from a referrer to a referee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Who brought the other.
    pub referrer_id: String,
    /// Who was brought.
    pub referee_id: String,
    /// Id of the referral, unique per referee.
    pub referral_id: String,
    /// When.
    pub occurred_at: Instant,
    /// On which day: credit starts here.
    pub day: Day,
}

impl Edge {
    /// What elections and loops compare: the earliest edge is elected, the latest is dropped.
    fn rank(&self) -> (Instant, &str, &str) {
        (self.occurred_at, &self.referral_id, &self.referee_id)
    }
}

/// Elects a referee's edge: the earliest, then the smallest id.
#[must_use]
pub fn elect(edges: impl IntoIterator<Item = Edge>) -> Option<Edge> {
    edges
        .into_iter()
        .min_by(|left, right| left.rank().cmp(&right.rank()))
}

/// The referee of the edge that is dropped from a loop: of the latest edge.
#[must_use]
pub fn dropped_from_loop(edges: &[Edge]) -> Option<&str> {
    edges
        .iter()
        .max_by(|left, right| left.rank().cmp(&right.rank()))
        .map(|edge| edge.referee_id.as_str())
}

/// The referees whose edges are dropped because they close loops, in order, among elected edges by
/// referee.
///
/// Everybody has at most one referrer, so that each chain upwards ends, or comes to a loop that no other
/// loop touches; every edge is followed once.
#[must_use]
pub fn dropped_from_loops<'e>(edges: &BTreeMap<&'e str, &'e Edge>) -> BTreeSet<&'e str> {
    let mut dropped = BTreeSet::new();
    // Who was met, by which walk up.
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for (walk, start) in edges.keys().enumerate() {
        let mut next = *start;
        while !met.contains_key(next) {
            met.insert(next, walk);
            match edges.get(next) {
                Some(edge) => next = &edge.referrer_id,
                None => break,
            }
        }
        let is_loop = edges.contains_key(next) && met.get(next) == Some(&walk);
        if is_loop {
            dropped.extend(latest_of_loop(edges, next));
        }
    }
    dropped
}

/// The referee of the latest edge of the loop that a customer is in.
fn latest_of_loop<'e>(edges: &BTreeMap<&'e str, &'e Edge>, member: &str) -> Option<&'e str> {
    let mut latest = *edges.get(member)?;
    let mut edge = latest;
    while edge.referrer_id != member {
        edge = edges.get(edge.referrer_id.as_str())?;
        if latest.rank() < edge.rank() {
            latest = edge;
        }
    }
    Some(latest.referee_id.as_str())
}

/// Assumed cost of goods: the share of revenue that the policy's margin does not leave, rounded half
/// to even.
#[must_use]
pub fn assumed_cost_of_goods(revenue_without_cost_of_goods: Micros, policy: &Policy) -> Micros {
    Micros(divide_half_even(
        revenue_without_cost_of_goods.0 * (MICROS_PER_UNIT - policy.margin_millionths),
        MICROS_PER_UNIT,
    ))
}

/// What sums contribute: revenue after refunds less cost of goods, assumed cost of goods and costs.
#[must_use]
pub fn contribution(totals: &Totals, policy: &Policy) -> Micros {
    totals.net_revenue()
        - totals.cost_of_goods
        - assumed_cost_of_goods(totals.revenue_without_cost_of_goods, policy)
        - totals.costs.iter().copied().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(referral_id: &str, referee_id: &str, micros: i64) -> Edge {
        Edge {
            referrer_id: "referrer".into(),
            referee_id: referee_id.into(),
            referral_id: referral_id.into(),
            occurred_at: Instant::from_micros(micros),
            day: Day::from_days(0),
        }
    }

    #[test]
    fn the_earliest_edge_is_elected_then_the_smallest_id() {
        let elected = elect([edge("b", "x", 2), edge("c", "x", 1), edge("a", "x", 1)]);
        assert_eq!(elected.map(|edge| edge.referral_id), Some("a".into()));
        assert_eq!(elect([]), None);
    }

    #[test]
    fn every_loop_drops_its_latest_edge_and_chains_stay() {
        let brought = |referrer: &str, referee: &str, micros| Edge {
            referrer_id: referrer.into(),
            ..edge("r", referee, micros)
        };
        let edges = [
            brought("a", "b", 1),
            brought("b", "c", 9),
            brought("c", "a", 5),
            // Chains into the loop, one of them met before it and one after.
            brought("c", "aa", 20),
            brought("aa", "z", 30),
            brought("y", "x", 2),
            brought("x", "y", 1),
            brought("nobody", "lone", 1),
            brought("lone", "lower", 0),
        ];
        let by_referee = edges.iter().map(|edge| (edge.referee_id.as_str(), edge));
        let dropped = dropped_from_loops(&by_referee.collect());
        assert_eq!(dropped.into_iter().collect::<Vec<_>>(), ["c", "x"]);
    }

    #[test]
    fn a_loop_drops_its_latest_edge() {
        let edges = [edge("a", "x", 1), edge("a", "y", 3), edge("a", "z", 2)];
        assert_eq!(dropped_from_loop(&edges), Some("y"));
        let tied = [edge("a", "x", 1), edge("a", "y", 1)];
        assert_eq!(dropped_from_loop(&tied), Some("y"));
    }
}

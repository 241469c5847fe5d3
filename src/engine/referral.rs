//! Referral trees: who counts as whose referee, and what is credited.
//!
//! Each referee elects its earliest edge. Since everybody has at most one referrer, going down from a
//! customer meets nobody twice except, in a loop, that customer again; in a loop the latest of its
//! edges is dropped, without a second choice.

mod credit;

use super::history::Totals;
use super::money::{MICROS_PER_UNIT, Micros, divide_half_even};
use super::policy::Policy;
use super::time::{Day, Instant};
pub use credit::{DepthCredit, Generation, credit};

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
    fn a_loop_drops_its_latest_edge() {
        let edges = [edge("a", "x", 1), edge("a", "y", 3), edge("a", "z", 2)];
        assert_eq!(dropped_from_loop(&edges), Some("y"));
        let tied = [edge("a", "x", 1), edge("a", "y", 1)];
        assert_eq!(dropped_from_loop(&tied), Some("y"));
    }
}

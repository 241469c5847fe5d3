//! The referees below a customer and the referrers above it.

use std::collections::BTreeMap;

use crate::app::App;
use crate::engine::history::{CustomerTotals, Totals};
use crate::engine::policy::Policy;
use crate::engine::referral::{Edge, dropped_from_loop};
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;
use crate::store::customer_state::CustomerState;
use crate::store::error::StoreError;
use crate::store::past::View;

/// Most referrers looked at above a customer.
const REFERRERS_MAX: usize = 1_000;

/// Where a customer stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Customers brought directly.
    pub direct: i64,
    /// Customers brought by those.
    pub indirect: i64,
    /// Referrers above.
    pub depth: i64,
}

/// A referee below a customer.
#[derive(Debug)]
pub struct Member {
    /// 1 for direct referees.
    pub depth: usize,
    /// The day from which on the referee is credited: of a direct one the day of being brought.
    pub credit_day: Day,
    /// What the referee's facts add up to from the credit day on.
    pub totals: Totals,
}

/// The referees below a customer, and what reading them told.
#[derive(Debug, Default)]
pub struct Tree {
    /// The referees, unless there are too many.
    pub members: Vec<Member>,
    /// There are more referees than the policy reads.
    pub too_large: bool,
    /// Counts and depth.
    pub position: Position,
    /// When the newest fact read happened.
    pub newest_fact_at: Option<Instant>,
    /// When the newest fact read was recorded.
    pub newest_recorded_at: Option<Instant>,
}

/// A referee found on the way down.
struct Found {
    key: CustomerKey,
    depth: usize,
    credit_day: Day,
}

/// The chain of elected edges above a customer, nearest first.
#[derive(Default)]
struct Chain {
    edges: Vec<Edge>,
    /// Where the chain came back to a customer it had met: the place of that customer's edge.
    loop_from: Option<usize>,
}

impl Chain {
    /// The referee whose edge is dropped because it closes a loop.
    fn dropped(&self) -> Option<&str> {
        self.loop_from
            .and_then(|from| dropped_from_loop(&self.edges[from..]))
    }

    /// Referrers above the customer once the dropped edge is gone.
    fn depth(&self) -> i64 {
        let dropped = self.dropped();
        let kept = self
            .edges
            .iter()
            .take_while(|edge| Some(edge.referee_id.as_str()) != dropped);
        kept.count() as i64
    }

    /// Adds the next edge up; answers the next customer to ask, if the chain goes on.
    fn climb(&mut self, edge: Edge) -> Option<String> {
        let next = edge.referrer_id.clone();
        self.edges.push(edge);
        self.loop_from = self.edges.iter().position(|met| met.referee_id == next);
        (self.loop_from.is_none() && self.edges.len() < REFERRERS_MAX).then_some(next)
    }
}

/// The edges of one level that are followed: not the dropped one.
fn level(
    edges: impl Iterator<Item = Edge>,
    above: &BTreeMap<String, Day>,
    dropped: Option<&str>,
    tenant_id: &str,
    depth: usize,
) -> Vec<Found> {
    edges
        .filter(|edge| Some(edge.referee_id.as_str()) != dropped)
        .filter_map(|edge| {
            let credit_day = edge.day.max(*above.get(&edge.referrer_id)?);
            let key = CustomerKey::new(tenant_id, &edge.referee_id);
            Some(Found {
                key,
                depth,
                credit_day,
            })
        })
        .collect()
}

/// Referrers of the next level with the day from which credit passes through them.
fn next_level(found: &[Found]) -> BTreeMap<String, Day> {
    found
        .iter()
        .map(|found| (found.key.customer_id.clone(), found.credit_day))
        .collect()
}

/// Nobody's credit starts before this day.
const ALWAYS: Day = Day::from_days(i32::MIN);

impl App {
    /// The tree of a customer as states tell it now.
    pub(crate) async fn tree_now(
        &self,
        tenant_id: &str,
        root: &CustomerKey,
        state: &CustomerState,
        policy: &Policy,
    ) -> Result<Tree, StoreError> {
        let mut tree = Tree::default();
        let chain = self.chain_now(tenant_id, state, &mut tree).await?;
        tree.position.depth = chain.depth();
        if state.referrals_made == 0 {
            return Ok(tree);
        }
        let mut above = BTreeMap::from([(root.customer_id.clone(), ALWAYS)]);
        let mut later: Vec<(CustomerKey, Day, usize)> = Vec::new();
        let mut referrals_made = usize::try_from(state.referrals_made).unwrap_or(usize::MAX);
        for depth in 1..=policy.referral.depth {
            let referrers: Vec<String> = above.keys().cloned().collect();
            let room = policy.referees_max - tree.members.len() - later.len();
            let states = self
                .store
                .customer_states_referred_by(tenant_id, &referrers, room as i64 + 1)
                .await?;
            if states.len() > room {
                let newest = states
                    .iter()
                    .filter_map(|(_, state)| state.last_recorded_at);
                return Ok(Tree {
                    too_large: true,
                    members: Vec::new(),
                    newest_recorded_at: tree.newest_recorded_at.max(newest.max()),
                    ..tree
                });
            }
            let states: BTreeMap<CustomerKey, CustomerState> = states.into_iter().collect();
            if states.len() < referrals_made {
                // Some who were named elect somebody else, or nobody, because of what was recorded
                // about them, not about the customers here.
                let newest = self
                    .store
                    .referees_named_recorded_at(tenant_id, &referrers)
                    .await?;
                tree.newest_recorded_at = tree.newest_recorded_at.max(newest);
            }
            let edges = states.values().filter_map(|state| state.referrer.clone());
            let found = level(edges, &above, chain.dropped(), tenant_id, depth);
            for referee in &found {
                let Some(state) = states.get(&referee.key) else {
                    continue;
                };
                tree.newest_fact_at = tree
                    .newest_fact_at
                    .max(state.fact_span.map(|span| span.last));
                tree.newest_recorded_at = tree.newest_recorded_at.max(state.last_recorded_at);
                if state
                    .first_fact_day
                    .is_none_or(|first| referee.credit_day <= first)
                {
                    tree.members.push(Member {
                        depth,
                        credit_day: referee.credit_day,
                        totals: state.own.totals,
                    });
                } else {
                    later.push((referee.key.clone(), referee.credit_day, depth));
                }
            }
            tree.position.count(depth, found.len());
            referrals_made = found
                .iter()
                .filter_map(|referee| states.get(&referee.key))
                .filter_map(|state| usize::try_from(state.referrals_made).ok())
                .sum();
            above = next_level(&found);
            if above.is_empty() {
                break;
            }
        }
        let sums = self.store.customer_days_since(tenant_id, &later).await?;
        for (key, credit_day, depth) in later {
            let totals = sums.get(&key).copied().unwrap_or_default();
            tree.members.push(Member {
                depth,
                credit_day,
                totals,
            });
        }
        Ok(tree)
    }

    async fn chain_now(
        &self,
        tenant_id: &str,
        state: &CustomerState,
        tree: &mut Tree,
    ) -> Result<Chain, StoreError> {
        let mut chain = Chain::default();
        let mut edge = state.referrer.clone();
        while let Some(next) = edge.and_then(|edge| chain.climb(edge)) {
            let key = CustomerKey::new(tenant_id, &next);
            let Some(above) = self.store.customer_state(tenant_id, &key).await? else {
                break;
            };
            edge = above.state.referrer;
            tree.newest_recorded_at = tree.newest_recorded_at.max(above.state.last_recorded_at);
            tree.newest_fact_at = tree
                .newest_fact_at
                .max(edge.as_ref().map(|edge| edge.occurred_at));
        }
        Ok(chain)
    }

    /// The tree of a customer as a view sees it, from the facts.
    pub(crate) async fn tree_past(
        &self,
        tenant_id: &str,
        root: &CustomerKey,
        view: View,
        policy: &Policy,
    ) -> Result<Tree, StoreError> {
        let mut tree = Tree::default();
        let chain = self.chain_past(tenant_id, root, view, &mut tree).await?;
        tree.position.depth = chain.depth();
        let mut found: Vec<Found> = Vec::new();
        let mut above = BTreeMap::from([(root.customer_id.clone(), ALWAYS)]);
        for depth in 1..=policy.referral.depth {
            let referrers: Vec<String> = above.keys().cloned().collect();
            let room = policy.referees_max - found.len();
            let named = self
                .store
                .referees_named(tenant_id, &referrers, view, room as i64 + 1)
                .await?;
            if named.len() > room {
                return Ok(Tree {
                    too_large: true,
                    ..tree
                });
            }
            let (edges, newest) = self.store.edges_elected(tenant_id, &named, view).await?;
            tree.newest_recorded_at = tree.newest_recorded_at.max(newest);
            let latest = edges.iter().map(|edge| edge.occurred_at).max();
            tree.newest_fact_at = tree.newest_fact_at.max(latest);
            let edges = edges.into_iter();
            let referees = level(edges, &above, chain.dropped(), tenant_id, depth);
            tree.position.count(depth, referees.len());
            above = next_level(&referees);
            found.extend(referees);
            if above.is_empty() {
                break;
            }
        }
        let keys: Vec<CustomerKey> = found.iter().map(|found| found.key.clone()).collect();
        let mut folded = if keys.is_empty() {
            BTreeMap::new()
        } else {
            self.store.customers_fold(tenant_id, &keys, view).await?
        };
        for referee in found {
            let folded = folded.remove(&referee.key).unwrap_or_default();
            tree.newest_recorded_at = tree.newest_recorded_at.max(folded.newest_recorded_at);
            tree.newest_fact_at = tree.newest_fact_at.max(folded.newest_fact_at);
            let (_, days): (CustomerTotals, _) = folded.fold.finish();
            let mut totals = Totals::default();
            for (_, day) in days.range(referee.credit_day..) {
                totals += *day;
            }
            tree.members.push(Member {
                depth: referee.depth,
                credit_day: referee.credit_day,
                totals,
            });
        }
        Ok(tree)
    }

    async fn chain_past(
        &self,
        tenant_id: &str,
        root: &CustomerKey,
        view: View,
        tree: &mut Tree,
    ) -> Result<Chain, StoreError> {
        let mut chain = Chain::default();
        let mut next = Some(root.customer_id.clone());
        while let Some(customer_id) = next {
            let key = CustomerKey::new(tenant_id, &customer_id);
            let (elected, newest) = self
                .store
                .edges_elected(tenant_id, std::slice::from_ref(&key), view)
                .await?;
            tree.newest_recorded_at = tree.newest_recorded_at.max(newest);
            next = elected
                .into_iter()
                .next()
                .and_then(|edge| chain.climb(edge));
        }
        Ok(chain)
    }
}

impl Position {
    fn count(&mut self, depth: usize, referees: usize) {
        let referees = referees as i64;
        if depth == 1 {
            self.direct += referees;
        } else {
            self.indirect += referees;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn edge(referrer_id: &str, referee_id: &str, micros: i64) -> Edge {
        Edge {
            referrer_id: referrer_id.into(),
            referee_id: referee_id.into(),
            referral_id: "r".into(),
            occurred_at: Instant::from_micros(micros),
            day: Day::from_days(0),
        }
    }

    #[test]
    fn a_loop_through_the_customer_is_cut_at_its_latest_edge() {
        let mut chain = Chain::default();
        assert_eq!(chain.climb(edge("b", "a", 1)), Some("b".into()));
        assert_eq!(chain.climb(edge("c", "b", 3)), Some("c".into()));
        assert_eq!(chain.climb(edge("a", "c", 2)), None);
        assert_eq!(chain.dropped(), Some("b"));
        assert_eq!(chain.depth(), 1);
    }

    #[test]
    fn a_loop_further_up_is_cut_without_touching_the_customer() {
        let mut chain = Chain::default();
        chain.climb(edge("a", "x", 9));
        chain.climb(edge("b", "a", 1));
        assert_eq!(chain.climb(edge("a", "b", 2)), None);
        assert_eq!(chain.dropped(), Some("b"));
        assert_eq!(chain.depth(), 2);
        let met: BTreeSet<&str> = chain
            .edges
            .iter()
            .map(|edge| edge.referee_id.as_str())
            .collect();
        assert_eq!(met.len(), 3);
    }
}

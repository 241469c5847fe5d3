//! Who brought customers that bought, of a whole tenant.

use std::collections::BTreeMap;

use crate::engine::referral::{Edge, dropped_from_loops};
use crate::engine::time::Day;
use crate::store::referee::Referee;

/// Days on which referees who bought were brought, by who brought them.
#[derive(Debug, Default)]
pub(super) struct BroughtBuyers {
    days: BTreeMap<String, Vec<Day>>,
    /// Edges of referees who brought others, by referee, and whether the referee bought: some of them
    /// may be dropped, which is known once all are read.
    may_loop: BTreeMap<String, (Edge, bool)>,
}

impl BroughtBuyers {
    /// Takes a referee in.
    pub(super) fn add(&mut self, referee: Referee) {
        let Referee {
            edge,
            has_bought,
            is_referrer,
        } = referee;
        if is_referrer {
            let referee_id = edge.referee_id.clone();
            self.may_loop.insert(referee_id, (edge, has_bought));
        } else if has_bought {
            self.brought(edge);
        }
    }

    /// Drops what closes a loop, once all referees are in.
    pub(super) fn settle(&mut self) {
        let may_loop = std::mem::take(&mut self.may_loop);
        let edges = may_loop
            .iter()
            .map(|(referee_id, (edge, _))| (referee_id.as_str(), edge))
            .collect();
        let dropped: Vec<String> = dropped_from_loops(&edges)
            .into_iter()
            .map(str::to_owned)
            .collect();
        for (referee_id, (edge, has_bought)) in may_loop {
            if has_bought && dropped.binary_search(&referee_id).is_err() {
                self.brought(edge);
            }
        }
    }

    /// How many buyers a customer brought on a day or later.
    pub(super) fn since(&self, customer_id: &str, day: Day) -> usize {
        let brought = self.days.get(customer_id);
        brought.map_or(0, |days| {
            days.iter().filter(|brought| day <= **brought).count()
        })
    }

    fn brought(&mut self, edge: Edge) {
        self.days
            .entry(edge.referrer_id)
            .or_default()
            .push(edge.day);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::Instant;

    fn referee(referrer: &str, referee: &str, day: i32, kinds: (bool, bool)) -> Referee {
        Referee {
            edge: Edge {
                referrer_id: referrer.into(),
                referee_id: referee.into(),
                referral_id: "r".into(),
                occurred_at: Instant::from_micros(i64::from(day)),
                day: Day::from_days(day),
            },
            has_bought: kinds.0,
            is_referrer: kinds.1,
        }
    }

    #[test]
    fn buyers_count_from_a_day_on_and_loops_are_cut() {
        let mut brought = BroughtBuyers::default();
        for row in [
            referee("a", "b", 3, (true, true)),
            referee("b", "c", 5, (true, true)),
            // Closes the loop: the latest edge is dropped.
            referee("c", "a", 9, (true, true)),
            referee("a", "x", 4, (true, false)),
            referee("a", "y", 6, (false, false)),
            referee("a", "z", 7, (false, true)),
        ] {
            brought.add(row);
        }
        brought.settle();
        let since = |customer: &str, day| brought.since(customer, Day::from_days(day));
        assert_eq!([since("a", 3), since("a", 4), since("a", 5)], [2, 1, 0]);
        assert_eq!((since("b", 0), since("c", 0)), (1, 0));
        assert_eq!(since("nobody", 0), 0);
    }
}

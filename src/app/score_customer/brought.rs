//! What a score needs to know of the customers that a customer brought.

use super::tree::{Member, Tree};
use crate::engine::history::CustomerTotals;
use crate::engine::referral::Generation;
use crate::engine::score::Referees;
use crate::engine::time::Day;

impl Tree {
    /// Direct referees brought on a day or later who have bought since, as a referral model counts
    /// them.
    pub(crate) fn buyers_brought_since(&self, day: Day) -> i64 {
        let direct = self.members.iter().filter(|member| member.depth == 1);
        let counts = |member: &&Member| day <= member.credit_day && 0 < member.totals.purchases;
        direct.filter(counts).count() as i64
    }
}

/// Direct referees who have bought, brought since a customer's first purchase; none without one.
pub(crate) fn buyers_brought(own: Option<&CustomerTotals>, tree: &Tree) -> i64 {
    let first_purchase = own.and_then(|own| own.purchase_day_span);
    first_purchase.map_or(0, |span| tree.buyers_brought_since(span.first))
}

/// What a score needs of the referees.
pub(crate) fn referees(tree: &Tree) -> Referees {
    if tree.too_large {
        return Referees::TooMany;
    }
    let mut generations: Vec<Generation> = Vec::new();
    for member in &tree.members {
        while generations.len() < member.depth {
            generations.push(Generation::default());
        }
        generations[member.depth - 1].add(member.totals);
    }
    Referees::Counted(generations)
}

//! What a score needs to know of the customers that a customer brought.

use super::tree::{Member, Tree};
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

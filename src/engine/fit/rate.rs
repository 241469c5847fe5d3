//! The part of a likelihood that all models with gamma distributed purchase rates share.
//!
//! Their first two parameters are r and α, and each likelihood begins with that of x events in T by a
//! customer who stays, Γ(r+x)·αʳ / (Γ(r)·(α+T)^(r+x)). All is written in ratios: r and α may be in
//! the millions when customers hardly differ, and the maximum must not drown in rounding.

use crate::engine::numeric::maximize::Evaluation;
use crate::engine::numeric::rising::{ln_rising, polygamma_rising};
use crate::engine::numeric::special::{ln, ln_1p};
use crate::engine::statistics::{PurchaseStatistics, Weighted};

/// Index of r.
pub(super) const R: usize = 0;
/// Index of α.
pub(super) const ALPHA: usize = 1;

/// What a row's likelihood is made of while its customer stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Staying {
    /// ln((α+T)/α).
    pub(super) growth: f64,
    /// 1/(α+T).
    pub(super) inverse_total: f64,
}

/// Adds a block of rows with the same frequency, and hands each row to `visit`; returns the block's
/// frequency and weight, or `None` for no rows.
pub(super) fn add_staying<const N: usize>(
    sum: &mut Evaluation<N>,
    parameters: &[f64; N],
    block: &[Weighted<PurchaseStatistics>],
    mut visit: impl FnMut(&mut Evaluation<N>, &Weighted<PurchaseStatistics>, Staying),
) -> Option<(f64, f64)> {
    let (r, alpha) = (parameters[R], parameters[ALPHA]);
    let x = block.first()?.row.frequency();
    let weight: f64 = block.iter().map(|group| group.weight).sum();
    let (first, second) = polygamma_rising(r, x);
    let inverse_alpha = 1.0 / alpha;
    sum.value += weight * (ln_rising(r, x) - x * ln(alpha));
    sum.gradient[R] += weight * first;
    sum.hessian[R][R] += weight * second;
    for group in block {
        let weight = group.weight;
        let age = group.row.age();
        let inverse_total = 1.0 / (alpha + age);
        let growth = ln_1p(age * inverse_alpha);
        // 1/α − 1/(α+T)
        let share = age * inverse_alpha * inverse_total;
        sum.value -= weight * (r + x) * growth;
        sum.gradient[R] -= weight * growth;
        sum.gradient[ALPHA] += weight * (r * share - x * inverse_total);
        sum.hessian[R][ALPHA] += weight * share;
        sum.hessian[ALPHA][ALPHA] += weight
            * (x * inverse_total * inverse_total - r * share * (inverse_alpha + inverse_total));
        let staying = Staying {
            growth,
            inverse_total,
        };
        visit(sum, group, staying);
    }
    Some((x, weight))
}

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

/// Adds a block of rows with the same frequency; returns that frequency and the block's weight, or
/// `None` for no rows.
pub(super) fn add_staying<const N: usize>(
    sum: &mut Evaluation<N>,
    parameters: &[f64; N],
    block: &[Weighted<PurchaseStatistics>],
) -> Option<(f64, f64)> {
    let (r, alpha) = (parameters[R], parameters[ALPHA]);
    let x = block.first()?.row.frequency();
    let weight = block.iter().map(|group| group.weight).sum();
    let (first, second) = polygamma_rising(r, x);
    sum.value += weight * ln_rising(r, x);
    sum.gradient[R] += weight * first;
    sum.hessian[R][R] += weight * second;
    for group in block {
        let weight = group.weight;
        let age = group.row.age();
        let total = alpha + age;
        let growth = ln_1p(age / alpha);
        // 1/α − 1/(α+T)
        let share = age / (alpha * total);
        sum.value -= weight * (r * growth + x * ln(total));
        sum.gradient[R] -= weight * growth;
        sum.gradient[ALPHA] += weight * (r * share - x / total);
        sum.hessian[R][ALPHA] += weight * share;
        sum.hessian[ALPHA][ALPHA] +=
            weight * (x / (total * total) - r * share * (1.0 / alpha + 1.0 / total));
    }
    Some((x, weight))
}

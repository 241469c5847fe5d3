//! How many purchases a customer makes who is there in the first of some periods.

use super::BgBb;
use crate::engine::numeric::rising::ln_rising;
use crate::engine::numeric::special::ln;

/// Sums are kept below this, so that their terms may grow without end.
const LARGE: f64 = 1e250;

/// ln P(X = k) in m periods, see [`BgBb::log_count_if_alive`](crate::engine::purchase_model::PurchaseModel).
///
/// From one number of periods to the next each term of the sum changes by a ratio.
pub(super) fn log_count(model: &BgBb, periods: f64, purchases: u32) -> f64 {
    let BgBb {
        alpha,
        beta,
        gamma,
        delta,
    } = *model;
    let k = f64::from(purchases);
    if periods < k {
        return f64::NEG_INFINITY;
    }
    if periods == 0.0 {
        return 0.0;
    }
    // The shortest stay that has room for k purchases, of at least one period.
    let mut stay = k.max(1.0);
    let pauses = ln_rising(beta, stay - k);
    let mut log_scale = ln_rising(alpha, k) + pauses - ln_rising(alpha + beta, stay);
    // B(γ+1, δ+j−1)/B(γ, δ) = γ·Γ(δ+j−1)/Γ(δ)·Γ(γ+δ)/Γ(γ+δ+j)
    log_scale += ln(gamma) + ln_rising(delta, stay - 1.0) - ln_rising(gamma + delta, stay);
    let (mut term, mut sum) = (1.0, 0.0);
    while stay < periods {
        sum += term;
        let ways = (stay + 1.0) / (stay + 1.0 - k);
        let pauses = (beta + (stay - k)) / (alpha + beta + stay);
        let lives = (delta + (stay - 1.0)) / (gamma + delta + stay);
        term *= ways * pauses * lives;
        stay += 1.0;
        if LARGE < sum.max(term) {
            term /= LARGE;
            sum /= LARGE;
            log_scale += ln(LARGE);
        }
    }
    // In the last period nobody need leave: B(γ, δ+m−1) for B(γ+1, δ+m−1).
    sum += term * (gamma + delta + (periods - 1.0)) / gamma;
    (log_scale + ln(sum)).min(0.0)
}

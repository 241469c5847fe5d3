//! How many purchases a customer makes who has not left.
//!
//! Whoever leaves at τ after n purchases has, in w = ln τ, the density e^φ(w) with the concave
//!
//! ```text
//! φ(w) = (n+1)·w − (r+n)·ln(α + eʷ) − (s+1)·ln(β + eʷ) + constant
//! ```
//!
//! It is integrated from its highest point outwards. For n = 0 it is highest at τ = 0, and the integral is
//! that of [`visit_leaving`].

use super::ParetoNbd;
use super::silence::visit_leaving;
use crate::engine::nbd::log_negative_binomial;
use crate::engine::numeric::quadrature::visit_log_concave;
use crate::engine::numeric::special::{exp, exp_m1, ln, ln_1p, log_sum_exp};

/// Halvings of the range that holds the highest point: it need not be met exactly.
const HALVINGS: u32 = 40;

/// ln P(X(t) = n), see [`ParetoNbd::log_count_of_new_customer`](crate::engine::purchase_model::PurchaseModel).
pub(super) fn log_count(model: &ParetoNbd, time: f64, purchases: u32) -> f64 {
    let ParetoNbd { r, alpha, s, beta } = *model;
    let stays = log_negative_binomial(r, alpha, time, purchases) - s * ln_1p(time / beta);
    if purchases == 0 {
        let mut leaves = 0.0;
        visit_leaving(r, s, [alpha, beta], time, |leaving| leaves += leaving.share);
        return log_sum_exp(stays, ln(leaves)).min(0.0);
    }
    if time == 0.0 {
        return f64::NEG_INFINITY;
    }
    log_sum_exp(stays, log_left(model, time, purchases))
}

/// ln of the integral over the departure, for n > 0 and t > 0.
fn log_left(model: &ParetoNbd, time: f64, purchases: u32) -> f64 {
    let ParetoNbd { r, alpha, s, beta } = *model;
    let n = f64::from(purchases);
    let slope = |w: f64| {
        let time = exp(w);
        (n + 1.0) - (r + n) * time / (alpha + time) - (s + 1.0) * time / (beta + time)
    };
    let end = ln(time);
    let top = highest(slope, model, n, end);
    let top_time = exp(top);
    let (alpha_top, beta_top) = (alpha + top_time, beta + top_time);
    // e^φ at `after` beyond the top, in units of that at the top.
    let density = |after: f64| {
        let more = top_time * exp_m1(after);
        let fall = (r + n) * ln_1p(more / alpha_top) + (s + 1.0) * ln_1p(more / beta_top);
        exp((n + 1.0) * after - fall)
    };
    let mut sum = 0.0;
    let before = |v: f64| -slope(top - v);
    visit_log_concave(f64::INFINITY, before, |v, weight| {
        sum += weight * density(-v)
    });
    let beyond = |v: f64| slope(top + v);
    visit_log_concave(end - top, beyond, |v, weight| sum += weight * density(v));
    // At the top: n purchases until then, still there, leaving; dτ = τ dw.
    let there = log_negative_binomial(r, alpha, top_time, purchases) - s * ln_1p(top_time / beta);
    there + ln(s * top_time / beta_top) + ln(sum)
}

/// Where φ is highest, up to `end`.
fn highest(slope: impl Fn(f64) -> f64, model: &ParetoNbd, n: f64, end: f64) -> f64 {
    if 0.0 <= slope(end) {
        return end;
    }
    // There each of the falling terms has at most half of what it would need to be n + 1.
    let share = 0.5 * (n + 1.0) / (model.r + n + model.s + 1.0);
    let mut low = (ln(model.alpha.min(model.beta)) + ln(share)).min(end);
    let mut high = end;
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if 0.0 <= slope(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

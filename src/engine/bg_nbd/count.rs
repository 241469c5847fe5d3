//! How many purchases a customer makes who has not left.

use super::BgNbd;
use crate::engine::nbd::log_negative_binomial;
use crate::engine::numeric::incomplete::log_beta_share;
use crate::engine::numeric::rising::ln_beta_rising;
use crate::engine::numeric::special::{ln, log_sum_exp};

/// ln P(X(t) = n), see [`BgNbd::log_count_of_new_customer`](crate::engine::purchase_model::PurchaseModel).
pub(super) fn log_count(model: &BgNbd, time: f64, purchases: u32) -> f64 {
    let BgNbd { r, alpha, a, b } = *model;
    let n = f64::from(purchases);
    let stays = ln_beta_rising(a, b, n) + log_negative_binomial(r, alpha, time, purchases);
    if purchases == 0 {
        return stays;
    }
    // B(a+1, b+n−1)/B(a, b): staying n − 1 times, then leaving.
    let leaves = ln_beta_rising(a, b, n - 1.0) + ln(a / (a + (b + (n - 1.0))));
    log_sum_exp(stays, leaves + log_beta_share(n, r, time / alpha))
}

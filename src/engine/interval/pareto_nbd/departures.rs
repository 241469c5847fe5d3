//! The odds of leaving some time later, before another purchase.

use crate::engine::numeric::quadrature::visit_log_concave;
use crate::engine::numeric::special::{exp, exp_m1, ln_1p};
use crate::engine::pareto_nbd::ParetoNbd;

/// What may happen after a time y without another purchase.
///
/// K(y) is the odds of ever leaving after y before the next purchase, against being there at y:
///
/// ```text
/// K(y) = s·∫ ((α+y)/(α+η))^(r+x)·((β+y)/(β+η))^s dη/(β+η),   y ≤ η < ∞
/// ```
pub(super) struct Silence {
    shape: f64,
    s: f64,
    /// α + y and β + y.
    alpha: f64,
    beta: f64,
}

impl Silence {
    pub(super) fn new(model: &ParetoNbd, frequency: f64, time: f64) -> Self {
        Self {
            shape: model.r + frequency,
            s: model.s,
            alpha: model.alpha + time,
            beta: model.beta + time,
        }
    }

    /// ln of ((α+η)/(α+y))^(r+x)·((β+η)/(β+y))^s, η after `silence`.
    pub(super) fn log_ratio(&self, silence: f64) -> f64 {
        self.shape * ln_1p(silence / self.alpha) + self.s * ln_1p(silence / self.beta)
    }

    /// K's integral over the next `silence`, in w = ln((c+η)/(c+y)), c the smaller scale.
    pub(super) fn departures(&self, silence: f64) -> f64 {
        let smaller = self.alpha.min(self.beta);
        let slope = |w: f64| {
            let after = smaller * exp_m1(w);
            let total = smaller + after;
            let falls = self.shape / (self.alpha + after) + (self.s + 1.0) / (self.beta + after);
            1.0 - total * falls
        };
        let mut sum = 0.0;
        visit_log_concave(ln_1p(silence / smaller), slope, |w, weight| {
            let after = smaller * exp_m1(w);
            let density = exp(-self.log_ratio(after)) * (smaller + after) / (self.beta + after);
            sum += weight * density;
        });
        self.s * sum
    }
}

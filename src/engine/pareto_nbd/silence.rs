//! The silence since the last purchase: when may the customer have left?
//!
//! A departure at y, between t_x and T, has against staying until T the density
//! s·((α+T)/(α+y))^(r+x)·((β+T)/(β+y))ˢ/(β+y). With c the smaller of α and β and w = ln((c+y)/(c+t_x))
//! its logarithm, the factor dy/dw = c + y included, is concave in w and analytic in |Im w| < π: the
//! other scale's zero of α + y or β + y lies at Im w = π. In w = ln(α + y) with α > β it would lie on
//! the real line, just before t_x when β is tiny.

use super::ParetoNbd;
use crate::engine::numeric::quadrature::visit_log_concave;
use crate::engine::numeric::special::{exp, exp_m1, ln, ln_1p};
use crate::engine::statistics::PurchaseStatistics;

/// A departure at one node of the quadrature.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Departure {
    /// Its share of the odds is `factor · e^log_density`.
    pub(in crate::engine) log_density: f64,
    /// s·(dy/dw)/(β+y), times the node's weight.
    pub(in crate::engine) factor: f64,
    /// T − y.
    pub(in crate::engine) silence: f64,
    /// α + y.
    pub(in crate::engine) alpha_total: f64,
    /// β + y.
    pub(in crate::engine) beta_total: f64,
    /// ln((α+T)/(α+y)).
    pub(in crate::engine) log_alpha_ratio: f64,
    /// ln((β+T)/(β+y)).
    pub(in crate::engine) log_beta_ratio: f64,
}

/// Visits the nodes at which the customer may have left; none when t_x = T.
pub(in crate::engine) fn visit_departures(
    model: &ParetoNbd,
    statistics: &PurchaseStatistics,
    mut visit: impl FnMut(&Departure),
) {
    let ParetoNbd { r, alpha, s, beta } = *model;
    let shape = r + statistics.frequency();
    let (last, idle) = (
        statistics.recency(),
        statistics.age() - statistics.recency(),
    );
    if idle == 0.0 {
        return;
    }
    let alpha_last = alpha + last;
    let beta_last = beta + last;
    // c + t_x, and the whole length of w.
    let smaller = alpha_last.min(beta_last);
    let length = ln_1p(idle / smaller);

    let slope = |w: f64| {
        let after = smaller * exp_m1(w);
        let total = smaller + after;
        1.0 - shape * total / (alpha_last + after) - (s + 1.0) * total / (beta_last + after)
    };
    visit_log_concave(length, slope, |w, weight| {
        let after = smaller * exp_m1(w);
        let silence = idle - after;
        let alpha_total = alpha_last + after;
        let beta_total = beta_last + after;
        // From the silence itself: the difference of two logarithms would cost digits once
        // multiplied by a shape in the thousands. Of the smaller scale it is what is left of w.
        let (log_alpha_ratio, log_beta_ratio) = if alpha < beta {
            (length - w, ln_1p(silence / beta_total))
        } else {
            (ln_1p(silence / alpha_total), length - w)
        };
        visit(&Departure {
            log_density: shape * log_alpha_ratio + s * log_beta_ratio,
            factor: s * weight * (smaller + after) / beta_total,
            silence,
            alpha_total,
            beta_total,
            log_alpha_ratio,
            log_beta_ratio,
        });
    });
}

/// Logarithm of the odds that the customer has left; −∞ when t_x = T.
pub(super) fn log_odds(model: &ParetoNbd, statistics: &PurchaseStatistics) -> f64 {
    // The density falls with y: no node exceeds the first.
    let mut first = None;
    let mut sum = 0.0;
    visit_departures(model, statistics, |departure| {
        let reference = *first.get_or_insert(departure.log_density);
        sum += departure.factor * exp(departure.log_density - reference);
    });
    first.map_or(f64::NEG_INFINITY, |reference| reference + ln(sum))
}

/// A departure before the next purchase, at one node of the quadrature.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Leaving {
    /// Its share of the probability.
    pub(in crate::engine) share: f64,
    /// ln((α+y+u)/(α+y)), u the time from now, y, to the departure.
    pub(in crate::engine) log_alpha_ratio: f64,
    /// ln((β+y+u)/(β+y)).
    pub(in crate::engine) log_beta_ratio: f64,
    /// u/(α+y+u).
    pub(in crate::engine) of_total: f64,
}

/// Visits the nodes at which a customer who is alive may leave within `time`, before the next purchase.
///
/// `shape` is r + x, `totals` are α + y and β + y; `time`, from now on, may be infinite: then only the
/// ratio of the totals matters. Nodes are laid out as in [`visit_departures`].
pub(in crate::engine) fn visit_leaving(
    shape: f64,
    s: f64,
    totals: [f64; 2],
    time: f64,
    mut visit: impl FnMut(&Leaving),
) {
    let [alpha_now, beta_now] = totals;
    let smaller = alpha_now.min(beta_now);
    let slope = |w: f64| {
        let after = smaller * exp_m1(w);
        let total = smaller + after;
        1.0 - shape * total / (alpha_now + after) - (s + 1.0) * total / (beta_now + after)
    };
    visit_log_concave(ln_1p(time / smaller), slope, |w, weight| {
        let after = smaller * exp_m1(w);
        let log_alpha_ratio = ln_1p(after / alpha_now);
        let log_beta_ratio = ln_1p(after / beta_now);
        let stays = exp(-(shape * log_alpha_ratio + s * log_beta_ratio));
        visit(&Leaving {
            share: s * weight * (smaller + after) / (beta_now + after) * stays,
            log_alpha_ratio,
            log_beta_ratio,
            of_total: after / (alpha_now + after),
        });
    });
}

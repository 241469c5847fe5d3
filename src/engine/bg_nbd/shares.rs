//! Discounting as a sum over shares of the horizon, and that sum over interpolants.

use crate::engine::discount::{Discount, period_ends};
use crate::engine::numeric::chebyshev;
use crate::engine::numeric::quadrature::{decaying_panels, panel_nodes};
use crate::engine::numeric::segments::Segments;
use crate::engine::numeric::special::exp;

/// A share of the horizon with what an amount that has come by then counts, such that with F(t) come
/// by t the discounted amount of the horizon is Σ weight·F(share·H), all weights positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share {
    /// τ, above 0 and at most 1.
    share: f64,
    weight: f64,
}

impl Share {
    /// # Formula
    ///
    /// ```text
    /// ∫₀ᴴ e^(−δt) dF(t) = e^(−δH)·F(H) + δH·∫₀¹ e^(−δHτ)·F(τH) dτ
    /// ```
    ///
    /// by parts, by quadrature over τ; with periods [`period_ends`].
    ///
    /// # Units
    ///
    /// - `scale`: F(τH) is smooth in ln(1 + τ/scale)
    pub(super) fn all(discount: Discount, horizon: f64, scale: f64) -> Vec<Self> {
        let rate = discount.rate_continuous();
        if let Some(period) = discount.period().filter(|_| 0.0 < horizon) {
            let ends = period_ends(rate, period, horizon);
            return ends
                .map(|(end, weight)| Self {
                    share: end / horizon,
                    weight,
                })
                .collect();
        }
        let decay = rate * horizon;
        let mut shares = vec![Self {
            share: 1.0,
            weight: exp(-decay),
        }];
        if 0.0 < decay {
            let nodes = panel_nodes(scale, &decaying_panels(scale, 1.0, decay));
            shares.extend(nodes.into_iter().map(|node| Self {
                share: node.position,
                weight: node.weight * decay * exp(-decay * node.position),
            }));
        }
        shares
    }
}

/// What each coefficient of each segment's interpolant of F(u)/u counts in Σ weight·τ·F(uτ)/(uτ), at
/// u = `scaled`: so the number of shares matters once, not for every frequency.
pub(super) fn counts(
    shares: &[Share],
    segments: &Segments,
    scaled: f64,
) -> Vec<[f64; chebyshev::POINTS]> {
    let mut counts = vec![[0.0; chebyshev::POINTS]; segments.count()];
    for Share { share, weight } in shares {
        let (segment, local) = segments.locate(scaled * share);
        let basis = chebyshev::basis(local);
        for (count, value) in counts[segment].iter_mut().zip(basis) {
            *count += weight * share * value;
        }
    }
    counts
}

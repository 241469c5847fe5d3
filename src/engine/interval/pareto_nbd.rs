//! Counts of the Pareto/NBD model.

mod departures;
mod tables;

use super::model::{CountModel, Mass, Surroundings};
use crate::engine::numeric::quadrature::{decaying_panels, integrate, panel_nodes};
use crate::engine::numeric::special::{exp, exp_m1, ln_1p};
use crate::engine::pareto_nbd::ParetoNbd;
use crate::engine::purchase_model::ForecastError;
use crate::engine::statistics::PurchaseStatistics;

use tables::ParetoNbdAround;

impl CountModel<4> for ParetoNbd {
    type Prepared = ParetoNbdAround;
    type AtLeast = AtLeast;

    fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.s, self.beta]
    }

    fn from_parameters([r, alpha, s, beta]: [f64; 4]) -> Self {
        Self { r, alpha, s, beta }
    }

    fn prepare(
        models: &Surroundings<Self, 4>,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<ParetoNbdAround, ForecastError> {
        ParetoNbdAround::new(models, horizon, discount_rate_continuous)
    }

    /// # Formula
    ///
    /// ```text
    /// E[X(X−1) | alive] = 2·(r+x)(r+x+1)/A² · ∫₀ᵗ τ·(B/(B+τ))ˢ dτ,   A = α + T,  B = β + T
    /// ```
    ///
    /// Purchases at τ < τ′ have the joint density λ²·P(alive at τ′).
    ///
    /// # Source
    ///
    /// Schmittlein, Morrison and Colombo (1987), Management Science 33(1), the process of section 2.
    fn pairs_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64 {
        let shape = self.r + statistics.frequency();
        let rate = self.alpha + statistics.age();
        let life = self.beta + statistics.age();
        let nodes = panel_nodes(life, &decaying_panels(life, horizon, 0.0));
        let time = integrate(&nodes, |time| time * exp(-self.s * ln_1p(time / life)));
        2.0 * shape * (shape + 1.0) / (rate * rate) * time
    }

    /// # Formula
    ///
    /// ```text
    /// P(X ≥ n | alive) = ∫₀ᵗ (B/(B+τ))ˢ · gₙ(τ) dτ
    /// gₙ(τ) = Γ(s′+n)/(Γ(s′)·(n−1)!) · A^s′·τⁿ⁻¹/(A+τ)^(s′+n),   s′ = r + x
    /// ```
    ///
    /// gₙ is the density of the n-th purchase of somebody who never leaves; it counts if they are
    /// still there. Every term is positive, and one set of nodes serves every n.
    ///
    /// # Source
    ///
    /// Fader and Hardie (2014), "Deriving the Conditional PMF of the Pareto/NBD Model", note 028,
    /// before its integral is done, as a survivor.
    fn at_least_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> AtLeast {
        let shape = self.r + statistics.frequency();
        let rate = self.alpha + statistics.age();
        let life = self.beta + statistics.age();
        let scale = rate.min(life);
        let edges = count_panels(shape, rate, scale, horizon);
        let occasions = panel_nodes(scale, &edges)
            .iter()
            .map(|node| {
                let stay = self.s * ln_1p(node.position / life);
                let wait = shape * ln_1p(node.position / rate);
                let total = rate + node.position;
                Occasion {
                    mass: Mass::new(node.weight * shape / total, stay + wait),
                    share: node.position / total,
                }
            })
            .collect();
        AtLeast {
            shape,
            purchases: 0.0,
            occasions,
        }
    }
}

/// Longest panel, as growth of 1 + τ/scale: the factors are analytic but for negative times.
const GROWTH_OF_PANEL_MAX: f64 = 1.0;
/// Longest panel in standard deviations of the number of purchases up to there.
const DEVIATIONS_OF_PANEL_MAX: f64 = 6.0;
/// Expected purchases in the first panel.
const PURCHASES_OF_FIRST_PANEL: f64 = 9.0;

/// Edges of panels for ∫ gₙ: none longer than a few standard deviations of N(τ), whose variance is
/// m + m²/s at the mean m = s·τ/A.
fn count_panels(shape: f64, rate: f64, scale: f64, end: f64) -> Vec<f64> {
    let mut edges = vec![0.0];
    let mut edge: f64 = 0.0;
    while edge < end {
        let mean = shape * edge / rate;
        let deviation = (mean + mean * mean / shape).sqrt();
        let more = PURCHASES_OF_FIRST_PANEL + DEVIATIONS_OF_PANEL_MAX * deviation;
        let by_growth = edge + (scale + edge) * exp_m1(GROWTH_OF_PANEL_MAX);
        edge = by_growth.min(edge + more * rate / shape).min(end);
        edges.push(edge);
    }
    edges
}

/// A time at which the n-th purchase may happen.
#[derive(Debug, Clone, Copy)]
struct Occasion {
    /// Weight times density of the n-th purchase then, by somebody who is still there.
    mass: Mass,
    /// τ/(A+τ).
    share: f64,
}

/// P(X ≥ n | alive) for n = 1, 2, …
#[derive(Debug, Clone)]
pub struct AtLeast {
    shape: f64,
    /// n − 1.
    purchases: f64,
    occasions: Vec<Occasion>,
}

impl Iterator for AtLeast {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.purchases += 1.0;
        let growth = (self.shape + self.purchases) / self.purchases;
        let mut sum = 0.0;
        for occasion in &mut self.occasions {
            sum += occasion.mass.value();
            occasion.mass.multiply(growth * occasion.share);
        }
        Some(sum)
    }
}

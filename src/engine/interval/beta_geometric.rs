//! Counts of the BG/NBD and MBG/NBD models.
//!
//! Alive, a customer would make N(t) purchases if they never left, and leaves after the G-th: X is
//! the smaller of two independent numbers, N negative binomial (s, A/(A+t)) and G beta-geometric.

mod tables;

use super::around::Around;
use super::model::{CountModel, Mass, Prepared, Surroundings, survivors};
use crate::engine::bg_nbd::{BgNbd, PurchaseForecast};
use crate::engine::mbg_nbd::MbgNbd;
use crate::engine::numeric::beta_rule::BetaRule;
use crate::engine::numeric::special::{exp_m1, ln_1p};
use crate::engine::purchase_model::ForecastError;
use crate::engine::statistics::PurchaseStatistics;
use tables::Tables;

impl CountModel<4> for BgNbd {
    type Prepared = BgNbdAround;
    type AtLeast = AtLeast;

    fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b]
    }

    fn from_parameters([r, alpha, a, b]: [f64; 4]) -> Self {
        Self { r, alpha, a, b }
    }

    fn prepare(
        models: &Surroundings<Self, 4>,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<BgNbdAround, ForecastError> {
        Ok(BgNbdAround {
            far: models.far,
            tables: Tables::new(&models.near, horizon, discount_rate_continuous)?,
        })
    }

    /// # Formula
    ///
    /// ```text
    /// E[X(X−1) | alive] = Eₚ[ 2(1−p)/p² · G(ln(1 + p·t/A)) ],   p ~ Beta(a, b+x),  s = r + x
    /// G(L) = s(s+1)·∫₀ᴸ (eʸ − 1)·e^(−(s+1)y) dy
    /// ```
    ///
    /// Purchases of a living customer at τ < τ′ have the joint density λ²(1−p)·e^(−λpτ′): the first
    /// must not have ended the life, nor any other before τ′. G is its integral over both, averaged
    /// over λ ~ gamma (s, A).
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), Marketing Science 24(2), the process of section 2.
    fn pairs_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64 {
        let shape = self.r + statistics.frequency();
        let scaled = horizon / (self.alpha + statistics.age());
        let dropout = BetaRule::new(self.a, self.b + statistics.frequency(), shape * scaled);
        dropout.average(|p| 2.0 * (1.0 - p) * pair_integral(shape, ln_1p(p * scaled)) / (p * p))
    }

    /// # Formula
    ///
    /// ```text
    /// P(X ≥ n | alive) = P(N ≥ n) · P(G ≥ n)
    /// P(N = j) = Γ(s+j)/(Γ(s)·j!) · (A/(A+t))ˢ·(t/(A+t))ʲ,   P(G ≥ n) = B(a, b+x+n−1)/B(a, b+x)
    /// ```
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), equation 8, as a product of survivors: every term is positive.
    fn at_least_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> AtLeast {
        let shape = self.r + statistics.frequency();
        let rate = self.alpha + statistics.age();
        AtLeast {
            shape,
            share: horizon / (rate + horizon),
            a: self.a,
            b: self.b + statistics.frequency(),
            purchases: 0.0,
            mass: Mass::new(1.0, shape * ln_1p(horizon / rate)),
            bought: 1.0,
            stayed: 1.0,
        }
    }
}

/// The BG/NBD model at and around a fit, prepared.
#[derive(Debug, Clone)]
pub struct BgNbdAround {
    far: Around<BgNbd, 4>,
    tables: Tables,
}

/// The MBG/NBD model at and around a fit, prepared.
#[derive(Debug, Clone)]
pub struct MbgNbdAround {
    models: Surroundings<MbgNbd, 4>,
    after_first: Tables,
}

impl CountModel<4> for MbgNbd {
    type Prepared = MbgNbdAround;
    type AtLeast = AtLeast;

    fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b]
    }

    fn from_parameters([r, alpha, a, b]: [f64; 4]) -> Self {
        Self { r, alpha, a, b }
    }

    fn prepare(
        models: &Surroundings<Self, 4>,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<MbgNbdAround, ForecastError> {
        let after_first = models.near.map(MbgNbd::after_first_purchase);
        Ok(MbgNbdAround {
            models: *models,
            after_first: Tables::new(&after_first, horizon, discount_rate_continuous)?,
        })
    }

    /// As for the BG/NBD model with b + 1.
    fn pairs_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64 {
        self.after_first_purchase()
            .pairs_if_alive(statistics, horizon)
    }

    /// As for the BG/NBD model with b + 1.
    fn at_least_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> AtLeast {
        self.after_first_purchase()
            .at_least_if_alive(statistics, horizon)
    }
}

impl Prepared<4> for BgNbdAround {
    type AtLeast<'p> = AtLeast;

    fn forecast(&self, statistics: &PurchaseStatistics) -> Around<PurchaseForecast, 4> {
        self.tables.forecast(self.tables.models(), statistics)
    }

    fn survivors(&self, statistics: &PurchaseStatistics) -> Vec<(f64, AtLeast)> {
        survivors(&self.far, statistics, self.tables.horizon())
    }
}

impl Prepared<4> for MbgNbdAround {
    type AtLeast<'p> = AtLeast;

    fn forecast(&self, statistics: &PurchaseStatistics) -> Around<PurchaseForecast, 4> {
        self.after_first.forecast(&self.models.near, statistics)
    }

    fn survivors(&self, statistics: &PurchaseStatistics) -> Vec<(f64, AtLeast)> {
        survivors(&self.models.far, statistics, self.after_first.horizon())
    }
}

/// (s+1)·L below which the closed form of [`pair_integral`] loses digits.
const SERIES_BELOW: f64 = 0.1;
/// Terms of the series: the first neglected one is below 1e-15 of the sum.
const SERIES_TERMS: u32 = 9;

/// G(L) = s(s+1)·∫₀ᴸ (eʸ − 1)·e^(−(s+1)y) dy.
///
/// # Formula
///
/// ```text
/// G = s·(e^(−(s+1)L) − 1) − (s+1)·(e^(−sL) − 1)
///   = s(s+1)·Σₖ (−L)ᵏ/k!·((s+1)ᵏ⁻¹ − sᵏ⁻¹),   k ≥ 2
/// ```
fn pair_integral(shape: f64, length: f64) -> f64 {
    let next = shape + 1.0;
    if SERIES_BELOW <= next * length {
        return shape * exp_m1(-next * length) - next * exp_m1(-shape * length);
    }
    // Lᵏ/k!, (s+1)ᵏ⁻¹ and (s+1)ᵏ⁻¹ − sᵏ⁻¹, which grows from k to k + 1 by a sum of positive terms.
    let mut power = -length;
    let mut of_next = 1.0;
    let mut difference = 0.0;
    let mut sum = 0.0;
    for order in 2..2 + SERIES_TERMS {
        power *= -length / f64::from(order);
        difference = shape * difference + of_next;
        of_next *= next;
        sum += power * difference;
    }
    shape * next * sum
}

/// P(X ≥ n | alive) for n = 1, 2, …
#[derive(Debug, Clone)]
pub struct AtLeast {
    shape: f64,
    /// t/(A+t).
    share: f64,
    a: f64,
    b: f64,
    /// n − 1.
    purchases: f64,
    /// P(N = n − 1).
    mass: Mass,
    /// P(N ≥ n − 1).
    bought: f64,
    /// P(G ≥ n).
    stayed: f64,
}

impl Iterator for AtLeast {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        let before = self.purchases;
        self.bought = (self.bought - self.mass.value()).max(0.0);
        let at_least = self.bought * self.stayed;
        self.purchases += 1.0;
        self.mass
            .multiply((self.shape + before) / self.purchases * self.share);
        self.stayed *= (self.b + before) / (self.a + self.b + before);
        Some(at_least)
    }
}

//! BG/BB: purchases in discrete periods, at most one in each.
//!
//! At the beginning of each period a living customer leaves for good with probability θ; one who is
//! there buys in it with probability p. Over the base p is beta distributed (α, β) and θ beta (γ, δ),
//! independently. Suited to donations, yearly events, or a count of weeks with a purchase.

mod count;

use super::numeric::geometric::expected_periods;
use super::numeric::rising::{ln_beta_rising, ln_rising};
use super::numeric::special::{ln, ln_1p, log_sum_exp, softplus};
use super::parameter::{ParameterError, positive};
use super::purchase_model::PurchaseModel;
use super::statistics::PeriodStatistics;

/// Parameters of the BG/BB model.
///
/// # Source
///
/// Fader, Hardie and Shang (2010), "Customer-Base Analysis in a Discrete-Time Noncontractual
/// Setting", Marketing Science 29(6), 1086–1108.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgBb {
    /// α: beta parameter of the purchase probability, dimensionless, above 0.
    pub alpha: f64,
    /// β: beta parameter of the purchase probability, dimensionless, above 0.
    pub beta: f64,
    /// γ: beta parameter of the dropout probability, dimensionless, above 0.
    pub gamma: f64,
    /// δ: beta parameter of the dropout probability, dimensionless, above 0.
    pub delta: f64,
}

impl BgBb {
    /// Checked constructor.
    ///
    /// # Errors
    ///
    /// [`ParameterError::NotPositive`] names the first parameter that is not finite and above 0.
    pub fn new(alpha: f64, beta: f64, gamma: f64, delta: f64) -> Result<Self, ParameterError> {
        Ok(Self {
            alpha: positive("alpha", alpha)?,
            beta: positive("beta", beta)?,
            gamma: positive("gamma", gamma)?,
            delta: positive("delta", delta)?,
        })
    }

    /// E[p | x, n, alive] = (α + x)/(α + β + n).
    fn purchase_share(&self, statistics: &PeriodStatistics) -> f64 {
        let total = self.alpha + self.beta + statistics.periods();
        (self.alpha + statistics.frequency()) / total
    }

    /// Logarithm of the odds that the customer left in or before period n.
    fn log_odds_left_before(&self, statistics: &PeriodStatistics) -> f64 {
        let mut sum = f64::NEG_INFINITY;
        visit_departures(self, statistics, |departure| {
            sum = log_sum_exp(sum, departure.log_odds);
        });
        sum
    }
}

impl PurchaseModel for BgBb {
    type Statistics = PeriodStatistics;
    const IS_DISCRETE: bool = true;

    /// Natural logarithm of the likelihood of one customer's history.
    ///
    /// # Formula
    ///
    /// ```text
    /// L = B(α+x, β+n−x)/B(α, β) · B(γ, δ+n)/B(γ, δ)
    ///   + Σ B(α+x, β+j−x)/B(α, β) · B(γ+1, δ+j)/B(γ, δ),   j = t_x..n−1
    /// ```
    ///
    /// # Units
    ///
    /// - returns: nats; the probability of one order of x purchases
    ///
    /// # Source
    ///
    /// Fader, Hardie and Shang (2010), equation 5.
    /// Reference values: `tests/golden/lifetime-value.csv`.
    fn log_likelihood(&self, statistics: &PeriodStatistics) -> f64 {
        let Self {
            alpha,
            beta,
            gamma,
            delta,
        } = *self;
        let (x, n) = (statistics.frequency(), statistics.periods());
        // B(α+x, β+n−x)/B(α, β): n−x pauses, then x purchases.
        let pausing = ln_beta_rising(alpha, beta, n - x);
        let buying = ln_rising(alpha, x) - ln_rising(alpha + beta + (n - x), x);
        let staying = ln_beta_rising(gamma, delta, n);
        pausing + buying + staying + softplus(self.log_odds_left_before(statistics))
    }

    /// Logarithm of the odds that the customer is not there in period n + 1.
    ///
    /// # Formula
    ///
    /// ```text
    /// P = B(α+x, β+n−x)/B(α, β) · B(γ, δ+n+1)/B(γ, δ) / L,   odds = 1/P − 1
    /// ```
    ///
    /// The paper and every tool ask whether the customer will be there in the next period: even one
    /// who bought in period n may leave before it.
    ///
    /// # Source
    ///
    /// Fader, Hardie and Shang (2010), equation 11.
    fn log_odds_left(&self, statistics: &PeriodStatistics) -> f64 {
        // 1/P = (1 + odds before)·(1 + γ/(δ+n))
        let leaves_next = self.gamma / (self.delta + statistics.periods());
        let before = self.log_odds_left_before(statistics) + ln_1p(leaves_next);
        log_sum_exp(before, ln(leaves_next))
    }

    /// Expected purchases of a customer who is there in period n + 1.
    ///
    /// # Formula
    ///
    /// ```text
    /// E(m | alive) = (α+x)/(α+β+n) · E_θ[ Σ (1−θ)^(j−1) ],   j = 1..m,  θ ~ Beta(γ, δ+n+1)
    /// ```
    ///
    /// # Source
    ///
    /// Fader, Hardie and Shang (2010), equation 13, before the average over θ is done.
    fn purchases_if_alive(&self, statistics: &PeriodStatistics, horizon: f64) -> f64 {
        self.discounted_purchases_if_alive(statistics, horizon, 0.0)
    }

    /// The same, discounted: period n + j counts 1/(1+d)ʲ.
    ///
    /// # Formula
    ///
    /// ```text
    /// D(∞ | alive) = (α+x)/(α+β+n) · ₂F₁(1, δ+n+1; γ+δ+n+1; 1/(1+d))/(1+d)
    /// ```
    ///
    /// # Source
    ///
    /// Fader, Hardie and Shang (2010), equation 14.
    fn discounted_purchases_if_alive(
        &self,
        statistics: &PeriodStatistics,
        horizon: f64,
        discount_rate: f64,
    ) -> f64 {
        let stays = self.delta + statistics.periods() + 1.0;
        self.purchase_share(statistics)
            * expected_periods(self.gamma, stays, horizon, discount_rate)
    }

    /// Expected purchases of a new customer in the n periods after the first purchase.
    ///
    /// # Formula
    ///
    /// ```text
    /// E[X(n)] = α/(α+β) · δ/(γ+δ) · E_θ[ Σ (1−θ)^(j−1) ],   j = 1..n,  θ ~ Beta(γ, δ+1)
    /// ```
    ///
    /// # Source
    ///
    /// Fader, Hardie and Shang (2010), equation 9, before the average over θ is done.
    fn purchases_of_new_customer(&self, horizon: f64) -> f64 {
        let buys = self.alpha / (self.alpha + self.beta);
        let stays = self.delta / (self.gamma + self.delta);
        buys * stays * expected_periods(self.gamma, self.delta + 1.0, horizon, 0.0)
    }

    /// Logarithm of the probability of k purchases in m periods, of which the customer is there in the
    /// first.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(X = k | alive) = Σ C(j, k)·B(α+x+k, β+n−x+j−k)/B(α+x, β+n−x)·P(there in just j),   j = 1..m
    /// P(there in just j) = B(γ+1, δ′+j−1)/B(γ, δ′) for j < m,  B(γ, δ′+m−1)/B(γ, δ′) for j = m,
    /// δ′ = δ + n + 1
    /// ```
    ///
    /// # Source
    ///
    /// Fader, Hardie and Shang (2010), equation 12, given that the customer is there.
    /// Reference values: `tests/golden/purchase-counts.csv`.
    fn log_count_if_alive(
        &self,
        statistics: &PeriodStatistics,
        horizon: f64,
        purchases: u32,
    ) -> f64 {
        let (x, n) = (statistics.frequency(), statistics.periods());
        let there = Self {
            alpha: self.alpha + x,
            beta: self.beta + (n - x),
            gamma: self.gamma,
            delta: self.delta + n + 1.0,
        };
        count::log_count(&there, horizon, purchases)
    }

    /// Logarithm of the probability of k purchases of a new customer in m periods.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(X(m) = k) = δ/(γ+δ)·P(X = k | there in the first period) + 1{k=0}·γ/(γ+δ)
    /// ```
    ///
    /// # Source
    ///
    /// Fader, Hardie and Shang (2010), equation 7, by whether the customer leaves before the first period.
    fn log_count_of_new_customer(&self, horizon: f64, purchases: u32) -> f64 {
        let there = Self {
            delta: self.delta + 1.0,
            ..*self
        };
        let log_there = ln_beta_rising(self.gamma, self.delta, 1.0);
        let stays = log_there + count::log_count(&there, horizon, purchases);
        if 0 < purchases {
            return stays;
        }
        log_sum_exp(stays, ln(self.gamma / (self.gamma + self.delta))).min(0.0)
    }
}

/// Sums over i = j..n−1 of 1/(c+i) and 1/(c+i)²: differences of ψ and ψ′ at c + n and c + j.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PolygammaDifference {
    pub(super) first: f64,
    pub(super) second: f64,
}

impl PolygammaDifference {
    fn add(&mut self, value: f64) {
        let inverse = 1.0 / value;
        self.first += inverse;
        self.second += inverse * inverse;
    }
}

/// A customer who was there in period j and left before the next, against one who is there in n.
#[derive(Debug, Clone, Copy)]
pub(super) struct PeriodDeparture {
    pub(super) log_odds: f64,
    /// c = α + β, from j.
    pub(super) chances: PolygammaDifference,
    /// c = β − x, from j: periods without a purchase.
    pub(super) pauses: PolygammaDifference,
    /// c = δ, from j.
    pub(super) stays: PolygammaDifference,
    /// c = γ + δ, from j + 1.
    pub(super) lives: PolygammaDifference,
}

/// Visits the periods j = n−1, .., t_x before which the customer may have left; none when t_x = n.
///
/// Gamma functions at arguments a whole number apart differ by sums over the periods between.
pub(super) fn visit_departures(
    model: &BgBb,
    statistics: &PeriodStatistics,
    mut visit: impl FnMut(&PeriodDeparture),
) {
    let BgBb {
        alpha,
        beta,
        gamma,
        delta,
    } = *model;
    let mut departure = PeriodDeparture {
        log_odds: ln(gamma),
        chances: PolygammaDifference::default(),
        pauses: PolygammaDifference::default(),
        stays: PolygammaDifference::default(),
        lives: PolygammaDifference::default(),
    };
    let mut period = statistics.periods();
    while statistics.recency() < period {
        if period < statistics.periods() {
            let lives = gamma + delta + period;
            departure.lives.add(lives);
            departure.log_odds += ln(lives);
        }
        period -= 1.0;
        let chances = alpha + beta + period;
        let pauses = beta + (period - statistics.frequency());
        let stays = delta + period;
        departure.chances.add(chances);
        departure.pauses.add(pauses);
        departure.stays.add(stays);
        departure.log_odds += ln(chances / pauses / stays);
        visit(&departure);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_chances_are_checkable_by_hand() {
        // One period without a purchase: alive and idle ½·½, or gone ½.
        let model = BgBb::new(1.0, 1.0, 1.0, 1.0).unwrap();
        let silent = PeriodStatistics::new(0.0, 0.0, 1.0).unwrap();
        assert!((model.log_likelihood(&silent) - ln(0.75)).abs() < 1e-15);
        // Alive in period 2: ½·E[(1−θ)²] = ½·⅓, of ¾.
        assert!((model.probability_alive(&silent) - 2.0 / 9.0).abs() < 1e-15);
    }

    #[test]
    fn parameters_are_refused_by_name() {
        let error = BgBb::new(1.0, 1.0, 0.0, 1.0).unwrap_err();
        assert!(matches!(
            error,
            ParameterError::NotPositive { name: "gamma", .. }
        ));
    }
}

//! How long a customer stays.

use super::BgNbd;
use super::forecast::Future;
use crate::engine::numeric::quadrature::decay_reach;
use crate::engine::statistics::PurchaseStatistics;
use crate::engine::time_alive::TimeAlive;

impl BgNbd {
    fn future(&self, statistics: &PurchaseStatistics, reach: f64) -> Future {
        Future::new(self, statistics.frequency(), statistics.age(), reach)
    }
}

impl TimeAlive for BgNbd {
    /// Probability that a customer alive at the cut-off is still so after a time.
    ///
    /// # Formula
    ///
    /// ```text
    /// S(t) = Eₚ[ (A/(A + p·t))^(r+x) ],   p ~ Beta(a, b+x),  A = α + T
    /// ```
    ///
    /// A customer who buys at the rate λ and leaves after a purchase with probability p leaves at the
    /// rate λp; λ ~ gamma (r + x, A).
    ///
    /// # Source
    ///
    /// Fader, Hardie and Lee (2005), Marketing Science 24(2), equation 3, over the posterior of λ, p.
    /// Reference values: `tests/golden/time-alive.csv`.
    fn survival_if_alive(&self, statistics: &PurchaseStatistics, time: f64) -> f64 {
        self.future(statistics, time).survival(time)
    }

    /// Expected time alive.
    ///
    /// # Formula
    ///
    /// ```text
    /// L(t | alive) = A·Eₚ[ ((1 + p·t/A)^(1−r−x) − 1) / ((1−r−x)·p) ]
    /// ```
    ///
    /// # Source
    ///
    /// The integral of [`BgNbd::survival_if_alive`] under the average over p.
    fn time_if_alive(&self, statistics: &PurchaseStatistics, horizon: f64) -> f64 {
        self.future(statistics, horizon).time_alive(horizon)
    }

    /// The same, discounted: the integral itself, whose integrand is positive.
    fn discounted_time_if_alive(
        &self,
        statistics: &PurchaseStatistics,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> f64 {
        let reach = horizon.min(decay_reach(discount_rate_continuous));
        self.future(statistics, reach)
            .discounted_time_alive(horizon, discount_rate_continuous)
    }
}

//! What customers who arrive one after the other buy within a horizon, the discounted future of a
//! referrer's referees.

use crate::engine::numeric::chebyshev::{POINTS, coefficients, evaluate_pair, points};
use crate::engine::numeric::quadrature::{
    LEGENDRE_NODES, Node, decaying_panels, integrate, panel_nodes,
};
use crate::engine::numeric::special::{exp, exp_m1, ln_1p};
use crate::engine::policy::{Discounting, Policy};
use crate::engine::purchase_model::{ForecastError, PurchaseModel, horizon_checked};
use crate::engine::purchase_scorer::AnyPurchaseModel;
use crate::engine::score::{DAYS_PER_WEEK, weekly_discount_rate};

/// New customers who arrive at the rate of one a week, and what they buy within a horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Newcomers {
    /// H: weeks looked ahead.
    pub horizon_weeks: f64,
    /// Arrivals in the horizon, each discounted to its start.
    pub discounted_arrivals: f64,
    /// Purchase days of all who arrive, the first one of each included, each discounted likewise.
    pub discounted_purchases: f64,
}

impl Newcomers {
    /// Arrivals and their purchases, as a purchase model and a policy foretell them.
    ///
    /// # Formula
    ///
    /// ```text
    /// arrivals  = ∫₀ᴴ d(v) dv
    /// purchases = ∫₀ᴴ d(v)·[1 + E(v)] dv
    /// ```
    ///
    /// d(v) is what an amount v weeks ahead counts, e^(−δv) or the policy's factor of the period that v
    /// lies in, and E(v) the expected repeat purchases of a new customer in the v weeks after the first
    /// purchase. Whoever arrives after u weeks buys then, and later as often as any new customer does
    /// in what is left of the horizon:
    ///
    /// ```text
    /// ∫₀ᴴ [d(u) + ∫₀^(H−u) d(u+s) dE(s)] du = ∫₀ᴴ d(v)·[1 + E(v)] dv
    /// ```
    ///
    /// as those who buy again at v are the ones of all who arrived from 0 to v. With continuous
    /// discounting the inner bracket is e^(−δu)·[1 + D(H−u)], D being the discounted expected purchases
    /// of a new customer.
    ///
    /// # Units
    ///
    /// - `horizon_days`: days, `0 ≤ H`; the model's time is weeks
    /// - returns: customers and purchase days for each customer a week; relative error below 1e-12
    ///
    /// # Errors
    ///
    /// [`ForecastError::Horizon`] when the horizon is negative.
    ///
    /// # Source
    ///
    /// Ours.
    pub fn new(
        model: &AnyPurchaseModel,
        horizon_days: i32,
        policy: &Policy,
    ) -> Result<Self, ForecastError> {
        let horizon = horizon_checked(f64::from(horizon_days) / DAYS_PER_WEEK)?;
        let rate = weekly_discount_rate(policy.discount_rate);
        let scale = scale(model);
        let (discounted_arrivals, discounted_purchases) = match policy.discounting {
            Discounting::Continuous => {
                let nodes = panel_nodes(scale, &decaying_panels(scale, horizon, rate));
                let discount = |time: f64| exp(-rate * time);
                let purchases = integrate(&nodes, |time| {
                    discount(time) * (1.0 + repeat_purchases(model, time))
                });
                (annuity(rate, horizon), purchases)
            }
            Discounting::MidPeriod { period_days } => {
                let period = f64::from(period_days.max(1)) / DAYS_PER_WEEK;
                by_periods(model, scale, (horizon, period), rate)
            }
        };
        Ok(Self {
            horizon_weeks: horizon,
            discounted_arrivals,
            discounted_purchases,
        })
    }
}

/// ∫₀ᴴ e^(−δv) dv.
fn annuity(rate: f64, horizon: f64) -> f64 {
    if rate == 0.0 {
        horizon
    } else {
        -exp_m1(-rate * horizon) / rate
    }
}

/// Expected repeat purchases of a new customer in the time after the first purchase.
fn repeat_purchases(model: &AnyPurchaseModel, time: f64) -> f64 {
    match model {
        AnyPurchaseModel::BgNbd(model) => model.purchases_of_new_customer(time),
        AnyPurchaseModel::MbgNbd(model) => model.purchases_of_new_customer(time),
        AnyPurchaseModel::ParetoNbd(model) => model.purchases_of_new_customer(time),
    }
}

/// The time at which expected purchases bend: E is analytic but for times below its negative.
fn scale(model: &AnyPurchaseModel) -> f64 {
    match model {
        AnyPurchaseModel::BgNbd(model) => model.alpha,
        AnyPurchaseModel::MbgNbd(model) => model.alpha,
        AnyPurchaseModel::ParetoNbd(model) => model.beta,
    }
}

/// Repeat purchases between two times, interpolated in ln(1 + t/scale).
struct Panel {
    end: f64,
    /// Middle and half length in that variable.
    centre: f64,
    half: f64,
    coefficients: [[f64; 2]; POINTS],
}

/// Arrivals and purchases where a factor holds for a whole period.
///
/// There may be thousands of periods, and E may cost as much as a score: it is evaluated at the
/// Chebyshev points of a few panels, and interpolated in between.
fn by_periods(
    model: &AnyPurchaseModel,
    scale: f64,
    (horizon, period): (f64, f64),
    rate: f64,
) -> (f64, f64) {
    let edges = decaying_panels(scale, horizon, 0.0);
    let mut panels = edges
        .windows(2)
        .map(|pair| panel(model, scale, pair[0], pair[1]));
    let Some(mut current) = panels.next() else {
        return (0.0, 0.0);
    };
    let (mut arrivals, mut purchases) = (0.0, 0.0);
    let (mut start, mut number) = (0.0, 0.0);
    while start < horizon {
        let period_end = (number + 1.0) * period;
        let end = period_end.min(current.end);
        let discount = exp(-rate * (number + 0.5) * period);
        arrivals += discount * (end - start);
        let nodes: Vec<Node> = panel_nodes(scale, &[start, end]);
        debug_assert_eq!(nodes.len(), LEGENDRE_NODES);
        purchases += discount * integrate(&nodes, |time| 1.0 + current.at(time, scale));
        start = end;
        if period_end <= end {
            number += 1.0;
        }
        if current.end <= end {
            match panels.next() {
                Some(next) => current = next,
                None => break,
            }
        }
    }
    (arrivals, purchases)
}

fn panel(model: &AnyPurchaseModel, scale: f64, start: f64, end: f64) -> Panel {
    let (low, high) = (ln_1p(start / scale), ln_1p(end / scale));
    let (centre, half) = (0.5 * (low + high), 0.5 * (high - low));
    let values = points().map(|point| {
        let time = scale * exp_m1(centre + half * point);
        repeat_purchases(model, time.max(0.0))
    });
    Panel {
        end,
        centre,
        half,
        coefficients: coefficients(&values).map(|coefficient| [coefficient, 0.0]),
    }
}

impl Panel {
    fn at(&self, time: f64, scale: f64) -> f64 {
        let place = (ln_1p(time / scale) - self.centre) / self.half;
        let [value, _] = evaluate_pair(&self.coefficients, place);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::bg_nbd::BgNbd;
    use crate::engine::mbg_nbd::MbgNbd;
    use crate::engine::pareto_nbd::ParetoNbd;
    use crate::engine::policy::BUILTIN_2;

    fn models() -> [AnyPurchaseModel; 4] {
        [
            AnyPurchaseModel::BgNbd(BgNbd::new(0.2426, 4.4136, 0.7929, 2.4259).unwrap()),
            AnyPurchaseModel::BgNbd(BgNbd::new(0.02, 0.004, 0.3, 0.5).unwrap()),
            AnyPurchaseModel::MbgNbd(MbgNbd::new(0.52, 6.2, 0.9, 1.6).unwrap()),
            AnyPurchaseModel::ParetoNbd(ParetoNbd::new(0.5533, 10.578, 0.6062, 11.6687).unwrap()),
        ]
    }

    fn policy(discount_rate: f64, discounting: Discounting) -> Policy {
        Policy {
            discount_rate,
            discounting,
            ..BUILTIN_2
        }
    }

    #[track_caller]
    fn close(found: f64, expected: f64, tolerance: f64) {
        let off = (found / expected - 1.0).abs();
        assert!(off < tolerance, "{found} is not {expected}: {off:e}");
    }

    /// Discounted expected purchases of a new customer: e^(−δH)·E(H) + δ·∫ e^(−δs)·E(s) ds.
    fn discounted_of_one(model: &AnyPurchaseModel, rate: f64, horizon: f64) -> f64 {
        let nodes = panel_nodes(scale(model), &decaying_panels(scale(model), horizon, rate));
        let later = integrate(&nodes, |time| {
            exp(-rate * time) * repeat_purchases(model, time)
        });
        exp(-rate * horizon) * repeat_purchases(model, horizon) + rate * later
    }

    #[test]
    fn purchases_are_those_of_each_arrival_in_what_is_left_of_the_horizon() {
        for model in models() {
            for (days, annual) in [(365, 0.1), (30, 0.0), (3_650, 0.25)] {
                let newcomers =
                    Newcomers::new(&model, days, &policy(annual, Discounting::Continuous)).unwrap();
                let horizon = f64::from(days) / 7.0;
                let rate = weekly_discount_rate(annual);
                // Over what is left of the horizon for each arrival.
                let left =
                    panel_nodes(scale(&model), &decaying_panels(scale(&model), horizon, 0.0));
                let discount = |left: f64| exp(-rate * (horizon - left));
                let purchases = integrate(&left, |left| {
                    discount(left) * (1.0 + discounted_of_one(&model, rate, left))
                });
                close(newcomers.discounted_purchases, purchases, 1e-11);
                close(
                    newcomers.discounted_arrivals,
                    integrate(&left, discount),
                    1e-12,
                );
            }
        }
    }

    #[test]
    fn one_period_discounts_all_of_the_horizon_alike() {
        for model in models() {
            let half_a_year = Discounting::MidPeriod { period_days: 365 };
            let alike = Newcomers::new(&model, 365, &policy(0.21, half_a_year)).unwrap();
            let none = Newcomers::new(&model, 365, &policy(0.0, Discounting::Continuous)).unwrap();
            let factor = 1.0 / 1.1;
            let expected = (none.discounted_arrivals, none.discounted_purchases);
            close(alike.discounted_arrivals, factor * expected.0, 1e-12);
            close(alike.discounted_purchases, factor * expected.1, 1e-12);
        }
    }

    #[test]
    fn short_periods_come_to_continuous_discounting() {
        for model in models() {
            for days in [1, 20, 400] {
                let daily = Discounting::MidPeriod { period_days: 1 };
                let daily = Newcomers::new(&model, days, &policy(0.1, daily)).unwrap();
                let continuous =
                    Newcomers::new(&model, days, &policy(0.1, Discounting::Continuous)).unwrap();
                close(
                    daily.discounted_arrivals,
                    continuous.discounted_arrivals,
                    1e-8,
                );
                close(
                    daily.discounted_purchases,
                    continuous.discounted_purchases,
                    // A day's purchases may all come in its first hours: half a day's discount.
                    1.3e-4,
                );
            }
            // Without a rate all ways of discounting are the same.
            let weekly = Discounting::MidPeriod { period_days: 7 };
            let weekly = Newcomers::new(&model, 1_000, &policy(0.0, weekly)).unwrap();
            let none =
                Newcomers::new(&model, 1_000, &policy(0.0, Discounting::Continuous)).unwrap();
            close(
                weekly.discounted_purchases,
                none.discounted_purchases,
                1e-12,
            );
        }
    }

    #[test]
    fn no_horizon_brings_nobody_and_a_negative_one_is_refused() {
        for discounting in [
            Discounting::Continuous,
            Discounting::MidPeriod { period_days: 30 },
        ] {
            for model in models() {
                let policy = policy(0.1, discounting);
                let none = Newcomers::new(&model, 0, &policy).unwrap();
                assert_eq!(none.discounted_arrivals, 0.0);
                assert_eq!(none.discounted_purchases, 0.0);
                assert!(Newcomers::new(&model, -7, &policy).is_err());
            }
        }
    }
}

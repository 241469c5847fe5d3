//! Populations drawn from a known truth: histories, futures, and a generator of their own.
//!
//! Everything follows from the seed: the generator is SplitMix64 (Steele, Lea and Flood 2014), its
//! variates use `libm` only, so that a run gives the same numbers on every machine.

use customer_value::engine::gamma_gamma::GammaGamma;
use customer_value::engine::statistics::{PurchaseStatistics, SpendStatistics, Weighted};

/// A stream of random numbers.
pub(crate) struct Random(u64);

impl Random {
    /// Different seeds give streams that have nothing to do with each other.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Uniform in 0..1, never 0 or 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    fn exponential(&mut self, rate: f64) -> f64 {
        -libm::log(self.uniform()) / rate
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        radius * libm::cos(2.0 * std::f64::consts::PI * self.uniform())
    }

    /// Gamma with rate 1 (Marsaglia and Tsang 2000).
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let power = libm::pow(self.uniform(), 1.0 / shape);
            return self.gamma(shape + 1.0) * power;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let z = self.normal();
            let v = (1.0 + c * z) * (1.0 + c * z) * (1.0 + c * z);
            if 0.0 < v && libm::log(self.uniform()) < 0.5 * z * z + d * (1.0 - v + libm::log(v)) {
                return d * v;
            }
        }
    }

    fn beta(&mut self, a: f64, b: f64) -> f64 {
        let one = self.gamma(a);
        one / (one + self.gamma(b))
    }
}

/// The spend model of the CDNOW customers.
pub(crate) const CDNOW_SPEND: GammaGamma = GammaGamma {
    p: 6.25,
    q: 3.74,
    gamma: 15.44,
};

/// How a customer leaves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leaving {
    /// After a repeat purchase, with a beta distributed probability: BG/NBD.
    AfterRepeat,
    /// After any purchase: MBG/NBD.
    AfterAny,
    /// At any time, at a gamma distributed rate: Pareto/NBD.
    AnyTime,
}

/// What the truth is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truth {
    pub(crate) leaving: Leaving,
    /// Parameters of the purchase model, in weeks.
    pub(crate) purchases: [f64; 4],
    pub(crate) spend: GammaGamma,
    pub(crate) customers: u32,
    /// Ages are uniform between these, in weeks.
    pub(crate) ages: [f64; 2],
    /// Weeks ahead.
    pub(crate) horizon: f64,
    /// Per week.
    pub(crate) discount_rate: f64,
}

/// What is known of a customer, and what becomes of them.
pub(crate) struct Customer {
    pub(crate) purchases: PurchaseStatistics,
    pub(crate) spend: Option<SpendStatistics>,
    pub(crate) future_purchases: usize,
    /// Discounted spend in the horizon.
    pub(crate) future_value: f64,
}

/// Draws a population.
pub(crate) fn draw(truth: &Truth, random: &mut Random) -> Vec<Customer> {
    (0..truth.customers)
        .map(|_| customer(truth, random))
        .collect()
}

fn customer(truth: &Truth, random: &mut Random) -> Customer {
    let [r, alpha, leave_one, leave_two] = truth.purchases;
    let [youngest, oldest] = truth.ages;
    let age = youngest + (oldest - youngest) * random.uniform();
    let end = age + truth.horizon;
    let rate = random.gamma(r) / alpha;
    let (chance, death) = match truth.leaving {
        Leaving::AfterRepeat | Leaving::AfterAny => (random.beta(leave_one, leave_two), end),
        Leaving::AnyTime => {
            let mortality = random.gamma(leave_one) / leave_two;
            (0.0, random.exponential(mortality).min(end))
        }
    };
    let GammaGamma { p, q, gamma } = truth.spend;
    let spend_rate = random.gamma(q) / gamma;
    let mut is_gone = matches!(truth.leaving, Leaving::AfterAny) && random.uniform() < chance;
    let (mut repeats, mut last, mut spent) = (0.0, 0.0, 0.0);
    let (mut future_purchases, mut future_value) = (0, 0.0);
    let mut time = 0.0;
    while !is_gone {
        time += random.exponential(rate);
        if death < time {
            break;
        }
        let amount = random.gamma(p) / spend_rate;
        if time <= age {
            repeats += 1.0;
            last = time;
            spent += amount;
        } else {
            future_purchases += 1;
            future_value += amount * libm::exp(-truth.discount_rate * (time - age));
        }
        is_gone = random.uniform() < chance;
    }
    Customer {
        purchases: PurchaseStatistics::new(repeats, last, age).expect("a history"),
        spend: (0.0 < repeats)
            .then(|| SpendStatistics::new(repeats, spent / repeats).expect("a spend")),
        future_purchases,
        future_value,
    }
}

/// What a fit reads.
pub(crate) fn purchase_rows(customers: &[Customer]) -> Vec<Weighted<PurchaseStatistics>> {
    let rows = customers.iter().map(|customer| Weighted {
        row: customer.purchases,
        weight: 1.0,
    });
    rows.collect()
}

/// What a fit of the spend reads.
pub(crate) fn spend_rows(customers: &[Customer]) -> Vec<Weighted<SpendStatistics>> {
    let spends = customers.iter().filter_map(|customer| customer.spend);
    spends.map(|row| Weighted { row, weight: 1.0 }).collect()
}

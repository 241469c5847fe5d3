//! How unequally a population's value is spread: Lorenz points, Gini, share of the top fifth.
//!
//! # Formula
//!
//! With the values x₁ ≤ … ≤ xₙ:
//!
//! ```text
//! lorenz k        = Σ of the ⌊k·n/100⌋ smallest values, k = 0 … 100
//! top fifth       = Σ of the ⌈n/5⌉ largest values
//! Σᵢ Σⱼ |xᵢ − xⱼ| = 2 · Σᵢ (2i − n − 1) · xᵢ
//! gini            = Σᵢ Σⱼ |xᵢ − xⱼ| / (2 · n · Σ |xᵢ|)
//! gini of net     = Σᵢ Σⱼ |xᵢ − xⱼ| / (2 · n · Σ xᵢ)
//! ```
//!
//! Without negative values both are the usual coefficient, half the relative mean difference. With
//! them the second may pass 1, and does not exist where the net total is not positive; the first
//! stays between 0 and 1 and exists unless every value is zero. Sums are whole numbers; one division
//! at the end.
//!
//! # Source
//!
//! Raffinetti, Siletti and Vernizzi (2015), "On the Gini coefficient normalization when attributes
//! with negative values are considered", Statistical Methods & Applications 24, 507–521, whose
//! coefficient is the first times n / (n − 1).

/// Lorenz points kept: 0 % to 100 % of the customers.
pub const LORENZ_POINTS: usize = 101;

/// How unequally values are spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concentration {
    /// How many values.
    pub count: u64,
    /// Their sum.
    pub total: i128,
    /// Sum of those above zero.
    pub positive_total: i128,
    /// Sum of the smallest values: at place k of the ⌊k·n/100⌋ smallest.
    pub lorenz: [i128; LORENZ_POINTS],
    /// Sum of the ⌈n/5⌉ largest values.
    pub top_fifth_total: i128,
    /// Half the sum of all absolute differences: Σᵢ (2i − n − 1) · xᵢ.
    pub half_differences: i128,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio of exact sums takes the nearest floats"
)]
fn ratio(numerator: i128, denominator: i128) -> Option<f64> {
    (denominator > 0).then(|| numerator as f64 / denominator as f64)
}

impl Concentration {
    /// Gini coefficient against the sum of absolute values, 0 to 1; `None` if all values are zero.
    #[must_use]
    pub fn gini(&self) -> Option<f64> {
        let absolute = 2 * self.positive_total - self.total;
        ratio(self.half_differences, i128::from(self.count) * absolute)
    }

    /// Gini coefficient against the net total; above 1 where negative values weigh much, `None`
    /// where the net total is not positive.
    #[must_use]
    pub fn gini_of_net(&self) -> Option<f64> {
        ratio(self.half_differences, i128::from(self.count) * self.total)
    }

    /// Share of the net total that the most valuable fifth brings; above 1 where others cost money,
    /// `None` where the net total is not positive.
    #[must_use]
    pub fn top_fifth_share(&self) -> Option<f64> {
        ratio(self.top_fifth_total, self.total)
    }

    /// Share of the net total below each Lorenz point; `None` where the net total is not positive.
    #[must_use]
    pub fn lorenz_shares(&self) -> Option<Vec<f64>> {
        self.lorenz
            .iter()
            .map(|sum| ratio(*sum, self.total))
            .collect()
    }
}

/// Measures concentration from values fed in ascending order, in constant memory.
#[derive(Clone, Debug)]
pub struct ConcentrationBuilder {
    count: u64,
    pushed: u64,
    /// How many Lorenz points are known.
    known: usize,
    measured: Concentration,
}

impl ConcentrationBuilder {
    /// A builder for a population of this many values.
    #[must_use]
    pub fn new(count: u64) -> Self {
        let mut builder = Self {
            count,
            pushed: 0,
            known: 0,
            measured: Concentration {
                count: 0,
                total: 0,
                positive_total: 0,
                lorenz: [0; LORENZ_POINTS],
                top_fifth_total: 0,
                half_differences: 0,
            },
        };
        builder.note_points();
        builder
    }

    /// Takes the next value in, not smaller than those before.
    pub fn push(&mut self, value: i128) {
        self.pushed += 1;
        let measured = &mut self.measured;
        measured.total += value;
        measured.positive_total += value.max(0);
        let weight = 2 * i128::from(self.pushed) - i128::from(self.count) - 1;
        measured.half_differences += weight * value;
        if self.pushed > self.count - self.count.div_ceil(5).min(self.count) {
            measured.top_fifth_total += value;
        }
        self.note_points();
    }

    fn note_points(&mut self) {
        while self.known < LORENZ_POINTS {
            let customers = self.known as u128 * u128::from(self.count) / 100;
            if customers > u128::from(self.pushed) {
                break;
            }
            self.measured.lorenz[self.known] = self.measured.total;
            self.known += 1;
        }
    }

    /// The measures.
    #[must_use]
    pub fn finish(mut self) -> Concentration {
        self.measured.count = self.pushed;
        self.measured
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[i128]) -> Concentration {
        let mut builder = ConcentrationBuilder::new(values.len() as u64);
        values.iter().for_each(|value| builder.push(*value));
        builder.finish()
    }

    /// Reckoned by hand: differences of (−2, 0, 3, 4, 5) are 2+5+6+7, 3+4+5, 1+2, 1, which is 36 for
    /// each half; absolute values add up to 14, the net total is 10.
    #[test]
    fn a_vector_with_a_negative_value() {
        let five = of(&[-2, 0, 3, 4, 5]);
        assert_eq!(five.half_differences, 36);
        assert_eq!(five.gini(), Some(36.0 / 70.0));
        assert_eq!(five.gini_of_net(), Some(36.0 / 50.0));
        assert_eq!(five.top_fifth_share(), Some(0.5));
        assert_eq!(five.lorenz[0], 0);
        assert_eq!(five.lorenz[20], -2);
        assert_eq!(five.lorenz[39], -2);
        assert_eq!(five.lorenz[60], 1);
        assert_eq!(five.lorenz[100], 10);
    }

    #[test]
    fn more_may_be_lost_than_is_left() {
        let three = of(&[-8, 1, 9]);
        // Differences 9 + 17 + 8 = 34; the net total is 2.
        assert_eq!(three.gini_of_net(), Some(34.0 / 6.0));
        assert_eq!(three.gini(), Some(34.0 / 54.0));
        assert_eq!(three.top_fifth_share(), Some(4.5));
    }

    #[test]
    fn limits() {
        let equal = of(&[7; 4]);
        assert_eq!((equal.gini(), equal.gini_of_net()), (Some(0.0), Some(0.0)));
        let one = of(&[3]);
        assert_eq!((one.gini(), one.top_fifth_share()), (Some(0.0), Some(1.0)));
        let nothing = of(&[0, 0]);
        assert_eq!((nothing.gini(), nothing.top_fifth_share()), (None, None));
        let loss = of(&[-3, -1]);
        assert_eq!((loss.gini(), loss.gini_of_net()), (Some(0.25), None));
        assert_eq!(of(&[]).gini(), None);
    }

    proptest! {
        #[test]
        fn sums_agree_with_all_pairs(mut values in prop::collection::vec(-30_i128..30, 1..80)) {
            values.sort_unstable();
            let measured = of(&values);
            let pairs: i128 = values
                .iter()
                .flat_map(|left| values.iter().map(move |right| (left - right).abs()))
                .sum();
            prop_assert_eq!(2 * measured.half_differences, pairs);
            prop_assert_eq!(measured.lorenz[100], values.iter().sum::<i128>());
            if let Some(gini) = measured.gini() {
                prop_assert!((0.0..=1.0).contains(&gini));
            }
            let top = values.len().div_ceil(5);
            let largest: i128 = values[values.len() - top..].iter().sum();
            prop_assert_eq!(measured.top_fifth_total, largest);
        }
    }
}

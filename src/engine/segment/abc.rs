//! ABC classes: who brings the first 80 % of the value, who the next 15 %, who the rest.
//!
//! # Formula
//!
//! ```text
//! order by value, descending; share before an item = Σ values before it / net total
//! A: share before < 80 %     B: share before < 95 %     C: all others
//! ```
//!
//! The cuts are kept as money, so that equal values share a class whatever the order of rows: that of
//! the first of them. Ours, as the sources name only the method: shares relate to the net total, so
//! that the cumulative share (the whale curve) passes 100 % at its top and falls back to it where
//! values are negative; a customer whose value is zero or negative is C; where the net total is not
//! positive, nobody brings a share of it and everybody is C.

/// Where the classes begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AbcCuts {
    /// Sum of all values, in micro-units.
    pub total: i128,
    /// Values from here on are A; `None` if nobody is.
    pub a_at_least: Option<i128>,
    /// Values from here on, below A, are B; `None` if nobody is.
    pub b_at_least: Option<i128>,
    /// The most that the values add up to on the way down: the top of the whale curve.
    pub peak: i128,
    /// How many customers it takes to the top: those with a value above zero.
    pub peak_customers: u64,
}

/// A class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AbcClass {
    /// The first 80 % of the value.
    A,
    /// The next 15 %.
    B,
    /// The rest, and everybody who brings nothing.
    C,
}

impl AbcCuts {
    /// The class of a value.
    #[must_use]
    pub fn class(&self, value: i128) -> AbcClass {
        let at_least = |cut: Option<i128>| cut.is_some_and(|cut| value >= cut);
        if at_least(self.a_at_least) {
            AbcClass::A
        } else if at_least(self.b_at_least) {
            AbcClass::B
        } else {
            AbcClass::C
        }
    }
}

/// Finds the cuts from values fed in descending order, in constant memory.
#[derive(Clone, Debug)]
pub struct AbcBuilder {
    cuts: AbcCuts,
    a_percent: i128,
    b_percent: i128,
    before: i128,
}

impl AbcBuilder {
    /// A builder for a net total that is known beforehand, with the shares in percent up to which
    /// customers are A and B.
    #[must_use]
    pub fn new(total: i128, a_percent: u8, b_percent: u8) -> Self {
        Self {
            cuts: AbcCuts {
                total,
                ..AbcCuts::default()
            },
            a_percent: i128::from(a_percent),
            b_percent: i128::from(b_percent),
            before: 0,
        }
    }

    /// Takes the next value in, not larger than those before.
    pub fn push(&mut self, value: i128) {
        if value <= 0 {
            return;
        }
        let cuts = &mut self.cuts;
        if cuts.total > 0 {
            // A value equal to the one before is in its class already; comparing the share before it
            // again can only say the same or less, and cuts only go down.
            if self.before * 100 < self.a_percent * cuts.total {
                cuts.a_at_least = Some(value);
            }
            if self.before * 100 < self.b_percent * cuts.total {
                cuts.b_at_least = Some(value);
            }
        }
        self.before += value;
        cuts.peak = self.before;
        cuts.peak_customers += 1;
    }

    /// The cuts.
    #[must_use]
    pub fn finish(self) -> AbcCuts {
        self.cuts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[i128]) -> AbcCuts {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(|left, right| right.cmp(left));
        let mut builder = AbcBuilder::new(values.iter().sum(), 80, 95);
        sorted.iter().for_each(|value| builder.push(*value));
        builder.finish()
    }

    fn classes(values: &[i128]) -> Vec<AbcClass> {
        let cuts = of(values);
        values.iter().map(|value| cuts.class(*value)).collect()
    }

    #[test]
    fn the_share_before_decides() {
        use AbcClass::{A, B, C};
        // Shares before: 0, 50, 80 (no longer below 80), 90, 95 (no longer below 95).
        assert_eq!(classes(&[50, 30, 10, 5, 5]), [A, A, B, B, B]);
        assert_eq!(classes(&[50, 30, 10, 6, 4]), [A, A, B, B, C]);
    }

    #[test]
    fn equals_share_the_class_of_the_first_of_them() {
        use AbcClass::A;
        assert_eq!(classes(&[10; 10]), [A; 10]);
    }

    #[test]
    fn one_customer_is_a() {
        assert_eq!(classes(&[1]), [AbcClass::A]);
    }

    #[test]
    fn who_brings_nothing_is_c() {
        use AbcClass::{A, C};
        // The whale curve stands at 150 % after the first and falls back to 100 %.
        assert_eq!(classes(&[150, -50, 0]), [A, C, C]);
        let cuts = of(&[150, -50, 0]);
        assert_eq!((cuts.peak, cuts.peak_customers, cuts.total), (150, 1, 100));
    }

    #[test]
    fn without_a_positive_total_everybody_is_c() {
        use AbcClass::C;
        assert_eq!(classes(&[10, -10]), [C, C]);
        assert_eq!(classes(&[10, -30]), [C, C]);
        assert_eq!(classes(&[0, 0]), [C, C]);
    }

    proptest! {
        #[test]
        fn cuts_do_not_know_the_order_of_rows(values in prop::collection::vec(-20_i128..20, 1..60)) {
            let cuts = of(&values);
            let mut shuffled = values.clone();
            shuffled.reverse();
            prop_assert_eq!(of(&shuffled), cuts);
            // Every customer against the definition: the share before the first of their equals.
            let total: i128 = values.iter().sum();
            for value in &values {
                let before: i128 = values.iter().filter(|other| *other > value).sum();
                let expected = if *value <= 0 || total <= 0 {
                    AbcClass::C
                } else if before * 100 < 80 * total {
                    AbcClass::A
                } else if before * 100 < 95 * total {
                    AbcClass::B
                } else {
                    AbcClass::C
                };
                prop_assert_eq!(cuts.class(*value), expected);
            }
        }
    }
}

//! How the values of a population are spread along an axis, in 99 percentiles.

/// Percentile points kept: the 1st to the 99th.
pub const PERCENTILES: usize = 99;

/// A population's values on an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// How many customers have a value.
    pub count: u64,
    /// The smallest value.
    pub min: i128,
    /// The largest value.
    pub max: i128,
    /// The 1st to the 99th percentile by nearest rank: always values that somebody has.
    pub percentiles: [i128; PERCENTILES],
}

impl Distribution {
    /// A percentile from 1 to 99; the bounds beyond that.
    #[must_use]
    pub fn percentile(&self, percent: u8) -> i128 {
        match usize::from(percent) {
            0 => self.min,
            percent => self
                .percentiles
                .get(percent - 1)
                .copied()
                .unwrap_or(self.max),
        }
    }

    /// The four cuts between quintiles: percentiles 20, 40, 60 and 80.
    #[must_use]
    pub fn quintile_cuts(&self) -> [i128; 4] {
        [20, 40, 60, 80].map(|percent| self.percentile(percent))
    }

    /// The median.
    #[must_use]
    pub fn median(&self) -> i128 {
        self.percentile(50)
    }

    /// A value's own percentile, 0 to 99: how many of the 99 stored points lie strictly below it.
    /// Equal values have the same one.
    #[must_use]
    pub fn percentile_of(&self, value: i128) -> u8 {
        let below = self.percentiles.partition_point(|point| *point < value);
        u8::try_from(below).unwrap_or(u8::MAX)
    }

    /// The same where less is better: how many of the stored points lie strictly above the value.
    #[must_use]
    pub fn percentile_reversed(&self, value: i128) -> u8 {
        let not_above = self.percentiles.partition_point(|point| *point <= value);
        u8::try_from(PERCENTILES - not_above).unwrap_or(u8::MAX)
    }
}

/// Makes a [`Distribution`] of values fed in ascending order, in constant memory.
///
/// # Formula
///
/// ```text
/// percentile p = the value of rank ⌈p/100 · n⌉, counted from 1
/// ```
///
/// # Examples
///
/// ```
/// use customer_value::engine::segment::distribution::DistributionBuilder;
/// let mut builder = DistributionBuilder::new(5);
/// for value in [1, 2, 3, 4, 50] {
///     builder.push(value);
/// }
/// let distribution = builder.finish().unwrap();
/// assert_eq!(distribution.quintile_cuts(), [1, 2, 3, 4]);
/// ```
#[derive(Clone, Debug)]
pub struct DistributionBuilder {
    count: u64,
    pushed: u64,
    /// How many percentiles are known.
    known: usize,
    distribution: Distribution,
}

impl DistributionBuilder {
    /// A builder for a population of this many values.
    #[must_use]
    pub fn new(count: u64) -> Self {
        Self {
            count,
            pushed: 0,
            known: 0,
            distribution: Distribution {
                count: 0,
                min: 0,
                max: 0,
                percentiles: [0; PERCENTILES],
            },
        }
    }

    /// Takes the next value in, not smaller than those before.
    pub fn push(&mut self, value: i128) {
        self.pushed += 1;
        if self.pushed == 1 {
            self.distribution.min = value;
        }
        self.distribution.max = value;
        while self.known < PERCENTILES && self.rank(self.known) <= self.pushed {
            self.distribution.percentiles[self.known] = value;
            self.known += 1;
        }
    }

    /// The rank of the percentile at a place.
    fn rank(&self, place: usize) -> u64 {
        let percent = place as u128 + 1;
        let rank = (percent * u128::from(self.count)).div_ceil(100);
        u64::try_from(rank).unwrap_or(u64::MAX)
    }

    /// The distribution; `None` of an empty population.
    #[must_use]
    pub fn finish(mut self) -> Option<Distribution> {
        if self.pushed == 0 {
            return None;
        }
        // Fewer values came than were told: the points that are left are the largest value's.
        for place in self.known..PERCENTILES {
            self.distribution.percentiles[place] = self.distribution.max;
        }
        self.distribution.count = self.pushed;
        Some(self.distribution)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[i128]) -> Option<Distribution> {
        let mut builder = DistributionBuilder::new(values.len() as u64);
        values.iter().for_each(|value| builder.push(*value));
        builder.finish()
    }

    #[test]
    fn nobody_has_no_distribution() {
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn one_customer_is_every_percentile() {
        let one = of(&[-7]).expect("one");
        assert_eq!(one.percentiles, [-7; PERCENTILES]);
        assert_eq!(one.percentile_of(-7), 0);
        assert_eq!(one.percentile_of(-6), 99);
        assert_eq!(one.percentile_of(-8), 0);
    }

    #[test]
    fn of_a_hundred_values_each_percentile_is_its_rank() {
        let values: Vec<i128> = (1..=100).collect();
        let hundred = of(&values).expect("hundred");
        for percent in 1..=99_u8 {
            assert_eq!(hundred.percentile(percent), i128::from(percent));
        }
        assert_eq!(hundred.median(), 50);
        assert_eq!(hundred.percentile_of(50), 49);
        assert_eq!(hundred.percentile_of(1_000), 99);
    }

    proptest! {
        #[test]
        fn a_percentile_is_the_value_of_its_rank(mut values in prop::collection::vec(-50_i128..50, 1..300)) {
            values.sort_unstable();
            let built = of(&values).expect("values");
            for percent in 1..=99_usize {
                let rank = (percent * values.len()).div_ceil(100);
                prop_assert_eq!(built.percentiles[percent - 1], values[rank - 1]);
            }
            prop_assert_eq!((built.min, built.max), (values[0], values[values.len() - 1]));
        }
    }
}

//! Where recency, frequency and monetary value are cut into scores.

use crate::engine::policy::RfmCuts;
use crate::engine::score::Reason;
use crate::engine::segment::CutPoints;
use crate::engine::segment::axis::Axis;

/// The three axes, in the order of scores and cells.
pub const AXES: [Axis; 3] = [Axis::RecencyDays, Axis::Frequency, Axis::Monetary];

/// The cuts that scores go by, and the population that percentiles are among.
#[derive(Clone, Copy, Debug)]
pub struct Cuts<'c> {
    /// Four cuts of each axis, in the order of [`AXES`].
    pub points: [[i128; 4]; 3],
    /// The population; `None` where the policy's own cuts need none and there is none.
    population: Option<&'c CutPoints>,
    /// Whose cuts they are, for people.
    pub whose: &'static str,
}

impl<'c> Cuts<'c> {
    /// The cuts that a policy chooses; `snapshot` is the one whose quintiles it would go by.
    ///
    /// # Errors
    ///
    /// [`Reason::NoSnapshot`] where quintiles are wanted and there is no snapshot, and
    /// [`Reason::NotEnoughData`] where nobody in it has purchased.
    pub fn of(chosen: &RfmCuts, snapshot: Option<&'c CutPoints>) -> Result<Self, Reason> {
        let quintiles = |whose| {
            let snapshot = snapshot.ok_or(Reason::NoSnapshot)?;
            let mut points = [[0; 4]; 3];
            for (points, axis) in points.iter_mut().zip(AXES) {
                let distribution = snapshot.distributions.get(&axis);
                *points = distribution.ok_or(Reason::NotEnoughData)?.quintile_cuts();
            }
            Ok(Self {
                points,
                population: Some(snapshot),
                whose,
            })
        };
        match chosen {
            RfmCuts::SnapshotInForce => quintiles("the quintiles of the snapshot in force"),
            RfmCuts::NewestSnapshot => quintiles("the quintiles of the newest snapshot"),
            RfmCuts::Custom(own) => Ok(Self {
                points: [
                    own.recency_days.map(i128::from),
                    own.frequency.map(i128::from),
                    own.monetary.map(|cut| cut.0),
                ],
                population: snapshot,
                whose: "the policy's own cut points",
            }),
        }
    }

    /// Scores of a customer's values, 1 to 5 each.
    #[must_use]
    pub fn scores(&self, [recency, frequency, monetary]: [i128; 3]) -> [u8; 3] {
        [
            score_reversed(recency, &self.points[0]),
            score(frequency, &self.points[1]),
            score(monetary, &self.points[2]),
        ]
    }

    /// Score of a value on an axis; `None` of one that is not scored.
    #[must_use]
    pub fn score(&self, axis: Axis, value: i128) -> Option<u8> {
        let place = AXES.into_iter().position(|scored| scored == axis)?;
        self.scores([value; 3]).get(place).copied()
    }

    /// Percentile of a value on an axis, 0 to 99, higher is better; `None` without a population to be
    /// among.
    #[must_use]
    pub fn percentile(&self, axis: Axis, value: i128) -> Option<u8> {
        let distribution = self.population?.distributions.get(&axis)?;
        Some(if axis == Axis::RecencyDays {
            distribution.percentile_reversed(value)
        } else {
            distribution.percentile_of(value)
        })
    }
}

/// Score of a value where more is better.
#[must_use]
pub fn score(value: i128, cuts: &[i128; 4]) -> u8 {
    1 + count(cuts, |cut| cut < value)
}

/// Score of a value where less is better.
#[must_use]
pub fn score_reversed(value: i128, cuts: &[i128; 4]) -> u8 {
    1 + count(cuts, |cut| cut > value)
}

fn count(cuts: &[i128; 4], counts: impl Fn(i128) -> bool) -> u8 {
    cuts.iter().fold(0, |sum, cut| sum + u8::from(counts(*cut)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_is_best_for_every_score() {
        let cuts = [10, 20, 30, 40];
        let more: Vec<u8> = [5, 10, 11, 20, 21, 40, 41]
            .map(|value| score(value, &cuts))
            .into();
        assert_eq!(more, [1, 1, 2, 2, 3, 4, 5]);
        let less: Vec<u8> = [5, 9, 10, 20, 29, 39, 40, 41]
            .map(|value| score_reversed(value, &cuts))
            .into();
        assert_eq!(less, [5, 5, 4, 3, 3, 2, 1, 1]);
    }
}

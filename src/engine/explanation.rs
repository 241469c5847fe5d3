//! Why a customer is expected to contribute what they are: against a new customer, input by input.
//!
//! The four inputs of a prediction (how often the customer bought, how long ago the last time, since
//! when, and what they spend) are the players of a cooperative game. A coalition is worth the
//! contribution expected of a customer who has its inputs, and of the others those of somebody who
//! bought for the first time just now. The Shapley values of the game share out the difference
//! between this customer and that one: they alone add up to it, give an input that changes nothing
//! nothing, and inputs that change the same the same.
//!
//! Not every mixture of inputs is a history: three purchase days need three days, and somebody silent
//! for a year has been there a year. A coalition therefore stands for the shortest history that holds
//! its inputs. `Inputs::mixture` says which.
//!
//! # Source
//!
//! Shapley (1953), "A Value for n-Person Games", Contributions to the Theory of Games II, 307–317.

mod game;
#[cfg(test)]
mod tests;

use super::history::CustomerTotals;
use super::money::Micros;
use super::purchase_scorer::PurchaseScorer;
use super::score::{DAYS_PER_WEEK, Reason, Score, ScoreInput, expected_spend};
use super::statistics::PurchaseStatistics;
use super::time::Day;
use game::{COALITIONS, PLAYERS};

/// An input of a prediction, in the contract's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Repeat purchase days.
    Frequency,
    /// Days since the last purchase day.
    RecencyGap,
    /// Days since the first purchase day.
    Age,
    /// Expected spend on a purchase day, as the customer's own purchases show it.
    Spend,
}

impl Input {
    /// All inputs.
    pub const ALL: [Self; PLAYERS] = [Self::Frequency, Self::RecencyGap, Self::Age, Self::Spend];
}

/// What an input adds to the expected contribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// Which input.
    pub input: Input,
    /// What it adds; negative where it lowers the value.
    pub amount: Micros,
    /// The customer's: purchase days, days, or units of money on a purchase day.
    pub measured: f64,
    /// A new customer's.
    pub of_new_customer: f64,
}

/// One purchase day more would make the customer look less alive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrequencyParadox {
    /// Probability that the customer is alive.
    pub probability_alive: f64,
    /// The same, had they bought on one day more between the first and the last.
    pub with_one_more: f64,
}

/// An expected contribution, explained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explanation {
    /// Expected contribution of a customer who bought for the first time just now.
    pub new_customer: Micros,
    /// What the customer's inputs add to it. With `new_customer` they are the expected contribution.
    pub contributions: [Contribution; PLAYERS],
    /// Where it applies.
    pub frequency_paradox: Option<FrequencyParadox>,
}

/// What a purchase model knows of one customer, in whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// x: repeat purchase days, not negative.
    frequency: i32,
    /// T − t_x: days since the last purchase day, not negative.
    gap_days: i32,
    /// T: days since the first purchase day; at least x more than the gap.
    age_days: i32,
}

impl Inputs {
    /// Of a customer on a day; `None` without a purchase day.
    #[must_use]
    pub fn of(own: &CustomerTotals, day: Day) -> Option<Self> {
        let span = own.purchase_day_span?;
        let inputs = Self {
            frequency: i32::try_from(own.purchase_days - 1).ok()?,
            gap_days: day.days_since(span.last),
            age_days: day.days_since(span.first),
        };
        (0 <= inputs.gap_days && inputs.frequency <= inputs.age_days - inputs.gap_days)
            .then_some(inputs)
    }

    /// The shortest history with the inputs of a coalition, in whole days.
    ///
    /// # Formula
    ///
    /// ```text
    /// x, g, T: the customer's where the coalition holds them, else 0
    /// T′   = max(T, g + x)       x repeat purchase days need x days
    /// t_x′ = T′ − g if x > 0, else 0
    /// ```
    ///
    /// All three together are the customer's own history. Without a repeat purchase the silence is as
    /// long as the age: then the two say the same, and share alike.
    fn mixture(self, has: impl Fn(Input) -> bool) -> Self {
        let of = |input, days: i32| if has(input) { days } else { 0 };
        let frequency = of(Input::Frequency, self.frequency);
        let gap_days = of(Input::RecencyGap, self.gap_days);
        Self {
            frequency,
            gap_days,
            age_days: of(Input::Age, self.age_days).max(gap_days + frequency),
        }
    }

    /// The same in weeks, as the models take it; `None` beyond what a history can hold.
    fn statistics(self) -> Option<PurchaseStatistics> {
        let weeks = |days: i32| f64::from(days) / DAYS_PER_WEEK;
        let recency_days = if self.frequency == 0 {
            0
        } else {
            self.age_days - self.gap_days
        };
        let (recency, age) = (weeks(recency_days), weeks(self.age_days));
        PurchaseStatistics::new(f64::from(self.frequency), recency, age).ok()
    }
}

/// Explains the expected contribution of a score.
///
/// # Formula
///
/// ```text
/// v(S) = D(x, t_x, T of S) · (the customer's expected spend if S holds it, else the base's) · margin
/// φᵢ   = Σ |S|!·(3−|S|)!/4! · [v(S ∪ {i}) − v(S)]   over the coalitions S without i
/// ```
///
/// D: discounted expected purchases in the horizon. Base value and φ are rounded to micro-units each,
/// half to even; what is then missing to the score's rounded contribution goes to the largest φ
/// (of equal ones to the first), so that the sum is exact.
///
/// # Errors
///
/// The reason why no contribution is expected; [`Reason::NotEnoughData`] when the mean spend of a new
/// customer does not exist.
pub fn explain(input: &ScoreInput<'_>, score: &Score) -> Result<Explanation, Reason> {
    let total = score.expected_contribution()?;
    let own = input.own.ok_or(Reason::NoFacts)?;
    let inputs = Inputs::of(own, input.as_of_day).ok_or(Reason::NoPurchase)?;
    let purchase = input.models.purchase.ok_or(Reason::NoModel)?;
    let spend = input.models.spend.ok_or(Reason::NoModel)?;
    let margin = spend.margin(input.policy).ok_or(Reason::NotEnoughData)?;
    let (own_spend, _) = expected_spend(spend, own)?;
    let base_spend = spend.model.population_mean();
    let base_spend = base_spend.map_err(|_| Reason::NotEnoughData)?;

    let purchases = discounted_purchases(purchase, inputs).ok_or(Reason::NotEnoughData)?;
    let worth: [f64; COALITIONS] = std::array::from_fn(|coalition| {
        let has_spend = game::holds(coalition, Input::Spend as usize);
        let spend = if has_spend { own_spend } else { base_spend };
        purchases[coalition % purchases.len()] * spend * margin
    });
    let exact = game::exact_shares(&worth, total).ok_or(Reason::NotEnoughData)?;
    let of_new = [0.0, 0.0, 0.0, base_spend];
    let measured = [
        f64::from(inputs.frequency),
        f64::from(inputs.gap_days),
        f64::from(inputs.age_days),
        own_spend,
    ];
    Ok(Explanation {
        new_customer: exact.base,
        contributions: Input::ALL.map(|input| Contribution {
            input,
            amount: exact.shares[input as usize],
            measured: measured[input as usize],
            of_new_customer: of_new[input as usize],
        }),
        frequency_paradox: frequency_paradox(purchase, inputs),
    })
}

/// Discounted expected purchases of each coalition of frequency, gap and age.
///
/// Given life they depend on frequency and age only, so that they are computed once for each pair of
/// these: beyond the tabulated frequencies each costs as much as a thousand from the tables.
fn discounted_purchases(scorer: &PurchaseScorer, inputs: Inputs) -> Option<[f64; COALITIONS / 2]> {
    let mut purchases = [0.0; COALITIONS / 2];
    let mut known: Vec<(Inputs, f64)> = Vec::with_capacity(purchases.len());
    for (coalition, worth) in purchases.iter_mut().enumerate() {
        let mixture = inputs.mixture(|input| game::holds(coalition, input as usize));
        let statistics = mixture.statistics()?;
        let is_alike = |(other, _): &&(Inputs, f64)| {
            (other.frequency, other.age_days) == (mixture.frequency, mixture.age_days)
        };
        let if_alive = match known.iter().find(is_alike) {
            Some((_, if_alive)) => *if_alive,
            None => scorer.discounted_purchases_if_alive(&statistics),
        };
        known.push((mixture, if_alive));
        *worth = scorer.probability_alive(&statistics) * if_alive;
    }
    Some(purchases)
}

/// Whether a purchase day more, with the same first and last, would lower the probability of being
/// alive: the silence since then is the less like somebody the oftener they used to buy.
///
/// `None` where it would not, and where there is no room for another purchase day.
fn frequency_paradox(scorer: &PurchaseScorer, inputs: Inputs) -> Option<FrequencyParadox> {
    let more = Inputs {
        frequency: inputs.frequency + 1,
        ..inputs
    };
    if inputs.frequency == 0 || more.age_days - more.gap_days < more.frequency {
        return None;
    }
    let probability_alive = scorer.probability_alive(&inputs.statistics()?);
    let with_one_more = scorer.probability_alive(&more.statistics()?);
    (with_one_more < probability_alive).then_some(FrequencyParadox {
        probability_alive,
        with_one_more,
    })
}

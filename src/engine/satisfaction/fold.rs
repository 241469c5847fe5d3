//! The whole-number sums of a group of responses: all that an index and its error need.
//!
//! Sums of whole numbers do not depend on the order of their summands, so the same responses give the
//! same sums, bit by bit, however they were read, split and merged. What makes answers of one
//! customer alike is kept as products of the customer's own sums, so that memory grows with the pairs
//! of items and never with responses or customers.

use super::response::{Period, Response};
use super::scoring::Scoring;

/// A sum over one customer went beyond 64 bits, or one over all beyond 128: thousands of responses of
/// the greatest weight from a single customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the responses' weights are too great to be summed")]
pub struct TooLarge;

/// Sums over the responses of one period that answered an item that counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeriodSums {
    /// Responses.
    pub responses: u64,
    /// Customers, each response without one counted as its own.
    pub respondents: u64,
    /// Σw, in millionths.
    pub weight: i128,
    /// Σw², in millionths squared.
    pub weight_squares: i128,
}

/// Sums over the answers to one item in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeafSums {
    /// Answers.
    pub responses: u64,
    /// Customers who answered.
    pub respondents: u64,
    /// N = Σw, in millionths.
    pub weight: i128,
    /// Σw², in millionths squared.
    pub weight_squares: i128,
    /// Y = Σwy, in millionths times points.
    pub points: i128,
}

/// Σ v vᵀ over vectors of whole numbers: its lower triangle row by row, up to the last component that
/// was not 0 in all of them. Components of the second period are the last, so that a group that was
/// not asked then has no room for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Products(Vec<i128>);

impl Products {
    fn grow(&mut self, length: usize) {
        let more = length.saturating_sub(self.0.len());
        if more > 0 {
            self.0.reserve_exact(more);
            self.0.resize(length, 0);
        }
    }

    fn add(&mut self, vector: &[i64]) -> Result<(), TooLarge> {
        let size = vector.iter().rposition(|part| *part != 0);
        let size = size.map_or(0, |last| last + 1);
        let vector = &vector[..size];
        self.grow(size * (size + 1) / 2);
        let mut rest = self.0.as_mut_slice();
        for (row, left) in vector.iter().enumerate() {
            let (sums, below) = rest.split_at_mut(row + 1);
            rest = below;
            if *left == 0 {
                continue;
            }
            // A product of two 64-bit numbers always fits 128 bits.
            let left = i128::from(*left);
            for (sum, right) in sums.iter_mut().zip(vector) {
                add(sum, left * i128::from(*right))?;
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<(), TooLarge> {
        self.grow(other.0.len());
        let pairs = self.0.iter_mut().zip(&other.0);
        pairs
            .into_iter()
            .try_for_each(|(sum, part)| add(sum, *part))
    }

    fn at(&self, row: usize, column: usize) -> i128 {
        let (row, column) = (row.max(column), row.min(column));
        let place = row * (row + 1) / 2 + column;
        self.0.get(place).copied().unwrap_or(0)
    }
}

fn add(sum: &mut i128, part: i128) -> Result<(), TooLarge> {
    *sum = sum.checked_add(part).ok_or(TooLarge)?;
    Ok(())
}

/// Sums of one group of responses under one [`Scoring`], over one period or two.
///
/// A vector has, for each period and leaf, the two components N and Y: Σw and Σwy of one response,
/// or of one customer's responses together. Customers whose responses stand alone are kept apart
/// from those who gave several, since only for the latter the two differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupFold {
    leaves: usize,
    periods: [PeriodSums; 2],
    sums: Vec<LeafSums>,
    /// Customers of one response.
    alone: Products,
    /// Customers of several responses: of each customer's sums, and of each response.
    several: Option<(Products, Products)>,
}

impl GroupFold {
    /// Nothing yet.
    #[must_use]
    pub fn new(scoring: &Scoring) -> Self {
        Self::with_columns(scoring.leaves.len(), scoring.leaves.len())
    }

    /// Nothing yet, with room for the period compared. Responses of [`Period::Compared`] given to a
    /// fold without that room are left out.
    #[must_use]
    pub fn new_compared(scoring: &Scoring) -> Self {
        Self::with_columns(scoring.leaves.len(), 2 * scoring.leaves.len())
    }

    fn with_columns(leaves: usize, columns: usize) -> Self {
        Self {
            leaves,
            periods: [PeriodSums::default(); 2],
            sums: vec![LeafSums::default(); columns],
            alone: Products::default(),
            several: None,
        }
    }

    /// Adds all responses of one customer to the group, or one response without a customer.
    ///
    /// # Errors
    ///
    /// [`TooLarge`]; the sums are then of no use.
    pub fn customer(
        &mut self,
        scoring: &Scoring,
        responses: &[Response<'_>],
    ) -> Result<(), TooLarge> {
        let size = 2 * self.sums.len();
        let mut vector = vec![0_i64; size];
        if let [response] = responses {
            let answers = self.response(scoring, response, &mut vector)?;
            if answers {
                self.alone.add(&vector)?;
                self.respondents(&vector);
            }
            return Ok(());
        }
        let mut together = vec![0_i64; size];
        for response in responses {
            vector.fill(0);
            if !self.response(scoring, response, &mut vector)? {
                continue;
            }
            for (sum, part) in together.iter_mut().zip(&vector) {
                *sum = sum.checked_add(*part).ok_or(TooLarge)?;
            }
            let several = self.several.get_or_insert_default();
            several.1.add(&vector)?;
        }
        if let Some(several) = &mut self.several {
            several.0.add(&together)?;
        }
        self.respondents(&together);
        Ok(())
    }

    /// Adds one response to the sums and its components to the vector; whether it answers an item
    /// that counts.
    fn response(
        &mut self,
        scoring: &Scoring,
        response: &Response<'_>,
        vector: &mut [i64],
    ) -> Result<bool, TooLarge> {
        let first = match response.period {
            Period::Asked => 0,
            Period::Compared => self.leaves,
        };
        if self.sums.len() <= first {
            return Ok(false);
        }
        let weight = response.weight_millionths;
        let wide = i128::from(weight);
        let mut answers = false;
        for (place, leaf) in scoring.leaves.iter().enumerate() {
            let Some(answer) = response.answer(leaf.item) else {
                continue;
            };
            answers = true;
            let points = leaf.points(i64::from(answer.value_thousandths));
            let weighted = weight.checked_mul(points).ok_or(TooLarge)?;
            let column = first + place;
            let sums = &mut self.sums[column];
            sums.responses += 1;
            add(&mut sums.weight, wide)?;
            add(&mut sums.weight_squares, wide * wide)?;
            add(&mut sums.points, i128::from(weighted))?;
            vector[2 * column] = weight;
            vector[2 * column + 1] = weighted;
        }
        if answers {
            let period = &mut self.periods[usize::from(first > 0)];
            period.responses += 1;
            add(&mut period.weight, wide)?;
            add(&mut period.weight_squares, wide * wide)?;
        }
        Ok(answers)
    }

    /// Counts a customer in each column and period that the customer answered in.
    fn respondents(&mut self, vector: &[i64]) {
        let mut answered = [false; 2];
        for (column, sums) in self.sums.iter_mut().enumerate() {
            if vector[2 * column] != 0 {
                sums.respondents += 1;
                answered[usize::from(self.leaves <= column)] = true;
            }
        }
        for (period, answered) in self.periods.iter_mut().zip(answered) {
            period.respondents += u64::from(answered);
        }
    }

    /// Adds the sums of other customers of the group, folded under the same scoring with room for the
    /// same periods.
    ///
    /// # Errors
    ///
    /// [`TooLarge`]; the sums are then of no use.
    pub fn merge(&mut self, other: &Self) -> Result<(), TooLarge> {
        for (period, part) in self.periods.iter_mut().zip(&other.periods) {
            period.responses += part.responses;
            period.respondents += part.respondents;
            add(&mut period.weight, part.weight)?;
            add(&mut period.weight_squares, part.weight_squares)?;
        }
        for (sums, part) in self.sums.iter_mut().zip(&other.sums) {
            sums.responses += part.responses;
            sums.respondents += part.respondents;
            add(&mut sums.weight, part.weight)?;
            add(&mut sums.weight_squares, part.weight_squares)?;
            add(&mut sums.points, part.points)?;
        }
        self.alone.merge(&other.alone)?;
        match (&mut self.several, &other.several) {
            (Some(own), Some(part)) => {
                own.0.merge(&part.0)?;
                own.1.merge(&part.1)
            }
            (None, Some(part)) => {
                self.several = Some(part.clone());
                Ok(())
            }
            (Some(_) | None, None) => Ok(()),
        }
    }

    /// Sums over a period.
    #[must_use]
    pub fn period(&self, period: Period) -> &PeriodSums {
        &self.periods[usize::from(period == Period::Compared)]
    }

    /// Sums of a period's leaves, in the scoring's order; empty without room for the period.
    #[must_use]
    pub fn leaves(&self, period: Period) -> &[LeafSums] {
        match period {
            Period::Asked => &self.sums[..self.leaves],
            Period::Compared => &self.sums[self.leaves..],
        }
    }

    /// Bytes that the sums of pairs of items take: all that grows with more than the items.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let several = |(together, apart): &(Products, Products)| together.0.len() + apart.0.len();
        let sums = self.alone.0.len() + self.several.as_ref().map_or(0, several);
        sums * size_of::<i128>()
    }

    /// Components of a vector.
    pub(super) fn size(&self) -> usize {
        2 * self.sums.len()
    }

    /// Where a period's leaves begin.
    pub(super) fn first_column(&self, period: Period) -> usize {
        match period {
            Period::Asked => 0,
            Period::Compared => self.leaves,
        }
    }

    /// Sum over customers of the product of two components of a customer's vector.
    pub(super) fn product_of_customers(&self, row: usize, column: usize) -> i128 {
        let several = |(together, _): &(Products, Products)| together.at(row, column);
        self.alone.at(row, column) + self.several.as_ref().map_or(0, several)
    }

    /// Sum over responses of the product of two components of a response's vector.
    pub(super) fn product_of_responses(&self, row: usize, column: usize) -> i128 {
        let several = |(_, apart): &(Products, Products)| apart.at(row, column);
        self.alone.at(row, column) + self.several.as_ref().map_or(0, several)
    }
}

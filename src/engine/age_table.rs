//! What a model expects of many customers who are alive: a function of frequency and age alone.
//!
//! [`super::purchase_table`] prepares for any customer of a prepared model. Here the rows are there
//! already, and the function may cost a millisecond, as discounting an unlimited future does: only where
//! many rows of one frequency are of about one age it is interpolated between them.

use std::collections::BTreeMap;

use super::numeric::blocks::{Threads, map};
use super::numeric::half_octave::HalfOctaves;
use super::numeric::polynomial::{Polynomials, evaluate, polynomials};
use super::statistics::{PurchaseStatistics, Weighted};

/// Rows of one frequency and half octave of age from which on an interpolant is worth its price, some
/// fifteen evaluations.
const ROWS_MIN: usize = 64;
/// Largest relative error of an interpolant where it is checked, once between its points.
const ERROR_MAX: f64 = 1e-12;
/// Where it is checked.
const CHECKED_AT: f64 = 0.9;

/// Frequency, as bits, and half octave of the age.
type Cell = (u64, usize);

/// `N` functions of frequency and age, where many rows are.
#[derive(Debug, Clone)]
pub struct AgeTable<const N: usize> {
    half_octaves: HalfOctaves,
    cells: BTreeMap<Cell, Polynomials<N>>,
}

impl<const N: usize> AgeTable<N> {
    /// Interpolates `function` where rows are many; the result is the same on any number of threads.
    ///
    /// # Units
    ///
    /// - `scale`: time, above 0; the function is analytic in the age but for ages below −`scale`
    #[must_use]
    pub fn new(
        scale: f64,
        rows: &[Weighted<PurchaseStatistics>],
        threads: Threads,
        function: impl Fn(&PurchaseStatistics) -> [f64; N] + Sync,
    ) -> Self {
        let half_octaves = HalfOctaves::new(scale);
        let mut counts: BTreeMap<Cell, usize> = BTreeMap::new();
        for row in rows {
            *counts.entry(cell(&half_octaves, &row.row).0).or_default() += 1;
        }
        let many = counts.into_iter().filter(|(_, count)| ROWS_MIN <= *count);
        let cells: Vec<Cell> = many.map(|(cell, _)| cell).collect();
        let interpolants = map(&cells, threads, |cell| {
            interpolate(&half_octaves, *cell, &function)
        });
        let cells = cells.into_iter().zip(interpolants);
        Self {
            half_octaves,
            cells: cells
                .filter_map(|(cell, found)| found.map(|found| (cell, found)))
                .collect(),
        }
    }

    /// The functions of a row, within 1e-11 relative; `None` where few rows were.
    #[must_use]
    pub fn get(&self, row: &PurchaseStatistics) -> Option<[f64; N]> {
        let (cell, place) = cell(&self.half_octaves, row);
        Some(evaluate(self.cells.get(&cell)?, place))
    }
}

fn cell(half_octaves: &HalfOctaves, row: &PurchaseStatistics) -> (Cell, f64) {
    let (half_octave, place) = half_octaves.locate(row.age());
    ((row.frequency().to_bits(), half_octave), place)
}

/// `None` where polynomials cannot hold the function.
fn interpolate<const N: usize>(
    half_octaves: &HalfOctaves,
    (frequency, half_octave): Cell,
    function: impl Fn(&PurchaseStatistics) -> [f64; N],
) -> Option<Polynomials<N>> {
    let frequency = f64::from_bits(frequency);
    let at = |age: f64| {
        let recency = if frequency == 0.0 { 0.0 } else { age };
        let row = PurchaseStatistics::new(frequency, recency, age).ok()?;
        Some(function(&row))
    };
    let values = half_octaves.points(half_octave);
    let interpolant = polynomials(&values.map(|age| at(age).unwrap_or([f64::NAN; N])));
    let exact = at(half_octaves.at(half_octave, CHECKED_AT))?;
    let found: [f64; N] = evaluate(&interpolant, CHECKED_AT);
    let is_near = |(found, exact): (f64, f64)| (found - exact).abs() <= ERROR_MAX * exact.abs();
    found
        .into_iter()
        .zip(exact)
        .all(is_near)
        .then_some(interpolant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::bg_nbd::BgNbd;
    use crate::engine::purchase_model::PurchaseModel as _;

    #[test]
    fn many_rows_get_what_one_row_does() {
        let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
        let function = |row: &PurchaseStatistics| {
            [
                model.purchases_if_alive(row, 39.0),
                model.discounted_purchases_if_alive(row, f64::INFINITY, 0.0027),
            ]
        };
        let row = |index: u32| {
            let age = 27.0 + f64::from(index) * 0.0125;
            let x = f64::from(index % 3 / 2);
            let row = PurchaseStatistics::new(x, 0.5 * x * age, age).unwrap();
            Weighted { row, weight: 1.0 }
        };
        let mut rows: Vec<_> = (0..4_000).map(row).collect();
        let lonely = PurchaseStatistics::new(12.0, 17.7, 32.9).unwrap();
        rows.push(Weighted {
            row: lonely,
            weight: 1.0,
        });
        let table = AgeTable::new(model.alpha, &rows, Threads::ONE, function);
        assert_eq!(table.get(&lonely), None);
        for row in rows.iter().take(4_000).step_by(100) {
            let found = table.get(&row.row).unwrap();
            for (found, exact) in found.into_iter().zip(function(&row.row)) {
                assert!((found / exact - 1.0).abs() < 1e-12, "{row:?}");
            }
        }
    }

    #[test]
    fn what_polynomials_cannot_hold_is_left_out() {
        let row = PurchaseStatistics::new(0.0, 0.0, 5.0).unwrap();
        let rows = vec![Weighted { row, weight: 1.0 }; 100];
        let rough = |row: &PurchaseStatistics| [(row.age() * 1e3).fract()];
        let table = AgeTable::new(4.0, &rows, Threads::ONE, rough);
        assert_eq!(table.get(&row), None);
    }
}

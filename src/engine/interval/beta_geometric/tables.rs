//! Forecasts of living customers at and around a fit of the BG/NBD model, for one horizon and
//! discount rate.
//!
//! As in [`crate::engine::bg_nbd::scorer`] expected and discounted purchases are Chebyshev
//! interpolants in ln(1 + κu), u = H/(α + T). Here a table is made when its frequency is first asked
//! for, all points around the fit at once: they share the places u, the points p and all but three
//! of the shapes r, so that one costs hardly more than that of a single model. What a table holds
//! depends on nothing that was asked before.

use std::sync::OnceLock;

use crate::engine::bg_nbd::scorer::frequency_index;
use crate::engine::bg_nbd::{BgNbd, PurchaseForecast};
use crate::engine::interval::around::Around;
use crate::engine::numeric::beta_rule::LogitGrid;
use crate::engine::numeric::chebyshev;
use crate::engine::numeric::quadrature::{decaying_panels, panel_nodes};
use crate::engine::numeric::segments::Segments;
use crate::engine::numeric::special::{exp, exp_m1, ln_1p};
use crate::engine::purchase_model::{
    ForecastError, PurchaseModel, discount_rate_checked, horizon_checked,
};
use crate::engine::statistics::PurchaseStatistics;

/// Frequencies 0, 1, … whose tables are kept; of others each customer costs as much as a table.
const FREQUENCIES: u32 = 128;
/// Longest segment: half of it is to the strip's half-width as 1 to 2.5, which leaves an error of
/// 5.2⁻¹⁸ = 1e-13.
const SEGMENT_MAX: f64 = 1.25;
/// Models at and around a fit of four parameters.
const MODELS: usize = 9;

/// Coefficients of (E(H)/u, D(H)/u) for one segment and model.
type Pair = [[f64; 2]; chebyshev::POINTS];
/// One frequency's interpolants by segment: the fit's, then those beside it.
type Table = Vec<[Pair; MODELS]>;

/// The models, the horizon and the discount rate, prepared.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    models: Around<BgNbd, 4>,
    horizon: f64,
    segments: Segments,
    /// What each coefficient of E/u, of all segments, counts in D/u at each point of each segment.
    discounting: Vec<Vec<f64>>,
    tables: Vec<OnceLock<Table>>,
}

impl Tables {
    /// Prepares what all frequencies share.
    pub(super) fn new(
        models: &Around<BgNbd, 4>,
        horizon: f64,
        discount_rate_continuous: f64,
    ) -> Result<Self, ForecastError> {
        let horizon = horizon_checked(horizon)?;
        let decay = discount_rate_checked(discount_rate_continuous)? * horizon;
        let smallest = |least: f64, model: &BgNbd| least.min(model.alpha);
        let alpha_min = all(models).fold(f64::INFINITY, smallest);
        let haste = all(models).map(haste).fold(1.0, f64::max);
        let segments = Segments::new(haste, horizon / alpha_min, SEGMENT_MAX);
        Ok(Self {
            models: *models,
            horizon,
            discounting: discounting(&segments, decay),
            segments,
            tables: (0..FREQUENCIES).map(|_| OnceLock::new()).collect(),
        })
    }

    /// The models.
    pub(super) fn models(&self) -> &Around<BgNbd, 4> {
        &self.models
    }

    /// The horizon.
    pub(super) fn horizon(&self) -> f64 {
        self.horizon
    }

    /// Forecasts where the probability of being alive is that of `owners`, whose living customers
    /// are those of the tables.
    pub(super) fn forecast<M>(
        &self,
        owners: &Around<M, 4>,
        statistics: &PurchaseStatistics,
    ) -> Around<PurchaseForecast, 4>
    where
        M: PurchaseModel<Statistics = PurchaseStatistics>,
    {
        let frequency = statistics.frequency();
        let made;
        let table = match self.tables.get(frequency_index(frequency)) {
            Some(table) => table.get_or_init(|| self.table(frequency)),
            None => {
                made = self.table(frequency);
                &made
            }
        };
        let at = |model: usize, owner: &M, if_alive: &BgNbd| {
            let scaled = self.horizon / (if_alive.alpha + statistics.age());
            let (segment, local) = self.segments.locate(scaled);
            let pairs = table.get(segment).and_then(|models| models.get(model));
            let values = pairs.map(|pair| chebyshev::evaluate_pair(pair, local));
            let probability_alive = owner.probability_alive(statistics);
            let [expected, discounted] = values.unwrap_or_default();
            PurchaseForecast {
                probability_alive,
                expected_purchases: probability_alive * (expected * scaled),
                discounted_expected_purchases: probability_alive * (discounted * scaled),
            }
        };
        let side = |axis: usize, side: usize| {
            let place = 1 + 2 * axis + side;
            at(
                place,
                &owners.sides[axis][side],
                &self.models.sides[axis][side],
            )
        };
        Around {
            centre: at(0, &owners.centre, &self.models.centre),
            sides: std::array::from_fn(|axis| [side(axis, 0), side(axis, 1)]),
            distance: owners.distance,
        }
    }

    /// The interpolants of a frequency.
    ///
    /// E/u is the average over p of d/(p·u), d = 1 − (1 + p·u)^−(r+x): the logarithm is the same for
    /// all models, d for those of the same r.
    fn table(&self, frequency: f64) -> Table {
        let places = self.segments.points();
        let longest = places.iter().flatten().copied().fold(0.0, f64::max);
        let mut shapes: Vec<f64> = all(&self.models).map(|model| model.r).collect();
        let dropouts: Vec<[f64; 2]> = all(&self.models)
            .map(|model| [model.a, model.b + frequency])
            .collect();
        shapes.sort_by(f64::total_cmp);
        shapes.dedup();
        let of_model: Vec<usize> = all(&self.models)
            .map(|model| shapes.iter().take_while(|shape| **shape < model.r).count())
            .collect();
        let shape_max = shapes.last().copied().unwrap_or_default() + frequency;
        let grid = LogitGrid::for_tables(&dropouts, shape_max * longest);
        let weights: Vec<Vec<f64>> = dropouts.iter().map(|[a, b]| grid.weights(*a, *b)).collect();
        let at = |scaled: &f64| {
            let mut sums = [0.0; MODELS];
            let mut gone = vec![0.0; shapes.len()];
            for (node, p) in grid.points().iter().enumerate() {
                let product = p * scaled;
                let logarithm = ln_1p(product);
                for (gone, shape) in gone.iter_mut().zip(&shapes) {
                    *gone = -exp_m1(-(shape + frequency) * logarithm) / product;
                }
                for ((sum, weights), shape) in sums.iter_mut().zip(&weights).zip(&of_model) {
                    *sum += weights[node] * gone[*shape];
                }
            }
            sums
        };
        let expected: Vec<[f64; MODELS]> = places.as_flattened().iter().map(at).collect();
        let of_models = (0..MODELS).map(|model| self.interpolants(&expected, model));
        let of_models: Vec<Vec<Pair>> = of_models.collect();
        (0..self.segments.count())
            .map(|segment| std::array::from_fn(|model| of_models[model][segment]))
            .collect()
    }

    /// Interpolants of one model, given E/u of all models at all points.
    fn interpolants(&self, expected: &[[f64; MODELS]], model: usize) -> Vec<Pair> {
        let coefficients = |values: &[f64]| -> Vec<[f64; chebyshev::POINTS]> {
            let (segments, _) = values.as_chunks::<{ chebyshev::POINTS }>();
            segments.iter().map(chebyshev::coefficients).collect()
        };
        let of_model: Vec<f64> = expected.iter().map(|models| models[model]).collect();
        let expected = coefficients(&of_model);
        let discounted: Vec<f64> = self
            .discounting
            .iter()
            .map(|row| {
                let terms = row.iter().zip(expected.as_flattened());
                terms
                    .map(|(weight, coefficient)| weight * coefficient)
                    .sum()
            })
            .collect();
        let pairs = expected.iter().zip(coefficients(&discounted));
        pairs
            .map(|(expected, discounted)| {
                std::array::from_fn(|order| [expected[order], discounted[order]])
            })
            .collect()
    }
}

/// The model at the fit, then those beside it.
fn all<M, const N: usize>(models: &Around<M, N>) -> impl Iterator<Item = &M> {
    std::iter::once(&models.centre).chain(models.beside())
}

/// A κ for every frequency: it is monotone in x, from that at 0 to 2 + a.
fn haste(model: &BgNbd) -> f64 {
    model.haste(0.0).max(2.0 + model.a)
}

/// D/u by the coefficients of E/u.
///
/// # Formula
///
/// ```text
/// D/u = e^(−δH)·F(u) + δH·∫₀¹ e^(−δHτ)·τ·F(uτ) dτ,   F = E/u = Σ cₘ·Tₘ
/// ```
///
/// Linear in the coefficients, and the same for all models and frequencies.
fn discounting(segments: &Segments, decay: f64) -> Vec<Vec<f64>> {
    let row = |scaled: &f64| {
        let mut row = vec![0.0; segments.count() * chebyshev::POINTS];
        let mut add = |place: f64, weight: f64| {
            let (segment, local) = segments.locate(place);
            let entries = row.iter_mut().skip(segment * chebyshev::POINTS);
            for (entry, value) in entries.zip(chebyshev::basis(local)) {
                *entry += weight * value;
            }
        };
        add(*scaled, exp(-decay));
        if 0.0 < decay {
            let scale = 1.0 / (segments.haste() * scaled);
            for node in panel_nodes(scale, &decaying_panels(scale, 1.0, decay)) {
                let discount = decay * exp(-decay * node.position);
                add(
                    scaled * node.position,
                    discount * node.position * node.weight,
                );
            }
        }
        row
    };
    segments.points().as_flattened().iter().map(row).collect()
}

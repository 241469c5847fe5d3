//! Equal segments of a logarithmic scale, each with an interpolant of its own.

use super::chebyshev;
use super::special::{exp_m1, ln_1p};

/// Equal segments of 0 ≤ y ≤ ln(1 + κ·u) up to the largest u.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segments {
    /// κ.
    haste: f64,
    count: usize,
    count_as_f64: f64,
    per_unit: f64,
}

/// Shortest range of y that is tabulated, so that a largest u of 0 needs no branch.
const RANGE_MIN: f64 = 1e-6;

impl Segments {
    /// Segments that reach `largest` and are no longer than `length_max` in y.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a logarithm of a finite number, rounded up: 1 ≤ count ≤ 710/length_max"
    )]
    pub fn new(haste: f64, largest: f64, length_max: f64) -> Self {
        let range = ln_1p(haste * largest).max(RANGE_MIN);
        let count_as_f64 = (range / length_max).ceil();
        Self {
            haste,
            count: count_as_f64 as usize,
            count_as_f64,
            per_unit: count_as_f64 / range,
        }
    }

    /// κ.
    #[must_use]
    pub fn haste(&self) -> f64 {
        self.haste
    }

    /// How many there are, at least 1.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Segment of u and its place −1..1 there.
    #[must_use]
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 ≤ u, and the index is bounded by the number of segments"
    )]
    pub fn locate(&self, scaled: f64) -> (usize, f64) {
        let place = ln_1p(self.haste * scaled) * self.per_unit;
        let floor = place.floor().min(self.count_as_f64 - 1.0);
        (floor as usize, 2.0 * (place - floor) - 1.0)
    }

    /// u at each interpolation point of each segment.
    #[must_use]
    pub fn points(&self) -> Vec<[f64; chebyshev::POINTS]> {
        let points = chebyshev::points();
        let mut start = 0.0;
        let mut places = Vec::with_capacity(self.count);
        for _ in 0..self.count {
            places.push(
                points.map(|x| exp_m1((start + 0.5 * (1.0 + x)) / self.per_unit) / self.haste),
            );
            start += 1.0;
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_found_in_its_segment() {
        for (haste, largest, length_max) in [(1.0, 0.0, 1.0), (2.8, 12.0, 1.5), (900.0, 1e9, 1.0)] {
            let segments = Segments::new(haste, largest, length_max);
            assert_eq!(segments.points().len(), segments.count());
            for (segment, points) in segments.points().iter().enumerate() {
                for (point, x) in points.iter().zip(chebyshev::points()) {
                    let (found, place) = segments.locate(*point);
                    assert_eq!(found, segment);
                    assert!((place - x).abs() < 1e-9);
                }
            }
            assert!(segments.locate(largest).1 <= 1.0 + 1e-12);
        }
    }
}

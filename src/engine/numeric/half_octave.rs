//! Piecewise polynomials in time, found by the bits of a number instead of its logarithm.
//!
//! A function of y ≥ 0 that is analytic but for y ≤ −c is smooth in g = 1 + y/c up to g = 0. On the
//! half octave from g = 2ᵉ to 1½·2ᵉ, or from there to 2ᵉ⁺¹, the point g = 0 is at least five half
//! lengths away from the middle, as [`super::polynomial`] wants it. Which half octave it is, and where in
//! it, are the leading bits of g and the rest of them.

use super::polynomial::{POINTS, places};

/// Bits of a double below the first of its mantissa.
const REST_BITS: u32 = 51;
/// Leading bits of 1.
const LEADING_OF_ONE: u64 = 1f64.to_bits() >> REST_BITS;
const REST_MASK: u64 = (1 << REST_BITS) - 1;

/// Half octaves of g = 1 + y/c.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HalfOctaves {
    per_unit: f64,
    scale: f64,
}

impl HalfOctaves {
    /// Half octaves for functions that are analytic but for y ≤ −`scale`, which is above 0.
    #[must_use]
    pub fn new(scale: f64) -> Self {
        Self {
            per_unit: 1.0 / scale,
            scale,
        }
    }

    /// Half octave of y ≥ 0, and the place −1..1 there.
    #[must_use]
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most 2 · 1024 half octaves from 1 to infinity"
    )]
    pub fn locate(&self, y: f64) -> (usize, f64) {
        let bits = (1.0 + y * self.per_unit).to_bits();
        let leading = (bits >> REST_BITS) - LEADING_OF_ONE;
        // The rest of the bits as those of a number from 1 to 2.
        let rest = f64::from_bits(((bits & REST_MASK) << 1) | 1f64.to_bits());
        (leading as usize, 2.0 * rest - 3.0)
    }

    /// Values of y at the interpolation points of a half octave.
    #[must_use]
    pub fn points(&self, half_octave: usize) -> [f64; POINTS] {
        places().map(|place| self.at(half_octave, place))
    }

    /// The y at a place −1..1 of a half octave.
    #[must_use]
    pub fn at(&self, half_octave: usize, place: f64) -> f64 {
        let edge = |index: usize| f64::from_bits((LEADING_OF_ONE + index as u64) << REST_BITS);
        let (low, high) = (edge(half_octave), edge(half_octave + 1));
        (low + 0.5 * (high - low) * (1.0 + place) - 1.0) * self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::super::polynomial::{evaluate, polynomials};
    use super::super::special::{exp, ln_1p};
    use super::*;

    #[test]
    fn places_are_where_they_were_found() {
        let halves = HalfOctaves::new(0.7);
        assert_eq!(halves.locate(0.0), (0, -1.0));
        for y in [1e-9, 0.1, 0.36, 0.69, 0.8, 5.0, 1e3, 1e12] {
            let (half_octave, place) = halves.locate(y);
            assert!((-1.0..1.0).contains(&place));
            let back = halves.at(half_octave, place);
            assert!((back - y).abs() < 1e-15 * (1.0 + y), "{back} is not {y}");
        }
    }

    #[test]
    fn smooth_functions_are_reproduced_on_every_half_octave() {
        // (1 + y)^−¾ and ln(2 + y), both analytic but for y ≤ −1.
        let functions = |y: f64| [exp(-0.75 * ln_1p(y)), ln_1p(1.0 + y)];
        let halves = HalfOctaves::new(1.0);
        for half_octave in 0..40 {
            let table = polynomials(&halves.points(half_octave).map(functions));
            for step in -10..10 {
                let y = halves.at(half_octave, f64::from(step) / 10.0);
                let (found, place) = halves.locate(y);
                assert_eq!(found, half_octave);
                let actual: [f64; 2] = evaluate(&table, place);
                for (actual, expected) in actual.into_iter().zip(functions(y)) {
                    assert!((actual / expected - 1.0).abs() < 2e-14, "{y}");
                }
            }
        }
    }
}

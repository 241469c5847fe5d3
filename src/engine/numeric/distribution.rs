//! Normal and Student t distributions: tails and quantiles.

use super::special::{exp, ln, ln_1p, ln_gamma};

/// Probability that a standard normal lies at least `z` from 0, on either side.
///
/// # Formula
///
/// ```text
/// P(|Z| ≥ |z|) = erfc(|z| / √2)
/// ```
#[must_use]
pub fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2)
}

/// The `z ≥ 0` within which a standard normal lies with the given probability, on both sides of 0.
///
/// # Formula
///
/// ```text
/// P(|Z| ≤ z) = level
/// ```
///
/// Found by Newton's steps from the left.
///
/// # Units
///
/// - `level`: probability, `0 < level < 1`
#[must_use]
pub fn normal_quantile_two_sided(level: f64) -> f64 {
    // 1 / √(2π)
    const DENSITY_MAX: f64 = 0.398_942_280_401_432_7;
    let density = |z: f64| DENSITY_MAX * exp(-0.5 * z * z);
    root(1.0 - level, normal_two_sided, density)
}

/// From here on the t quantile is expanded in 1/ν: the first term left out is below 1e-11 of the
/// quantile at this ν and a level of 0.999, as much as the logarithms of gamma functions lose.
const EXPANSION_FROM: f64 = 2_000.0;

/// Probability that Student's t with `degrees` ν lies at least `t` from 0, on either side.
///
/// # Formula
///
/// ```text
/// P(|T| ≥ |t|) = I_x(ν/2, 1/2),  x = ν / (ν + t²)
/// ```
///
/// # Units
///
/// - `degrees`: degrees of freedom, `0 < ν`, need not be whole
///
/// # Source
///
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.1 and 26.5.27.
#[must_use]
pub fn student_t_two_sided(t: f64, degrees: f64) -> f64 {
    let square = t * t;
    beta_regularised(
        degrees / 2.0,
        0.5,
        degrees / (degrees + square),
        square / (degrees + square),
    )
}

/// The `t ≥ 0` within which Student's t lies with the given probability, on both sides of 0.
///
/// # Formula
///
/// ```text
/// P(|T| ≤ t) = level
/// t = z + (z³ + z)/4ν + (5z⁵ + 16z³ + 3z)/96ν² + (3z⁷ + 19z⁵ + 17z³ − 15z)/384ν³   for great ν
/// ```
///
/// # Units
///
/// - `level`: probability, `0 < level < 1`
/// - `degrees`: degrees of freedom, `0 < ν`, need not be whole
///
/// # Source
///
/// Abramowitz and Stegun, 26.7.5 for the expansion, 26.7.1 for the density in Newton's steps.
#[must_use]
pub fn student_t_quantile_two_sided(level: f64, degrees: f64) -> f64 {
    if degrees < EXPANSION_FROM {
        return student_t_root(level, degrees);
    }
    let z = normal_quantile_two_sided(level);
    let square = z * z;
    let first = (square + 1.0) * z / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) * z / 96.0;
    let third = (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) * z / 384.0;
    z + (first + (second + third / degrees) / degrees) / degrees
}

fn student_t_root(level: f64, degrees: f64) -> f64 {
    let half = 0.5 * (degrees + 1.0);
    let ln_density_max =
        ln_gamma(half) - ln_gamma(0.5 * degrees) - 0.5 * ln(degrees * std::f64::consts::PI);
    let density = |t: f64| exp(ln_density_max - half * ln_1p(t * t / degrees));
    root(1.0 - level, |t| student_t_two_sided(t, degrees), density)
}

/// Most steps of Newton's method; it takes below ten, doubling its right digits in each.
const NEWTON_STEPS_MAX: usize = 64;

/// Where the tail on both sides of a symmetric distribution with its top at 0 has the given
/// probability.
///
/// The tail falls and is convex, so Newton's steps from the left never pass the root but by rounding;
/// they start within a factor of two of it, or between 0 and 1.
fn root(probability: f64, tail: impl Fn(f64) -> f64, density: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while probability < tail(high) && high < f64::MAX / 2.0 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..NEWTON_STEPS_MAX {
        let step = 0.5 * (tail(low) - probability) / density(low);
        low += step;
        if step.abs() <= f64::EPSILON * low {
            break;
        }
    }
    low
}

/// Most steps of the continued fraction; it takes some √max(a, b), below 100 for the arguments here.
const FRACTION_STEPS_MAX: u32 = 1_000;

/// Regularised incomplete beta function I_x(a, b), with `y` = 1 − x given apart, since either may be
/// too small to be told from 1 by the other.
///
/// # Source
///
/// Abramowitz and Stegun, 26.5.8 (continued fraction) and 26.5.2 (its reflection).
fn beta_regularised(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    let ln_of = |share: f64, other: f64| {
        if share < 0.5 {
            ln(share)
        } else {
            ln_1p(-other)
        }
    };
    let front =
        exp(ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * ln_of(x, y) + b * ln_of(y, x));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, y) / b
    }
}

/// The continued fraction of 26.5.8 by Lentz's method in Thompson and Barnett's form.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut upper = 1.0;
    let mut lower = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = lower;
    for step in 1..=FRACTION_STEPS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for coefficient in [even, odd] {
            lower = 1.0 / away(1.0 + coefficient * lower);
            upper = away(1.0 + coefficient / upper);
            fraction *= lower * upper;
        }
        if (fraction - before).abs() <= f64::EPSILON * fraction.abs() {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logarithms of gamma functions of a thousand cancel down to twelve digits.
    const TOLERANCE_RELATIVE: f64 = 1e-11;

    #[track_caller]
    fn check(actual: f64, expected: f64) {
        let error = ((actual - expected) / expected).abs();
        assert!(
            error < TOLERANCE_RELATIVE,
            "{actual} against {expected}: {error:e}"
        );
    }

    // Values: computed with 40 digits (mpmath 1.3.0: erfinv, erfc, betainc and findroot on it).
    #[test]
    fn normal_matches_reference() {
        for (level, expected) in [
            (0.5, 0.6744897501960817),
            (0.8, 1.2815515655446006),
            (0.9, 1.6448536269514729),
            (0.95, 1.9599639845400538),
            (0.99, 2.5758293035489004),
            (0.999, 3.2905267314918945),
        ] {
            check(normal_quantile_two_sided(level), expected);
        }
        for (z, expected) in [
            (0.1, 0.920344325445942),
            (1.0, 0.3173105078629141),
            (-1.62, 0.10523227690850409),
            (2.61, 0.00905422226593465),
            (6.0, 1.973175290075396e-09),
        ] {
            check(normal_two_sided(z), expected);
        }
    }

    #[test]
    fn student_t_matches_reference() {
        for (level, degrees, expected) in [
            (0.5, 0.25, 4.348097518472271),
            (0.5, 1.0, 1.0),
            (0.5, 2.5, 0.7850136829923011),
            (0.5, 4.0, 0.7406970841126826),
            (0.5, 9.96, 0.6999169117729098),
            (0.5, 30.0, 0.6827556933212926),
            (0.5, 200.0, 0.6757184114042202),
            (0.5, 1999.5, 0.6746124682154958),
            (0.5, 1000000.0, 0.6744899955310873),
            (0.95, 0.25, 43640.14926798032),
            (0.95, 1.0, 12.706204736174694),
            (0.95, 2.5, 3.5746548420036817),
            (0.95, 4.0, 2.7764451051977934),
            (0.95, 9.96, 2.229352382949046),
            (0.95, 30.0, 2.0422724563012378),
            (0.95, 200.0, 1.971896223633909),
            (0.95, 1999.5, 1.961151123060678),
            (0.95, 1000000.0, 1.9599663568141066),
            (0.999, 0.25, 272750932934.8226),
            (0.999, 1.0, 636.6192487687191),
            (0.999, 2.5, 18.27789352813064),
            (0.999, 4.0, 8.610301581379273),
            (0.999, 9.96, 4.59369591847204),
            (0.999, 30.0, 3.6459586350420214),
            (0.999, 200.0, 3.339835406275678),
            (0.999, 1999.5, 3.2953993565230473),
            (0.999, 1000000.0, 3.2905364612486907),
        ] {
            check(student_t_quantile_two_sided(level, degrees), expected);
        }
        for (t, degrees, expected) in [
            (0.01, 3.0, 0.992649111412852),
            (1.62, 5.5, 0.1608331637525901),
            (2.0, 498.0, 0.046042855164224634),
            (12.0, 2.0, 0.00687293367715846),
            (40.0, 7.0, 1.590217998485037e-09),
        ] {
            check(student_t_two_sided(t, degrees), expected);
        }
    }

    #[test]
    fn one_and_two_degrees_have_closed_forms() {
        // Cauchy: t = tan(π level / 2); two degrees: t = level √(2 / (1 − level²)).
        check(student_t_quantile_two_sided(0.5, 1.0), 1.0);
        check(student_t_two_sided(1.0, 1.0), 0.5);
        check(
            student_t_quantile_two_sided(0.6, 2.0),
            0.6 * (2.0_f64 / 0.64).sqrt(),
        );
    }

    #[test]
    fn expansion_meets_newton() {
        for level in [0.5, 0.95, 0.999] {
            let found = student_t_root(level, EXPANSION_FROM);
            check(student_t_quantile_two_sided(level, EXPANSION_FROM), found);
        }
    }
}

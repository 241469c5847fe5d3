//! Quadrature on an interval: Gauss-Legendre nodes, panels for a decaying integrand, and panels for
//! an integrand whose logarithm is concave.

use std::sync::LazyLock;

use super::special::{exp, exp_m1, ln_1p};

/// Nodes of one Gauss-Legendre panel. On the panels of [`decaying_panels`] the integrand is analytic
/// in an ellipse of ρ ≥ 4 and its exponential factor changes by at most e¹², so that the error is
/// far below rounding.
pub const LEGENDRE_NODES: usize = 16;

/// Newton steps for one node; from the cosine start four suffice.
const NODE_STEPS: usize = 8;

/// One node of a rule with its weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Where the integrand is evaluated.
    pub position: f64,
    /// What its value is multiplied by.
    pub weight: f64,
}

/// Gauss-Legendre nodes on [−1, 1] with weights that sum to 2.
///
/// # Formula
///
/// ```text
/// xₖ: roots of Pₙ, by Newton from cos(π(k + ¾)/(n + ½))
/// wₖ = 2 / ((1 − xₖ²)·P′ₙ(xₖ)²)
/// ```
///
/// # Source
///
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 25.4.29 and 22.16.6.
#[must_use]
pub fn gauss_legendre<const N: usize>() -> [Node; N] {
    let degree = index_to_f64(N);
    std::array::from_fn(|k| {
        let mut x = libm::cos(std::f64::consts::PI * (index_to_f64(k) + 0.75) / (degree + 0.5));
        let mut slope = 1.0;
        for _ in 0..NODE_STEPS {
            let mut previous = 1.0;
            let mut value = x;
            for order in 2..=N {
                let n = index_to_f64(order);
                let next = ((2.0 * n - 1.0) * x * value - (n - 1.0) * previous) / n;
                previous = value;
                value = next;
            }
            slope = degree * (x * value - previous) / (x * x - 1.0);
            x -= value / slope;
        }
        Node {
            position: x,
            weight: 2.0 / ((1.0 - x * x) * slope * slope),
        }
    })
}

/// The nodes of [`gauss_legendre`], computed once.
static LEGENDRE: LazyLock<[Node; LEGENDRE_NODES]> = LazyLock::new(gauss_legendre);

/// Half as many, for panels on which little happens.
static LEGENDRE_HALF: LazyLock<[Node; LEGENDRE_NODES / 2]> = LazyLock::new(gauss_legendre);

/// Beyond this many units of exponential decay an integrand that grows at most linearly has no
/// digits left: e⁻⁶⁰ is 1e-26.
const DECAY_MAX: f64 = 60.0;
/// Exponential decay within one panel.
const DECAY_OF_PANEL_MAX: f64 = 12.0;
/// Growth of 1 + t/scale within one panel, as a logarithm.
const LOG_OF_PANEL_MAX: f64 = 1.5;

/// Edges of panels for ∫₀ᴴ e^(−δt)·g(t/scale) dt where g is analytic but for negative t.
///
/// Returns ascending edges from 0 to the smaller of `end` and 60/δ; `end` may be infinite when
/// `0 < decay_rate`. Panels are laid out by ln(1 + t/scale), and never span more than 12/δ.
#[must_use]
pub fn decaying_panels(scale: f64, end: f64, decay_rate: f64) -> Vec<f64> {
    let last = end.min(decay_reach(decay_rate));
    let growth = exp(LOG_OF_PANEL_MAX);
    let mut edges = vec![0.0];
    let mut edge = 0.0;
    while edge < last {
        let by_logarithm = (scale + edge) * growth - scale;
        edge = by_logarithm
            .min(edge + DECAY_OF_PANEL_MAX / decay_rate)
            .min(last);
        edges.push(edge);
    }
    edges
}

/// Where an integrand that decays at `decay_rate` has no digits left.
#[must_use]
pub fn decay_reach(decay_rate: f64) -> f64 {
    DECAY_MAX / decay_rate
}

/// Length of a panel of [`visit_log_concave`]. The integrands are analytic in |Im v| < π, so that
/// an ellipse of ρ = 4 fits around it.
const LOG_CONCAVE_PANEL_MAX: f64 = 2.0;
/// Length and fall of φ up to which half the nodes leave an error below 1e-12: with the nearest
/// singularity at ρ = 8 the worst seen was 2e-13.
const LOG_CONCAVE_EASY: (f64, f64) = (1.6, 4.0);
/// Fall of the logarithm at which a concave integrand ends: e⁻⁴⁵ is 3e-20.
const LOG_CONCAVE_DROP: f64 = 45.0;
/// Panels before the integral is cut: the slope of any integrand here is at most 1 on the rising side,
/// and a double's logarithm ends at 710, so that 1,000 are never reached.
const LOG_CONCAVE_PANELS_MAX: u32 = 1_000;

/// Visits nodes (v, weight) of ∫ e^φ(v) dv from 0 to `end`, for concave φ.
///
/// `slope` is φ′, falling; from it the panels are laid out, none of which sees φ change by more than
/// about 12, and the end of the integrand is found. `end` may be infinite when φ falls without end.
pub fn visit_log_concave(end: f64, slope: impl Fn(f64) -> f64, mut visit: impl FnMut(f64, f64)) {
    let mut start = 0.0;
    let mut drop = 0.0;
    for _ in 0..LOG_CONCAVE_PANELS_MAX {
        let rest = end - start;
        let steepness = |length: f64| slope(start).abs().max(slope(start + length).abs());
        let short = |length: f64| {
            let by_slope = DECAY_OF_PANEL_MAX / steepness(length);
            by_slope.min(LOG_CONCAVE_PANEL_MAX).min(rest)
        };
        let length = short(short(0.0));
        let half = 0.5 * length;
        let (short_max, fall_max) = LOG_CONCAVE_EASY;
        let is_easy = length <= short_max && steepness(length) * length <= fall_max;
        let nodes: &[Node] = if is_easy {
            LEGENDRE_HALF.as_slice()
        } else {
            LEGENDRE.as_slice()
        };
        for node in nodes {
            visit(start + half * (1.0 + node.position), half * node.weight);
        }
        // φ is concave: over the panel it falls at least as far as its slope at the start says.
        drop += (-slope(start)).max(0.0) * length;
        if rest <= length || LOG_CONCAVE_DROP < drop {
            return;
        }
        start += length;
    }
}

/// Gauss-Legendre nodes of all panels between `edges`, in the variable ln(1 + t/scale).
///
/// The sum of `weight · f(position)` approximates ∫ f(t) dt from the first edge to the last.
#[must_use]
pub fn panel_nodes(scale: f64, edges: &[f64]) -> Vec<Node> {
    let mut nodes = Vec::with_capacity(LEGENDRE.len() * edges.len());
    for pair in edges.windows(2) {
        let (low, high) = (ln_1p(pair[0] / scale), ln_1p(pair[1] / scale));
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        for node in LEGENDRE.iter() {
            // t = scale·(e^y − 1), dt = (scale + t) dy
            let position = scale * exp_m1(middle + half * node.position);
            nodes.push(Node {
                position,
                weight: node.weight * half * (scale + position),
            });
        }
    }
    nodes
}

/// Sum of `weight · integrand(position)` in the order of the nodes.
#[must_use]
pub fn integrate(nodes: &[Node], integrand: impl Fn(f64) -> f64) -> f64 {
    nodes
        .iter()
        .map(|node| node.weight * integrand(node.position))
        .sum()
}

#[expect(clippy::cast_precision_loss, reason = "indices here are below 100")]
fn index_to_f64(index: usize) -> f64 {
    index as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(actual: f64, expected: f64) {
        assert!(
            ((actual - expected) / expected).abs() < 1e-14,
            "{actual} {expected}"
        );
    }

    #[test]
    fn legendre_is_exact_for_its_degree() {
        let nodes: [Node; 16] = gauss_legendre();
        check(nodes.iter().map(|node| node.weight).sum(), 2.0);
        // ∫ x³⁰ = 2/31
        let moment = nodes
            .iter()
            .map(|node| node.weight * libm::pow(node.position, 30.0))
            .sum();
        check(moment, 2.0 / 31.0);
    }

    #[test]
    fn panels_reach_the_end_in_order() {
        for (scale, end, decay_rate) in [
            (4.0, 39.0, 0.0),
            (0.01, 1e6, 1e-3),
            (5.0, f64::INFINITY, 0.1),
        ] {
            let edges = decaying_panels(scale, end, decay_rate);
            assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
            assert_eq!(edges.last().copied(), Some(end.min(60.0 / decay_rate)));
        }
    }

    #[test]
    fn decaying_integral_matches_closed_form() {
        // ∫₀^∞ e^(−δt) dt = 1/δ, whatever the scale
        for scale in [1e-3, 1.0, 1e3] {
            for decay_rate in [1e-6, 2.7e-3, 10.0] {
                let edges = decaying_panels(scale, f64::INFINITY, decay_rate);
                let nodes = panel_nodes(scale, &edges);
                let integral = integrate(&nodes, |time| exp(-decay_rate * time));
                check(integral, 1.0 / decay_rate);
            }
        }
    }
}

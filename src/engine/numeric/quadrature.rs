//! Quadrature on an interval: Gauss-Legendre nodes, and panels for a decaying integrand.

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
/// xₖ: roots of P₁₆, by Newton from cos(π(k + ¾)/(n + ½))
/// wₖ = 2 / ((1 − xₖ²)·P′₁₆(xₖ)²)
/// ```
///
/// # Source
///
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 25.4.29 and 22.16.6.
#[must_use]
pub fn gauss_legendre() -> [Node; LEGENDRE_NODES] {
    let degree = index_to_f64(LEGENDRE_NODES);
    std::array::from_fn(|k| {
        let mut x = libm::cos(std::f64::consts::PI * (index_to_f64(k) + 0.75) / (degree + 0.5));
        let mut slope = 1.0;
        for _ in 0..NODE_STEPS {
            let mut previous = 1.0;
            let mut value = x;
            for order in 2..=LEGENDRE_NODES {
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
    let last = end.min(DECAY_MAX / decay_rate);
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

/// Gauss-Legendre nodes of all panels between `edges`, in the variable ln(1 + t/scale).
///
/// The sum of `weight · f(position)` approximates ∫ f(t) dt from the first edge to the last.
#[must_use]
pub fn panel_nodes(scale: f64, edges: &[f64]) -> Vec<Node> {
    let legendre = gauss_legendre();
    let mut nodes = Vec::with_capacity(legendre.len() * edges.len());
    for pair in edges.windows(2) {
        let (low, high) = (ln_1p(pair[0] / scale), ln_1p(pair[1] / scale));
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        for node in &legendre {
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
        let nodes = gauss_legendre();
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

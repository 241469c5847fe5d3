//! Numerical tools without business words.
//!
//! - [`special`]: exponentials, logarithms, gamma and its derivatives;
//! - [`distribution`]: normal and Student t tails and quantiles;
//! - [`quadrature`]: Gauss-Legendre nodes, and panels for an integrand that decays;
//! - [`beta_rule`]: averages over a beta distribution, exact to rounding for any parameters;
//! - [`chebyshev`]: interpolation on an interval;
//! - [`linear`]: Cholesky factor, solution and inverse of small symmetric systems;
//! - [`maximize`]: damped Newton with analytic gradient and Hessian.

pub mod beta_rule;
pub mod chebyshev;
pub mod distribution;
pub mod linear;
pub mod maximize;
pub mod quadrature;
pub mod special;

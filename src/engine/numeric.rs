//! Numerical tools without business words.
//!
//! - [`special`]: exponentials, logarithms, gamma and its derivatives;
//! - [`rising`]: ratios of gamma and beta functions, and their derivatives;
//! - [`distribution`]: normal and Student t on both sides of zero; [`normal`]: from the far tail on;
//! - [`quadrature`]: Gauss-Legendre nodes, and panels for an integrand that decays;
//! - [`beta_rule`]: averages over a beta distribution, exact to rounding for any parameters;
//! - [`geometric`]: geometric lives whose chance of ending is beta distributed;
//! - [`chebyshev`]: interpolation on an interval; [`segments`]: on a long logarithmic scale;
//! - [`polynomial`]: interpolation of several functions at once;
//! - [`half_octave`]: intervals of a long time, found without a logarithm;
//! - [`blocks`]: the same work on many things, on several threads, with the same bits on any number;
//! - [`linear`]: Cholesky factor, solution and inverse of small symmetric systems;
//! - [`maximize`]: damped Newton with analytic gradient and Hessian;
//! - [`mixture`]: logarithm of a sum of exponentials with its derivatives.

pub mod beta_rule;
pub mod blocks;
pub mod chebyshev;
pub mod distribution;
pub mod geometric;
pub mod half_octave;
pub mod incomplete;
pub mod linear;
pub mod maximize;
pub mod mixture;
pub mod normal;
pub mod polynomial;
pub mod quadrature;
pub mod rising;
pub mod segments;
pub mod special;

//! The arithmetic of customer value: pure functions of their arguments.
//!
//! Same input, same bits, on every machine: no clock, no I/O, no randomness, no hashing, and every
//! exponential, logarithm and gamma function comes from [`numeric::special`], never from the
//! platform's own library.
//!
//! In reading order:
//!
//! - [`time`], [`money`]: instants, days, exact amounts;
//! - [`fact`], [`attribute`], [`contact`]: what callers record;
//! - [`history`]: from facts to sums;
//! - [`referral`]: referral trees and their credit;
//! - [`policy`]: parameters that are ours;
//! - [`score`]: what a customer is worth;
//! - [`segment`]: where a customer belongs;
//! - [`statistics`]: what the models need to know about one customer;
//! - [`bg_nbd`]: how often a customer buys and whether they have left;
//! - [`gamma_gamma`]: how much a customer spends on one purchase;
//! - [`parameter`]: what a parameter must satisfy;
//! - [`family`]: the models' names;
//! - [`fit`]: maximum likelihood (or a weak prior's mode) for both models;
//! - [`satisfaction`]: indices from survey responses, with their error;
//! - [`complaint`]: complaints, their closed loop and its clocks;
//! - [`numeric`]: special functions, quadrature, interpolation, maximisation.
//!
//! # Symbols
//!
//! | code name | symbol | meaning | unit |
//! |---|---|---|---|
//! | `frequency` | x | repeat purchase events after the first purchase | events |
//! | `recency` | t_x | time from the first purchase to the last | time |
//! | `age` | T | time from the first purchase to the cut-off | time |
//! | `monetary` | z̄ | mean spend on a repeat event | money |
//! | `horizon` | t, H | time after the cut-off | time |
//! | `discount_rate_continuous` | δ | continuous discount rate | 1 / time |
//! | `BgNbd::r` | r | shape of the gamma distribution of purchase rates λ | 1 |
//! | `BgNbd::alpha` | α | rate of the gamma distribution of purchase rates λ | time |
//! | `BgNbd::a`, `BgNbd::b` | a, b | beta distribution of the dropout probability p | 1 |
//! | | s | r + x, shape of λ after the history | 1 |
//! | | A | α + T, rate of λ after the history | time |
//! | | u | t / A, horizon in units of A | 1 |
//! | | E(t) | expected purchases in the time t after the cut-off | events |
//! | `GammaGamma::p` | p | shape of a customer's spend on one event | 1 |
//! | `GammaGamma::q` | q | shape of the gamma distribution of the spend rate ν | 1 |
//! | `GammaGamma::gamma` | γ | rate of the gamma distribution of the spend rate ν | money |
//!
//! "time" is whatever unit the statistics are given in; the product uses weeks throughout. "money"
//! likewise is the unit of the amounts.

pub mod attribute;
pub mod bg_nbd;
pub mod complaint;
pub mod contact;
pub mod fact;
pub mod family;
pub mod fit;
pub mod gamma_gamma;
pub mod history;
pub mod money;
pub mod numeric;
pub mod parameter;
pub mod policy;
pub mod referral;
pub mod satisfaction;
pub mod score;
pub mod segment;
pub mod statistics;
pub mod time;

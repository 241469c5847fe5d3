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
//! - [`explanation`]: why the models expect of a customer what they do;
//! - [`segment`]: where a customer belongs;
//! - [`statistics`]: what the models need to know about one customer;
//! - [`purchase_model`], [`purchase_scorer`]: what every model of purchases foretells, and for many
//!   customers at once;
//! - [`nbd`], [`bg_nbd`], [`mbg_nbd`], [`pareto_nbd`]: how often a customer buys and whether they have
//!   left, when nobody leaves, when one may leave after a repeat purchase, after any, or at any time;
//! - [`bg_bb`], [`sbg`]: the same in discrete periods, without and with a contract;
//! - [`referral_nbd`]: how many customers a customer goes on to bring;
//! - [`gamma_gamma`]: how much a customer spends on one purchase;
//! - [`outlook`]: the value of an unlimited future, and the intervals of a score;
//! - [`parameter`]: what a parameter must satisfy;
//! - [`family`]: the models' names;
//! - [`fit`]: maximum likelihood (or a weak prior's mode) for all of them;
//! - [`evaluation`]: which model foretells best, and how well;
//! - [`tracking`]: whether a model still holds, week by week;
//! - [`interval`]: how far the truth may lie from what a fitted model foretells;
//! - [`satisfaction`]: indices from survey responses, with their error;
//! - [`complaint`]: complaints, their closed loop and its clocks;
//! - [`interval`]: how far the truth may lie from what a fitted model foretells;
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
//! | `ParetoNbd::s` | s | shape of the gamma distribution of dropout rates μ | 1 |
//! | `ParetoNbd::beta` | β | rate of the gamma distribution of dropout rates μ | time |
//! | `BgBb::alpha`, `BgBb::beta` | α, β | beta distribution of the purchase probability p of a period | 1 |
//! | `BgBb::gamma`, `BgBb::delta` | γ, δ | beta distribution of the dropout probability θ of a period | 1 |
//! | `Sbg::alpha`, `Sbg::beta` | α, β | beta distribution of the probability θ of not renewing | 1 |
//! | `periods`, `renewals` | n, k | periods observed, renewals | periods |
//! | `discount_rate` | δ, d | continuous rate, or in discrete time the effective rate of a period | 1 / time |
//! | | s | in BG/NBD: r + x, shape of λ after the history | 1 |
//! | | A | α + T, rate of λ after the history | time |
//! | | u | t / A, horizon in units of A | 1 |
//! | | E(t) | expected purchases in the time t after the cut-off | events |
//! | `ReferralNbd::r`, `ReferralNbd::alpha` | r, α | gamma distribution of the rates λ of bringing others | 1, time |
//! | `referees`, `exposure` | n, T | referees brought and won, time from the first purchase to the cut-off | 1, time |
//! | `GammaGamma::p` | p | shape of a customer's spend on one event | 1 |
//! | `GammaGamma::q` | q | shape of the gamma distribution of the spend rate ν | 1 |
//! | `GammaGamma::gamma` | γ | rate of the gamma distribution of the spend rate ν | money |
//!
//! "time" is whatever unit the statistics are given in; the product uses weeks throughout. "money"
//! likewise is the unit of the amounts.

pub mod attribute;
pub mod bg_bb;
pub mod bg_nbd;
pub mod complaint;
pub mod contact;
pub mod evaluation;
pub mod explanation;
pub mod fact;
pub mod family;
pub mod fit;
pub mod gamma_gamma;
pub mod history;
pub mod interval;
pub mod mbg_nbd;
pub mod money;
pub mod nbd;
pub mod numeric;
pub mod outlook;
pub mod parameter;
pub mod pareto_nbd;
pub mod policy;
pub mod purchase_model;
pub mod purchase_scorer;
pub mod purchase_table;
pub mod referral;
pub mod referral_nbd;
pub mod satisfaction;
pub mod sbg;
pub mod score;
pub mod segment;
pub mod statistics;
pub mod time;
pub mod tracking;

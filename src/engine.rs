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
//! - [`comparison`]: what was, what is expected and the textbook formula side by side;
//! - [`segment`]: where a customer belongs;
//! - [`statistics`]: what the models need to know about one customer;
//! - [`purchase_model`], [`purchase_scorer`]: what every model of purchases foretells, and for many
//!   customers at once;
//! - [`discount`]: how what comes is brought to the cut-off;
//! - [`time_alive`]: how long customers stay;
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
//! What a customer's history is, and what is asked of it:
//!
//! | symbol | our name | meaning | unit | families |
//! |---|---|---|---|---|
//! | x | `frequency` | repeat purchase events after the first purchase | events | all but sBG |
//! | t_x | `recency` | time from the first purchase to the last | time | NBD, BG/NBD, MBG/NBD, Pareto/NBD; BG/BB in periods |
//! | T | `age` | time from the first purchase to the cut-off | time | NBD, BG/NBD, MBG/NBD, Pareto/NBD |
//! | n | `periods` | periods observed | periods | BG/BB, sBG |
//! | k | `renewals` | renewals so far | periods | sBG |
//! | z̄ | `monetary` | mean spend on a repeat event | money | Gamma-Gamma |
//! | n, T | `referees`, `exposure` | referees brought and won, time from the first purchase to the cut-off | 1, time | referrals |
//! | t, H, m | `horizon` | time after the cut-off; H where it is discounted, m in periods | time | all but Gamma-Gamma |
//! | X(t), E[X(t)] | `purchases_of_new_customer` | repeat purchases in the time t after the first | events | all but Gamma-Gamma |
//! | P | `probability_alive` | probability of not having left by the cut-off; in BG/BB of being there in the next period | 1 | all but Gamma-Gamma |
//! | odds | `log_odds_left` | (1 − P)/P, by its logarithm | nats | all but Gamma-Gamma |
//! | E(t) | `expected_purchases` | expected purchases in the time t after the cut-off | events | all but Gamma-Gamma |
//! | E(t given alive) | `purchases_if_alive` | the same of a customer who has not left: E(t) = P·E(t given alive) | events | all but Gamma-Gamma |
//! | D(H) | `discounted_expected_purchases` | the same, each discounted to the cut-off | events | all but Gamma-Gamma |
//! | S(t given alive) | `survival_if_alive` | probability that one who has not left is still there after t | 1 | NBD, BG/NBD, MBG/NBD, Pareto/NBD |
//! | L(H) | `expected_time_alive` | expected time of being there in the horizon, discounted | time | NBD, BG/NBD, MBG/NBD, Pareto/NBD |
//! | D(∞), DERT, DERL | `residual_purchases` | the same over an unlimited future; for contracts residual renewals | events | all but Gamma-Gamma |
//! | L | `log_likelihood` | likelihood of a history, by its natural logarithm | nats | all |
//! | E | `expected_spend`, `population_mean` | expected spend on one event, of a customer and of the base | money | Gamma-Gamma |
//!
//! Parameters of the families:
//!
//! | symbol | our name | meaning | unit | families |
//! |---|---|---|---|---|
//! | λ | | purchase rate of a customer | 1 / time | NBD, BG/NBD, MBG/NBD, Pareto/NBD |
//! | r | `r` | shape of the gamma distribution of λ | 1 | NBD, BG/NBD, MBG/NBD, Pareto/NBD |
//! | α | `alpha` | rate of the gamma distribution of λ | time | NBD, BG/NBD, MBG/NBD, Pareto/NBD |
//! | p | | probability of leaving after a purchase | 1 | BG/NBD, MBG/NBD |
//! | a, b | `a`, `b` | beta distribution of p | 1 | BG/NBD, MBG/NBD |
//! | μ | | dropout rate of a customer | 1 / time | Pareto/NBD |
//! | s | `s` | shape of the gamma distribution of μ | 1 | Pareto/NBD |
//! | β | `beta` | rate of the gamma distribution of μ | time | Pareto/NBD |
//! | p | | probability of a purchase in a period | 1 | BG/BB |
//! | α, β | `alpha`, `beta` | beta distribution of that p | 1 | BG/BB |
//! | θ | | probability of leaving before a period; of not renewing after it | 1 | BG/BB, sBG |
//! | γ, δ | `gamma`, `delta` | beta distribution of θ | 1 | BG/BB |
//! | α, β | `alpha`, `beta` | beta distribution of θ | 1 | sBG |
//! | S(t) | `log_survival` | probability of at least t renewals, by its logarithm | nats | sBG |
//! | p | `p` | shape of a customer's spend on one event | 1 | Gamma-Gamma |
//! | ν | | rate of a customer's spend | 1 / money | Gamma-Gamma |
//! | q | `q` | shape of the gamma distribution of ν | 1 | Gamma-Gamma |
//! | γ | `gamma` | rate of the gamma distribution of ν | money | Gamma-Gamma |
//! | r, α | `ReferralNbd::r`, `ReferralNbd::alpha` | gamma distribution of the rates λ of bringing others | 1, time | referrals |
//!
//! Short forms in formulas:
//!
//! | symbol | meaning | unit | where |
//! |---|---|---|---|
//! | A | α + T, rate of λ after the history | time | BG/NBD, MBG/NBD |
//! | s | r + x, shape of λ after the history | 1 | BG/NBD, MBG/NBD (in Pareto/NBD s is a parameter) |
//! | u | t / A, horizon in units of A | 1 | BG/NBD, MBG/NBD |
//! | B | β + T, rate of μ after the history | time | Pareto/NBD |
//! | B(·, ·), Γ(·) | beta and gamma function | 1 | everywhere |
//!
//! Discounting:
//!
//! | symbol | our name | meaning | unit |
//! |---|---|---|---|
//! | d | `Policy::discount_rate` | effective rate of a year | 1 / year |
//! | δ | `discount_rate_continuous`, [`score::weekly_discount_rate`] | continuous rate, ln(1 + d) in the unit of time of the model | 1 / time |
//! | d | `discount_rate` of BG/BB and sBG | effective rate of a period: period j counts 1/(1+d)ʲ | 1 / period |
//!
//! Fits and intervals:
//!
//! | symbol | our name | meaning | unit |
//! |---|---|---|---|
//! | θ, θ̂ | `Fit::parameters` | parameters of any family, and their estimates | as above |
//! | N | | number of parameters | 1 |
//! | C | `Fit::log_parameter_covariance` | covariance of the ln θ̂ | 1 |
//! | L, Lₖ | [`interval::around`] | Cholesky factor of C, its k-th column | 1 |
//! | g | | gradient of the logarithm of a forecast by the ln θ | 1 |
//! | σ² | `Around::log_variance` | gᵀCg, variance of the logarithm of a forecast | 1 |
//! | z | `Level::deviations` | half the interval of a normal distribution | standard deviations |
//! | k, n | [`evaluation::InformationCriteria`] | parameters and customers of a fit, in AIC and BIC | 1 |
//! | y, μ | [`evaluation::Accuracy`] | purchases that came, and those foretold | events |
//!
//! "time" is whatever unit the statistics are given in; the product uses weeks throughout. "money"
//! likewise is the unit of the amounts.

pub mod age_table;
pub mod attribute;
pub mod bg_bb;
pub mod bg_nbd;
pub mod comparison;
pub mod complaint;
pub mod contact;
pub mod discount;
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
pub mod time_alive;
pub mod tracking;

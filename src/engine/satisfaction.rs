//! How satisfied customers are: one number on a named scale, with what is known of its error.
//!
//! Every method is the same arithmetic. An answer to an item earns points, from 0 to the most the
//! item can earn: one if it reaches the cut (rates, top boxes); none, one or two (detractor,
//! passive, promoter); or its distance from the lower end of the item's scale (means). An item's
//! score is the weighted mean of the points earned by those who answered it, stretched over the
//! scale of the index; a tree combines the scores of its items. A missing answer earns nothing and
//! costs nothing: it is never counted as dissatisfied.
//!
//! In reading order:
//!
//! - [`instrument`]: items, tree, indicator blocks, checked when defined;
//! - [`response`]: what a customer answered;
//! - [`method`]: what a caller may ask for;
//! - [`scoring`]: what a method makes of an answer;
//! - [`fold`]: from responses to whole-number sums of a group;
//! - [`index`]: from sums to the index and its parts;
//! - [`interval`]: how sure an index is;
//! - [`comparison`]: whether two periods differ;
//! - [`suppression`]: groups too small to show.
//!
//! # Symbols
//!
//! | code name | symbol | meaning | unit |
//! |---|---|---|---|
//! | `weight_millionths` | w | weight of a response | millionths |
//! | `points` | y | what an answer earns | points |
//! | `points_max` | y* | the most an answer to the item can earn | points |
//! | | N, Y | Σw and Σwy over the answers to one item | |
//! | | N_c, Y_c | the same over one customer's answers | |
//! | | R = Y / (N y*) | mean share of the points | 1 |
//! | `weight` | W | weight of an item in the index, Σ W = 1 | 1 |
//! | `share` | p = Σ W R | index as a share of its scale | 1 |
//! | `variance` | V | variance of p, clustered by customer | 1 |
//! | `respondents` | m | effective number of customers | customers |

pub mod comparison;
pub mod fold;
pub mod index;
pub mod instrument;
pub mod interval;
pub mod method;
pub mod response;
pub mod scoring;
mod spread;
pub mod suppression;

#[cfg(test)]
mod tests;

//! Reads what a policy says.

use crate::engine::money::{Currency, Micros};
use crate::engine::policy::{BUILTIN, Discounting, Policy, ReferralPolicy, RfmCutPoints, RfmCuts};
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::google::r#type::Money;
use crate::grpc::read::{Reader, SHORT_BYTES_MAX};

/// Farthest a policy looks ahead, and the longest period of discounting, in days.
const DAYS_MAX: i32 = 3_650;
/// Highest annual rate: 1000 %.
const RATE_MAX: f64 = 10.0;
/// Deepest credit for referees.
const DEPTH_MAX: i32 = 16;
/// Largest cut point that is a count.
const COUNT_MAX: i64 = 1_000_000;
/// A million, as which one is stored.
const MILLION: f64 = 1e6;

/// What a request defines.
#[derive(Debug)]
pub(in crate::grpc) struct Definition {
    /// The policy it starts from.
    pub(in crate::grpc) base: &'static Policy,
    /// The base with what differs.
    pub(in crate::grpc) terms: Policy,
    /// Path of the first amount of money that no currency could be asked of.
    pub(in crate::grpc) money_without_currency: Option<String>,
}

/// Reads a definition of a tenant with a base currency, if it has one yet.
pub(in crate::grpc) fn definition(
    reader: &mut Reader,
    request: &pb::DefinePolicyRequest,
    currency: Option<Currency>,
) -> Option<Definition> {
    let base = read_base(reader, request.base_policy.as_deref());
    let mut terms = Terms {
        reader,
        base: base.unwrap_or(Policy::newest_builtin()),
        currency,
        money_without_currency: None,
    };
    let read = terms.read(&request.terms.clone().unwrap_or_default());
    let money_without_currency = terms.money_without_currency;
    Some(Definition {
        base: base?,
        terms: read?,
        money_without_currency,
    })
}

fn read_base(reader: &mut Reader, name: Option<&str>) -> Option<&'static Policy> {
    let name = reader.optional_text("base_policy", name, SHORT_BYTES_MAX)?;
    let Some(name) = name else {
        return Some(Policy::newest_builtin());
    };
    let base = Policy::builtin(&name);
    if base.is_none() {
        let names = BUILTIN.map(|policy| policy.version.as_ref());
        let text = format!("must be a built-in policy: {}", names.join(", "));
        reader.refuse("base_policy", text);
    }
    base
}

/// A share in whole millionths; `None` if it is finer, below 0 or above 1.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is whole and at most a million"
)]
fn millionths(share: f64) -> Option<i128> {
    let millionths = (share * MILLION).round_ties_even();
    // The nearest float of a number with six decimals is this one and no other.
    let is_exact = (0.0..=MILLION).contains(&millionths) && millionths / MILLION == share;
    is_exact.then_some(millionths as i128)
}

/// Four cut points that ascend.
fn ascending<T: Copy + PartialOrd>(
    reader: &mut Reader,
    path: &str,
    points: Vec<Option<T>>,
) -> Option<[T; 4]> {
    if points.len() != 4 {
        reader.refuse(path, format!("must be four, are {}", points.len()));
        return None;
    }
    let points: Vec<T> = points.into_iter().collect::<Option<_>>()?;
    if let Some(place) = points.windows(2).position(|pair| pair[0] >= pair[1]) {
        let path = format!("{path}[{}]", place + 1);
        reader.refuse(path, "must be above the one before");
        return None;
    }
    points.try_into().ok()
}

/// Reads terms, each as in the base where it is absent.
struct Terms<'r> {
    reader: &'r mut Reader,
    base: &'static Policy,
    currency: Option<Currency>,
    money_without_currency: Option<String>,
}

impl Terms<'_> {
    fn read(&mut self, terms: &pb::PolicyTerms) -> Option<Policy> {
        let base = self.base;
        let horizon_days = self.number(
            "terms.horizon_days",
            terms.horizon_days,
            base.horizon_days,
            0..=DAYS_MAX,
        );
        let discount_rate = self.rate("terms.discount_rate", terms.discount_rate);
        let discounting = self.discounting(terms.discounting.as_ref());
        let margin = self.share("terms.margin", terms.margin, base.margin_millionths);
        let per_purchase = self.amount(
            "terms.cost_to_serve_per_purchase",
            terms.cost_to_serve_per_purchase.as_ref(),
            base.cost_to_serve_per_purchase,
        );
        let per_year = self.amount(
            "terms.cost_to_serve_per_year",
            terms.cost_to_serve_per_year.as_ref(),
            base.cost_to_serve_per_year,
        );
        let referral = self.referral(&terms.referral.clone().unwrap_or_default());
        let rfm_cuts = self.rfm_cuts(terms.rfm_cuts.as_ref());
        Some(Policy {
            horizon_days: horizon_days?,
            discount_rate: discount_rate?,
            discounting: discounting?,
            margin_millionths: margin?,
            cost_to_serve_per_purchase: per_purchase?,
            cost_to_serve_per_year: per_year?,
            referral: referral?,
            rfm_cuts: rfm_cuts?,
            ..base.clone()
        })
    }

    fn number(
        &mut self,
        path: &str,
        value: Option<i32>,
        base: i32,
        range: std::ops::RangeInclusive<i32>,
    ) -> Option<i32> {
        let value = value.unwrap_or(base);
        if !range.contains(&value) {
            let text = format!("must lie between {} and {}", range.start(), range.end());
            self.reader.refuse(path, text);
            return None;
        }
        Some(value)
    }

    fn rate(&mut self, path: &str, value: Option<f64>) -> Option<f64> {
        let rate = value.unwrap_or(self.base.discount_rate);
        if !(0.0..=RATE_MAX).contains(&rate) {
            let text = "must lie between 0 and 10, 0.1 being 10 % a year";
            self.reader.refuse(path, text);
            return None;
        }
        // Zero has no sign.
        Some(rate.abs())
    }

    fn share(&mut self, path: &str, value: Option<f64>, base: i128) -> Option<i128> {
        let Some(share) = value else {
            return Some(base);
        };
        let read = millionths(share);
        if read.is_none() {
            let text = "must lie between 0 and 1, with at most 6 decimals";
            self.reader.refuse(path, text);
        }
        read
    }

    fn amount(&mut self, path: &str, value: Option<&Money>, base: Micros) -> Option<Micros> {
        match value {
            None => Some(base),
            Some(_) => self.required_amount(path, value),
        }
    }

    fn required_amount(&mut self, path: &str, value: Option<&Money>) -> Option<Micros> {
        let amount = self.reader.amount(path, value)?;
        match self.currency {
            Some(currency) if currency != amount.currency => {
                let code = currency.code();
                let path = format!("{path}.currency_code");
                let text = format!("must be {code}, the tenant's base currency");
                self.reader.refuse(path, text);
                return None;
            }
            Some(_) => {}
            None => {
                self.money_without_currency
                    .get_or_insert_with(|| path.to_owned());
            }
        }
        Some(Micros(i128::from(amount.micros)))
    }

    fn discounting(&mut self, told: Option<&pb::PolicyDiscounting>) -> Option<Discounting> {
        use pb::policy_discounting::Timing;
        let Some(told) = told else {
            return Some(self.base.discounting);
        };
        match &told.timing {
            Some(Timing::Continuous(_)) => Some(Discounting::Continuous),
            Some(Timing::MidPeriod(mid_period)) => {
                let path = "terms.discounting.mid_period.period_days";
                let days = self.number(path, Some(mid_period.period_days), 0, 1..=DAYS_MAX);
                days.map(|period_days| Discounting::MidPeriod { period_days })
            }
            None => {
                let text = "must be one of continuous, mid_period";
                self.reader.refuse("terms.discounting", text);
                None
            }
        }
    }

    fn referral(&mut self, told: &pb::PolicyReferral) -> Option<ReferralPolicy> {
        let base = &self.base.referral;
        let base_depth = i32::try_from(base.depth).unwrap_or(DEPTH_MAX);
        let path = "terms.referral.depth";
        let depth = self.number(path, told.depth, base_depth, 1..=DEPTH_MAX);
        let share = self.share("terms.referral.share", told.share, base.share_millionths);
        let decay = self.share("terms.referral.decay", told.decay, base.decay_millionths);
        let came_anyway = self.share(
            "terms.referral.probability_came_anyway",
            told.probability_came_anyway,
            base.came_anyway_millionths,
        );
        let acquisition_cost_saved = self.amount(
            "terms.referral.acquisition_cost_saved",
            told.acquisition_cost_saved.as_ref(),
            base.acquisition_cost_saved,
        );
        Some(ReferralPolicy {
            depth: usize::try_from(depth?).ok()?,
            share_millionths: share?,
            decay_millionths: decay?,
            came_anyway_millionths: came_anyway?,
            acquisition_cost_saved: acquisition_cost_saved?,
        })
    }

    fn rfm_cuts(&mut self, told: Option<&pb::PolicyRfmCuts>) -> Option<RfmCuts> {
        use pb::policy_rfm_cuts::Cuts;
        let Some(told) = told else {
            return Some(self.base.rfm_cuts.clone());
        };
        match &told.cuts {
            Some(Cuts::SnapshotInForce(_)) => Some(RfmCuts::SnapshotInForce),
            Some(Cuts::NewestSnapshot(_)) => Some(RfmCuts::NewestSnapshot),
            Some(Cuts::Custom(custom)) => self.custom(custom).map(RfmCuts::Custom),
            None => {
                let text = "must be one of snapshot_in_force, newest_snapshot, custom";
                self.reader.refuse("terms.rfm_cuts", text);
                None
            }
        }
    }

    fn custom(&mut self, custom: &pb::CustomCuts) -> Option<RfmCutPoints> {
        let recency_days = self.counts("terms.rfm_cuts.custom.recency_days", &custom.recency_days);
        let frequency = self.counts("terms.rfm_cuts.custom.frequency", &custom.frequency);
        let path = "terms.rfm_cuts.custom.monetary";
        // More than four are refused by their number: no need to look at all of them.
        let amounts = custom.monetary.iter().enumerate().take(5);
        let amounts = amounts
            .map(|(place, money)| self.required_amount(&format!("{path}[{place}]"), Some(money)))
            .collect();
        let monetary = ascending(self.reader, path, amounts);
        Some(RfmCutPoints {
            recency_days: recency_days?,
            frequency: frequency?,
            monetary: monetary?,
        })
    }

    fn counts(&mut self, path: &str, points: &[i64]) -> Option<[i64; 4]> {
        let counts = points.iter().enumerate().take(5);
        let counts = counts
            .map(|(place, count)| {
                let is_within = (0..=COUNT_MAX).contains(count);
                if !is_within {
                    let text = format!("must lie between 0 and {COUNT_MAX}");
                    self.reader.refuse(format!("{path}[{place}]"), text);
                }
                is_within.then_some(*count)
            })
            .collect();
        ascending(self.reader, path, counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_exactly_or_not_at_all() {
        for (share, expected) in [
            (0.0, Some(0)),
            (-0.0, Some(0)),
            (0.000_001, Some(1)),
            (0.35, Some(350_000)),
            (0.999_999, Some(999_999)),
            (1.0, Some(1_000_000)),
            (0.000_000_1, None),
            (0.333_333_3, None),
            (-0.000_001, None),
            (1.000_001, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(millionths(share), expected, "{share}");
        }
    }
}

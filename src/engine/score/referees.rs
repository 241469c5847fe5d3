//! What the referees of a customer are worth to the score: so far, and those to come.

use super::{DAYS_PER_WEEK, Reason, ScoreInput};
use crate::engine::history::CustomerTotals;
use crate::engine::money::Micros;
use crate::engine::policy::Policy;
use crate::engine::referral::{
    Brought, DepthCredit, Generation, ReferralForecast, credit, referral_forecast,
};

/// The referees below a customer.
#[derive(Clone, Debug, PartialEq)]
pub enum Referees {
    /// Sums per depth from their credit days on, direct referees first.
    Counted(Vec<Generation>),
    /// More than the policy reads.
    TooMany,
}

impl Referees {
    /// Credit by depth.
    ///
    /// # Errors
    ///
    /// [`Reason::TooLarge`] with more referees than the policy reads.
    pub fn credits(&self, policy: &Policy) -> Result<Vec<DepthCredit>, Reason> {
        match self {
            Self::Counted(generations) => Ok(credit(generations, policy)),
            Self::TooMany => Err(Reason::TooLarge),
        }
    }

    /// Referral value to date.
    ///
    /// # Errors
    ///
    /// As [`Self::credits`].
    pub fn value(&self, policy: &Policy) -> Result<Micros, Reason> {
        let credits = self.credits(policy)?;
        Ok(credits.iter().map(|depth| depth.credit).sum())
    }
}

/// What a customer is expected to bring.
pub(super) fn referees_to_come(
    own: &CustomerTotals,
    input: &ScoreInput<'_>,
) -> Result<ReferralForecast, Reason> {
    let span = own.purchase_day_span.ok_or(Reason::NoPurchase)?;
    if *input.referees == Referees::TooMany {
        return Err(Reason::TooLarge);
    }
    let model = input.referral.ok_or(Reason::NoModel)?;
    let spend = input.models.spend.ok_or(Reason::NoModel)?;
    let days = input.as_of_day.days_since(span.first);
    let brought = Brought {
        buyers: input.buyers_brought,
        exposure_weeks: f64::from(days) / DAYS_PER_WEEK,
    };
    referral_forecast(brought, model, spend, input.policy)
}

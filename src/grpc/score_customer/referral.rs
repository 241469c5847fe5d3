//! Where a customer stands among referrals, what is credited, and who is expected to come.

use super::answer::Writer;
use crate::engine::money::Currency;
use crate::engine::referral::ReferralForecast;
use crate::engine::score::Reason;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::unavailable::no_referral_model;
use crate::grpc::write::money;

impl Writer<'_> {
    pub(super) fn referral(&mut self) -> Option<pb::ReferralTree> {
        let (currency, _) = self.own("referral")?;
        self.present("referral", self.scored.score.crv_to_date)?;
        let position = self.scored.position;
        let some_came_anyway = 0 < self.scored.policy.referral.came_anyway_millionths;
        let credits = self
            .scored
            .score
            .credits
            .iter()
            .map(|credit| pb::CreditByDepth {
                depth: i32::try_from(credit.depth).unwrap_or(i32::MAX),
                referees: credit.referees,
                credit: Some(money(credit.credit, currency)),
                buyers: some_came_anyway.then_some(credit.buyers),
            })
            .collect();
        let forecast = self.referral_forecast("referral.forecast");
        Some(pb::ReferralTree {
            direct_referees: position.direct,
            indirect_referees: position.indirect,
            depth: position.depth,
            credits,
            forecast: forecast.map(|forecast| self.forecast_message(forecast, currency)),
        })
    }

    /// Direct referees to come; without them a component is absent.
    pub(super) fn referral_forecast(&mut self, component: &str) -> Option<ReferralForecast> {
        let scored = self.scored;
        let has_others = scored.purchase_model.is_some() && scored.spend_model.is_some();
        match scored.score.referral {
            // The referral model is the one that lacks.
            Err(Reason::NoModel) if has_others => {
                self.unavailable.push(no_referral_model(component));
                None
            }
            forecast => self.present(component, forecast),
        }
    }

    fn forecast_message(
        &self,
        forecast: ReferralForecast,
        currency: Currency,
    ) -> pb::ReferralForecast {
        let model = self.scored.referral_model.as_ref();
        pb::ReferralForecast {
            buyers_brought: forecast.brought.buyers,
            exposure_weeks: forecast.brought.exposure_weeks,
            referees_per_week: forecast.referees_per_week,
            expected_referees: forecast.expected_referees,
            discounted_purchases: forecast.discounted_purchases,
            expected_spend_per_purchase: Some(money(forecast.expected_spend, currency)),
            margin: forecast.margin,
            credit: Some(money(forecast.credit, currency)),
            referral_model: model.map(|model| model.name.clone()).unwrap_or_default(),
        }
    }
}

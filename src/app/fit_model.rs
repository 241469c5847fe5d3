//! Fits a model to a tenant's customers: one streaming pass over their days, then maximum likelihood.

mod brought;
mod referrals;

use sha2::{Digest, Sha256};

use super::App;
use super::error::{AppError, Violation};
use super::progress::{Progress, Teller};
use crate::engine::family::Family;
use crate::engine::fit::{
    Fit, FitError, Prior, fit_bg_nbd, fit_gamma_gamma, fit_mbg_nbd, fit_pareto_nbd,
    fit_referral_nbd,
};
use crate::engine::history::{CustomerTotals, Span, Totals};
use crate::engine::referral_nbd::referral_history;
use crate::engine::score::{ENGINE_VERSION, purchase_statistics, spend_statistics};
use crate::engine::statistics::{PurchaseStatistics, SpendStatistics, Weighted};
use crate::engine::time::Day;
use crate::ids::BUCKETS;
use crate::store::customer_day::PurchaseDay;
use crate::store::model::{FittedModel, StoredModel, model_insert_in_tx};
use brought::BroughtBuyers;

/// What to fit.
#[derive(Clone, Copy, Debug)]
pub struct FitQuery {
    /// Which family.
    pub family: Family,
    /// Last day of the data; `None` for the newest purchase day that has ended.
    pub calibration_end: Option<Day>,
    /// What is believed beforehand.
    pub prior: Prior,
}

/// The statistics of a tenant's customers in a calibration period.
#[derive(Debug)]
struct Statistics {
    calibration_end: Day,
    purchases: Vec<PurchaseStatistics>,
    spends: Vec<SpendStatistics>,
    /// Of a fit of referrals, the referees of each customer in place of purchases.
    referrals: Vec<PurchaseStatistics>,
    sums: Totals,
    customers: i64,
    /// The customer whose days are being read.
    current: Option<(String, CustomerTotals)>,
    /// Of a fit of referrals, who brought buyers.
    brought: Option<BroughtBuyers>,
}

impl Statistics {
    fn new(calibration_end: Day) -> Self {
        Self {
            calibration_end,
            purchases: Vec::new(),
            spends: Vec::new(),
            referrals: Vec::new(),
            sums: Totals::default(),
            customers: 0,
            current: None,
            brought: None,
        }
    }

    /// Takes a day in; days come customer by customer, in order.
    fn day(&mut self, row: PurchaseDay) {
        self.sums += row.totals;
        if self
            .current
            .as_ref()
            .is_none_or(|(customer_id, _)| *customer_id != row.customer_id)
        {
            self.finish_customer();
            self.current = Some((row.customer_id, CustomerTotals::default()));
        }
        let Some((_, own)) = &mut self.current else {
            return;
        };
        own.totals += row.totals;
        if row.totals.purchases > 0 {
            if own.purchase_days == 0 {
                own.first_day_net = row.totals.net_revenue();
            }
            own.purchase_days += 1;
            own.purchase_day_span = Some(Span::including(own.purchase_day_span, row.day));
        }
    }

    fn finish_customer(&mut self) {
        let Some((customer_id, own)) = self.current.take() else {
            return;
        };
        if let Some(statistics) = purchase_statistics(&own, self.calibration_end) {
            self.customers += 1;
            if let (Some(brought), Some(span)) = (&self.brought, own.purchase_day_span) {
                let buyers = brought.since(&customer_id, span.first) as f64;
                let exposure = statistics.age();
                self.referrals.extend(referral_history(buyers, exposure));
            }
            self.purchases.push(statistics);
            self.spends.extend(spend_statistics(&own));
        }
    }

    /// What a family of events in time is fitted to.
    fn histories(&self, family: Family) -> &[PurchaseStatistics] {
        match family {
            Family::ReferralNbd => &self.referrals,
            Family::BgNbd | Family::MbgNbd | Family::ParetoNbd | Family::GammaGamma => {
                &self.purchases
            }
        }
    }

    fn fingerprint(&self, query: &FitQuery) -> Vec<u8> {
        let mut hash = Sha256::new()
            .chain_update(query.family.name())
            .chain_update(prior_name(query.prior))
            .chain_update(ENGINE_VERSION)
            // Models fitted before the covariance was kept are others.
            .chain_update("covariance")
            .chain_update(self.calibration_end.as_days().to_be_bytes());
        for sum in [
            self.sums.net_revenue(),
            self.sums.cost_of_goods,
            self.sums.revenue_without_cost_of_goods,
        ] {
            hash.update(sum.0.to_be_bytes());
        }
        match query.family {
            Family::BgNbd | Family::MbgNbd | Family::ParetoNbd | Family::ReferralNbd => {
                for row in self.histories(query.family) {
                    hash.update(row.frequency().to_be_bytes());
                    hash.update(row.recency().to_be_bytes());
                    hash.update(row.age().to_be_bytes());
                }
            }
            Family::GammaGamma => {
                for row in &self.spends {
                    hash.update(row.frequency().to_be_bytes());
                    hash.update(row.monetary().to_be_bytes());
                }
            }
        }
        hash.finalize().to_vec()
    }

    fn fit(&self, query: &FitQuery) -> Result<FittedModel, FitError> {
        match query.family {
            Family::BgNbd => {
                let fit = fit_bg_nbd(&weighted(&self.purchases), query.prior)?;
                Ok(self.fitted(query, &fit))
            }
            Family::MbgNbd => {
                let fit = fit_mbg_nbd(&weighted(&self.purchases), query.prior)?;
                Ok(self.fitted(query, &fit))
            }
            Family::ParetoNbd => {
                let fit = fit_pareto_nbd(&weighted(&self.purchases), query.prior)?;
                Ok(self.fitted(query, &fit))
            }
            Family::GammaGamma => {
                let fit = fit_gamma_gamma(&weighted(&self.spends), query.prior)?;
                Ok(self.fitted(query, &fit))
            }
            Family::ReferralNbd => {
                let fit = fit_referral_nbd(&weighted(&self.referrals), query.prior)?;
                Ok(self.fitted(query, &fit))
            }
        }
    }

    fn fitted<M, const N: usize>(&self, query: &FitQuery, fit: &Fit<M, N>) -> FittedModel {
        let customers = match query.family {
            Family::BgNbd | Family::MbgNbd | Family::ParetoNbd | Family::ReferralNbd => {
                self.histories(query.family).len()
            }
            Family::GammaGamma => self.spends.len(),
        };
        FittedModel {
            fingerprint: self.fingerprint(query),
            parameters: fit.parameters.to_vec(),
            standard_errors: fit.standard_errors.to_vec(),
            log_parameter_covariance: Some(fit.log_parameter_covariance.as_flattened().to_vec()),
            log_likelihood: fit.log_likelihood,
            customers: customers as i64,
            iterations: i32::try_from(fit.iterations).unwrap_or(i32::MAX),
            gradient_norm: fit.gradient_norm,
            prior: prior_name(query.prior).to_owned(),
            calibration_end: self.calibration_end,
            engine_version: ENGINE_VERSION.to_owned(),
            net_revenue: self.sums.net_revenue(),
            cost_of_goods: self.sums.cost_of_goods,
            net_revenue_without_cost_of_goods: self.sums.revenue_without_cost_of_goods,
            imported_from: None,
        }
    }
}

fn weighted<T: Copy>(rows: &[T]) -> Vec<Weighted<T>> {
    rows.iter()
        .map(|&row| Weighted { row, weight: 1.0 })
        .collect()
}

/// The prior as stored.
#[must_use]
pub const fn prior_name(prior: Prior) -> &'static str {
    match prior {
        Prior::None => "none",
        Prior::Weak => "weak",
    }
}

impl App {
    /// Fits a model and stores it, or answers the equal one that is stored. `progress` is told how
    /// far the work is and says whether to go on.
    ///
    /// # Errors
    ///
    /// [`AppError::NothingToFit`], [`AppError::NotFittable`] when the data do not determine a model,
    /// [`AppError::Invalid`] for a calibration end in the future, and what the store says. `None`
    /// when `progress` said to stop.
    pub async fn fit_model(
        &self,
        tenant_id: &str,
        query: FitQuery,
        progress: Teller<'_>,
    ) -> Result<Option<StoredModel>, AppError> {
        let tenant = self
            .tenant(tenant_id)
            .await?
            .ok_or(AppError::NothingToFit)?;
        let today = tenant.zone.day_of(self.clock.now());
        let calibration_end = match query.calibration_end {
            Some(day) if day > today => {
                return Err(AppError::Invalid(vec![Violation::new(
                    "calibration_end",
                    "must not lie in the future",
                )]));
            }
            Some(day) => day,
            None => self
                .store
                .newest_purchase_day(tenant_id, today.plus_days(-1))
                .await?
                .ok_or(AppError::NothingToFit)?,
        };
        let Some(statistics) = self
            .statistics(tenant_id, query.family, calibration_end, progress)
            .await?
        else {
            return Ok(None);
        };
        if statistics.purchases.is_empty() {
            return Err(AppError::NothingToFit);
        }
        let report = Progress {
            step: "maximising the likelihood",
            done_share: 0.0,
            customers: statistics.customers,
        };
        if !progress(report) {
            return Ok(None);
        }
        // The arithmetic is of some seconds for millions of customers: not on a thread that serves.
        let fitted = tokio::task::spawn_blocking(move || statistics.fit(&query))
            .await
            .map_err(|_| AppError::Store(crate::store::error::StoreError::Stopped))?
            .map_err(|error| AppError::NotFittable {
                explanation: error.to_string(),
            })?;
        let tenant_id = tenant_id.to_owned();
        let family = query.family.name();
        self.store
            .run_tx("fit_model", move |connection| {
                let (tenant_id, fitted) = (tenant_id.clone(), fitted.clone());
                Box::pin(async move {
                    let stored =
                        model_insert_in_tx(connection, &tenant_id, family, &fitted).await?;
                    stored.map(Some).ok_or(AppError::NothingToFit)
                })
            })
            .await
    }

    async fn statistics(
        &self,
        tenant_id: &str,
        family: Family,
        calibration_end: Day,
        progress: Teller<'_>,
    ) -> Result<Option<Statistics>, AppError> {
        if family == Family::ReferralNbd {
            return self
                .referral_statistics(tenant_id, calibration_end, progress)
                .await;
        }
        let statistics = std::sync::Mutex::new(Statistics::new(calibration_end));
        let mut goes_on = true;
        let lock = || {
            statistics
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        self.store
            .purchase_days(
                tenant_id,
                calibration_end,
                &mut |row| lock().day(row),
                &mut |buckets| {
                    let customers = lock().customers;
                    goes_on = progress(Progress {
                        step: "reading statistics",
                        done_share: f64::from(buckets) / f64::from(BUCKETS),
                        customers,
                    });
                    goes_on
                },
            )
            .await?;
        let mut statistics = statistics
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        statistics.finish_customer();
        Ok(goes_on.then_some(statistics))
    }
}

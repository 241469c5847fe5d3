//! `policy define`.

use crate::cli::failure::WrongUsage;
use crate::cli::{amounts, base_currency};
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::google::r#type::Money;

/// Cut points of a kind.
const CUTS: usize = 4;

/// Define a policy: what is not told is as in the base. Amounts are in the tenant's base currency.
/// Repeating it changes nothing
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value policy define --horizon-days 730 --discount-rate 0.08 --margin 0.35
  customer-value policy define --referral-depth 1 --referral-share 0.5 --came-anyway 0.2 \\
      --acquisition-cost-saved 40
  customer-value policy define --recency-cuts 7,30,90,365 --frequency-cuts 1,2,5,10 \\
      --monetary-cuts 10,50,100,500")]
pub(super) struct Define {
    /// The built-in policy to start from [default: the newest]
    #[arg(long, value_name = "NAME")]
    base: Option<String>,
    /// Days to look ahead when a question does not say
    #[arg(long, value_name = "DAYS", allow_negative_numbers = true)]
    horizon_days: Option<i32>,
    /// Annual effective rate at which expected value is discounted, 0.1 for 10 %
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    discount_rate: Option<f64>,
    /// A purchase to come counts as paid at its own instant
    #[arg(long)]
    continuous: bool,
    /// A purchase to come counts as paid in the middle of its period of so many days
    #[arg(
        long,
        value_name = "DAYS",
        conflicts_with = "continuous",
        allow_negative_numbers = true
    )]
    mid_period_days: Option<i32>,
    /// Share of revenue left after cost of goods where that cost is not known, 0 to 1
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    margin: Option<f64>,
    /// What each purchase day to come costs to serve
    #[arg(long, value_name = "AMOUNT")]
    cost_per_purchase: Option<String>,
    /// What a year of being a customer costs to serve
    #[arg(long, value_name = "AMOUNT")]
    cost_per_year: Option<String>,
    /// To which depth referees are credited, 1 to 16
    #[arg(long, value_name = "DEPTH", allow_negative_numbers = true)]
    referral_depth: Option<i32>,
    /// Share of a direct referee's contribution that is credited, 0 to 1
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    referral_share: Option<f64>,
    /// What is left of the share from one depth to the next, 0 to 1
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    referral_decay: Option<f64>,
    /// Probability that a referee would have come without being brought, 0 to 1
    #[arg(long, value_name = "PROBABILITY", allow_negative_numbers = true)]
    came_anyway: Option<f64>,
    /// What winning a customer costs who was not brought
    #[arg(long, value_name = "AMOUNT")]
    acquisition_cost_saved: Option<String>,
    /// Whose quintiles cut the scores of recency, frequency and monetary value
    #[arg(long, value_name = "SNAPSHOT", value_enum, conflicts_with_all = CUT_FLAGS)]
    rfm_cuts: Option<CutsOf>,
    /// Four ascending cut points of days since the last purchase day, as in 7,30,90,365
    #[arg(
        long,
        value_name = "DAYS",
        value_delimiter = ',',
        requires = "frequency_cuts",
        requires = "monetary_cuts"
    )]
    recency_cuts: Vec<i64>,
    /// Four ascending cut points of purchase days
    #[arg(
        long,
        value_name = "DAYS",
        value_delimiter = ',',
        requires = "recency_cuts",
        requires = "monetary_cuts"
    )]
    frequency_cuts: Vec<i64>,
    /// Four ascending cut points of revenue after refunds
    #[arg(
        long,
        value_name = "AMOUNTS",
        value_delimiter = ',',
        requires = "recency_cuts",
        requires = "frequency_cuts"
    )]
    monetary_cuts: Vec<String>,
}

/// The flags of a policy's own cut points, which come together.
const CUT_FLAGS: [&str; 3] = ["recency_cuts", "frequency_cuts", "monetary_cuts"];

/// Whose quintiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum CutsOf {
    /// Of the population snapshot in force
    InForce,
    /// Of the newest population snapshot
    Newest,
}

/// Amounts in the currency of the tenant.
struct Amounts {
    currency: Option<String>,
}

impl Amounts {
    fn read(&self, flag: &str, text: &str) -> anyhow::Result<Money> {
        let wrong = |error| WrongUsage(format!("--{flag} {text:?} {error}"));
        let micros = amounts::parse(text).map_err(wrong)?;
        match &self.currency {
            Some(currency) => Ok(amounts::money(micros, currency)),
            None => anyhow::bail!(
                "the tenant has no base currency yet, and --{flag} is an amount of money; record a \
                 fact with money first"
            ),
        }
    }

    fn optional(&self, flag: &str, text: Option<&String>) -> anyhow::Result<Option<Money>> {
        text.map(|text| self.read(flag, text)).transpose()
    }
}

impl Define {
    /// The request; asks the server for the tenant's currency if there is money in it.
    ///
    /// # Errors
    ///
    /// [`WrongUsage`] for amounts that are none, and what the server says.
    pub(super) async fn request(&self, client: &Client) -> anyhow::Result<pb::DefinePolicyRequest> {
        let amounts = Amounts {
            currency: if self.has_money() {
                base_currency::of_tenant(client).await?
            } else {
                None
            },
        };
        let referral = self.referral(&amounts)?;
        let terms = pb::PolicyTerms {
            horizon_days: self.horizon_days,
            discount_rate: self.discount_rate,
            discounting: self.discounting(),
            margin: self.margin,
            cost_to_serve_per_purchase: amounts
                .optional("cost-per-purchase", self.cost_per_purchase.as_ref())?,
            cost_to_serve_per_year: amounts
                .optional("cost-per-year", self.cost_per_year.as_ref())?,
            referral: (referral != pb::PolicyReferral::default()).then_some(referral),
            rfm_cuts: self.rfm_cuts(&amounts)?,
        };
        Ok(pb::DefinePolicyRequest {
            base_policy: self.base.clone(),
            terms: Some(terms),
        })
    }

    fn has_money(&self) -> bool {
        let amounts = [
            &self.cost_per_purchase,
            &self.cost_per_year,
            &self.acquisition_cost_saved,
        ];
        amounts.into_iter().any(Option::is_some) || !self.monetary_cuts.is_empty()
    }

    fn discounting(&self) -> Option<pb::PolicyDiscounting> {
        use pb::policy_discounting::Timing;
        let continuous = Timing::Continuous(pb::ContinuousDiscounting {});
        let mid_period = |period_days| Timing::MidPeriod(pb::MidPeriodDiscounting { period_days });
        let timing = match self.mid_period_days {
            Some(days) => Some(mid_period(days)),
            None => self.continuous.then_some(continuous),
        };
        timing.map(|timing| pb::PolicyDiscounting {
            timing: Some(timing),
        })
    }

    fn referral(&self, amounts: &Amounts) -> anyhow::Result<pb::PolicyReferral> {
        Ok(pb::PolicyReferral {
            depth: self.referral_depth,
            share: self.referral_share,
            decay: self.referral_decay,
            probability_came_anyway: self.came_anyway,
            acquisition_cost_saved: amounts.optional(
                "acquisition-cost-saved",
                self.acquisition_cost_saved.as_ref(),
            )?,
        })
    }

    fn rfm_cuts(&self, amounts: &Amounts) -> anyhow::Result<Option<pb::PolicyRfmCuts>> {
        use pb::policy_rfm_cuts::Cuts;
        let of_snapshot = self.rfm_cuts.map(|of| match of {
            CutsOf::InForce => Cuts::SnapshotInForce(pb::SnapshotInForceCuts {}),
            CutsOf::Newest => Cuts::NewestSnapshot(pb::NewestSnapshotCuts {}),
        });
        let counts = [
            ("recency-cuts", self.recency_cuts.len()),
            ("frequency-cuts", self.frequency_cuts.len()),
            ("monetary-cuts", self.monetary_cuts.len()),
        ];
        let cuts = if counts.iter().all(|(_, count)| *count == 0) {
            of_snapshot
        } else {
            if let Some((flag, count)) = counts.into_iter().find(|(_, count)| *count != CUTS) {
                let text = format!("--{flag} takes four cut points as in 1,2,5,10, not {count}");
                return Err(WrongUsage(text).into());
            }
            let monetary = self.monetary_cuts.iter();
            Some(Cuts::Custom(pb::CustomCuts {
                recency_days: self.recency_cuts.clone(),
                frequency: self.frequency_cuts.clone(),
                monetary: monetary
                    .map(|text| amounts.read("monetary-cuts", text))
                    .collect::<anyhow::Result<_>>()?,
            }))
        };
        Ok(cuts.map(|cuts| pb::PolicyRfmCuts { cuts: Some(cuts) }))
    }
}

//! `ScoringService.ScoreCustomer`.

use tonic::{Request, Response, Status};

use super::pb::customervalue::v1 as pb;
use super::pb::google::r#type::Money;
use super::read::{Reader, SHORT_BYTES_MAX, tenant};
use super::scoring::Scoring;
use super::write::{cost_kind, money, purchase_kind, timestamp};
use crate::app::score_customer::{ScoreQuery, Scored};
use crate::engine::fact::{CostKind, PurchaseKind};
use crate::engine::history::CustomerTotals;
use crate::engine::money::{Currency, Micros, divide_half_even};
use crate::engine::referral::contribution;
use crate::engine::score::{ENGINE_VERSION, Reason, Spend, ValuePart};
use crate::engine::time::Instant;

/// Farthest a score looks ahead.
const HORIZON_DAYS_MAX: i32 = 3_650;

/// The components a read mask can name.
const COMPONENTS: [&str; 7] = [
    "lasting_value",
    "clv",
    "crv",
    "history",
    "prediction",
    "referral",
    "rfm",
];

pub(super) async fn handle(
    scoring: &Scoring,
    request: Request<pb::ScoreCustomerRequest>,
) -> Result<Response<pb::ScoreCustomerResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let asked = query(&mut reader, request.get_ref(), scoring.app.latest_instant());
    let (query, mask) = reader.finish(asked)?;
    let scored = scoring.app.score_customer(&tenant_id, &query).await?;
    let score = Writer {
        scored: &scored,
        mask: &mask,
        unavailable: Vec::new(),
    }
    .score(query.customer_id);
    Ok(Response::new(pb::ScoreCustomerResponse {
        score: Some(score),
    }))
}

fn query(
    reader: &mut Reader,
    request: &pb::ScoreCustomerRequest,
    latest: Instant,
) -> Option<(ScoreQuery, Vec<String>)> {
    let customer_id = reader.id("customer_id", &request.customer_id);
    let as_of = match &request.as_of {
        None => Some(None),
        Some(_) => reader
            .occurred_at("as_of", request.as_of.as_ref(), latest)
            .map(Some),
    };
    let known_at = match &request.known_at {
        None => Some(None),
        Some(known_at) => reader.instant("known_at", known_at).map(Some),
    };
    if request
        .horizon_days
        .is_some_and(|days| !(0..=HORIZON_DAYS_MAX).contains(&days))
    {
        reader.refuse(
            "horizon_days",
            format!("must lie between 0 and {HORIZON_DAYS_MAX}"),
        );
    }
    let policy_version = reader.optional_text(
        "policy_version",
        request.policy_version.as_deref(),
        SHORT_BYTES_MAX,
    );
    let mask = request
        .read_mask
        .as_ref()
        .map(|mask| mask.paths.clone())
        .unwrap_or_default();
    if mask.iter().any(|path| !COMPONENTS.contains(&path.as_str())) {
        reader.refuse(
            "read_mask",
            format!("paths must be among: {}", COMPONENTS.join(", ")),
        );
    }
    let query = ScoreQuery {
        customer_id: customer_id?,
        as_of: as_of?,
        known_at: known_at?,
        horizon_days: request.horizon_days,
        policy_version: policy_version?,
    };
    Some((query, mask))
}

/// Writes a score as the contract has it, noting what is absent and why.
struct Writer<'s> {
    scored: &'s Scored,
    mask: &'s [String],
    unavailable: Vec<pb::Unavailable>,
}

impl Writer<'_> {
    fn score(mut self, customer_id: String) -> pb::CustomerScore {
        let lasting_value = self
            .wanted("lasting_value")
            .then(|| self.lasting_value())
            .flatten();
        let clv = self.wanted("clv").then(|| self.clv()).flatten();
        let crv = self.wanted("crv").then(|| self.crv()).flatten();
        let history = self.wanted("history").then(|| self.history()).flatten();
        let prediction = self
            .wanted("prediction")
            .then(|| self.prediction())
            .flatten();
        let referral = self.wanted("referral").then(|| self.referral()).flatten();
        let rfm = self.wanted("rfm").then(|| self.rfm()).flatten();
        pb::CustomerScore {
            customer_id,
            lasting_value,
            clv,
            crv,
            history,
            prediction,
            referral,
            rfm,
            provenance: Some(self.provenance()),
            unavailable: self.unavailable,
        }
    }

    fn wanted(&self, component: &str) -> bool {
        self.mask.is_empty() || self.mask.iter().any(|path| path == component)
    }

    fn absent<T>(&mut self, component: &str, reason: Reason) -> Option<T> {
        let (reason, detail) = match reason {
            Reason::NoFacts => (
                pb::UnavailableReason::NoFacts,
                "no fact had happened by then",
            ),
            Reason::NoPurchase => (
                pb::UnavailableReason::NoPurchase,
                "no purchase is left after refunds and voids",
            ),
            Reason::NotEnoughData => (
                pb::UnavailableReason::NotEnoughData,
                "the data behind the models do not determine it",
            ),
            Reason::NoModel => (
                pb::UnavailableReason::NoModel,
                "no model was in force then; fit and activate one",
            ),
            Reason::NotInPolicy => (
                pb::UnavailableReason::NotInPolicy,
                "the policy version does not define it",
            ),
            Reason::TooLarge => (
                pb::UnavailableReason::TooLarge,
                "there are more referees than one score reads",
            ),
        };
        self.unavailable.push(pb::Unavailable {
            component: component.to_owned(),
            reason: reason.into(),
            detail: detail.to_owned(),
        });
        None
    }

    fn present<T>(&mut self, component: &str, value: Result<T, Reason>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(reason) => self.absent(component, reason),
        }
    }

    /// The currency and the customer's own sums, without which nothing is worth anything.
    fn own(&mut self, component: &str) -> Option<(Currency, &CustomerTotals)> {
        let scored = self.scored;
        match (scored.currency, &scored.own) {
            (Some(currency), Some(own)) => Some((currency, own)),
            _ => self.absent(component, Reason::NoFacts),
        }
    }

    fn lasting_value(&mut self) -> Option<pb::LastingValue> {
        let (currency, own) = self.own("lasting_value")?;
        let own = own.clone();
        let scored = self.scored;
        let crv = self.present("lasting_value", scored.score.crv_to_date)?;
        let clv = contribution(&own.totals, scored.policy);
        let expected = self.present("lasting_value.expected", scored.score.expected());
        let parts = scored
            .score
            .parts
            .iter()
            .map(|(part, amount)| pb::ValuePartAmount {
                part: value_part(*part).into(),
                amount: Some(money(*amount, currency)),
                explanation: explanation(scored, &own, *part, currency),
            })
            .collect();
        let totals = totals(clv + crv, expected, currency);
        Some(pb::LastingValue {
            to_date: totals.to_date,
            expected: totals.expected,
            total: totals.total,
            parts,
        })
    }

    fn clv(&mut self) -> Option<pb::ValueTotals> {
        let (currency, _) = self.own("clv")?;
        let to_date = self.present("clv", self.scored.score.clv_to_date)?;
        let expected = self.present("clv.expected", self.scored.score.expected());
        Some(totals(to_date, expected, currency))
    }

    fn crv(&mut self) -> Option<pb::ValueTotals> {
        let (currency, _) = self.own("crv")?;
        let to_date = self.present("crv", self.scored.score.crv_to_date)?;
        let expected = self.absent("crv.expected", Reason::NotInPolicy);
        Some(totals(to_date, expected, currency))
    }

    fn history(&mut self) -> Option<pb::History> {
        let policy = self.scored.policy;
        let (currency, own) = self.own("history")?;
        let totals = &own.totals;
        let costs = CostKind::ALL
            .into_iter()
            .map(|kind| (kind, totals.costs[kind.index()]))
            .filter(|(_, amount)| *amount != Micros::ZERO)
            .map(|(kind, amount)| pb::CostAmount {
                kind: cost_kind(kind).into(),
                amount: Some(money(amount, currency)),
            })
            .collect();
        let purchase_kinds = PurchaseKind::ALL
            .into_iter()
            .map(|kind| (kind, own.kinds[kind.index()]))
            .filter(|(_, of_kind)| of_kind.purchases != 0 || of_kind.net_revenue != Micros::ZERO)
            .map(|(kind, of_kind)| pb::PurchaseKindTotals {
                kind: purchase_kind(kind).into(),
                purchases: of_kind.purchases,
                revenue: Some(money(of_kind.net_revenue, currency)),
            })
            .collect();
        let mean = (totals.purchases > 0).then(|| {
            Micros(divide_half_even(
                totals.net_revenue().0,
                i128::from(totals.purchases),
            ))
        });
        Some(pb::History {
            purchases: totals.purchases,
            purchase_days: own.purchase_days,
            first_purchase_at: own.purchase_span.map(|span| timestamp(span.first)),
            last_purchase_at: own.purchase_span.map(|span| timestamp(span.last)),
            revenue: Some(money(totals.revenue, currency)),
            refunds: Some(money(totals.refunds, currency)),
            costs,
            contribution: Some(money(contribution(totals, policy), currency)),
            revenue_without_cost_of_goods: Some(money(
                totals.revenue_without_cost_of_goods,
                currency,
            )),
            mean_purchase: mean.map(|mean| money(mean, currency)),
            mean_days_between_purchases: mean_days_between(own),
            purchase_kinds,
        })
    }

    fn prediction(&mut self) -> Option<pb::Prediction> {
        let (currency, _) = self.own("prediction")?;
        let scored = self.scored;
        let prediction = self.present("prediction", scored.score.prediction)?;
        let spend: Option<Spend> =
            self.present("prediction.expected_spend_per_purchase", prediction.spend);
        let name = |model: &Option<crate::app::definitions::InForce>| {
            model
                .as_ref()
                .map(|model| model.name.clone())
                .unwrap_or_default()
        };
        Some(pb::Prediction {
            probability_alive: prediction.probability_alive,
            expected_purchases: prediction.expected_purchases,
            expected_spend_per_purchase: spend.map(|spend| money(spend.expected_spend, currency)),
            spend_is_population_mean: spend.is_some_and(|spend| spend.is_population_mean),
            expected_contribution: spend.map(|spend| money(spend.expected_contribution, currency)),
            margin: spend.map(|spend| spend.margin),
            horizon_days: scored.horizon_days,
            discount_rate: scored.policy.discount_rate,
            discounting: pb::Discounting::Continuous.into(),
            time_unit: "week".to_owned(),
            purchase_model: name(&scored.purchase_model),
            spend_model: name(&scored.spend_model),
        })
    }

    fn referral(&mut self) -> Option<pb::ReferralTree> {
        let (currency, _) = self.own("referral")?;
        self.present("referral", self.scored.score.crv_to_date)?;
        let position = self.scored.position;
        let credits = self
            .scored
            .score
            .credits
            .iter()
            .map(|credit| pb::CreditByDepth {
                depth: i32::try_from(credit.depth).unwrap_or(i32::MAX),
                referees: credit.referees,
                credit: Some(money(credit.credit, currency)),
            })
            .collect();
        Some(pb::ReferralTree {
            direct_referees: position.direct,
            indirect_referees: position.indirect,
            depth: position.depth,
            credits,
        })
    }

    fn rfm(&mut self) -> Option<pb::RecencyFrequencyMonetary> {
        let (currency, _) = self.own("rfm")?;
        let rfm = self.present("rfm", self.scored.score.rfm)?;
        Some(pb::RecencyFrequencyMonetary {
            recency_days: i64::from(rfm.recency_days),
            frequency: rfm.frequency,
            monetary: Some(money(rfm.monetary, currency)),
        })
    }

    fn provenance(&self) -> pb::Provenance {
        let models = [&self.scored.purchase_model, &self.scored.spend_model];
        pb::Provenance {
            engine_version: ENGINE_VERSION.to_owned(),
            policy_version: self.scored.policy.version.to_owned(),
            model_versions: models
                .into_iter()
                .flatten()
                .map(|model| model.name.clone())
                .collect(),
            as_of: Some(timestamp(self.scored.as_of)),
            known_at: Some(timestamp(self.scored.known_at)),
        }
    }
}

fn totals(to_date: Micros, expected: Option<Micros>, currency: Currency) -> pb::ValueTotals {
    let write = |amount: Micros| -> Option<Money> { Some(money(amount, currency)) };
    pb::ValueTotals {
        to_date: write(to_date),
        expected: expected.and_then(write),
        total: expected.and_then(|expected| write(to_date + expected)),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a customer has fewer than 2^53 purchase days"
)]
fn mean_days_between(own: &CustomerTotals) -> Option<f64> {
    let span = own.purchase_day_span.filter(|_| own.purchase_days > 1)?;
    Some(f64::from(span.last.days_since(span.first)) / (own.purchase_days - 1) as f64)
}

const fn value_part(part: ValuePart) -> pb::ValuePart {
    match part {
        ValuePart::OwnRevenue => pb::ValuePart::OwnRevenue,
        ValuePart::Refunds => pb::ValuePart::Refunds,
        ValuePart::CostOfGoods => pb::ValuePart::CostOfGoods,
        ValuePart::AssumedCostOfGoods => pb::ValuePart::AssumedCostOfGoods,
        ValuePart::Cost(CostKind::Acquisition) => pb::ValuePart::AcquisitionCost,
        ValuePart::Cost(CostKind::ToServe) => pb::ValuePart::ServiceCost,
        ValuePart::Cost(CostKind::Marketing) => pb::ValuePart::MarketingCost,
        ValuePart::Cost(CostKind::Retention) => pb::ValuePart::RetentionCost,
        ValuePart::Cost(CostKind::ReferralReward) => pb::ValuePart::ReferralReward,
        ValuePart::Cost(CostKind::Compensation) => pb::ValuePart::Compensation,
        ValuePart::Cost(CostKind::Rebate) => pb::ValuePart::Rebate,
        ValuePart::ReferralCredit => pb::ValuePart::ReferralCredit,
        ValuePart::ExpectedContribution => pb::ValuePart::ExpectedContribution,
    }
}

/// How a part came about, for a person to read.
fn explanation(
    scored: &Scored,
    own: &CustomerTotals,
    part: ValuePart,
    currency: Currency,
) -> String {
    match part {
        ValuePart::OwnRevenue => {
            format!(
                "paid by the customer, before refunds; purchases left: {}",
                own.totals.purchases
            )
        }
        ValuePart::Refunds => "given back, up to each purchase's amount".to_owned(),
        ValuePart::CostOfGoods => "cost of goods as recorded, less returned goods".to_owned(),
        ValuePart::AssumedCostOfGoods => {
            "the policy's cost of goods for revenue whose cost was not recorded".to_owned()
        }
        ValuePart::Cost(CostKind::Acquisition) => "spent on winning the customer".to_owned(),
        ValuePart::Cost(CostKind::ToServe) => "spent on serving the customer".to_owned(),
        ValuePart::Cost(CostKind::Marketing) => "spent on marketing to the customer".to_owned(),
        ValuePart::Cost(CostKind::Retention) => "spent on keeping the customer".to_owned(),
        ValuePart::Cost(CostKind::ReferralReward) => "paid as referral rewards".to_owned(),
        ValuePart::Cost(CostKind::Compensation) => "paid as compensation".to_owned(),
        ValuePart::Cost(CostKind::Rebate) => "paid as rebates".to_owned(),
        ValuePart::ReferralCredit => format!(
            "contributed by {} direct and {} indirect referees since they were brought",
            scored.position.direct, scored.position.indirect
        ),
        ValuePart::ExpectedContribution => match scored.score.prediction {
            Ok(crate::engine::score::Prediction {
                expected_purchases,
                spend: Ok(spend),
                ..
            }) => format!(
                "{expected_purchases:.4} purchases expected in {} days x {:.2} {} a purchase x margin {:.2} %, \
                 discounted at {:.2} % a year",
                scored.horizon_days,
                spend.expected_spend.to_units(),
                currency.code(),
                spend.margin * 100.0,
                scored.policy.discount_rate * 100.0,
            ),
            _ => String::new(),
        },
    }
}

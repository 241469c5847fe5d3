//! Why a prediction is what it is, with words on each input.

use super::answer::Writer;
use crate::engine::explanation::{Contribution, FrequencyParadox, Input};
use crate::engine::money::Currency;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write::money;

impl Writer<'_> {
    /// The explanation, where it is asked for and exists.
    pub(super) fn explanation(&mut self, currency: Currency) -> Option<pb::PredictionExplanation> {
        let explanation = self.scored.explanation?;
        let explanation = self.present("prediction.explanation", explanation)?;
        let contributions = explanation.contributions.iter();
        Some(pb::PredictionExplanation {
            new_customer: Some(money(explanation.new_customer, currency)),
            contributions: contributions.map(|of| contribution(of, currency)).collect(),
            frequency_paradox: explanation.frequency_paradox.map(paradox),
        })
    }
}

fn contribution(of: &Contribution, currency: Currency) -> pb::PredictionContribution {
    let (input, text) = match of.input {
        Input::Frequency => (
            pb::PredictionInput::Frequency,
            match of.measured {
                1.0 => "1 repeat purchase day".to_owned(),
                days => format!("{days} repeat purchase days"),
            },
        ),
        Input::RecencyGap => (
            pb::PredictionInput::RecencyGap,
            since(of.measured, "the last purchase day"),
        ),
        Input::Age => (
            pb::PredictionInput::Age,
            since(of.measured, "the first purchase day"),
        ),
        Input::Spend => (
            pb::PredictionInput::Spend,
            format!(
                "{:.2} {} expected on a purchase day, of a new customer {:.2}",
                of.measured,
                currency.code(),
                of.of_new_customer,
            ),
        ),
    };
    pb::PredictionContribution {
        input: input.into(),
        amount: Some(money(of.amount, currency)),
        measured: of.measured,
        of_new_customer: of.of_new_customer,
        text,
    }
}

fn since(days: f64, what: &str) -> String {
    match days {
        0.0 => format!("{what} is today"),
        1.0 => format!("1 day since {what}"),
        days => format!("{days} days since {what}"),
    }
}

fn paradox(paradox: FrequencyParadox) -> pb::FrequencyParadox {
    pb::FrequencyParadox {
        probability_alive: paradox.probability_alive,
        probability_alive_with_one_more: paradox.with_one_more,
        text: format!(
            "more purchases would make this customer look less alive: one purchase day more with the \
             same first and last would lower the probability of {:.4} % to {:.4} %, since somebody who \
             buys oftener would hardly be silent for so long",
            paradox.probability_alive * 100.0,
            paradox.with_one_more * 100.0,
        ),
    }
}

//! Values side by side as the contract writes them.

use super::answer::Writer;
use crate::engine::comparison::FormulaValue;
use crate::engine::money::Currency;
use crate::engine::score::Reason;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write::money;

impl Writer<'_> {
    /// The comparison, where it is asked for.
    pub(super) fn comparison(&mut self) -> Option<pb::ValueComparison> {
        let scored = self.scored;
        let formula = scored.formula?;
        let (currency, _) = self.own("value_comparison")?;
        let historic = self.present("value_comparison", scored.score.clv_to_date)?;
        let predictive = self.present("value_comparison.predictive", scored.score.expected());
        let residual = match scored.outlook {
            Some(outlook) => outlook.residual_value,
            None => scored.score.prediction.and(Err(Reason::NoModel)),
        };
        let residual = self.present("value_comparison.predictive_residual", residual);
        let formula = self.present("value_comparison.formula", formula);
        let write = |amount| Some(money(amount, currency));
        Some(pb::ValueComparison {
            historic: write(historic),
            predictive: predictive.and_then(write),
            predictive_residual: residual.and_then(write),
            formula: formula.map(|of| self.formula(&of, currency)),
        })
    }

    fn formula(&self, of: &FormulaValue, currency: Currency) -> pb::FormulaValue {
        let discount_rate = self.scored.policy.discount_rate;
        pb::FormulaValue {
            value: Some(money(of.value, currency)),
            yearly_contribution: Some(money(of.yearly_contribution, currency)),
            retention: of.retention,
            discount_rate,
            text: format!(
                "{:.2} {} a year x {:.2} % retained / (1 + {:.2} % - {2:.2} %)",
                of.yearly_contribution.to_units(),
                currency.code(),
                of.retention * 100.0,
                discount_rate * 100.0,
            ),
        }
    }
}

//! Writes what moved and brings the states along.

use std::collections::BTreeSet;

use super::Writer;
use crate::engine::history::Span;
use crate::engine::money::Micros;
use crate::engine::time::{Day, Instant};
use crate::store::customer_day::{customer_days_add_in_tx, purchase_day_bounds_in_tx};
use crate::store::error::StoreError;
use crate::store::refund_total::refund_totals_add_in_tx;
use crate::store::transaction::purchase_bounds_in_tx;

impl Writer<'_> {
    /// Writes refund sums and days and brings the states along.
    pub(super) async fn settle(mut self) -> Result<(), StoreError> {
        if !self.moves.refunds.is_empty() {
            refund_totals_add_in_tx(self.connection, self.tenant_id, &self.moves.refunds).await?;
        }
        let days = std::mem::take(&mut self.moves.days);
        let moved = customer_days_add_in_tx(self.connection, self.tenant_id, &days).await?;
        let mut bounds_gone = BTreeSet::new();
        for ((key, day), difference) in days {
            let state = self.state(&key);
            state.own.totals += difference;
            let Some(now) = moved.get(&(key.clone(), day)) else {
                continue;
            };
            let was_purchase_day = now.purchases > difference.purchases;
            match (was_purchase_day, now.purchases > 0) {
                (false, true) => {
                    state.own.purchase_days += 1;
                    let span = state.own.purchase_day_span;
                    state.own.purchase_day_span = Some(Span::including(span, day));
                }
                (true, false) => {
                    state.own.purchase_days -= 1;
                    let is_bound = |span: Span<Day>| span.first == day || span.last == day;
                    if state.own.purchase_day_span.is_some_and(is_bound) {
                        bounds_gone.insert(key.clone());
                    }
                }
                (true, true) | (false, false) => {}
            }
        }
        for ((key, day), now) in &moved {
            let state = self.state(key);
            if state
                .own
                .purchase_day_span
                .is_some_and(|span| span.first == *day)
            {
                state.own.first_day_net = now.net_revenue;
            }
        }
        for key in bounds_gone {
            let bounds = purchase_day_bounds_in_tx(self.connection, self.tenant_id, &key).await?;
            let own = &mut self.state(&key).own;
            own.purchase_day_span = bounds.map(|(first, last, _)| Span { first, last });
            own.first_day_net = bounds.map_or(Micros::ZERO, |(_, _, net)| net);
        }
        self.settle_purchase_spans().await
    }

    async fn settle_purchase_spans(mut self) -> Result<(), StoreError> {
        let lost = std::mem::take(&mut self.moves.lost);
        let gained = std::mem::take(&mut self.moves.gained);
        let mut bounds_gone = BTreeSet::new();
        for (key, instants) in lost {
            let span = self.state(&key).own.purchase_span;
            let is_bound = |instant: &Instant| {
                span.is_some_and(|span| span.first == *instant || span.last == *instant)
            };
            if instants.iter().any(is_bound) {
                bounds_gone.insert(key);
            }
        }
        for (key, instants) in gained {
            let own = &mut self.state(&key).own;
            for instant in instants {
                own.purchase_span = Some(Span::including(own.purchase_span, instant));
            }
        }
        for key in bounds_gone {
            let bounds = purchase_bounds_in_tx(self.connection, self.tenant_id, &key).await?;
            self.state(&key).own.purchase_span = bounds.map(|(first, last)| Span { first, last });
        }
        Ok(())
    }
}

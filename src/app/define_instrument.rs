//! Stores what an instrument asks.

use super::App;
use super::error::{AppError, Violation};
use super::record_facts::Outcome;
use crate::engine::satisfaction::instrument::{Instrument, InstrumentDraft};
use crate::store::instrument::{
    Defined, InstrumentBounds, StoredInstrument, instrument_define_in_tx,
};
use crate::store::tenant::tenant_settle_in_tx;

/// How many there may be: every read of a tenant's definitions takes all of them along.
const BOUNDS: InstrumentBounds = InstrumentBounds {
    instruments_max: 100,
    versions_max: 1_000,
};

impl App {
    /// Stores the next version of an instrument, unless its newest holds the same; answers the
    /// version that does. May be the first thing a tenant does.
    ///
    /// # Errors
    ///
    /// [`AppError::Invalid`] with everything that is wrong with it,
    /// [`AppError::TooManyInstruments`], and what the store says.
    pub async fn define_instrument(
        &self,
        tenant_id: &str,
        draft: InstrumentDraft,
    ) -> Result<(StoredInstrument, Outcome), AppError> {
        if let Err(violations) = Instrument::new(draft.clone(), 1) {
            let field = |path: String| match path.as_str() {
                "instrument_id" => path,
                _ => format!("definition.{path}"),
            };
            return Err(AppError::Invalid(
                violations
                    .into_iter()
                    .map(|violation| Violation::new(field(violation.path), violation.text))
                    .collect(),
            ));
        }
        let zone = self.settings.time_zone.clone();
        let tenant_id = tenant_id.to_owned();
        let defined = self
            .store
            .run_tx("define_instrument", move |connection| {
                let (tenant_id, zone) = (tenant_id.clone(), zone.clone());
                let draft = draft.clone();
                Box::pin(async move {
                    tenant_settle_in_tx(connection, &tenant_id, &zone, None).await?;
                    let defined = instrument_define_in_tx(connection, &tenant_id, &draft, BOUNDS);
                    Ok::<_, AppError>(defined.await?)
                })
            })
            .await?;
        match defined {
            Defined::Created(stored) => Ok((stored, Outcome::Created)),
            Defined::Same(stored) => Ok((stored, Outcome::Duplicate)),
            Defined::Full => Err(AppError::TooManyInstruments {
                instruments_max: BOUNDS.instruments_max,
                versions_max: BOUNDS.versions_max,
            }),
        }
    }
}

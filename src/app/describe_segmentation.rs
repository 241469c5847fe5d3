//! Describes the segments of a population snapshot, and who moved since another.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::App;
use super::error::AppError;
use super::snapshot::Snapshot;
use crate::engine::money::Currency;
use crate::engine::segment::Scheme;
use crate::ids::BUCKETS;
use crate::store::snapshot::NO_SEGMENT;

/// Buckets whose moves are counted in one statement.
const BUCKETS_AT_A_TIME: usize = 16;

/// Where a customer stood in a snapshot: `None` for nowhere, [`NO_SEGMENT`] for no segment of the
/// scheme.
pub type Stood = Option<i16>;

/// How many customers moved from where to where in a scheme.
pub type SchemeMoves = BTreeMap<(Scheme, Stood, Stood), i64>;

/// The segments of a snapshot.
#[derive(Clone, Debug)]
pub struct Description {
    /// The snapshot, with customers and value of every segment.
    pub snapshot: Arc<Snapshot>,
    /// The snapshot compared with, and the moves from it.
    pub compared: Option<(Arc<Snapshot>, SchemeMoves)>,
    /// The tenant's base currency; `None` if no fact with money was ever recorded.
    pub currency: Option<Currency>,
}

impl App {
    /// Describes the snapshot of a name, or the one in force, and the moves from another to it.
    ///
    /// # Errors
    ///
    /// [`AppError::UnknownSnapshot`], [`AppError::NoSnapshot`], and what the store says.
    pub async fn describe_segmentation(
        &self,
        tenant_id: &str,
        snapshot: Option<&str>,
        compare: Option<&str>,
    ) -> Result<Description, AppError> {
        let definitions = self.definitions(tenant_id).await?;
        let snapshot = self
            .snapshot_asked(tenant_id, &definitions, snapshot)
            .await?;
        let compared = match compare {
            None => None,
            Some(name) => {
                let other = self
                    .snapshot_asked(tenant_id, &definitions, Some(name))
                    .await?;
                let moves = self.moves(tenant_id, &other, &snapshot).await?;
                Some((other, moves))
            }
        };
        let tenant = self.tenant(tenant_id).await?;
        Ok(Description {
            snapshot,
            compared,
            currency: tenant.and_then(|tenant| tenant.base_currency),
        })
    }

    /// Counts moves, some buckets at a time: a customer's rows of both snapshots lie in the same one.
    async fn moves(
        &self,
        tenant_id: &str,
        from: &Snapshot,
        to: &Snapshot,
    ) -> Result<SchemeMoves, AppError> {
        let takes = (from.stored.take_id.as_str(), to.stored.take_id.as_str());
        let mut moves = SchemeMoves::new();
        let buckets: Vec<i32> = (0..BUCKETS).collect();
        for some in buckets.chunks(BUCKETS_AT_A_TIME) {
            let found = self.store.population_moves(tenant_id, takes, some).await?;
            for ((from, to), customers) in found {
                for scheme in Scheme::ALL {
                    let stood = |segments: &Option<Vec<Option<i16>>>| -> Stood {
                        let segments = segments.as_ref()?;
                        let segment = segments.get(scheme.index()).copied().flatten();
                        Some(segment.unwrap_or(NO_SEGMENT))
                    };
                    *moves.entry((scheme, stood(&from), stood(&to))).or_default() += customers;
                }
            }
        }
        Ok(moves)
    }
}

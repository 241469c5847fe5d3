//! Policies that a tenant has defined, as stored.

use std::borrow::Cow;

use sqlx::PgConnection;

use super::error::StoreError;
use super::tenant::{tenant_lock_in_tx, tenant_next_epoch_in_tx};
use crate::engine::money::Micros;
use crate::engine::policy::{Discounting, Policy, ReferralPolicy, RfmCutPoints, RfmCuts};
use crate::engine::time::Instant;

/// Family of a tenant's policies in their names.
pub const POLICY_FAMILY: &str = "policy";
/// What policies are in force as.
pub const POLICY_SLOT: &str = "policy";

const CORRUPT: StoreError = StoreError::Corrupt { entity: "policy" };

/// A stored policy.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredPolicy {
    /// Number within the tenant; its name is policy/number.
    pub number: i32,
    /// The built-in policy it started from.
    pub base_policy: String,
    /// All its terms.
    pub policy: Policy,
    /// When it was stored.
    pub recorded_at: Instant,
}

/// What became of a definition.
#[derive(Clone, Debug)]
pub enum Defined {
    /// It is stored.
    Created(StoredPolicy),
    /// A stored one is the same.
    Same(StoredPolicy),
    /// There are as many policies as there may be.
    Full,
}

/// A policy before its content is read.
pub(super) struct PolicyRow {
    number: i32,
    base_policy: String,
    horizon_days: i32,
    discount_rate: f64,
    discounting_period_days: Option<i32>,
    margin_millionths: i32,
    cost_to_serve_per_purchase_micros: i64,
    cost_to_serve_per_year_micros: i64,
    referral_depth: i32,
    referral_share_millionths: i32,
    referral_decay_millionths: i32,
    came_anyway_millionths: i32,
    acquisition_cost_saved_micros: i64,
    rfm_cuts: i16,
    rfm_recency_days: Option<Vec<i64>>,
    rfm_frequency: Option<Vec<i64>>,
    rfm_monetary_micros: Option<Vec<i64>>,
    recorded_at: Instant,
}

/// The policies of a tenant, oldest first.
pub(super) async fn policies_of(
    executor: impl sqlx::PgExecutor<'_>,
    tenant_id: &str,
) -> Result<Vec<PolicyRow>, sqlx::Error> {
    sqlx::query_as!(
        PolicyRow,
        r#"-- store::policies_of
        SELECT
            number, base_policy, horizon_days, discount_rate, discounting_period_days,
            margin_millionths, cost_to_serve_per_purchase_micros, cost_to_serve_per_year_micros,
            referral_depth, referral_share_millionths, referral_decay_millionths,
            came_anyway_millionths, acquisition_cost_saved_micros, rfm_cuts, rfm_recency_days,
            rfm_frequency, rfm_monetary_micros, recorded_at AS "recorded_at: Instant"
        FROM policies
        WHERE tenant_id = $1
        ORDER BY number"#,
        tenant_id,
    )
    .fetch_all(executor)
    .await
}

/// Reads the content of policies.
pub(super) fn policies_from(rows: Vec<PolicyRow>) -> Result<Vec<StoredPolicy>, StoreError> {
    rows.into_iter()
        .map(|row| StoredPolicy::of(row).ok_or(CORRUPT))
        .collect()
}

impl StoredPolicy {
    /// A policy with what its row holds; the rest is as in the built-in policy it started from.
    fn of(row: PolicyRow) -> Option<Self> {
        let amount = |micros: i64| Micros(i128::from(micros));
        let base = Policy::builtin(&row.base_policy)?;
        let policy = Policy {
            version: Cow::Owned(format!("{POLICY_FAMILY}/{}", row.number)),
            horizon_days: row.horizon_days,
            discount_rate: row.discount_rate,
            discounting: match row.discounting_period_days {
                None => Discounting::Continuous,
                Some(period_days) => Discounting::MidPeriod { period_days },
            },
            margin_millionths: i128::from(row.margin_millionths),
            cost_to_serve_per_purchase: amount(row.cost_to_serve_per_purchase_micros),
            cost_to_serve_per_year: amount(row.cost_to_serve_per_year_micros),
            referral: ReferralPolicy {
                depth: usize::try_from(row.referral_depth).ok()?,
                share_millionths: i128::from(row.referral_share_millionths),
                decay_millionths: i128::from(row.referral_decay_millionths),
                came_anyway_millionths: i128::from(row.came_anyway_millionths),
                acquisition_cost_saved: amount(row.acquisition_cost_saved_micros),
            },
            rfm_cuts: match row.rfm_cuts {
                0 => RfmCuts::SnapshotInForce,
                1 => RfmCuts::NewestSnapshot,
                2 => RfmCuts::Custom(RfmCutPoints {
                    recency_days: row.rfm_recency_days?.try_into().ok()?,
                    frequency: row.rfm_frequency?.try_into().ok()?,
                    monetary: <[i64; 4]>::try_from(row.rfm_monetary_micros?)
                        .ok()?
                        .map(amount),
                }),
                _ => return None,
            },
            ..base.clone()
        };
        Some(Self {
            number: row.number,
            base_policy: row.base_policy,
            policy,
            recorded_at: row.recorded_at,
        })
    }

    /// Whether a policy from a base has the same terms, whatever its name.
    fn is_same(&self, base_policy: &str, terms: &Policy) -> bool {
        let named = Policy {
            version: self.policy.version.clone(),
            ..terms.clone()
        };
        self.base_policy == base_policy && self.policy == named
    }
}

/// The columns of a policy.
fn row_of(
    number: i32,
    base_policy: &str,
    terms: &Policy,
    recorded_at: Instant,
) -> Option<PolicyRow> {
    let millionths = |share: i128| i32::try_from(share).ok();
    let micros = |amount: Micros| i64::try_from(amount.0).ok();
    let referral = &terms.referral;
    let (rfm_cuts, custom) = match &terms.rfm_cuts {
        RfmCuts::SnapshotInForce => (0, None),
        RfmCuts::NewestSnapshot => (1, None),
        RfmCuts::Custom(points) => (2, Some(points)),
    };
    let rfm_monetary_micros: Option<Option<Vec<i64>>> =
        custom.map(|points| points.monetary.into_iter().map(micros).collect());
    Some(PolicyRow {
        number,
        base_policy: base_policy.to_owned(),
        horizon_days: terms.horizon_days,
        discount_rate: terms.discount_rate,
        discounting_period_days: match terms.discounting {
            Discounting::Continuous => None,
            Discounting::MidPeriod { period_days } => Some(period_days),
        },
        margin_millionths: millionths(terms.margin_millionths)?,
        cost_to_serve_per_purchase_micros: micros(terms.cost_to_serve_per_purchase)?,
        cost_to_serve_per_year_micros: micros(terms.cost_to_serve_per_year)?,
        referral_depth: i32::try_from(referral.depth).ok()?,
        referral_share_millionths: millionths(referral.share_millionths)?,
        referral_decay_millionths: millionths(referral.decay_millionths)?,
        came_anyway_millionths: millionths(referral.came_anyway_millionths)?,
        acquisition_cost_saved_micros: micros(referral.acquisition_cost_saved)?,
        rfm_cuts,
        rfm_recency_days: custom.map(|points| points.recency_days.to_vec()),
        rfm_frequency: custom.map(|points| points.frequency.to_vec()),
        rfm_monetary_micros: match rfm_monetary_micros {
            None => None,
            Some(micros) => Some(micros?),
        },
        recorded_at,
    })
}

/// Stores a policy of a settled tenant under its next number, unless a stored one has the same terms.
/// The name of `terms` does not matter.
///
/// # Errors
///
/// When the store does not answer.
pub async fn policy_define_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    base_policy: &str,
    terms: &Policy,
    policies_max: usize,
) -> Result<Defined, StoreError> {
    tenant_lock_in_tx(&mut *connection, tenant_id).await?;
    let known = policies_from(policies_of(&mut *connection, tenant_id).await?)?;
    if let Some(same) = known.iter().find(|known| known.is_same(base_policy, terms)) {
        return Ok(Defined::Same(same.clone()));
    }
    if known.len() >= policies_max {
        return Ok(Defined::Full);
    }
    let newest = known.last();
    let recorded_at = tenant_next_epoch_in_tx(&mut *connection, tenant_id).await?;
    let recorded_at = newest.map_or(recorded_at, |newest| {
        recorded_at.max(newest.recorded_at.plus_micros(1))
    });
    let number = newest.map_or(1, |newest| newest.number + 1);
    let row = row_of(number, base_policy, terms, recorded_at).ok_or(CORRUPT)?;
    sqlx::query!(
        "-- store::policy_define_in_tx
        INSERT INTO policies (
            tenant_id, number, base_policy, horizon_days, discount_rate, discounting_period_days,
            margin_millionths, cost_to_serve_per_purchase_micros, cost_to_serve_per_year_micros,
            referral_depth, referral_share_millionths, referral_decay_millionths,
            came_anyway_millionths, acquisition_cost_saved_micros, rfm_cuts, rfm_recency_days,
            rfm_frequency, rfm_monetary_micros, recorded_at
        )
        VALUES (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19
        )",
        tenant_id,
        row.number,
        row.base_policy,
        row.horizon_days,
        row.discount_rate,
        row.discounting_period_days,
        row.margin_millionths,
        row.cost_to_serve_per_purchase_micros,
        row.cost_to_serve_per_year_micros,
        row.referral_depth,
        row.referral_share_millionths,
        row.referral_decay_millionths,
        row.came_anyway_millionths,
        row.acquisition_cost_saved_micros,
        row.rfm_cuts,
        row.rfm_recency_days.as_deref(),
        row.rfm_frequency.as_deref(),
        row.rfm_monetary_micros.as_deref(),
        row.recorded_at as _,
    )
    .execute(connection)
    .await?;
    Ok(Defined::Created(StoredPolicy::of(row).ok_or(CORRUPT)?))
}

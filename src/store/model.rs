//! Models as stored.

use sqlx::PgConnection;

use super::error::StoreError;
use super::pool::Store;
use super::tenant::{tenant_lock_in_tx, tenant_next_epoch_in_tx};
use crate::engine::money::Micros;
use crate::engine::time::{Day, Instant};

/// A stored model.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredModel {
    /// Family as in its name.
    pub family: String,
    /// Number within the family.
    pub number: i32,
    /// What was fitted.
    pub fitted: FittedModel,
    /// When it was stored.
    pub recorded_at: Instant,
}

/// A model before it has a number.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedModel {
    /// Hash of everything the fit depends on.
    pub fingerprint: Vec<u8>,
    /// Estimates in the order of the family's paper.
    pub parameters: Vec<f64>,
    /// Their standard errors.
    pub standard_errors: Vec<f64>,
    /// Covariance of the logarithms of the estimates, row by row; absent from models fitted before
    /// it was kept.
    pub log_parameter_covariance: Option<Vec<f64>>,
    /// Total natural-log likelihood.
    pub log_likelihood: f64,
    /// Customers the fit used.
    pub customers: i64,
    /// Newton steps.
    pub iterations: i32,
    /// Largest component of the gradient.
    pub gradient_norm: f64,
    /// `none` or `weak`.
    pub prior: String,
    /// Last day of the data.
    pub calibration_end: Day,
    /// Version of the arithmetic.
    pub engine_version: String,
    /// Revenue after refunds of the calibration period.
    pub net_revenue: Micros,
    /// Cost of goods of the calibration period.
    pub cost_of_goods: Micros,
    /// Revenue after refunds whose cost of goods is not known.
    pub net_revenue_without_cost_of_goods: Micros,
    /// Name that an imported model had where it was exported; `None` for models fitted here.
    pub imported_from: Option<String>,
}

struct ModelRow {
    family: String,
    number: i32,
    fingerprint: Vec<u8>,
    parameters: Vec<f64>,
    standard_errors: Vec<f64>,
    log_parameter_covariance: Option<Vec<f64>>,
    log_likelihood: f64,
    customers: i64,
    iterations: i32,
    gradient_norm: f64,
    prior: String,
    calibration_end: Day,
    engine_version: String,
    net_revenue: Micros,
    cost_of_goods: Micros,
    net_revenue_without_cost_of_goods: Micros,
    imported_from: Option<String>,
    recorded_at: Instant,
}

impl From<ModelRow> for StoredModel {
    fn from(row: ModelRow) -> Self {
        Self {
            family: row.family,
            number: row.number,
            recorded_at: row.recorded_at,
            fitted: FittedModel {
                fingerprint: row.fingerprint,
                parameters: row.parameters,
                standard_errors: row.standard_errors,
                log_parameter_covariance: row.log_parameter_covariance,
                log_likelihood: row.log_likelihood,
                customers: row.customers,
                iterations: row.iterations,
                gradient_norm: row.gradient_norm,
                prior: row.prior,
                calibration_end: row.calibration_end,
                engine_version: row.engine_version,
                net_revenue: row.net_revenue,
                cost_of_goods: row.cost_of_goods,
                net_revenue_without_cost_of_goods: row.net_revenue_without_cost_of_goods,
                imported_from: row.imported_from,
            },
        }
    }
}

/// The models of a tenant, oldest first.
pub(super) async fn models_of(
    executor: impl sqlx::PgExecutor<'_>,
    tenant_id: &str,
) -> Result<Vec<StoredModel>, sqlx::Error> {
    let rows = sqlx::query_as!(
        ModelRow,
        r#"-- store::models_of
        SELECT
            family, number, fingerprint, parameters, standard_errors, log_likelihood, customers,
            iterations, gradient_norm, prior, calibration_end AS "calibration_end: Day",
            engine_version, net_revenue_micros AS "net_revenue: Micros",
            cost_of_goods_micros AS "cost_of_goods: Micros",
            net_revenue_without_cost_of_goods_micros
                AS "net_revenue_without_cost_of_goods: Micros",
            recorded_at AS "recorded_at: Instant", log_parameter_covariance, imported_from
        FROM models
        WHERE tenant_id = $1
        ORDER BY recorded_at, family, number"#,
        tenant_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(StoredModel::from).collect())
}

impl Store {
    /// The newest purchase day of a tenant up to a day; `None` without any.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn newest_purchase_day(
        &self,
        tenant_id: &str,
        until: Day,
    ) -> Result<Option<Day>, StoreError> {
        let row = self
            .read(|pool| async move {
                sqlx::query!(
                    r#"-- store::newest_purchase_day
                        SELECT max(day) AS "day: Day"
                        FROM customer_days
                        WHERE tenant_id = $1 AND purchases > 0 AND day <= $2"#,
                    tenant_id,
                    until as _,
                )
                .fetch_one(pool)
                .await
            })
            .await?;
        Ok(row.day)
    }
}

/// Stores a fitted model under the next number of its family, unless an equal fit is stored; answers
/// the stored one. `None` for a tenant without facts.
///
/// # Errors
///
/// When the store does not answer.
pub async fn model_insert_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    family: &str,
    fitted: &FittedModel,
) -> Result<Option<StoredModel>, StoreError> {
    if !tenant_lock_in_tx(&mut *connection, tenant_id).await? {
        return Ok(None);
    }
    let stored = models_of(&mut *connection, tenant_id).await?;
    if let Some(equal) = stored
        .iter()
        .find(|model| model.fitted.fingerprint == fitted.fingerprint)
    {
        return Ok(Some(equal.clone()));
    }
    let of_family = stored.iter().filter(|model| model.family == family);
    let number = of_family
        .map(|model| model.number)
        .max()
        .map_or(1, |last| last + 1);
    let recorded_at = tenant_next_epoch_in_tx(&mut *connection, tenant_id).await?;
    let newest = stored
        .iter()
        .map(|model| model.recorded_at.plus_micros(1))
        .max();
    let recorded_at = newest.map_or(recorded_at, |next| next.max(recorded_at));
    sqlx::query!(
        "-- store::model_insert_in_tx
        INSERT INTO models (
            tenant_id, family, number, fingerprint, parameters, standard_errors, log_likelihood,
            customers, iterations, gradient_norm, prior, calibration_end, engine_version,
            net_revenue_micros, cost_of_goods_micros, net_revenue_without_cost_of_goods_micros,
            recorded_at, log_parameter_covariance, imported_from
        )
        VALUES (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19
        )",
        tenant_id,
        family,
        number,
        fitted.fingerprint,
        &fitted.parameters,
        &fitted.standard_errors,
        fitted.log_likelihood,
        fitted.customers,
        fitted.iterations,
        fitted.gradient_norm,
        fitted.prior,
        fitted.calibration_end as _,
        fitted.engine_version,
        fitted.net_revenue as _,
        fitted.cost_of_goods as _,
        fitted.net_revenue_without_cost_of_goods as _,
        recorded_at as _,
        fitted.log_parameter_covariance.as_deref(),
        fitted.imported_from,
    )
    .execute(connection)
    .await?;
    Ok(Some(StoredModel {
        family: family.to_owned(),
        number,
        fitted: fitted.clone(),
        recorded_at,
    }))
}

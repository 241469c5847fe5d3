//! The row a score for now is read from, and the lock that orders a customer's writers.

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgExecutor, Postgres, Row, Type};

use super::error::StoreError;
use super::fact::keys;
use super::pool::Store;
use super::settled::recording_instant_in_tx;
use crate::engine::fact::FactKind;
use crate::engine::history::{CustomerTotals, KindTotals, Span, Totals};

use crate::engine::referral::Edge;
use crate::engine::time::{Day, Instant};
use crate::ids::CustomerKey;

/// Everything kept about a customer beside the facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomerState {
    /// Facts recorded by [`FactKind::index`], voided ones included.
    pub facts: [i64; FactKind::ALL.len()],
    /// Complaints recorded.
    pub complaints: i64,
    /// Voids recorded.
    pub voids: i64,
    /// Referrals recorded that name this customer as referrer.
    pub referrals_made: i64,
    /// Refunds that are not void and whose transaction is not recorded.
    pub pending_refunds: i64,
    /// Voids whose fact is not recorded.
    pub pending_voids: i64,
    /// When the earliest and latest fact happened.
    pub fact_span: Option<Span<Instant>>,
    /// Earliest day of any fact.
    pub first_fact_day: Option<Day>,
    /// When the newest fact was recorded, referrals made included.
    pub last_recorded_at: Option<Instant>,
    /// What the customer's own facts add up to.
    pub own: CustomerTotals,
    /// The elected edge to who brought the customer.
    pub referrer: Option<Edge>,
}

impl CustomerState {
    /// Whether the customer has facts of their own: of any kind, complaints included.
    #[must_use]
    pub fn has_own_facts(&self) -> bool {
        self.facts.iter().any(|count| *count > 0) || self.complaints > 0
    }

    /// Whether anything is recorded about the customer.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.has_own_facts() || self.referrals_made > 0
    }
}

/// Kinds of fact whose counts stand first in a row.
const FIRST_KINDS: [FactKind; 4] = [
    FactKind::Transaction,
    FactKind::Refund,
    FactKind::Cost,
    FactKind::Referral,
];
/// Kinds of fact whose counts stand last, as they came later.
const LATER_KINDS: [FactKind; 3] = [
    FactKind::Attribute,
    FactKind::Contact,
    FactKind::SurveyResponse,
];

/// The columns of a state, in the order in which they are read and written.
macro_rules! columns {
    () => {
        "
            s.transactions, s.refunds, s.costs, s.referrals, s.voids, s.referrals_made,
            s.pending_refunds, s.pending_voids, s.first_fact_at, s.last_fact_at,
            s.first_fact_day, s.last_recorded_at, s.purchase_days, s.first_purchase_day,
            s.last_purchase_day, s.first_purchase_at, s.last_purchase_at,
            s.first_day_net_micros, s.revenue_micros, s.refunds_micros,
            s.cost_of_goods_micros, s.revenue_without_cost_of_goods_micros,
            s.acquisition_cost_micros, s.service_cost_micros, s.marketing_cost_micros,
            s.retention_cost_micros, s.referral_reward_micros, s.compensation_micros,
            s.rebate_micros, s.purchases_other, s.purchases_new, s.purchases_repeat,
            s.purchases_upgrade, s.purchases_cross_sell, s.net_other_micros,
            s.net_new_micros, s.net_repeat_micros, s.net_upgrade_micros,
            s.net_cross_sell_micros, s.referrer_id, s.referral_id, s.referred_at,
            s.referred_day, s.attributes, s.contacts, s.responses, s.complaints
        "
    };
}

/// Reads a row's columns one after the other.
struct Columns<'r> {
    row: &'r PgRow,
    next: usize,
}

impl<'r> Columns<'r> {
    fn take<T>(&mut self) -> Result<T, sqlx::Error>
    where
        T: sqlx::Decode<'r, Postgres> + Type<Postgres>,
    {
        let index = self.next;
        self.next += 1;
        self.row.try_get(index)
    }

    fn span<T>(&mut self) -> Result<Option<Span<T>>, sqlx::Error>
    where
        T: sqlx::Decode<'r, Postgres> + Type<Postgres>,
    {
        let (first, last) = (self.take::<Option<T>>()?, self.take::<Option<T>>()?);
        Ok(first.zip(last).map(|(first, last)| Span { first, last }))
    }
}

/// Reads key and state from a row of bucket, customer and [`columns`].
fn state_from(row: &PgRow) -> Result<(CustomerKey, CustomerState), sqlx::Error> {
    let mut columns = Columns { row, next: 0 };
    let key = CustomerKey {
        bucket: columns.take()?,
        customer_id: columns.take()?,
    };
    let mut state = CustomerState::default();
    for kind in FIRST_KINDS {
        state.facts[kind.index()] = columns.take()?;
    }
    state.voids = columns.take()?;
    state.referrals_made = columns.take()?;
    state.pending_refunds = columns.take()?;
    state.pending_voids = columns.take()?;
    state.fact_span = columns.span()?;
    state.first_fact_day = columns.take()?;
    state.last_recorded_at = columns.take()?;
    state.own.purchase_days = columns.take()?;
    state.own.purchase_day_span = columns.span()?;
    state.own.purchase_span = columns.span()?;
    state.own.first_day_net = columns.take()?;
    let mut totals = Totals {
        purchases: 0,
        revenue: columns.take()?,
        refunds: columns.take()?,
        cost_of_goods: columns.take()?,
        revenue_without_cost_of_goods: columns.take()?,
        ..Totals::default()
    };
    for cost in &mut totals.costs {
        *cost = columns.take()?;
    }
    let mut kinds = [KindTotals::default(); 5];
    for kind in &mut kinds {
        kind.purchases = columns.take()?;
        totals.purchases += kind.purchases;
    }
    for kind in &mut kinds {
        kind.net_revenue = columns.take()?;
    }
    state.own.kinds = kinds;
    state.own.totals = totals;
    let referrer: (Option<String>, Option<String>, Option<Instant>, Option<Day>) = (
        columns.take()?,
        columns.take()?,
        columns.take()?,
        columns.take()?,
    );
    if let (Some(referrer_id), Some(referral_id), Some(occurred_at), Some(day)) = referrer {
        let referee_id = key.customer_id.clone();
        state.referrer = Some(Edge {
            referrer_id,
            referee_id,
            referral_id,
            occurred_at,
            day,
        });
    }
    for kind in LATER_KINDS {
        state.facts[kind.index()] = columns.take()?;
    }
    state.complaints = columns.take()?;
    Ok((key, state))
}

fn column<T>(states: &[(CustomerKey, CustomerState)], of: fn(&CustomerState) -> T) -> Vec<T> {
    states.iter().map(|(_, state)| of(state)).collect()
}

/// Locks the states of customers, in the order of their keys, creating those that are missing, and
/// reads them; with the database's clock after the last lock.
///
/// Two statements: an upsert that updates nothing locks without writing a second version of each
/// row, but does not return the rows it found.
///
/// # Errors
///
/// When the store does not answer.
pub async fn customer_states_lock_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    sorted: &[CustomerKey],
) -> Result<(BTreeMap<CustomerKey, CustomerState>, Instant), StoreError> {
    if sorted.is_empty() {
        return Ok((BTreeMap::new(), recording_instant_in_tx(connection).await?));
    }
    let (buckets, customers) = keys(sorted.iter());
    sqlx::query!(
        "-- store::customer_states_lock_in_tx: lock
        INSERT INTO customer_states AS s (bucket, tenant_id, customer_id)
        SELECT n.bucket, $1, n.customer_id
        FROM unnest($2::integer[], $3::text[]) WITH ORDINALITY AS n (bucket, customer_id, place)
        ORDER BY n.place
        ON CONFLICT (bucket, tenant_id, customer_id) DO UPDATE SET voids = s.voids WHERE false",
        tenant_id,
        &buckets,
        &customers,
    )
    .execute(&mut *connection)
    .await?;
    let rows = sqlx::query(concat!(
        "-- store::customer_states_lock_in_tx: read
        SELECT s.bucket, s.customer_id, ",
        columns!(),
        ", clock_timestamp() AS locked_at
        FROM unnest($2::integer[], $3::text[]) AS n (bucket, customer_id)
        JOIN customer_states AS s
            ON s.bucket = n.bucket AND s.tenant_id = $1 AND s.customer_id = n.customer_id",
    ))
    .bind(tenant_id)
    .bind(&buckets)
    .bind(&customers)
    .fetch_all(connection)
    .await?;
    let mut states = BTreeMap::new();
    let mut locked_at = Instant::EARLIEST;
    for row in &rows {
        let (key, state) = state_from(row)?;
        locked_at = locked_at.max(row.try_get("locked_at")?);
        states.insert(key, state);
    }
    Ok((states, locked_at))
}

/// Writes states that were locked and changed.
///
/// # Errors
///
/// When the store does not answer.
pub async fn customer_states_write_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    states: &[(CustomerKey, CustomerState)],
) -> Result<(), StoreError> {
    let (buckets, customers) = keys(states.iter().map(|(key, _)| key));
    sqlx::query(include_str!("sql/customer_state/write.sql"))
        .bind(tenant_id)
        .bind(buckets)
        .bind(customers)
        .bind(column(states, |state| state.facts[0]))
        .bind(column(states, |state| state.facts[1]))
        .bind(column(states, |state| state.facts[2]))
        .bind(column(states, |state| state.facts[3]))
        .bind(column(states, |state| state.voids))
        .bind(column(states, |state| state.referrals_made))
        .bind(column(states, |state| state.pending_refunds))
        .bind(column(states, |state| state.pending_voids))
        .bind(column(states, |state| {
            state.fact_span.map(|span| span.first)
        }))
        .bind(column(states, |state| {
            state.fact_span.map(|span| span.last)
        }))
        .bind(column(states, |state| state.first_fact_day))
        .bind(column(states, |state| state.last_recorded_at))
        .bind(column(states, |state| state.own.purchase_days))
        .bind(column(states, |state| {
            state.own.purchase_day_span.map(|span| span.first)
        }))
        .bind(column(states, |state| {
            state.own.purchase_day_span.map(|span| span.last)
        }))
        .bind(column(states, |state| {
            state.own.purchase_span.map(|span| span.first)
        }))
        .bind(column(states, |state| {
            state.own.purchase_span.map(|span| span.last)
        }))
        .bind(column(states, |state| state.own.first_day_net))
        .bind(column(states, |state| state.own.totals.revenue))
        .bind(column(states, |state| state.own.totals.refunds))
        .bind(column(states, |state| state.own.totals.cost_of_goods))
        .bind(column(states, |state| {
            state.own.totals.revenue_without_cost_of_goods
        }))
        .bind(column(states, |state| state.own.totals.costs[0]))
        .bind(column(states, |state| state.own.totals.costs[1]))
        .bind(column(states, |state| state.own.totals.costs[2]))
        .bind(column(states, |state| state.own.totals.costs[3]))
        .bind(column(states, |state| state.own.totals.costs[4]))
        .bind(column(states, |state| state.own.totals.costs[5]))
        .bind(column(states, |state| state.own.totals.costs[6]))
        .bind(column(states, |state| state.own.kinds[0].purchases))
        .bind(column(states, |state| state.own.kinds[1].purchases))
        .bind(column(states, |state| state.own.kinds[2].purchases))
        .bind(column(states, |state| state.own.kinds[3].purchases))
        .bind(column(states, |state| state.own.kinds[4].purchases))
        .bind(column(states, |state| state.own.kinds[0].net_revenue))
        .bind(column(states, |state| state.own.kinds[1].net_revenue))
        .bind(column(states, |state| state.own.kinds[2].net_revenue))
        .bind(column(states, |state| state.own.kinds[3].net_revenue))
        .bind(column(states, |state| state.own.kinds[4].net_revenue))
        .bind(column(states, |state| {
            state.referrer.as_ref().map(|edge| edge.referrer_id.clone())
        }))
        .bind(column(states, |state| {
            state.referrer.as_ref().map(|edge| edge.referral_id.clone())
        }))
        .bind(column(states, |state| {
            state.referrer.as_ref().map(|edge| edge.occurred_at)
        }))
        .bind(column(states, |state| {
            state.referrer.as_ref().map(|edge| edge.day)
        }))
        .bind(column(states, |state| state.facts[4]))
        .bind(column(states, |state| state.facts[5]))
        .bind(column(states, |state| state.facts[6]))
        .bind(column(states, |state| state.complaints))
        .execute(connection)
        .await?;
    Ok(())
}

/// A customer's state as a score for now reads it.
#[derive(Clone, Debug)]
pub struct CurrentState {
    /// The state.
    pub state: CustomerState,
    /// The tenant's definition epoch at the same moment.
    pub definition_epoch: i64,
}

/// A customer of a tenant, as a read names it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whose customer.
    pub tenant_id: String,
    /// Which customer.
    pub key: CustomerKey,
}

/// States of customers with their tenants' definition epochs, each at the place of its customer;
/// `None` for a customer without any fact. One statement, and a simpler one for one customer.
///
/// # Errors
///
/// When the store does not answer.
pub(super) async fn current_states<'e>(
    executor: impl PgExecutor<'e>,
    wanted: &[Wanted],
) -> Result<Vec<Option<CurrentState>>, sqlx::Error> {
    let rows = if let [one] = wanted {
        sqlx::query(concat!(
            "-- store::current_states: one
            SELECT s.bucket, s.customer_id, ",
            columns!(),
            ", t.definition_epoch, 1::bigint AS place
            FROM customer_states AS s
            JOIN tenants AS t ON t.tenant_id = s.tenant_id
            WHERE s.bucket = $1 AND s.tenant_id = $2 AND s.customer_id = $3",
        ))
        .bind(one.key.bucket)
        .bind(&one.tenant_id)
        .bind(&one.key.customer_id)
        .fetch_all(executor)
        .await?
    } else {
        let (buckets, customers) = keys(wanted.iter().map(|wanted| &wanted.key));
        let tenants: Vec<String> = wanted
            .iter()
            .map(|wanted| wanted.tenant_id.clone())
            .collect();
        sqlx::query(concat!(
            "-- store::current_states: many
            SELECT s.bucket, s.customer_id, ",
            columns!(),
            ", t.definition_epoch, n.place
            FROM unnest($1::integer[], $2::text[], $3::text[]) WITH ORDINALITY
                AS n (bucket, tenant_id, customer_id, place)
            JOIN customer_states AS s
                ON s.bucket = n.bucket AND s.tenant_id = n.tenant_id
                AND s.customer_id = n.customer_id
            JOIN tenants AS t ON t.tenant_id = s.tenant_id",
        ))
        .bind(buckets)
        .bind(tenants)
        .bind(customers)
        .fetch_all(executor)
        .await?
    };
    let mut states: Vec<Option<CurrentState>> = wanted.iter().map(|_| None).collect();
    for row in &rows {
        let place: i64 = row.try_get("place")?;
        let state = CurrentState {
            state: state_from(row)?.1,
            definition_epoch: row.try_get("definition_epoch")?,
        };
        if let Some(slot) = usize::try_from(place - 1)
            .ok()
            .and_then(|place| states.get_mut(place))
        {
            *slot = Some(state);
        }
    }
    Ok(states)
}

impl Store {
    /// The state of a customer and the tenant's definition epoch, read together with those that
    /// other callers wait for; `None` for a customer without any fact.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn customer_state(
        &self,
        tenant_id: &str,
        key: &CustomerKey,
    ) -> Result<Option<CurrentState>, StoreError> {
        self.states
            .read(Wanted {
                tenant_id: tenant_id.to_owned(),
                key: key.clone(),
            })
            .await
    }

    /// The states of customers and the tenant's definition epoch, each at the place of its customer;
    /// `None` for a customer without any fact. One statement.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn customer_states(
        &self,
        tenant_id: &str,
        customers: &[CustomerKey],
    ) -> Result<Vec<Option<CurrentState>>, StoreError> {
        let wanted = |key: &CustomerKey| Wanted {
            tenant_id: tenant_id.to_owned(),
            key: key.clone(),
        };
        let wanted: &Vec<Wanted> = &customers.iter().map(wanted).collect();
        self.read(|pool| async move { current_states(pool, wanted).await })
            .await
    }

    /// The states of all customers whose elected referrer is one of those given, by key; at most
    /// `limit`.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn customer_states_referred_by(
        &self,
        tenant_id: &str,
        referrers: &[String],
        limit: i64,
    ) -> Result<Vec<(CustomerKey, CustomerState)>, StoreError> {
        let rows = self
            .read(|pool| async move {
                sqlx::query(concat!(
                    "-- store::customer_states_referred_by
                        SELECT s.bucket, s.customer_id, ",
                    columns!(),
                    "
                        FROM customer_states AS s
                        WHERE s.tenant_id = $1 AND s.referrer_id = ANY($2)
                        ORDER BY s.bucket, s.customer_id
                        LIMIT $3",
                ))
                .bind(tenant_id)
                .bind(referrers)
                .bind(limit)
                .fetch_all(pool)
                .await
            })
            .await?;
        rows.iter().map(|row| Ok(state_from(row)?)).collect()
    }
}

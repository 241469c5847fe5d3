//! Passes over all customers of a tenant in the order of bucket and id, some at a time.

use super::App;
use crate::ids::{BUCKETS, CustomerKey};
use crate::store::error::StoreError;

/// Most customers read at a time.
pub(crate) const CHUNK: usize = 1_000;
/// Most buckets looked through for them in one statement.
const WIDTH_MAX: usize = 64;
/// As many to begin with: a tenant with many customers is not asked for all of them at once.
const WIDTH_FIRST: usize = 8;

/// Where a pass is.
#[derive(Debug)]
pub(crate) struct Pass {
    /// The first bucket that is not done.
    bucket: i32,
    /// The customer of it who was last read.
    after: String,
    /// Buckets looked through at a time: few where they are full, many where they are not.
    width: usize,
}

impl Pass {
    /// Before the first customer.
    pub(crate) const fn start() -> Self {
        Self {
            bucket: 0,
            after: String::new(),
            width: WIDTH_FIRST,
        }
    }

    /// Whether all buckets are done.
    pub(crate) const fn is_done(&self) -> bool {
        self.bucket >= BUCKETS
    }

    /// Share of the buckets that are done.
    pub(crate) fn done_share(&self) -> f64 {
        f64::from(self.bucket) / f64::from(BUCKETS)
    }

    /// How many buckets to look through next: one that is not read to its end is done first.
    const fn next_width(&self) -> usize {
        if self.after.is_empty() { self.width } else { 1 }
    }

    /// The buckets to look through next.
    pub(crate) fn buckets(&self) -> Vec<i32> {
        (self.bucket..BUCKETS).take(self.next_width()).collect()
    }

    /// The customer to go on after; without an id at the start of a bucket.
    pub(crate) fn after(&self) -> CustomerKey {
        CustomerKey {
            bucket: self.bucket,
            customer_id: self.after.clone(),
        }
    }

    /// Goes on after customers were read, in the order of their keys, out of [`Self::buckets`] and
    /// after [`Self::after`], at most `limit`.
    pub(crate) fn go_on(&mut self, found: usize, last: Option<&CustomerKey>, limit: usize) {
        match last {
            Some(last) if found == limit => {
                self.bucket = last.bucket;
                self.after.clone_from(&last.customer_id);
                self.width = (self.width / 2).max(1);
            }
            Some(_) | None => {
                self.bucket += i32::try_from(self.next_width()).unwrap_or(BUCKETS);
                self.bucket = self.bucket.min(BUCKETS);
                self.after.clear();
                if found < CHUNK / 4 {
                    self.width = (self.width * 2).min(WIDTH_MAX);
                }
            }
        }
    }
}

impl App {
    /// The next customers of a pass; none when all were read.
    pub(crate) async fn next_customers(
        &self,
        tenant_id: &str,
        pass: &mut Pass,
        chunk: usize,
    ) -> Result<Vec<CustomerKey>, StoreError> {
        let mut customers = Vec::new();
        while !pass.is_done() && customers.len() < chunk {
            let limit = chunk - customers.len();
            let (buckets, after) = (pass.buckets(), pass.after());
            let found = self
                .store
                .customers_of_buckets(tenant_id, &buckets, &after, limit)
                .await?;
            pass.go_on(found.len(), found.last(), limit);
            customers.extend(found);
        }
        Ok(customers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads as the store does: keys in order, after one of them, at most so many.
    fn read(all: &[CustomerKey], pass: &Pass, limit: usize) -> Vec<CustomerKey> {
        let (buckets, after) = (pass.buckets(), pass.after());
        let wanted = all
            .iter()
            .filter(|key| buckets.contains(&key.bucket) && **key > after);
        wanted.take(limit).cloned().collect()
    }

    fn customers(of_bucket: impl Fn(i32) -> usize) -> Vec<CustomerKey> {
        let ids = |bucket| (0..of_bucket(bucket)).map(move |place| (bucket, place));
        let all = (0..BUCKETS).flat_map(ids);
        all.map(|(bucket, place)| CustomerKey {
            bucket,
            customer_id: format!("{place:06}"),
        })
        .collect()
    }

    #[test]
    fn everybody_is_read_once_and_in_order_however_they_are_spread() {
        for all in [
            customers(|_| 0),
            customers(|_| 1),
            customers(|_| 30),
            customers(|bucket| if bucket == 700 { 5_000 } else { 0 }),
            customers(|bucket| usize::try_from(bucket % 7 * 100).expect("few")),
        ] {
            let mut pass = Pass::start();
            let mut found = Vec::new();
            while !pass.is_done() {
                let some = read(&all, &pass, 100);
                pass.go_on(some.len(), some.last(), 100);
                found.extend(some);
            }
            assert_eq!(found, all);
            assert!((pass.done_share() - 1.0).abs() < f64::EPSILON);
        }
    }
}

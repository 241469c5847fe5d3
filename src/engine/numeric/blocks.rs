//! The same function of many things, on several threads.
//!
//! A sum of doubles depends on the order of its terms. Whoever wants the same bits on any number of
//! threads cuts the work into blocks whose limits do not depend on the threads, lets [`map`] work on
//! the blocks, and adds up what it returns, which is in the order of the blocks. Cutting a long sum into
//! blocks also makes it more exact.

use std::num::NonZeroUsize;

/// How many threads a computation may use; it decides the time it takes, never the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threads(NonZeroUsize);

impl Threads {
    /// The thread that asks.
    pub const ONE: Self = Self(NonZeroUsize::MIN);

    /// So many threads.
    #[must_use]
    pub const fn new(count: NonZeroUsize) -> Self {
        Self(count)
    }
}

/// What `function` makes of each item, in the order of the items.
///
/// Thread k of n takes the items k, k + n, k + 2n, …: neighbours cost about the same, so that each has
/// as much to do as the others.
pub fn map<T: Sync, R: Send>(
    items: &[T],
    threads: Threads,
    function: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let count = threads.0.get().min(items.len());
    if count <= 1 {
        return items.iter().map(function).collect();
    }
    let share = |first: usize| -> Vec<R> {
        let own = items.iter().skip(first).step_by(count);
        own.map(&function).collect()
    };
    let shares = std::thread::scope(|scope| {
        let share = &share;
        let others: Vec<_> = (1..count)
            .map(|first| scope.spawn(move || share(first)))
            .collect();
        let mut shares = vec![share(0)];
        for other in others {
            match other.join() {
                Ok(share) => shares.push(share),
                // As if it had happened here.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        shares
    });
    let mut shares: Vec<_> = shares.into_iter().map(Vec::into_iter).collect();
    let mut results = Vec::with_capacity(items.len());
    for index in 0..items.len() {
        results.extend(shares[index % count].next());
    }
    results
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items_on_any_number_of_threads() {
        for length in [0, 1, 2, 7, 100] {
            let items: Vec<usize> = (0..length).collect();
            let expected: Vec<usize> = items.iter().map(|item| item * item).collect();
            for count in [1, 2, 3, 8, 200] {
                let threads = Threads::new(NonZeroUsize::new(count).unwrap());
                assert_eq!(map(&items, threads, |item| item * item), expected);
            }
        }
    }

    #[test]
    fn a_panic_on_another_thread_is_one_here() {
        let threads = Threads::new(NonZeroUsize::new(2).unwrap());
        let panics = || map(&[0, 1], threads, |item| assert_eq!(*item, 0));
        assert!(std::panic::catch_unwind(panics).is_err());
    }
}

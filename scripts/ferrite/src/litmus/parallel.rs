// SPDX-License-Identifier: GPL-2.0

//! One thing after another for each of many, some at a time.

use anyhow::{bail, Result};
use host::{signals, Context};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does `one` for each item, `jobs` of them at a time, under the progress line `what`; the results are in the order of the
/// items.
///
/// # Errors
///
/// The first error of `one`, or that a signal came: what has not begun then does not begin.
pub(super) fn each<I: Sync, T: Send>(
    ctx: &Context,
    what: &str,
    jobs: usize,
    items: &[I],
    one: impl Fn(&I) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let step = ctx.step(what);
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let worker = || {
        let mut results = Vec::new();
        loop {
            signals::check()?;
            // ORDERING: Relaxed. Each number goes to one thread; nothing else hangs on it, and joining orders the results.
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else {
                return Ok(results);
            };
            match one(item) {
                Ok(result) => results.push((number, result)),
                Err(error) => {
                    // ORDERING: Relaxed. The others look at it before they begin one more; one too many does no harm.
                    next.store(items.len(), Ordering::Relaxed);
                    return Err(error);
                }
            }
            // ORDERING: Relaxed. A number for people.
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            step.count(done, items.len());
        }
    };
    let parts: Vec<Result<Vec<(usize, T)>>> = thread::scope(|scope| {
        let some = jobs.clamp(1, items.len());
        let threads: Vec<_> = (0..some).map(|_| scope.spawn(worker)).collect();
        let threads = threads.into_iter();
        threads
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    let mut all = Vec::with_capacity(items.len());
    for part in parts {
        all.extend(part?);
    }
    if all.len() != items.len() {
        bail!("stopped before all was done");
    }
    all.sort_by_key(|(number, _)| *number);
    step.done();
    Ok(all.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> (tempfile::TempDir, Context) {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("cache");
        let ctx = Context::new(Some(dir.path().to_owned()), Some(cache), false).unwrap();
        (dir, ctx)
    }

    #[test]
    fn results_have_the_order_of_the_items() {
        let (_dir, ctx) = context();
        let items: Vec<u64> = (0..100).collect();
        for jobs in [0, 1, 3, 1000] {
            let doubled = each(&ctx, "doubling", jobs, &items, |item| Ok(item * 2)).unwrap();
            assert!(doubled.iter().zip(&items).all(|(two, one)| *two == one * 2));
            assert_eq!(doubled.len(), 100);
        }
    }

    #[test]
    fn the_first_error_ends_it() {
        let (_dir, ctx) = context();
        let begun = AtomicUsize::new(0);
        let items: Vec<usize> = (0..1000).collect();
        let error = each(&ctx, "failing", 2, &items, |item| {
            // ORDERING: Relaxed. A count that is read when all threads have ended.
            begun.fetch_add(1, Ordering::Relaxed);
            match item {
                3 => bail!("three"),
                _ => Ok(()),
            }
        });
        assert_eq!(error.unwrap_err().to_string(), "three");
        // ORDERING: Relaxed. The threads have been joined.
        assert!(begun.load(Ordering::Relaxed) < 1000);
    }
}

// SPDX-License-Identifier: GPL-2.0

//! `--suite generated`: tests that are made at random from a grammar of what herd7 takes, as files.

use anyhow::{Context as _, Result};
use arbitrary::Unstructured;
use host::{explain, Context};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;

/// How many random bytes a test has: more choices than that are all the same.
const BYTES: usize = 1024;

/// The first `count` tests of a seed, in the cache.
pub(super) fn files(ctx: &Context, seed: u64, count: u32) -> Result<Vec<PathBuf>> {
    let place = format!("litmus/generated/{seed}");
    let _lock = ctx.cache.lock(&place)?;
    let dir = ctx.cache.dir(&place)?;
    (0..count)
        .map(|number| {
            let name = format!("made-{seed}-{number}");
            let bytes = bytes(seed, number);
            let text = lkmm::generate::test(&name, &mut Unstructured::new(&bytes));
            let text = text.with_context(|| format!("cannot make {name}"))?;
            let file = dir.join(format!("{name}.litmus"));
            if fs::read_to_string(&file).unwrap_or_default() != text {
                fs::write(&file, text).map_err(|error| explain(error, &file))?;
            }
            Ok(file)
        })
        .collect()
}

/// The random bytes of a test.
fn bytes(seed: u64, number: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BYTES + 32);
    let mut block = 0_u32;
    while bytes.len() < BYTES {
        let hash = Sha256::new()
            .chain_update(seed.to_le_bytes())
            .chain_update(number.to_le_bytes())
            .chain_update(block.to_le_bytes());
        bytes.extend(hash.finalize());
        block += 1;
    }
    bytes
}

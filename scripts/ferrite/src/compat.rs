// SPDX-License-Identifier: GPL-2.0

//! `ferrite compat`: the whole matrix of kernels, as a table, as JSON and as one page.

mod column;
mod measure;
mod page;
mod text;

use crate::options::Boot;
use anyhow::{bail, ensure, Context as _, Result};
use clap::Args;
use column::Report;
use host::{signals, Context};
use kernels::{Kernel, Provider, Table};
use provide::Wish;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use time::OffsetDateTime;

/// Options of `ferrite compat`.
#[derive(Args)]
pub(crate) struct CompatArgs {
    /// These kernels or groups of kernels.toml, or `all`; by default the kernels of no group
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    kernels: Vec<String>,

    /// Only the I-th of N parts of the matrix, for spreading it over machines
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,

    /// Force a provider; else each kernel gets its own, and one with the native provider is also tried as carried
    #[arg(short, long, value_enum, default_value = "auto")]
    provider: Wish,

    #[command(flatten)]
    boot: Boot,

    /// Where report.json and report.html go (default: compat/ in the cache)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Run nothing: make one report of the report.json of several machines
    #[arg(long, value_name = "JSON", num_args = 1.., conflicts_with_all = ["kernels", "shard"])]
    merge: Vec<PathBuf>,
}

/// One part of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shard {
    index: usize,
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text
            .split_once('/')
            .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Shard { index, count }),
            _ => Err(format!(
                "\"{text}\" is no part such as 1/3: the first number runs from 1 to the second"
            )),
        }
    }
}

impl Shard {
    fn has(self, place: usize) -> bool {
        place % self.count == self.index - 1
    }
}

/// `ferrite compat`: exit status 1 if anything is red.
pub(crate) fn run(ctx: &Context, args: &CompatArgs) -> Result<ExitCode> {
    let mut report = Report::default();
    for file in &args.merge {
        report.merge(read(file)?);
    }
    if args.merge.is_empty() {
        measure_all(ctx, args, &mut report)?;
    }
    let out = match &args.out {
        Some(dir) => dir.clone(),
        None => ctx.cache.dir("compat")?,
    };
    write(&report, &out)?;
    ctx.say(text::text(&report));
    ctx.note(format!("  the page: {}", out.join("report.html").display()));
    Ok(if report.is_green() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn measure_all(ctx: &Context, args: &CompatArgs, report: &mut Report) -> Result<()> {
    let table = Table::read(&ctx.repo)?;
    let now = OffsetDateTime::now_utc();
    let (date, time) = (now.date(), now.time());
    report.made = format!("{date} {:02}:{:02} UTC", time.hour(), time.minute());
    report.upstream = format!("{} {}", table.upstream.package, table.upstream.version);
    let kernels = chosen(&table, args)?;
    for (number, kernel) in kernels.iter().enumerate() {
        ctx.note(format!(
            "{} ({} of {})",
            kernel.name,
            number + 1,
            kernels.len()
        ));
        let column = measure::column(ctx, kernel, args.provider, args.boot.runner);
        let native = column.provider == Provider::Native.to_string();
        report.columns.push(column);
        if native && args.provider == Wish::Auto {
            ctx.note(format!("{}, carried by force", kernel.name));
            let mut carried = measure::column(ctx, kernel, Wish::Carried, args.boot.runner);
            if let Some(native) = report.columns.last() {
                carried.compare_code(native);
            }
            report.columns.push(carried);
        }
        signals::check()?;
    }
    Ok(())
}

/// The kernels that were asked for, in the order of the table.
fn chosen<'a>(table: &'a Table, args: &CompatArgs) -> Result<Vec<&'a Kernel>> {
    let mut wanted: Vec<&str> = Vec::new();
    for word in &args.kernels {
        wanted.extend(table.meant(word)?.iter().map(|kernel| kernel.name.as_str()));
    }
    if args.kernels.is_empty() {
        wanted.extend(table.ungrouped().map(|kernel| kernel.name.as_str()));
    }
    let all = table.kernels.iter();
    let part = all
        .filter(|kernel| wanted.contains(&kernel.name.as_str()))
        .enumerate()
        .filter(|(place, _)| args.shard.is_none_or(|shard| shard.has(*place)));
    let kernels: Vec<&Kernel> = part.map(|(_, kernel)| kernel).collect();
    ensure!(
        !kernels.is_empty(),
        "there are fewer kernels than parts: this part is empty"
    );
    Ok(kernels)
}

fn read(file: &Path) -> Result<Report> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is no report of ferrite compat", file.display()))
}

fn write(report: &Report, out: &Path) -> Result<()> {
    let json =
        serde_json::to_string_pretty(report).context("the report cannot be written as JSON")?;
    let html = page::page(report)?;
    for (name, content) in [("report.json", json), ("report.html", html)] {
        let file = out.join(name);
        fs::create_dir_all(out)
            .and_then(|()| fs::write(&file, content))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    if report.columns.is_empty() {
        bail!("the report is empty");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards() {
        let shard = |text: &str| text.parse::<Shard>();
        for wrong in ["", "1", "0/2", "3/2", "a/b", "1/0"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
        let (first, second) = (shard("1/2").unwrap(), shard("2/2").unwrap());
        for place in 0..7 {
            assert_ne!(first.has(place), second.has(place));
        }
        assert!(shard("1/1").unwrap().has(5));
    }
}

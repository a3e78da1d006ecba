// SPDX-License-Identifier: GPL-2.0

//! `ferrite vm`: load the modules in a guest and run a command there.

use crate::options::Boot;
use anyhow::{Context as _, Result};
use build::Target;
use clap::Args;
use guest::{Event, Guest, Job, Payload};
use host::{file_name, Context};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;
use std::time::Duration;

/// Options of `ferrite vm`.
#[derive(Args)]
pub(crate) struct VmArgs {
    #[command(flatten)]
    pub(crate) target: Target,

    #[command(flatten)]
    pub(crate) boot: Boot,

    /// Stop the guest after this many seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub(crate) limit: u64,

    /// The command, for the guest's shell; the selftests are in programs/ below the folder it starts in
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

/// The name of the script that holds the command.
const SCRIPT: &str = "command";

/// `ferrite vm`.
pub(crate) fn run(ctx: &Context, args: &VmArgs) -> Result<ExitCode> {
    let (root, built) = build::for_target(ctx, &args.target)?;
    let script = built.dir.join(SCRIPT);
    fs::write(
        &script,
        format!(
            "#!/bin/sh\ncd \"${{0%/*}}/..\"\n{}\n",
            args.command.join(" ")
        ),
    )
    .and_then(|()| fs::set_permissions(&script, fs::Permissions::from_mode(0o755)))
    .with_context(|| format!("cannot write {}", script.display()))?;

    let mut programs = built.selftests.clone();
    programs.push((SCRIPT.to_owned(), script));
    let mut jobs: Vec<Job> = built
        .modules
        .iter()
        .map(|file| Job::Load(file_name(file), Vec::new()))
        .collect();
    let limit = Duration::from_secs(args.limit);
    jobs.push(Job::run(SCRIPT, limit));
    let guest = Guest {
        limit: limit + args.boot.runner.boot_limit(),
        ..Guest::new(ctx, &root, &built.kernel, args.boot.runner, &built.dir)?
    };
    let payload = Payload {
        modules: built.modules.clone(),
        programs,
    };
    let outcome = guest.run(ctx, &payload, &jobs, &mut |event| {
        if let Event::Text(line) = event {
            ctx.say(line);
        }
    })?;
    if let Some(fault) = &outcome.fault {
        outcome.tail(40).iter().for_each(|line| ctx.note(line));
        ctx.note(format!("ferrite: {fault} (log: {})", outcome.log.display()));
        return Ok(ExitCode::FAILURE);
    }
    let status = outcome
        .done
        .last()
        .and_then(|done| done.status)
        .unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(status).unwrap_or(1)))
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Formats the kernel's Rust code, or with --check says what is not formatted.
# (The host's tools are a cargo workspace: `cargo fmt`.)
#
# Each file by itself, through a pipe: given a file's name, rustfmt follows
# `mod` to files that only a build puts there. So called with --check, it shows
# what it found, but does not tell by its exit status.

set -u
cd "$(dirname "$0")/../.."
bad=0
for file in $(find rust probes scripts/kbuild -name '*.rs' ! -name '*_generated.rs'); do
	if [ "${1:-}" = --check ]; then
		found=$(${RUSTFMT:-rustfmt} --edition 2021 --check --color never < "$file" 2>&1) && [ -z "$found" ] && continue
		echo "$found" | sed "s|<stdin>|$file|"
		bad=1
	elif text=$(${RUSTFMT:-rustfmt} --edition 2021 < "$file"); then
		printf '%s\n' "$text" | cmp -s - "$file" || printf '%s\n' "$text" > "$file"
	else
		bad=1
	fi
done
exit $bad

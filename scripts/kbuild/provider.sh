#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Decides whose `kernel` crate the modules are built against: the target
# kernel's own (native), or the newest one (carried). The one place that does:
# kdir.sh asks for a KDIR=, `ferrite` for a kernel of kernels.toml. The kernel's
# crate decides, by what it has, and not the kernel's version.
#
#	scripts/kbuild/provider.sh KDIR auto|native|carried
#
# Writes three lines: `native` or `carried`; what keeps the kernel's own crate
# from being used, in a word; and why, in some more:
#
#	none      nothing does
#	rust      the kernel has no Rust
#	rustc     another rustc built it
#	metadata  the build tree has none; where it is rebuilt, ask again
#	crate     the crate lacks what the modules are written against
#	broken    the crate could not be asked
#
# With `native`, anything but `none` is an error, and is on stderr.

set -u
kdir=$1
wish=$2
probe=$(dirname "$0")/../../probes/kernel_crate.rs
cache=${FERRITE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ferrite}/kernel_crate

# The value of a CONFIG_ variable of the target, without quotes.
config()
{
	sed -n "s/^$1=//p" "$kdir/include/config/auto.conf" | tr -d '"'
}

# Has the target's own Kbuild compile the probe: yes, no or broken (then
# $scratch/log says more).
ask_crate()
{
	for question in '--cfg QUESTION' ''; do
		cp "$probe" "$scratch/"
		printf 'obj-m := kernel_crate.o\nrustflags-y := %s\n' "$question" > "$scratch/Kbuild"
		if MAKEFLAGS='' make -C "$kdir" M="$scratch" kernel_crate.o > "$scratch/log" 2>&1; then
			[ -n "$question" ] && echo yes || echo no
			return
		fi
	done
	echo broken
}

# The answer is kept for as long as neither the probe nor the crate changes.
crate_answer()
{
	key="$kdir $(stat -c '%Y %s' "$kdir/rust/libkernel.rmeta") $(cksum < "$probe")"
	kept=$cache/$(echo "$key" | cksum | tr ' ' -)
	if [ "$(sed -n 1p "$kept" 2>/dev/null)" = "$key" ]; then
		sed -n 2p "$kept"
		return
	fi
	scratch=$(mktemp -d) || exit 1
	answer=$(ask_crate)
	if [ "$answer" = broken ]; then
		cat "$scratch/log" >&2
	else
		mkdir -p "$cache" && printf '%s\n%s\n' "$key" "$answer" > "$kept"
	fi
	rm -rf "$scratch"
	echo "$answer"
}

there=$(config CONFIG_RUSTC_VERSION_TEXT)
here=$(${RUSTC:-rustc} --version 2>/dev/null)
if [ "$(config CONFIG_RUST)" != y ]; then
	obstacle=rust
	why="the kernel was built without CONFIG_RUST"
elif [ "$there" != "$here" ]; then
	obstacle=rustc
	why="the kernel was built by '$there', here is '${here:-no rustc}'"
elif ! [ -e "$kdir/rust/libkernel.rmeta" ]; then
	obstacle=metadata
	why="the build tree has no Rust metadata (rust/libkernel.rmeta)"
else
	case $(crate_answer) in
	yes)
		obstacle=none
		why="the kernel's own crate, built by '$there'"
		;;
	no)
		obstacle=crate
		why="the kernel's own crate is older than the suite is written for: probes/kernel_crate.rs"
		;;
	*)
		obstacle=broken
		why="the kernel's own crate could not be asked; what its Kbuild said is above"
		;;
	esac
fi

case $wish/$obstacle in
auto/none | native/none) provider=native ;;
native/*)
	echo "PROVIDER=native: $why." >&2
	exit 1
	;;
carried/none)
	provider=carried
	why="as asked; the kernel's own crate would do"
	;;
carried/*)
	provider=carried
	why="as asked; $why"
	;;
*) provider=carried ;;
esac
printf '%s\n' "$provider" "$obstacle" "$why"

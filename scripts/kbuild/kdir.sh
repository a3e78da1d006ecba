#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Says, before anything is built, whether the modules can be built for a kernel
# build tree, and which provider gives them the `kernel` crate.
#
#	scripts/kbuild/kdir.sh KDIR [auto|native|carried]
#
# Writes `native` or `carried` on stdout, and why on stderr.

set -u
kdir=$1
want=${2:-auto}
here=$(dirname "$0")
cache=${FERRITE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ferrite}
RUSTC=${RUSTC:-rustc}

fail()
{
	echo "$1" >&2
	shift
	for line; do echo "  $line" >&2; done
	exit 1
}

# The value of a CONFIG_ variable of the target, without quotes.
config()
{
	sed -n "s/^$1=//p" "$kdir/include/config/auto.conf" | tr -d '"'
}

case $want in
auto | native | carried) ;;
*) fail "PROVIDER=$want: there is no such provider. Say auto, native or carried." ;;
esac

[ -e "$kdir/Makefile" ] || fail "KDIR=$kdir is no kernel build tree: it has no Makefile." \
	"Install the headers of your kernel (Debian: linux-headers-\$(uname -r); Fedora: kernel-devel)," \
	"and say KDIR=/lib/modules/\$(uname -r)/build."
[ -e "$kdir/include/config/auto.conf" ] || fail "KDIR=$kdir is not prepared: it has no include/config/auto.conf." \
	"In a kernel source tree, first: make olddefconfig modules_prepare"
[ -e "$kdir/Module.symvers" ] || fail "KDIR=$kdir has no Module.symvers, so nothing says what the kernel exports." \
	"In a kernel source tree, build the kernel first: make"

arch=$(uname -m)
case ${ARCH:-$arch} in
x86_64 | x86) has=$(config CONFIG_X86_64) ;;
aarch64 | arm64) has=$(config CONFIG_ARM64) ;;
riscv64 | riscv) has=$(config CONFIG_RISCV) ;;
*) has=y ;;
esac
[ "$has" = y ] || fail "KDIR=$kdir is not for ${ARCH:-$arch}." \
	"For another architecture say ARCH= and CROSS_COMPILE=, as for the kernel itself."

# The declared range is in kernels.toml, in one place for all.
release=$(sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' "$kdir/include/generated/utsrelease.h" 2>/dev/null)
oldest=$(sed -n 's/^oldest *= *"\(.*\)"/\1/p' "$here/../../kernels.toml")
if [ -n "$release" ] && [ -n "$oldest" ]; then
	first=$(printf '%s\n%s\n' "$oldest" "${release%%-*}" | sort -V | head -n 1)
	[ "$first" = "$oldest" ] || fail "KDIR=$kdir is Linux $release; the declared range begins with $oldest (kernels.toml)."
	# A newer kernel may well do. What it lacks, its probes and compilers say.
	newest=$(sed -n 's/^newest *= *"\(.*\)"/\1/p' "$here/../../kernels.toml")
	line=$(echo "$release" | sed -E 's/^([0-9]+\.[0-9]+).*/\1/')
	last=$(printf '%s\n%s\n' "$newest" "$line" | sort -V | tail -n 1)
	[ "$last" = "$newest" ] ||
		echo "KDIR=$kdir is Linux $release; the declared range ends with $newest (kernels.toml): nobody has tested this." >&2
fi

# Asks the target's own Kbuild whether its crate is the one that the suite is
# written against: yes, no or broken (then $scratch/log says more).
probe_crate()
{
	for question in '--cfg QUESTION' ''; do
		cp "$here/../../probes/kernel_crate.rs" "$scratch/"
		printf 'obj-m := kernel_crate.o\nrustflags-y := %s\n' "$question" > "$scratch/Kbuild"
		if MAKEFLAGS='' make -C "$kdir" M="$scratch" kernel_crate.o > "$scratch/log" 2>&1; then
			[ -n "$question" ] && echo yes || echo no
			return
		fi
	done
	echo broken
}

# The answer is kept for as long as neither the question nor the crate changes.
native_crate()
{
	key="$kdir $(stat -c '%Y %s' "$kdir/rust/libkernel.rmeta") $(cksum < "$here/../../probes/kernel_crate.rs")"
	kept="$cache/kernel_crate.answer"
	if [ "$(sed -n 1p "$kept" 2>/dev/null)" = "$key" ]; then
		sed -n 2p "$kept"
		return
	fi
	scratch=$(mktemp -d) || exit 1
	answer=$(probe_crate)
	if [ "$answer" = broken ]; then
		cat "$scratch/log" >&2
	else
		mkdir -p "$cache" && printf '%s\n%s\n' "$key" "$answer" > "$kept"
	fi
	rm -rf "$scratch"
	echo "$answer"
}

# Why the target's own crate cannot be used; empty if it can.
kernel_rustc=$(config CONFIG_RUSTC_VERSION_TEXT)
here_rustc=$($RUSTC --version 2>/dev/null)
if [ "$(config CONFIG_RUST)" != y ]; then
	why="the kernel was built without CONFIG_RUST"
elif ! [ -e "$kdir/rust/libkernel.rmeta" ]; then
	why="the build tree has no Rust metadata (rust/libkernel.rmeta)"
elif [ "$kernel_rustc" != "$here_rustc" ]; then
	why="the kernel was built by '$kernel_rustc', here is '${here_rustc:-no rustc}'"
else
	case $(native_crate) in
	yes) why= ;;
	no) why="the kernel's own crate is older than the suite is written for: probes/kernel_crate.rs" ;;
	*) why="the kernel's own crate could not be asked; what its Kbuild said is above" ;;
	esac
fi

case $want/$why in
auto/ | native/)
	echo "provider: native (the kernel's own crate, built by '$kernel_rustc')" >&2
	echo native
	exit
	;;
native/*)
	fail "PROVIDER=native: $why." \
		"Use that kernel's own rustc and a build tree with its metadata, or say PROVIDER=carried."
	;;
esac

[ -n "$here_rustc" ] || fail "there is no rustc (RUSTC=$RUSTC)." "Debian: apt-get install rustc rust-src bindgen"
[ -e "${FERRITE_LINUX:-}/rust/kernel/lib.rs" ] || fail "provider: carried (${why:-as asked}), which compiles the newest kernel's rust/ directory." \
	"${FERRITE_LINUX:+FERRITE_LINUX=$FERRITE_LINUX has no rust/kernel/lib.rs. }Say where its source is:" \
	"FERRITE_LINUX=/path/to/linux (Debian: package linux-source-7.3, unpacked)."
echo "provider: carried (${why:-as asked})" >&2
echo carried

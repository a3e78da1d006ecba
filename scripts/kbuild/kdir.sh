#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Says, before anything is built, whether the modules can be built for a kernel
# build tree, and which provider gives them the `kernel` crate (provider.sh).
#
#	scripts/kbuild/kdir.sh KDIR [auto|native|carried]
#
# Writes `native` or `carried` on stdout, and why on stderr.

set -u
kdir=$1
want=${2:-auto}
here=$(dirname "$0")

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

answer=$("$here/provider.sh" "$kdir" "$want") || {
	echo "  Use that kernel's own rustc and a build tree with its metadata, or say PROVIDER=carried." >&2
	exit 1
}
provider=$(echo "$answer" | sed -n 1p)
why=$(echo "$answer" | sed -n 3p)
if [ "$provider" = carried ]; then
	${RUSTC:-rustc} --version > /dev/null 2>&1 ||
		fail "there is no rustc (RUSTC=${RUSTC:-rustc})." "Debian: apt-get install rustc rust-src bindgen"
	[ -e "${FERRITE_LINUX:-}/rust/kernel/lib.rs" ] || fail "provider: carried ($why), which compiles the newest kernel's rust/ directory." \
		"${FERRITE_LINUX:+FERRITE_LINUX=$FERRITE_LINUX has no rust/kernel/lib.rs. }Say where its source is:" \
		"FERRITE_LINUX=/path/to/linux (Debian: package linux-source-7.3, unpacked)."
fi
echo "provider: $provider ($why)" >&2
echo "$provider"

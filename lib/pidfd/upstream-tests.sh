#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Lets tests judge that nobody here wrote: upstream's own pidfd selftests, built
# unmodified from a kernel source tree, run by themselves and with the preload
# library, which is told to ask the device.
#
#	upstream-tests.sh build <dir> FERRITE_KSRC=<unpacked kernel source>
#	upstream-tests.sh run <dir> [test]...
#
# `build` needs a C compiler and make; `run` needs root, and the module loaded.
# It prints a board: what each test says of the kernel alone and of the device,
# and the reason of each miss. The status is 1 if a miss has none.
#
# Built and run are those that ask what the library answers. Another can be named:
# pidfd_wait, pidfd_poll_test and pidfd_fdinfo_test take minutes in an emulated
# machine; pidfd_test waits for all pid numbers to be used once.

set -u
here=$(cd "$(dirname "$0")" && pwd)
tests="pidfd_info_test pidfd_open_test pidfd_getfd_test pidfd_setns_test"

usage() {
	sed -n 's/^#\t/  /p' "$0" >&2
	exit 2
}

build() {
	tools=$FERRITE_KSRC/tools
	source=$tools/testing/selftests/pidfd
	if [ ! -r "$source/pidfd_info_test.c" ]; then
		echo "upstream-tests.sh: no pidfd_info_test.c in '$source': FERRITE_KSRC must name an unpacked kernel source" >&2
		exit 2
	fi
	mkdir -p "$dir" && make -s -C "$here" O="$dir" ${CC:+CC=$CC} || exit 1
	for test in $tests pidfd_wait pidfd_poll_test pidfd_fdinfo_test pidfd_test \
		pidfd_exec_helper; do
		echo "  CC      $test"
		(cd "$source" && ${CC:-cc} -g -w -pthread -D_GNU_SOURCE= -I.. \
			-isystem "$tools/include/uapi" -o "$dir/$test" "$test.c") || exit 1
	done
}

# Why a test cannot pass with the device; nothing if it is for us to mend.
reason() {
	case $1 in
	pidfd_info_test:global.supported_mask_field)
		echo "no kernel lets modules see core dumps" ;;
	pidfd_info_test:pidfd_info.thread_group*)
		grep -q "Expected errno (22) == ENOENT" "$2" &&
			echo "this kernel's pidfd_open() says EINVAL of a thread, not ENOENT"
		grep -q "pidfd_leader_thread (-1)" "$2" &&
			echo "this kernel has no pidfds of threads" ;;
	esac
}

# Runs a test one way; its verdicts go to <dir>/<way>, one "test:case verdict" a line.
run_test() {
	way=$1 test=$2
	shift 2
	(cd "$dir" && env "$@" "./$test") > "$dir/$way-$test.log" 2>&1
	awk -v test="$test" '
		/^(not )?ok [0-9]+/ {
			verdict = /^not/ ? "MISS" : /# SKIP/ ? "skip" : "ok"
			sub(/^(not )?ok [0-9]+ */, ""); sub(/ *# SKIP.*/, "")
			gsub(/ /, "_")
			print test ":" $0, verdict
		}' "$dir/$way-$test.log" >> "$dir/$way"
}

run() {
	: > "$dir/kernel"
	: > "$dir/device"
	for test in $tests; do
		echo "  RUN     $test" >&2
		run_test kernel "$test" A=
		run_test device "$test" FERRITE_PIDFD=device \
			LD_PRELOAD="$dir/libferrite-pidfd-preload.so"
	done
	printf '\n%-70s %-7s %-7s %s\n' "on Linux $(uname -r)" kernel device "reason"
	unexplained=0 missed=0 passed=0
	while read -r name verdict; do
		kernel=$(awk -v name="$name" '$1 == name { print $2 }' "$dir/kernel")
		why=
		case $verdict in
		ok)
			passed=$((passed + 1)) ;;
		MISS)
			missed=$((missed + 1))
			why=$(reason "$name" "$dir/device-${name%%:*}.log")
			if [ -z "$why" ]; then
				why="UNEXPLAINED: see $dir/device-${name%%:*}.log"
				unexplained=$((unexplained + 1))
			fi ;;
		esac
		printf '%-70s %-7s %-7s %s\n' "$name" "${kernel:--}" "$verdict" "$why"
	done < "$dir/device"
	echo "the device: $passed passed, $missed missed, $unexplained of these without a reason"
	[ "$unexplained" -eq 0 ] && [ "$passed" -gt 0 ]
}

[ $# -ge 2 ] || usage
command=$1 dir=$2
shift 2
mkdir -p "$dir" || exit 1
dir=$(cd "$dir" && pwd)
case $command in
build)
	FERRITE_KSRC=
	for setting; do
		case $setting in
		FERRITE_KSRC=*) FERRITE_KSRC=${setting#*=} ;;
		*) usage ;;
		esac
	done
	build ;;
run)
	[ $# -eq 0 ] || tests=$*
	run ;;
*)
	usage ;;
esac

#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
#
# jobs.sh DIR: does the jobs that DIR/jobs lists, one a line, and tells the host in lines on the standard output.
#
#   @ hello RELEASE      the guest is up
#   @ begin N            job N, counted from 1, begins
#   | TEXT               a line that the job printed
#   @ end N STATUS       it ended; 0 is success, 124 says that its time was up
#   @ bye                all jobs are done
#
# Runs under busybox sh on any kernel, in QEMU's guest (see init) and in virtme-ng's.

DIR=$1
# There when a program's time was up.
RUNG=/tmp/.rung
set -o pipefail

say() {
	printf '@ %s\n' "$*"
}

# load FILE [PARAMETER...]: insert a module.
load() {
	file=$1
	shift
	insmod "$DIR/modules/$file" "$@"
}

# unload MODULE: remove a module; one that stays is a failure, whatever rmmod says.
unload() {
	rmmod "$1" || return
	[ ! -d "/sys/module/$1" ] || {
		echo "rmmod succeeded, yet /sys/module/$1 is still there"
		return 1
	}
}

# ktap MODULE: print what the module's own tests found when it was loaded.
ktap() {
	cat "/sys/kernel/debug/$1/ktap"
}

# stress COUNT FILE...: load the modules in order and unload them in reverse, COUNT times.
stress() {
	count=$1
	shift
	reverse=
	for file; do
		module=${file%.ko}
		reverse="$module $reverse"
	done
	round=0
	while [ "$round" -lt "$count" ]; do
		round=$((round + 1))
		for file; do
			load "$file" || { echo "loading $file failed in round $round"; return 1; }
		done
		for module in $reverse; do
			unload "$module" || { echo "unloading $module failed in round $round"; return 1; }
		done
		echo "$round of $count"
	done
}

# taint: print the kernel's taint bits.
taint() {
	cat /proc/sys/kernel/tainted
}

END="sh $DIR/end.sh"

# run SECONDS USER PROGRAM: run a program in a session of its own; kill all of the session when the time is up or
# when the program has ended.
run() {
	limit=$1 user=$2
	set -- "$DIR/programs/$3"
	[ "$user" = root ] || set -- su -s /bin/sh "$user" -c 'exec "$0"' "$1"
	setsid "$@" </dev/null &
	leader=$!
	rm -f "$RUNG"
	setsid sh -c "sleep $limit; : >'$RUNG'; $END $leader" >/dev/null 2>&1 &
	clock=$!
	wait "$leader"
	status=$?
	kill -KILL "$clock" "-$clock" 2>/dev/null
	$END "$leader"
	wait "$clock" 2>/dev/null
	[ ! -e "$RUNG" ] || status=124
	return "$status"
}

# Programs may want to write; virtme-ng's guest shares the host's files read-only.
touch /tmp/.writable 2>/dev/null || mount -t tmpfs tmp /tmp

# Messages that come from now on are all for the host's log of the console.
dmesg -n 8

say hello "$(uname -r)"
number=0
while read -r verb arguments; do
	number=$((number + 1))
	say begin $number
	# shellcheck disable=SC2086 # the arguments are words without spaces
	"$verb" $arguments 2>&1 </dev/null | awk '{ print "| " $0; fflush() }'
	status=$?
	say end $number $status
done <"$DIR/jobs"
say bye

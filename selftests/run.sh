#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs the selftests beside it: run.sh [TARGET]...
#
# Output is TAP, as from tools/testing/selftests/kselftest/runner.sh. Exit
# status: 1 if a test failed, 2 if there was none to run, else 0; a skipped test
# (status 4) is none that failed.

cd "$(dirname "$0")" || exit 2
if [ ! -r programs.list ]; then
	echo "run.sh: no programs.list in $(pwd): build or install the selftests first" >&2
	exit 2
fi

wanted() {
	[ "${1##*/}" != demo ] || return 1
	[ -n "$targets" ] || return 0
	for target in $targets; do
		[ "${1%%/*}" != "$target" ] || return 0
	done
	return 1
}

# Runs a program in its folder; its output comes as TAP comments, line by line,
# and its status is the status.
run() {
	{ (cd "${1%/*}" && exec "./${1##*/}" 2>&1); printf 'exit=%d\n' $?; } | awk '
		NR > 1 { print "# " last; fflush() }
		{ last = $0 }
		END {
			match(last, /exit=[0-9]+$/)
			if (RSTART > 1)
				print "# " substr(last, 1, RSTART - 1)
			exit substr(last, RSTART + 5)
		}'
}

targets=$*
programs=
count=0
while read -r program; do
	if wanted "$program"; then
		programs="$programs $program"
		count=$((count + 1))
	fi
done < programs.list
if [ "$count" -eq 0 ]; then
	echo "run.sh: no tests for: $targets" >&2
	exit 2
fi

passed=0 failed=0 skipped=0 number=0
echo "TAP version 13"
echo "1..$count"
for program in $programs; do
	number=$((number + 1))
	name="selftests: ${program%%/*}: ${program##*/}"
	echo "# $name"
	run "$program"
	status=$?
	case $status in
	0)
		passed=$((passed + 1))
		echo "ok $number $name" ;;
	4)
		skipped=$((skipped + 1))
		echo "ok $number $name # SKIP" ;;
	*)
		failed=$((failed + 1))
		echo "not ok $number $name # exit=$status" ;;
	esac
done
echo "# Totals: pass:$passed fail:$failed skip:$skipped"
[ "$failed" -eq 0 ]

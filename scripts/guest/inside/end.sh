#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
#
# end.sh SESSION: kills all processes of a session, whatever groups of processes they have made.

# The name, in parentheses, may hold anything; after it come state, parent, group and session.
members=$(cat /proc/[0-9]*/stat 2>/dev/null |
	awk -v session="$1" '{ pid = $1; sub(/.*\) /, ""); if ($4 == session) print pid }')
# shellcheck disable=SC2086 # they are numbers
[ -z "$members" ] || kill -KILL $members 2>/dev/null
exit 0

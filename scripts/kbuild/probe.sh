#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Puts one question to a kernel's headers:
#
#   probe.sh PROBE.c ANSWER MODULE.SYMVERS COMPILER...
#
# A probe compiles without its question, and with it (-DQUESTION) if the answer
# is yes. It is *broken*, which is an error, if it does not compile even without
# the question, or if the question fails over something other than what it asks
# for: each error has to name the word after `Asks:` in it or in the line that
# it shows. `Exports:` names symbols that modules have to be able to link with.
#
# ANSWER gets one line: NAME yes|no [CONFIG_X=y ...]. What `Sets:` lists is
# configured by a yes.

probe=$1 answer=$2 symvers=$3
shift 3
name=$(basename "$probe" .c)
log=${answer%.answer}.log

field() {
	sed -n "s/^ \* $1: *//p" "$probe"
}

broken() {
	{
		echo "$probe: the probe '$name' is broken: $1."
		echo "What the compiler said is in $log:"
		cat "$log"
		echo "A probe has to compile without its question, and fail over nothing but the question; mend the probe."
	} >&2
	rm -f "$answer"
	exit 1
}

LC_ALL=C
export LC_ALL
if "$@" -DQUESTION "$probe" > "$log" 2>&1; then
	verdict=yes
else
	verdict=no
	asked=$(field Asks)
	[ -n "$asked" ] || broken "it has no 'Asks:' line"
	# An error's line, and the source line that follows it, name what was asked.
	strange=$(awk -v asked="$asked" '
		/ error: / { if (pending != "") print pending; pending = index($0, asked) ? "" : $0; next }
		/^ *[0-9]+ \|/ { if (index($0, asked)) pending = "" }
		END { if (pending != "") print pending }' "$log")
	[ -z "$strange" ] || broken "its question fails over something other than '$asked'"
	"$@" "$probe" >> "$log" 2>&1 || broken "it does not compile without its question"
fi

if [ $verdict = yes ]; then
	for symbol in $(field Exports); do
		if ! awk -v s="$symbol" '$2 == s { found = 1; exit } END { exit !found }' "$symvers"; then
			echo "$symbol is not exported" >> "$log"
			verdict=no
		fi
	done
fi

echo "$name $verdict$([ $verdict = yes ] && field Sets | sed 's/^/ /')" > "$answer"

# SPDX-License-Identifier: GPL-2.0
#
# Makes the root of the carried `kernel` crate from two files:
#
#   awk -f carried-root.awk rust/kernel/lib.rs $FERRITE_LINUX/rust/kernel/lib.rs
#
# From upstream's root come its inner attributes and every item that is not a
# module; from ours the table of modules. A module that upstream has and the
# table neither declares nor leaves out by a comment `// name: why` is an error.

function fail(why) {
	print "carried-root: " why > "/dev/stderr"
	failed = 1
	exit 1
}

BEGIN { print "// Made by scripts/kbuild/carried-root.awk of " ARGV[1] " and " ARGV[2] "." }

FNR == 1 { file++ }

file == 1 {
	table[++rows] = $0
	if (match($0, /mod [a-z0-9_]+;/))
		known[substr($0, RSTART + 4, RLENGTH - 5)] = 1
	else if (match($0, /^\/\/ [a-z0-9_]+: /))
		known[substr($0, 4, RLENGTH - 5)] = 1
	next
}

# Upstream's documentation of its own root is not of this one.
/^\/\/!/ { next }

/^#!\[/ {
	if ($0 !~ /\]$/)
		fail("an inner attribute of upstream's root is longer than a line: " $0)
	inner[++inners] = $0
	next
}

# An attribute belongs to the item after it.
/^#\[.*\]$/ { held = held $0 "\n"; next }

/^(pub )?mod [a-z0-9_]+;/ {
	name = $0
	sub(/^(pub )?mod /, "", name)
	sub(/;.*/, "", name)
	if (!(name in known))
		fail("rust/kernel/lib.rs says nothing about upstream's module '" name "': declare it, or leave it out by a line '// " name ": why'")
	held = ""
	next
}

{ rest[++rests] = held $0; held = "" }

END {
	if (failed)
		exit 1
	for (i = 1; i <= inners; i++)
		print inner[i]
	for (i = 1; i <= rows; i++)
		print table[i]
	for (i = 1; i <= rests; i++)
		print rest[i]
}

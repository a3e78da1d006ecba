# SPDX-License-Identifier: GPL-2.0
#
# Makes of bindgen's layout tests, which hold Rust against clang, C that holds the
# target's own compiler against both:
#
#   awk -f carried-layouts.awk PREPROCESSED.c GENERATED.rs
#
# The preprocessed headers say which names are tags, and which are typedefs of structures without one. What
# bindgen had to name itself (structures within structures) is part of another one's test.

# Fields that are words of Rust's, but not of C's, got an underscore.
BEGIN {
	split("abstract alignof as async await become box crate dyn false final fn impl in let loop macro match mod move " \
	      "mut offsetof override priv proc pub pure ref self super trait true try type unsafe unsized use virtual " \
	      "where yield str bool f32 f64 usize isize u128 i128 u64 i64 u32 i32 u16 i16 u8 i8", words)
	for (i in words)
		field_of[words[i] "_"] = words[i]
	print "/* Made by scripts/kbuild/carried-layouts.awk of bindgen's layout tests. */"
}

NR == FNR {
	line = $0
	while (match(line, /(struct|union) ((__attribute__ ?)?\(\([^{;]*\)\) *)?[A-Za-z_][A-Za-z0-9_]* *(\{|$)/)) {
		text = substr(line, RSTART, RLENGTH)
		kind = text ~ /^struct/ ? "struct " : "union "
		sub(/ *\{?$/, "", text)
		sub(/.*[ )]/, "", text)
		name_of[text] = kind text
		line = substr(line, RSTART + RLENGTH)
	}
	if (/^(typedef .*)?\}[^{]*;$/ && match($0, /[A-Za-z_][A-Za-z0-9_]*;$/)) {
		text = substr($0, RSTART, RLENGTH - 1)
		if (!(text in name_of))
			name_of[text] = text
	}
	next
}

# A long test goes over several lines.
/^    \["(Size|Alignment) of |^    \["Offset of field: / {
	value = $0
	while (value !~ /;$/ && (getline more) > 0)
		value = value more
	sub(/usize\] *;$/, "", value)
	split(value, quoted, "\"")
	sub(/.* /, "", value)
	what = quoted[2]
	name = what
	sub(/.* /, "", name)
	field = name
	sub(/::.*/, "", name)
	sub(/.*::/, "", field)
	tests++
	if (!(name in name_of))
		next
	c = name_of[name]
	if (what ~ /^Size/)
		print "static_assert(sizeof(" c ") == " value ");"
	else if (what ~ /^Alignment/)
		print "static_assert(__alignof__(" c ") == " value ");"
	else if (field !~ /^__bindgen/)
		print "static_assert(offsetof(" c ", " (field in field_of ? field_of[field] : field) ") == " value ");"
	else
		next
	checked++
}

END {
	# Half of them are nested in others at most: if not, the headers were misread.
	if (!checked || checked < tests / 2) {
		print "carried-layouts: of " tests + 0 " layouts only " checked + 0 " were found in the headers" > "/dev/stderr"
		exit 1
	}
	print "/* " checked " of " tests " */"
}

# SPDX-License-Identifier: GPL-2.0
#
# What a shim says about bindings, applied to bindgen's output:
#
# - the function carried_shim_NAME is to be called instead of NAME: it takes
#   NAME's name, and NAME's own declaration (of another signature, or with other
#   behaviour) goes;
# - the structure carried_shim_NAME is NAME's newest shape, over the same memory:
#   it takes NAME's name, and NAME's own definition goes, with what asserts its layout;
# - RUST_CONST_HELPER_NAME is the constant NAME (upstream's convention).
#
#   awk -f carried-bindings.awk GENERATED.rs GENERATED.rs

# The name that an item declares or implements something for; of a nested type,
# that of the type it is nested in.
function item_name(line) {
	sub(/^impl.* for /, "", line)
	sub(/^impl(<[^>]*>)? /, "", line)
	sub(/^ *pub (fn|struct|union) /, "", line)
	sub(/[^A-Za-z0-9_].*/, "", line)
	sub(/__bindgen_ty_.*/, "", line)
	return line
}

NR == FNR {
	if (/^ *pub (fn|struct|union) carried_shim_/)
		shim[substr(item_name($0), 14)] = 1
	next
}

# An item is its attributes and what follows them up to a closing brace, or a
# line that ends one.
{
	line = $0
	if (!named && line ~ /^    \["Size of /) {
		named = 1
		name = line
		sub(/^    \["Size of /, "", name)
		drop = item_name(name) in shim
	}
	if (!named && line ~ /^ *(pub (fn|struct|union) |impl)/) {
		named = 1
		name = item_name(line)
		if (name in shim)
			drop = 1
		if (line ~ /^ *pub fn carried_shim_/)
			item = item "    #[link_name = \"" name "\"]\n"
	}
	if (line !~ /link_name/) {
		gsub(/carried_shim_/, "", line)
		gsub(/pub const RUST_CONST_HELPER_/, "pub const ", line)
	}
	item = item line "\n"
	if (line ~ /^}/ || line ~ /^[^ #].*[;}]$/) {
		if (!drop)
			printf "%s", item
		item = ""
		named = drop = 0
	}
}

END { printf "%s", item }

# SPDX-License-Identifier: GPL-2.0
#
# What a shim says about bindings, applied to bindgen's output:
#
# - carried_shim_NAME is to be called instead of NAME: it takes NAME's name, and
#   NAME's own declaration (of another signature, or with other behaviour) goes;
# - RUST_CONST_HELPER_NAME is the constant NAME (upstream's convention).
#
#   awk -f carried-bindings.awk GENERATED.rs GENERATED.rs

function name_of(line) {
	sub(/^ *pub fn /, "", line)
	sub(/[(<].*/, "", line)
	return line
}

NR == FNR {
	if (/^ *pub fn carried_shim_/)
		shim[substr(name_of($0), 14)] = 1
	next
}

# bindgen writes a block for each function.
/^unsafe extern "C" \{/ || /^extern "C" \{/ { block = $0; next }

block != "" && /^ *pub fn / && (name_of($0) in shim) { skip = 1 }
block != "" {
	if (/^ *pub fn carried_shim_/) {
		block = block "\n    #[link_name = \"" name_of($0) "\"]"
		sub(/carried_shim_/, "")
	}
	block = block "\n" $0
	if (/^}/) {
		if (!skip)
			print block
		block = ""
		skip = 0
	}
	next
}

{ gsub(/pub const RUST_CONST_HELPER_/, "pub const "); print }

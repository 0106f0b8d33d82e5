#!/bin/sh
# SPDX-License-Identifier: MIT
# Each public header compiles alone, in every C and C++ that the compilers here know, with nothing
# to complain about.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0

try() { # compiler language standard header
	command -v "$1" >/dev/null || return 0
	"$1" -std="$3" -x "$2" -fsyntax-only /dev/null 2>/dev/null || return 0
	n=$((n + 1))
	printf '#include <igdpt/%s>\n#include <igdpt/%s>\nint igdpt_header_probe;\n' "$4" "$4" >"$dir/t.c"
	if "$1" -std="$3" -x "$2" -Wall -Wextra -Wpedantic -Wconversion -Werror \
		-I"$IGDPT_SRCDIR/include" -fsyntax-only "$dir/t.c" 2>"$dir/err"; then
		echo "ok $n - $4 with $1 $3"
	else
		sed 's/^/# /' "$dir/err"
		echo "not ok $n - $4 with $1 $3"
	fi
}

for header in "$IGDPT_SRCDIR"/include/igdpt/*.h; do
	header=${header##*/}
	# GLib's own headers need C99 and more; its layer is tested with GLib.
	[ "$header" != igdpt-glib.h ] || continue
	for standard in c99 c11 c17 c2x; do
		try gcc c $standard "$header"
		try clang c $standard "$header"
	done
	for standard in c++11 c++20; do
		try g++ c++ $standard "$header"
		try clang++ c++ $standard "$header"
	done
done
echo "1..$n"

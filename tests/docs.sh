#!/bin/sh
# SPDX-License-Identifier: MIT
# The documentation is complete: Doxygen has nothing to complain about, and every exported function
# has a man page with its prototype.
set -u
command -v doxygen >/dev/null || { echo "1..0 # SKIP doxygen is missing (package doxygen)"; exit 0; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sed "s|= doc/out|= $dir|" "$IGDPT_BUILDDIR/doc/Doxyfile" >"$dir/Doxyfile"
if doxygen "$dir/Doxyfile" >"$dir/log" 2>&1 && ! grep -q . "$dir/log"; then
	echo "ok 1 - Doxygen warns of nothing"
else
	sed 's/^/# /' "$dir/log"
	echo "not ok 1 - Doxygen warns of nothing"
fi
n=1
for name in $(sed -n 's/^\t\(igdpt_[a-z0-9_]*\);$/\1/p' "$IGDPT_SRCDIR"/lib/libigdpt*.map \
	"$IGDPT_SRCDIR"/lib/host/*.map 2>/dev/null); do
	n=$((n + 1))
	page=$dir/man/man3/$name.3
	if [ -f "$page" ] && grep -qr "BI \".* $name (\|$name (" "$dir/man/man3/"; then
		echo "ok $n - $name has a page"
	else
		echo "not ok $n - $name has a page"
	fi
done
echo "1..$n"

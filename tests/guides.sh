#!/bin/sh
# SPDX-License-Identifier: MIT
# The programs that the guides show parts of run, and what they say of their guests is so.
n=0
for guide in firmware-places map-on-write vmm-copies vmm-traps; do
	n=$((n + 1))
	if out=$("$IGDPT_BUILDDIR/examples/guide/$guide" 2>&1); then
		echo "ok $n - $guide"
	else
		echo "$out" | sed 's/^/# /'
		echo "not ok $n - $guide"
	fi
done
echo "1..$n"

#!/bin/sh
# SPDX-License-Identifier: MIT
# The documentation is complete: Doxygen has nothing to complain about, every exported function has
# a man page with its prototype, and its text says what a caller must know. Then the same with the
# headers spoilt on purpose: each fault must be seen.
set -u
for tool in doxygen groff; do
	command -v $tool >/dev/null && continue
	[ -z "${IGDPT_NO_SKIP:-}" ] || { echo "1..1"; echo "not ok 1 - $tool is missing"; exit 1; }
	echo "1..0 # SKIP $tool is missing (package $tool)"
	exit 0
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0

say() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		[ -z "${3:-}" ] || sed 's/^/# /' "$3"
		echo "not ok $n - $2"
	fi
}

# Doxygen into $1/out, warnings in $1/log; over the headers in $1 if there are any.
run_doxygen() {
	mkdir -p "$1/out"
	"$IGDPT_BUILDDIR/doc/registers" >"$1/out/registers.md"
	sed "s|\([= 	]\)doc/out|\1$1/out|" "$IGDPT_BUILDDIR/doc/Doxyfile" >"$1/Doxyfile"
	cat >>"$1/Doxyfile" <<-END
		STRIP_FROM_PATH += $1 $1/include
		STRIP_FROM_INC_PATH += $1/include
	END
	[ ! -d "$1/include" ] || echo "INPUT = $1/include/igdpt" >>"$1/Doxyfile"
	doxygen "$1/Doxyfile" >"$1/log" 2>&1 && ! grep -q . "$1/log"
}

pages() {
	python3 "$IGDPT_SRCDIR/doc/man.py" 1.0 "$1/out/xml" "$1/man"
}

judged() {
	python3 "$IGDPT_SRCDIR/tests/docs-judge.py" "$1/out/xml" "$1/man" >"$1/judge"
}

mkdir "$dir/good"
run_doxygen "$dir/good"
say $? "Doxygen warns of nothing" "$dir/good/log"
pages "$dir/good"
say $? "man pages are written"
judged "$dir/good"
say $? "every function has a page, a prototype, and says what a caller must know" "$dir/good/judge"
groff -man -Tutf8 -ww -z "$dir"/good/man/man?/* >"$dir/groff" 2>&1
! grep -q . "$dir/groff"
say $? "groff warns of nothing" "$dir/groff"

# A fault in a copy of the headers, by a sed script for one of them: who sees it?
spoilt() {
	rm -rf "$dir/bad"
	mkdir -p "$dir/bad/include"
	cp -r "$IGDPT_SRCDIR/include/igdpt" "$dir/bad/include/"
	chmod -R u+w "$dir/bad"
	sed "$2" "$IGDPT_SRCDIR/include/igdpt/$1" >"$dir/bad/include/igdpt/$1"
	run_doxygen "$dir/bad" && pages "$dir/bad"
}

spoilt vbt.h '$s/$//' && judged "$dir/bad"
say $? "a copy of the headers passes"
spoilt vbt.h '/^ \* @param panel/d; /^ \* @param\[in,out\] panel/d'
say $((! $?)) "a parameter without a text is seen"
spoilt vbt.h '/igdpt_vbt_port_format/,/igdpt_vbt_field_at/s/@since 1.0/1.0/' && judged "$dir/bad"
say $((! $?)) "a function without @since is seen"
spoilt stolen.h '/@retval -IGDPT_E_ABI_SIZE/d' && judged "$dir/bad"
say $((! $?)) "an error without @retval is seen"
spoilt ranges.h '/@par Lifetime/s/Lifetime/Colour/' && judged "$dir/bad"
say $((! $?)) "a module without a word on lifetimes is seen"
rm "$dir/good/man/man3/igdpt_vbt_next.3"
judged "$dir/good"
say $((! $?)) "a missing page is seen"
pages "$dir/good" && sed -i 's/size_t len/size_t room/' "$dir/good/man/man3/igdpt_vbt_init.3"
judged "$dir/good"
say $((! $?)) "a wrong prototype is seen"
echo "1..$n"

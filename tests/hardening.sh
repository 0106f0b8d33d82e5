#!/bin/sh
# SPDX-License-Identifier: MIT
# What configure asked for is in the objects: the linker's tables, and what the compiler put in.
set -u
cd "$IGDPT_BUILDDIR" || exit 1
n=0
core=.libs/libigdpt.so
host=.libs/libigdpt-host.so
command=tools/.libs/igdpt

if ! grep -q '^HARDEN_CFLAGS = .*FORTIFY' Makefile || [ ! -e $core ]; then
	echo "1..0 # SKIP a build without hardening, optimisation or shared libraries"
	exit 0
fi

statement() { # what, then a command that tells
	n=$((n + 1))
	what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
	fi
}

shows() { # pattern, readelf's arguments
	pattern=$1
	shift
	readelf -W "$@" 2>/dev/null | grep -Eq "$pattern"
}

shows_not() {
	! shows "$@"
}

# By note; the C runtime's own objects decide about a whole file, so the project's are asked.
has_shadow_stacks() {
	for object in lib/.libs/*.o; do
		shows SHSTK -n "$object" || return 1
	done
}

for file in $core $host $command; do
	statement "$file: relocations are read-only" shows GNU_RELRO -l $file
	statement "$file: all symbols are bound at start" shows 'BIND_NOW|FLAGS.*NOW' -d $file
	statement "$file: the stack cannot be executed" shows 'GNU_STACK .* RW ' -l $file
	statement "$file: no segment is writable and executable" shows_not 'LOAD .* RWE ' -l $file
	statement "$file: no relocation of code" shows_not TEXTREL -d $file
	statement "$file: arrays on the stack are guarded" shows __stack_chk_fail -s $file
	statement "$file: calls of the C library are fortified" shows '__[a-z]+_chk(@|$)' -s $file
done
statement "$command: can be placed anywhere" shows '\(FLAGS_1\).*PIE' -d $command
case $(uname -m) in
x86_64) statement "lib/: every object can live with shadow stacks" has_shadow_stacks ;;
esac
echo "1..$n"

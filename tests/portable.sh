#!/bin/sh
# SPDX-License-Identifier: MIT
# The core needs an ISO C library and nothing of Linux.
# usage: tests/portable.sh [FOLDER]
# With FOLDER the headers of newlib, which knows no Linux, are unpacked there, and the core is
# compiled against them alone, as for FreeBSD.
set -u
top=${IGDPT_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
iso='inttypes|limits|stdarg|stdbool|stddef|stdint|stdio|stdlib|string'
core=$(find "$top"/lib/*.[ch] "$top"/lib/*.def "$top/include/igdpt" -type f ! -name 'igdpt-host.h' \
	! -name 'igdpt-glib.h')
n=0

say() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

# shellcheck disable=SC2086 # a list of files
foreign=$(grep -n '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' $core |
	grep -Ev "<(($iso)\.h)>" | sed "s|^$top/||")
[ -z "$foreign" ] || echo "$foreign" | sed 's/^/# /'
[ -z "$foreign" ]
say $? "the core includes ISO C headers only"

if [ $# -gt 0 ]; then
	mkdir -p "$1"
	newlib=$1/usr/include/newlib
	[ -d "$newlib" ] || (cd "$1" && apt-get -qq -o APT::Sandbox::User=root download libnewlib-dev &&
		dpkg -x libnewlib-dev*.deb .)
	builtin=$(clang -print-resource-dir)/include
	[ -f "$newlib/stdio.h" ] && [ ! -e "$newlib/linux" ] && [ -d "$builtin" ]
	say $? "newlib's headers are there, and none of Linux"
	for file in "$top"/lib/*.c; do
		clang --target=x86_64-unknown-freebsd13 -nostdinc -isystem "$builtin" -isystem "$newlib" \
			-I"$top/include" -Wall -Wextra -Werror -fsyntax-only "$file" >&2
		say $? "${file##*/} for FreeBSD"
	done
fi
echo "1..$n"

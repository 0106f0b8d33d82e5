#!/bin/sh
# SPDX-License-Identifier: MIT
# Run in a build folder: installs into a scratch root, then compiles README.md's example by
# pkg-config as C and C++, with gcc and clang, shared and static, and runs it.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
make -s install DESTDIR="$root" >/dev/null
pc=$(find "$root" -name igdpt.pc)
prefix=$(sed -n 's/^prefix=//p' "$pc")
export PKG_CONFIG_PATH="${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$root" LD_LIBRARY_PATH="$root$prefix/lib"
if find "$root" -name '*.la' | grep .; then
	echo ".la files are installed"
	exit 1
fi
# The first C block of the README.
awk '/^```c$/ { on = 1; next } /^```$/ { if (on) exit } on' "$top/README.md" >"$root/example.c"
cp "$root/example.c" "$root/example.cc"
n=0
for compiler in gcc clang g++ clang++; do
	command -v $compiler >/dev/null || continue
	case $compiler in *++) source=$root/example.cc ;; *) source=$root/example.c ;; esac
	for libs in "$(pkg-config --libs igdpt)" "$root$prefix/lib/libigdpt.a"; do
		# shellcheck disable=SC2046,SC2086 # lists of words
		$compiler -Wall -Wextra -Werror $(pkg-config --cflags igdpt) "$source" $libs -o "$root/example"
		"$root/example" >"$root/out"
		grep -q . "$root/out"
		n=$((n + 1))
	done
done
echo "$n programs compiled and ran"
[ "$n" -ge 2 ]

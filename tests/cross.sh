#!/bin/sh
# SPDX-License-Identifier: MIT
# The core's unit tests on another architecture, under qemu-user: s390x is big-endian, i386 has
# 32-bit pointers. Prints "# PASS:" and "# FAIL:" like automake's summary.
# usage: tests/cross.sh s390x|i386 FOLDER   (from a checkout with a configure script)
set -eu
arch=$1
top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$2"
dir=$(cd "$2" && pwd)
case $arch in
s390x) triplet=s390x-linux-gnu libs=s390x-linux-gnu ;;
i386) triplet=i686-linux-gnu libs=i386-linux-gnu ;;
*) echo "unknown architecture $arch" >&2; exit 1 ;;
esac

# Check for that architecture, unpacked and not installed.
if [ ! -d "$dir/root" ]; then
	apt=$dir/apt
	mkdir -p "$apt/lists/partial" "$apt/archives/partial"
	: >"$apt/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg arch=$arch]" \
		"http://deb.debian.org/debian bookworm main" >"$apt/sources.list"
	options="-qq -o APT::Architecture=$arch -o APT::Architectures=$arch -o Dir::State=$apt
		-o Dir::State::lists=$apt/lists -o Dir::State::status=$apt/status -o Dir::Cache=$apt
		-o Dir::Etc::sourcelist=$apt/sources.list -o Dir::Etc::sourceparts=/dev/null
		-o Debug::NoLocking=1 -o APT::Sandbox::User=root"
	# shellcheck disable=SC2086 # a list of words
	(cd "$apt" && apt-get $options update && apt-get $options download check libsubunit-dev)
	for package in "$apt"/*.deb; do
		dpkg -x "$package" "$dir/new"
	done
	rm -rf "$apt"
	mv "$dir/new" "$dir/root"
fi

cd "$dir"
archives=$dir/root/usr/lib/$libs
"$top/configure" --quiet --host=$triplet --enable-werror --without-libpci \
	CHECK_CFLAGS="-isystem $dir/root/usr/include" \
	CHECK_LIBS="$archives/libcheck.a $archives/libsubunit.a -lm -lrt -lpthread"
make -j"$(nproc)" libigdpt.la
# One program a core module: those that are named like a public header.
programs=
for header in "$top"/include/igdpt/*.h; do
	name=${header##*/}
	name=${name%.h}
	[ ! -f "$top/tests/check_$name.c" ] || programs="$programs tests/check_$name"
done
# The library is held to its warnings above; the tests' sizes are those of 64-bit machines.
# shellcheck disable=SC2086 # a list of words
make -j"$(nproc)" WARN_CFLAGS= $programs
export CK_FORK=no CK_VERBOSITY=silent CK_TAP_LOG_FILE_NAME=- IGDPT_SRCDIR="$top"
for program in $programs; do
	echo "== $program"
	"qemu-$arch" -L /usr/$triplet "$program" || true
done >results
cat results
printf '# PASS: %d\n# FAIL: %d\n' "$(grep -c '^ok' results || true)" "$(grep -c '^not ok' results || true)"
# Each program closes with its plan; one that died does not.
[ "$(grep -c '^1\.\.' results)" -eq "$(echo $programs | wc -w)" ] && ! grep -q '^not ok' results

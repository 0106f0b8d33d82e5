#!/bin/sh
# SPDX-License-Identifier: MIT
# The core's unit tests elsewhere: s390x is big-endian and i386 has 32-bit pointers, both under
# qemu-user; musl is another C library, linked statically. Prints "# PASS:" and "# FAIL:" like
# automake's summary.
# usage: tests/cross.sh s390x|i386|musl FOLDER   (from a checkout with a configure script)
set -eu
arch=$1
top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$2"
dir=$(cd "$2" && pwd)
host='' run='' link='' subunit=''
case $arch in
s390x) triplet=s390x-linux-gnu libs=s390x-linux-gnu ;;
i386) triplet=i686-linux-gnu libs=i386-linux-gnu ;;
musl) libs='' host="CC=musl-gcc --disable-shared" link=LDFLAGS=-all-static ;;
*) echo "unknown architecture $arch" >&2; exit 1 ;;
esac

compiler=musl-gcc
if [ "$arch" != musl ]; then
	host=--host=$triplet compiler=$triplet-gcc run="qemu-$arch -L /usr/$triplet" subunit=yes
fi

# apt with Debian's archive alone, for that architecture or its sources.
apt() {
	apt-get -qq -o Dir::State="$dir/apt" -o Dir::State::lists="$dir/apt/lists" \
		-o Dir::State::status="$dir/apt/status" -o Dir::Cache="$dir/apt" \
		-o Dir::Etc::sourcelist="$dir/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Debug::NoLocking=1 -o APT::Sandbox::User=root "$@"
}

archive() { # deb|deb-src ARCHITECTURE
	mkdir -p "$dir/apt/lists/partial" "$dir/apt/archives/partial"
	: >"$dir/apt/status"
	echo "$1 [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg arch=$2]" \
		"http://deb.debian.org/debian bookworm main" >"$dir/apt/sources.list"
}

unpack_check() {
	archive deb "$arch"
	set -- -o APT::Architecture="$arch" -o APT::Architectures="$arch"
	(cd "$dir/apt" && apt "$@" update && apt "$@" download check libsubunit-dev)
	for package in "$dir"/apt/*.deb; do
		dpkg -x "$package" "$dir/new"
	done
}

# Debian has no Check for musl: its source, compiled.
compile_check() {
	archive deb-src amd64
	(cd "$dir/apt" && apt update && apt source --download-only check && tar -xf check_*.orig.tar.gz)
	(cd "$dir"/apt/check-*/ && autoreconf -fi && ./configure --quiet CC=musl-gcc --prefix=/usr \
		--disable-subunit --disable-shared --disable-build-docs --disable-timeout-tests &&
		make -C lib && make -C src libcheck.la &&
		mkdir -p "$dir/new/usr/include" "$dir/new/usr/lib" &&
		cp src/check.h check_stdint.h "$dir/new/usr/include/" && cp src/.libs/libcheck.a "$dir/new/usr/lib/")
}

# Check, unpacked and not installed.
if [ ! -d "$dir/root" ]; then
	rm -rf "$dir/new"
	if [ "$arch" = musl ]; then compile_check; else unpack_check; fi
	rm -rf "$dir/apt"
	mv "$dir/new" "$dir/root"
fi

cd "$dir"
archives=$dir/root/usr/lib/$libs
# shellcheck disable=SC2086 # a list of words
"$top/configure" --quiet $host --enable-werror --without-libpci --without-glib --disable-docs \
	CHECK_CFLAGS="-isystem $dir/root/usr/include" \
	CHECK_LIBS="$archives/libcheck.a ${subunit:+$archives/libsubunit.a} -lm -lrt -lpthread"
make -j"$(nproc)" libigdpt.la
# One program a core module: those that are named like a public header.
programs=tests/check_golden
for header in "$top"/include/igdpt/*.h; do
	name=${header##*/}
	name=${name%.h}
	[ ! -f "$top/tests/check_$name.c" ] || programs="$programs tests/check_$name"
done
# The library is held to its warnings above; the tests' sizes are those of 64-bit machines.
# shellcheck disable=SC2086 # a list of words
make -j"$(nproc)" WARN_CFLAGS= $link $programs
export CK_FORK=no CK_VERBOSITY=silent CK_TAP_LOG_FILE_NAME=- IGDPT_SRCDIR="$top"
for program in $programs; do
	echo "== $program"
	$run "$program" || true
done >results
cat results
printf '# PASS: %d\n# FAIL: %d\n' "$(grep -c '^ok' results || true)" "$(grep -c '^not ok' results || true)"

# As its users build it there.
if [ "$arch" != musl ]; then
	make install-libLTLIBRARIES install-pkgincludeHEADERS install-pkgconfigDATA \
		install-exec-hook DESTDIR="$dir/dest" >install.log
	COMPILERS=$compiler EXAMPLE_COMPILERS='' RUN=$run sh "$top/tests/install.sh" \
		/usr/local/lib/pkgconfig "$dir/dest"
fi
# Each program closes with its plan; one that died does not.
[ "$(grep -c '^1\.\.' results)" -eq "$(echo $programs | wc -w)" ] && ! grep -q '^not ok' results

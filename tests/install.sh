#!/bin/sh
# SPDX-License-Identifier: MIT
# What was installed is fit for use: README.md's example and the programs of examples/ build by
# pkg-config from there, and run.
# usage: tests/install.sh PKGCONFIGDIR [DESTDIR]
# COMPILERS names them, C ones before C++ ones; RUN is what runs a program, e.g. "qemu-i386 -L ROOT".
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
root=${2:-}
: "${COMPILERS=gcc clang g++ clang++}" "${RUN=}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
export PKG_CONFIG_PATH="$root$1" PKG_CONFIG_SYSROOT_DIR="$root"
libdir=$root$(pkg-config --variable=libdir igdpt | sed "s|^$root||")
export LD_LIBRARY_PATH="$libdir"

fail() {
	echo "not ok - $*"
	exit 1
}

# build OUTPUT COMPILER ARGUMENTS...: compile, run, want an answer on standard output.
build() {
	out=$1
	shift
	"$@" -Wall -Wextra -Werror -o "$dir/$out" >"$dir/log" 2>&1 || { cat "$dir/log"; fail "$*"; }
	$RUN "$dir/$out" >"$dir/answer" || fail "runs: $*"
	grep -q . "$dir/answer" || fail "says something: $*"
	n=$((n + 1))
}

# Options of a compiler that work here at all.
usable() {
	echo 'int main(void) { return 0; }' >"$dir/probe.c"
	"$@" -o "$dir/probe" "$dir/probe.c" 2>/dev/null
}

[ -z "$(find "$libdir" -maxdepth 1 -name 'libigdpt*.la')" ] || fail ".la files are installed"
static=
[ ! -e "$libdir/libigdpt.a" ] || static=yes
shared=
[ ! -e "$libdir/libigdpt.so" ] || shared=yes
cflags=$(pkg-config --cflags igdpt)
libs=$(pkg-config --libs igdpt)

# The first C block of the README.
awk '/^```c$/ { on = 1; next } /^```$/ { if (on) exit } on' "$top/README.md" >"$dir/example.c"
cp "$dir/example.c" "$dir/example.cc"
# shellcheck disable=SC2046,SC2086 # lists of words
for compiler in $COMPILERS; do
	command -v "$compiler" >/dev/null || continue
	case $compiler in *++) source=$dir/example.cc ;; *) source=$dir/example.c ;; esac
	for options in "" -flto -fuse-ld=lld "-flto -fuse-ld=lld"; do
		usable "$compiler" $options || continue
		[ -z "$shared" ] || build shared "$compiler" $options $cflags "$source" $libs
		[ -z "$static" ] || build static "$compiler" $options $cflags "$source" "$libdir/libigdpt.a"
	done
	[ -z "$static" ] || build allstatic "$compiler" -static $cflags "$source" \
		$(pkg-config --static --libs igdpt)
done

# The other library; libpci has no static one on Debian.
cat >"$dir/host.c" <<'EOF'
#include <igdpt/igdpt-host.h>
#include <stdio.h>

int main(void)
{
	char name[64];

	return printf("%s\n", igdpt_host_libpci_name(0x8086, 0x0412, name, sizeof(name)) ? "-" : name) < 0;
}
EOF
first=${COMPILERS%% *}
# shellcheck disable=SC2046,SC2086
{
	[ -z "$shared" ] || build host $first "$dir/host.c" $(pkg-config --cflags --libs igdpt-host)
	[ -z "$static" ] || pkg-config --print-requires-private igdpt-host | grep -q libpci ||
		build host $first -static "$dir/host.c" $(pkg-config --static --cflags --libs igdpt-host)
}

# GLib's header-only layer, where GLib is.
# shellcheck disable=SC2046,SC2086
if [ -z "$RUN" ] && [ -n "$shared" ] && pkg-config --exists igdpt-glib; then
	glib=$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --cflags --libs glib-2.0)
	build glib $first "$top/tests/check_glib.c" $cflags $libs $glib
fi

# The two VMMs in small: the public API and QEMU, nothing of the tree but themselves.
ex=$top/examples
common="$ex/qemu-like/firmware.c $ex/qemu-like/host.c $ex/qemu-like/igd.c"
# shellcheck disable=SC2086
for compiler in ${EXAMPLE_COMPILERS=gcc clang}; do
	command -v "$compiler" >/dev/null && [ -n "$shared" ] || continue
	for program in qemu-like crosvm-like; do
		case $program in
		qemu-like) sources="$ex/qemu-like/main.c $ex/qemu-like/chain.c $top/tools/json.c" ;;
		*) sources=$ex/crosvm-like/main.c ;;
		esac
		"$compiler" -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -I"$ex/transport" \
			-I"$ex/qemu-like" -I"$top/tools" $cflags $sources $common \
			"$ex"/transport/*.c $libs -lpthread -o "$dir/$program" || fail "$program by $compiler"
		n=$((n + 1))
	done
done

echo "$n programs compiled from $libdir"
[ "$n" -ge 2 ]

#!/bin/sh
# SPDX-License-Identifier: MIT
# Release tarball, Debian and RPM packages: they build, twice with the same bytes, from nothing but
# the tarball, and what they install works. Too slow for "make check".
# usage: tests/packages.sh BUILD-FOLDER WORK-FOLDER
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
mkdir -p "$2" && work=$(cd "$2" && pwd)
. "$top/scripts/setup.sh"
version=$(sed -n 's/^AC_INIT(\[libigdpt\],\[\(.*\)\])/\1/p' "$top/configure.ac")
SOURCE_DATE_EPOCH=$("$top/scripts/release-time")
export SOURCE_DATE_EPOCH
pass=0
fail=0

# it WHAT COMMAND...: one test; its output goes to a log that is shown when it fails.
it() {
	what=$1
	shift
	begin=$(date +%s)
	if ("$@") >"$work/log" 2>&1; then
		pass=$((pass + 1))
		echo "ok - $what ($(($(date +%s) - begin)) s)"
	else
		fail=$((fail + 1))
		tail -n 40 "$work/log" | sed 's/^/# /'
		echo "not ok - $what"
	fi
}

# Another machine, as far as a build can tell: path, umask, locale, time zone, and time.
elsewhere() {
	umask 027
	env TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 LANG=de_DE.UTF-8 USER=somebody HOME=/nonexistent \
		faketime -f '+400d' "$@"
}

tarball() {
	cd "$build" && make dist && cp "libigdpt-$version.tar.xz" "$work/"
}

# The same files in another-place; what is not committed yet counts too.
second_tarball() {
	rm -rf "$work/another-place"
	mkdir -p "$work/another-place/build"
	cd "$top" && git ls-files -z --cached --others --exclude-standard |
		xargs -0 cp --parents -t "$work/another-place" && cd "$work/another-place" || return 1
	elsewhere autoreconf -fi && cd build && elsewhere ../configure --quiet &&
		elsewhere make dist && cmp "libigdpt-$version.tar.xz" "$work/libigdpt-$version.tar.xz"
}

# Without network in $work/root, a copy of the clean Debian.
in_root() {
	as_root unshare -n chroot "$work/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}

clean_build() {
	as_root rm -rf "$work/root" && as_root cp -a --reflink=auto "$build/../clean-debian/." "$work/root" &&
		as_root tar -C "$work/root/tmp" -xf "$work/libigdpt-$version.tar.xz" || return 1
	for tool in git autoconf automake libtool doxygen; do
		! in_root sh -c "command -v $tool" || return 1
	done
	# Anything that would start a tool of the maintainers is an error, not a warning from "missing".
	in_root sh -ec "cd /tmp/libigdpt-$version && ./configure --quiet --prefix=/opt AUTOCONF=false AUTOMAKE=false \
			ACLOCAL=false AUTOHEADER=false && make -j$(nproc) && make install &&
		test -f /opt/share/man/man3/igdpt_vbt_next.3 && /opt/bin/igdpt --version"
}

debian() {
	rm -rf "$1" && mkdir -p "$1" && cd "$1" || return 1
	cp "$work/libigdpt-$version.tar.xz" "libigdpt_$version.orig.tar.xz"
	tar xf "libigdpt_$version.orig.tar.xz" && cp -r "$top/debian" "libigdpt-$version/" &&
		cd "libigdpt-$version" || return 1
	shift
	DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" "$@" dpkg-buildpackage -us -uc
}

same_packages() {
	debian "$work/second-place" elsewhere || return 1
	for package in "$work"/deb/*.deb "$work"/deb/*.dsc "$work"/deb/*.debian.tar.xz; do
		cmp "$package" "$work/second-place/${package##*/}" || return 1
	done
}

versions_agree() {
	case $(dpkg-parsechangelog -l "$top/debian/changelog" -S Version) in
	"$version"-*) ;;
	*) echo "debian/changelog is not at $version"; return 1 ;;
	esac
	grep -q "^libigdpt $version " "$top/NEWS"
}

judged() {
	lintian --pedantic -i --fail-on error,warning "$work"/deb/*.changes
}

rpms() {
	rpmbuild -ta --nodeps --nocheck --define "_topdir $work/rpm" --define "debug_package %{nil}" \
		"$work/libigdpt-$version.tar.xz" &&
	for name in libigdpt libigdpt-devel libigdpt-host libigdpt-host-devel igdpt python3-igdpt rust-igdpt-devel; do
		set -- "$work"/rpm/RPMS/*/"$name-$version"-1.*.rpm
		[ -f "$1" ] && rpm -qlp "$1" || return 1
	done
	rpm -qp --provides "$work"/rpm/RPMS/*/libigdpt-"$version"-1.*.rpm |
		grep -q 'libigdpt.so.1(LIBIGDPT_1.0)'
}

installed_packages() {
	as_root rm -rf "$work/root" && as_root cp -a --reflink=auto "$build/../clean-debian/." "$work/root" &&
		as_root cp "$work"/deb/*.deb "$work/root/tmp/" || return 1
	awk '/^```c$/ { on = 1; next } /^```$/ { if (on) exit } on' "$top/README.md" >"$work/example.c"
	as_root cp "$work/example.c" "$work/root/tmp/"
	in_root sh -ec '
		rm /tmp/*-dbgsym_*
		apt-get -qq -y install /tmp/*.deb
		cd /tmp
		cc example.c $(pkg-config --cflags --libs igdpt) -o example
		./example
		cc example.c $(pkg-config --cflags igdpt) -l:libigdpt.a -o example-static
		./example-static
		pkg-config --cflags --libs igdpt-host
		ex=/usr/share/doc/libigdpt-dev/examples
		flags="-std=gnu11 -D_GNU_SOURCE -I$ex -I$ex/transport -I$ex/qemu-like"
		cc $flags $ex/json.c $ex/qemu-like/*.c $ex/transport/*.c $(pkg-config --cflags --libs igdpt) -o qemu-like
		cc $flags $ex/crosvm-like/main.c $ex/qemu-like/firmware.c $ex/qemu-like/host.c $ex/qemu-like/igd.c \
			$ex/transport/*.c $(pkg-config --cflags --libs igdpt) -lpthread -o crosvm-like
		igdpt --version
		igdpt platform show 0x0412
		python3 -c "import igdpt; print(igdpt.Platform.find(0x0412).title)"
		man -w 3 igdpt_pcicfg_read 3 igdpt_host_read 7 igdpt-vbt
		test -f /usr/share/cargo/registry/igdpt-sys-'"$version"'/build.rs
		apt-get -qq -y purge "libigdpt*" igdpt python3-igdpt librust-igdpt-dev
		! find / -xdev -path /proc -prune -o -path /tmp -prune -o -name "*igdpt*" -print | grep .
	'
}

it "the versions of configure.ac, NEWS and debian/changelog agree" versions_agree
it "a release tarball" tarball
it "the same tarball elsewhere, byte for byte" second_tarball
it "a clean Debian" "$top/scripts/clean-debian" "$build/../clean-debian"
it "the tarball builds without git, autotools, Doxygen and network" clean_build
it "Debian packages" debian "$work/deb" env
it "the same packages elsewhere, byte for byte" same_packages
it "lintian has no error and no warning" judged
it "the README's example, the command and the Python module, from the installed packages" installed_packages
it "RPM packages" rpms
as_root rm -rf "$work/root"
printf '# PASS: %d\n# FAIL: %d\n' $pass $fail
[ $fail -eq 0 ]

# SPDX-License-Identifier: MIT
# Sourced by the other scripts: packages on Debian, and where things are.
top=$(cd "$(dirname "$0")/.." && pwd)

say() {
	printf '== %s\n' "$*"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

installed() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

# Install what is missing of the packages named. Prints nothing when nothing is.
need() {
	missing=
	for package in "$@"; do
		installed "$package" || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	say "installing:$missing"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 update
	# shellcheck disable=SC2086 # a list of words
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=600 \
		-o Dpkg::Use-Pty=0 install --no-install-recommends $missing >/dev/null
}

# What a build from a checkout needs.
build_packages='gcc g++ make libc6-dev autoconf automake libtool pkg-config'

#!/bin/sh
# SPDX-License-Identifier: MIT
# The Rust crates against the library of the build tree: with Debian's compiler, offline.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -x /usr/bin/cargo ] && PATH="/usr/bin:$PATH"
for tool in cargo rustc pkg-config; do
	command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is missing"; exit 0; }
done
libs=$IGDPT_BUILDDIR/.libs
[ -e "$libs/libigdpt.so" ] && [ -e "$libs/libigdpt-host.so" ] || { echo "1..0 # SKIP no shared library in this build"; exit 0; }
case $(nm -D "$libs/libigdpt.so") in *__asan_init*)
	echo "1..0 # SKIP the library was built with a sanitizer"; exit 0;;
esac

# As installed, but that the libraries are where they were built
for name in igdpt igdpt-host; do
	sed "s|^libdir=.*|libdir=$libs|" "$IGDPT_BUILDDIR/$name.pc" >"$work/$name.pc"
done
mkdir -p "$IGDPT_BUILDDIR/rust"
export PATH PKG_CONFIG_PATH="$work" LD_LIBRARY_PATH="$libs"
export CARGO_TARGET_DIR="$IGDPT_BUILDDIR/rust" CARGO_HOME="$IGDPT_BUILDDIR/rust/home"
cd "$IGDPT_SRCDIR/bindings/rust" || exit 1

number=0 status=0
check()
{
	what=$1
	shift
	number=$((number + 1))
	if "$@" >"$work/log" 2>&1; then
		echo "ok $number - $what"
	else
		status=1
		echo "not ok $number - $what"
		sed 's/^/# /' "$work/log"
	fi
}

run_cargo()
{
	cargo "$@" --offline --locked
}

without_warnings()
{
	RUSTFLAGS='-D warnings' RUSTDOCFLAGS='-D warnings' run_cargo "$@"
}

# Without libigdpt-host the feature's build fails, and says why.
run_without_host()
{
	mkdir -p "$work/core" && cp "$work/igdpt.pc" "$work/core" &&
		PKG_CONFIG_PATH=$work/core PKG_CONFIG_LIBDIR=/nonexistent run_cargo build &&
		! PKG_CONFIG_PATH=$work/core PKG_CONFIG_LIBDIR=/nonexistent \
			run_cargo build --all-features 2>"$work/refusal" &&
		grep -q "libigdpt not found.*igdpt-host" "$work/refusal"
}

needs_no_shared_library()
{
	IGDPT_STATIC=1 CARGO_TARGET_DIR="$IGDPT_BUILDDIR/rust/static" env -u LD_LIBRARY_PATH \
		cargo test --offline --locked --all-features --test host --test golden
}

# The safe crate forbids it; this says so if the line that forbids it goes.
# The tests as they are, on a C library with ASan: Miri cannot follow calls into C.
is_clean_with_asan()
{
	asan=$(gcc -print-file-name=libasan.so) && mkdir -p "$work/asan" || return 1
	gcc -shared -fPIC -g -O1 -fsanitize=address,undefined -fno-sanitize-recover \
		-I"$IGDPT_SRCDIR/include" -Wl,-soname,libigdpt.so.1 \
		-Wl,--version-script="$IGDPT_SRCDIR/lib/libigdpt.map" \
		-o "$work/asan/libigdpt.so.1" "$IGDPT_SRCDIR"/lib/*.c || return 1
	cat >"$work/asan/run" <<-RUN
		#!/bin/sh
		export LD_PRELOAD="$asan" LD_LIBRARY_PATH="$work/asan:$libs" ASAN_OPTIONS=detect_leaks=1
		exec "\$@"
	RUN
	chmod +x "$work/asan/run"
	triple=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
	RUSTFLAGS='-D warnings' env "CARGO_TARGET_${triple}_RUNNER=$work/asan/run" \
		cargo test --offline --locked --all-features --tests
}

is_safe()
{
	grep -q '^#!\[forbid(unsafe_code)\]' igdpt/src/lib.rs
}

refuses()
{
	mkdir -p "$work/$1/src" && printf '%s' "$2" >"$work/$1/src/main.rs"
	cat >"$work/$1/Cargo.toml" <<-TOML
		[package]
		name = "$1"
		version = "0.0.0"
		edition = "2021"
		[dependencies]
		igdpt = { path = "$IGDPT_SRCDIR/bindings/rust/igdpt" }
	TOML
	! cargo check --offline --manifest-path "$work/$1/Cargo.toml" >"$work/refusal" 2>&1 &&
		grep -q "$3" "$work/refusal"
}

# As a package's build does: no network, the registry is what "make install" made.
installs()
{
	${MAKE:-make} -s -C "$IGDPT_BUILDDIR" install-crates DESTDIR="$work/root" || return 1
	mkdir -p "$work/user/src" "$work/user/.cargo" || return 1
	cat >"$work/user/.cargo/config.toml" <<-TOML
		[source.crates-io]
		replace-with = "installed"
		[source.installed]
		directory = "$(find "$work/root" -name registry)"
	TOML
	cat >"$work/user/Cargo.toml" <<-TOML
		[package]
		name = "user"
		version = "0.0.0"
		edition = "2021"
		[dependencies]
		igdpt = { version = "1", features = ["host"] }
	TOML
	cat >"$work/user/src/main.rs" <<-RUST
		fn main() {
			println!("{}", igdpt::Platform::find(0x9a49).unwrap().name());
			println!("{:?}", igdpt::host::Host::open("/").unwrap().kernel());
		}
	RUST
	(cd "$work/user" && cargo run --offline) && ! find "$work/root" -name '*.toml' \
		-exec grep -H 'path = "\.' {} +
}

check "the crates build without warnings and their tests pass" without_warnings test --all-features --all-targets
check "the documentation builds without warnings" without_warnings doc --all-features --no-deps
check "the examples of the documentation are true" without_warnings test --all-features --doc
check "the crates need libigdpt-host for the feature alone" run_without_host
check "the example at crosvm's call points runs" run_cargo run --example crosvm_points
check "a static library will do" needs_no_shared_library
check "the tests are clean with ASan in the C library" is_clean_with_asan
check "no unsafe code above the sys crate" is_safe
check "a view cannot outlive its bytes" refuses outlives \
	'fn main() { let v = { let b = vec![0u8; 8192]; igdpt::OpRegion::new(&b) }; drop(v); }' E0597
check "bytes cannot change under a view" refuses changes \
	'fn main() { let mut b = [0u8; 9]; let v = igdpt::Vbt::new(&b); b[0] = 1; drop(v); }' E0506
check "the installed crates are a registry to build from" installs
echo "1..$number"
exit $status

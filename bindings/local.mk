# Python and Rust. What is generated from the headers is committed; a test compares.
rust_files = \
	bindings/rust/Cargo.lock \
	bindings/rust/Cargo.toml \
	bindings/rust/igdpt-sys/Cargo.toml \
	bindings/rust/igdpt-sys/build.rs \
	bindings/rust/igdpt-sys/src/abi.rs \
	bindings/rust/igdpt-sys/src/host.rs \
	bindings/rust/igdpt-sys/src/host_abi.rs \
	bindings/rust/igdpt-sys/src/lib.rs \
	bindings/rust/igdpt-sys/src/safe.rs \
	bindings/rust/igdpt/Cargo.toml \
	bindings/rust/igdpt/benches/config.rs \
	bindings/rust/igdpt/examples/crosvm_points.rs \
	bindings/rust/igdpt/src/bridges.rs \
	bindings/rust/igdpt/src/constants.rs \
	bindings/rust/igdpt/src/dmar.rs \
	bindings/rust/igdpt/src/error.rs \
	bindings/rust/igdpt/src/fwcfg.rs \
	bindings/rust/igdpt/src/host.rs \
	bindings/rust/igdpt/src/host_constants.rs \
	bindings/rust/igdpt/src/legacy.rs \
	bindings/rust/igdpt/src/lib.rs \
	bindings/rust/igdpt/src/macros.rs \
	bindings/rust/igdpt/src/opregion.rs \
	bindings/rust/igdpt/src/pcicfg.rs \
	bindings/rust/igdpt/src/plan.rs \
	bindings/rust/igdpt/src/platform.rs \
	bindings/rust/igdpt/src/ranges.rs \
	bindings/rust/igdpt/src/rmrr.rs \
	bindings/rust/igdpt/src/rom.rs \
	bindings/rust/igdpt/src/stolen.rs \
	bindings/rust/igdpt/src/vbt.rs \
	bindings/rust/igdpt/tests/golden.rs \
	bindings/rust/igdpt/tests/host.rs \
	bindings/rust/igdpt/tests/tables.rs

dist_check_SCRIPTS += tests/bindings_python.py
EXTRA_DIST += \
	bindings/README.md \
	bindings/python/bench.py \
	bindings/python/gen-abi.py \
	bindings/python/golden.py \
	bindings/python/igdpt/py.typed \
	examples/python/survey.py \
	tests/golden.txt \
	$(rust_files) \
	tests/bindings_rust.sh

if HAVE_CHECK
check_PROGRAMS += tests/check_golden
TESTS += tests/check_golden
endif
tests_check_golden_CPPFLAGS = $(check_cppflags)

# Empty without Python, where it is installed nowhere.
igdptdir = $(if $(pythondir),$(pythondir)/igdpt)
igdpt_PYTHON = \
	bindings/python/igdpt/__init__.py \
	bindings/python/igdpt/__main__.py \
	bindings/python/igdpt/_abi.py \
	bindings/python/igdpt/_host_abi.py \
	bindings/python/igdpt/bridges.py \
	bindings/python/igdpt/dmar.py \
	bindings/python/igdpt/error.py \
	bindings/python/igdpt/fwcfg.py \
	bindings/python/igdpt/host.py \
	bindings/python/igdpt/legacy.py \
	bindings/python/igdpt/opregion.py \
	bindings/python/igdpt/pcicfg.py \
	bindings/python/igdpt/plan.py \
	bindings/python/igdpt/platform.py \
	bindings/python/igdpt/ranges.py \
	bindings/python/igdpt/raw.py \
	bindings/python/igdpt/results.py \
	bindings/python/igdpt/rmrr.py \
	bindings/python/igdpt/rom.py \
	bindings/python/igdpt/stolen.py \
	bindings/python/igdpt/vbt.py
igdpt_DATA = bindings/python/igdpt/py.typed

# The crates, where Debian's cargo finds what is packaged; a published crate names no path.
cratedir = $(datadir)/cargo/registry
install-crates:
	@for file in $(filter bindings/rust/igdpt%,$(filter-out %/golden.rs,$(rust_files))); do \
		name=$${file#bindings/rust/} && crate=$${name%%/*}; \
		to="$(DESTDIR)$(cratedir)/$$crate-$(PACKAGE_VERSION)/$${name#*/}"; \
		$(MKDIR_P) "$${to%/*}" || exit 1; \
		case $$name in \
		*.toml) sed 's/path = "[^"]*", //' "$(srcdir)/$$file" >"$$to" && \
			echo '{"package":null,"files":{}}' >"$${to%/*}/.cargo-checksum.json" ;; \
		*) $(INSTALL_DATA) "$(srcdir)/$$file" "$$to" ;; \
		esac || exit 1; \
	done
uninstall-crates:
	rm -rf "$(DESTDIR)$(cratedir)/igdpt-sys-$(PACKAGE_VERSION)" \
		"$(DESTDIR)$(cratedir)/igdpt-$(PACKAGE_VERSION)"

regenerate-bindings:
	CC='$(CC)' $(PYTHON) $(srcdir)/bindings/python/gen-abi.py

# Rust needs half a minute of compiling, so it is not part of "make check".
check-rust: libigdpt.la libigdpt-host.la
	IGDPT_SRCDIR='$(abs_top_srcdir)' IGDPT_BUILDDIR='$(abs_top_builddir)' \
		$(SHELL) $(srcdir)/tests/bindings_rust.sh

# A million calls into the library, and more.
check-python-leaks: libigdpt.la libigdpt-host.la
	@IGDPT_SRCDIR='$(abs_top_srcdir)' IGDPT_BUILDDIR='$(abs_top_builddir)' IGDPT_LEAK_TIMES=35000 \
		$(PYTHON) $(srcdir)/tests/bindings_python.py a_loop_leaves_neither_memory_nor_cycles

bench: bench-python
bench-python: libigdpt.la
	@IGDPT_LIBRARY=.libs/libigdpt.so.1 $(PYTHON) $(srcdir)/bindings/python/bench.py
.PHONY: install-crates uninstall-crates regenerate-bindings check-rust check-python-leaks \
	bench-python

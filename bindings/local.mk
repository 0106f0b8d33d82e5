# Python and Rust. What is generated from the headers is committed; a test compares.
dist_check_SCRIPTS += tests/bindings_python.py
EXTRA_DIST += \
	bindings/python/gen-abi.py \
	bindings/python/golden.py \
	bindings/python/igdpt/py.typed \
	tests/golden.txt

if HAVE_CHECK
check_PROGRAMS += tests/check_golden
TESTS += tests/check_golden
endif
tests_check_golden_CPPFLAGS = $(check_cppflags)

igdptdir = $(pythondir)/igdpt
igdpt_PYTHON = \
	bindings/python/igdpt/__init__.py \
	bindings/python/igdpt/__main__.py \
	bindings/python/igdpt/_abi.py \
	bindings/python/igdpt/error.py \
	bindings/python/igdpt/fwcfg.py \
	bindings/python/igdpt/opregion.py \
	bindings/python/igdpt/pcicfg.py \
	bindings/python/igdpt/platform.py \
	bindings/python/igdpt/raw.py \
	bindings/python/igdpt/stolen.py \
	bindings/python/igdpt/vbt.py
igdpt_DATA = bindings/python/igdpt/py.typed

regenerate-bindings:
	CC='$(CC)' $(PYTHON) $(srcdir)/bindings/python/gen-abi.py
.PHONY: regenerate-bindings

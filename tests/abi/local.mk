# The ABI, frozen: `make regenerate-abi` writes tests/abi from headers, maps and sources, and what it
# writes is committed. `make check-abi` compares with libabigail, which must be there.
EXTRA_DIST += \
	tests/abi/generate.py \
	tests/abi/growth.suppr \
	tests/abi/layout.h \
	tests/abi/libigdpt-host.abi \
	tests/abi/libigdpt-host.symbols \
	tests/abi/libigdpt.abi \
	tests/abi/libigdpt.symbols \
	tests/gates.py \
	tests/growth.c \
	tests/growth.def

dist_check_SCRIPTS += tests/growth.py
TESTS += tests/growth.py

regenerate-abi:
	CC='$(CC)' $(PYTHON) $(srcdir)/tests/abi/generate.py
	@$(AM_TESTS_ENVIRONMENT) $(PYTHON) $(srcdir)/tests/gates.py --baseline

check-abi: libigdpt.la libigdpt-host.la
	@$(AM_TESTS_ENVIRONMENT) $(PYTHON) $(srcdir)/tests/gates.py
.PHONY: regenerate-abi check-abi

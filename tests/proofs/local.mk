# Proofs by CBMC, see doc/proofs.md. None of it is built: CBMC reads the sources.
EXTRA_DIST += doc/proofs.md scripts/cbmc tests/proofs/bytes.c tests/proofs/dmar.c \
	tests/proofs/pcicfg.c tests/proofs/proof.h tests/proofs/ranges.c tests/proofs/run.py \
	tests/proofs/stolen.c tests/proofs/vbt.c tests/proofs/vbt-blocks.c

proofs:
	$(PYTHON) $(srcdir)/tests/proofs/run.py "$$($(srcdir)/scripts/cbmc cbmc)"
proofs-all:
	$(PYTHON) $(srcdir)/tests/proofs/run.py "$$($(srcdir)/scripts/cbmc cbmc)" --all

# Breaks the core in one place at a time and asks whether the unit tests notice: hours. A part:
# make mutants MUTANTS="--sample 20 vbt.c"
mutants:
	PATH=/usr/bin:$$PATH python3 $(srcdir)/tests/mutate.py --work mutants $(MUTANTS)
EXTRA_DIST += .clang-tidy scripts/analyse tests/analysis/contracts.h tests/analysis/host-contracts.h tests/analysis/cppcheck.txt \
	tests/analysis/words.txt tests/mutants.txt tests/mutate.py
.PHONY: mutants proofs proofs-all

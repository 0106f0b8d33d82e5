# Proofs by CBMC, see doc/proofs.md. None of it is built: CBMC reads the sources.
EXTRA_DIST += doc/proofs.md scripts/cbmc tests/proofs/bytes.c tests/proofs/dmar.c \
	tests/proofs/pcicfg.c tests/proofs/proof.h tests/proofs/ranges.c tests/proofs/run.py \
	tests/proofs/stolen.c tests/proofs/vbt.c

proofs:
	$(PYTHON) $(srcdir)/tests/proofs/run.py "$$($(srcdir)/scripts/cbmc cbmc)"
proofs-all:
	$(PYTHON) $(srcdir)/tests/proofs/run.py "$$($(srcdir)/scripts/cbmc cbmc)" --all
.PHONY: proofs proofs-all

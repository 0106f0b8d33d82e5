# Benchmarks: `make bench` prints a table of ratios. They never pass or fail.
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs)
bench_programs = \
	bench/bench-opregion \
	bench/bench-pcicfg \
	bench/bench-plan \
	bench/bench-ranges
EXTRA_PROGRAMS += bench/count
CLEANFILES += bench/count
bench_ldadd = libigdpt.la
EXTRA_DIST += bench/bench.h bench/commands.py bench/instructions.py bench/instructions.tsv

bench_bench_opregion_SOURCES = bench/bench-opregion.c
bench_bench_opregion_LDADD = $(bench_ldadd)
bench_bench_pcicfg_SOURCES = bench/bench-pcicfg.c
bench_bench_pcicfg_CFLAGS = $(AM_CFLAGS) $(LIBPCI_CFLAGS)
bench_bench_pcicfg_LDADD = $(bench_ldadd) $(LIBPCI_LIBS)

bench_bench_plan_SOURCES = bench/bench-plan.c
bench_bench_plan_LDADD = $(bench_ldadd)

bench_bench_ranges_SOURCES = bench/bench-ranges.c
bench_bench_ranges_CPPFLAGS = $(AM_CPPFLAGS) $(BENCH_GLIB)
bench_bench_ranges_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
bench_bench_ranges_LDADD = $(bench_ldadd) $(GLIB_LIBS)

# Linked with the objects themselves: counts nothing of the dynamic linker.
bench_count_SOURCES = bench/count.c
bench_count_LDADD = libigdpt-core.la

.PHONY: bench check-instructions regenerate-instructions
bench: $(bench_programs) tools/igdpt
	@IGDPT_CORPUS="$${IGDPT_CORPUS-$(CORPUS)}"; export IGDPT_CORPUS; \
	for program in $(bench_programs); do ./$$program || exit 1; done; \
	$(LIBTOOL) --silent --mode=execute $(PYTHON) $(srcdir)/bench/commands.py tools/igdpt

# Red when an operation takes more instructions than were committed.
check-instructions: bench/count$(EXEEXT)
	@CC='$(CC)' $(PYTHON) $(srcdir)/bench/instructions.py bench/count

regenerate-instructions: bench/count$(EXEEXT)
	@CC='$(CC)' $(PYTHON) $(srcdir)/bench/instructions.py bench/count --update

# Benchmarks: `make bench` prints a table of ratios. They never pass or fail.
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs)
bench_programs = \
	bench/bench-opregion \
	bench/bench-pcicfg \
	bench/bench-ranges
bench_ldadd = libigdpt.la
EXTRA_DIST += bench/bench.h bench/vbt-show.py

bench_bench_opregion_SOURCES = bench/bench-opregion.c
bench_bench_opregion_LDADD = $(bench_ldadd)
bench_bench_pcicfg_SOURCES = bench/bench-pcicfg.c
bench_bench_pcicfg_LDADD = $(bench_ldadd)

bench_bench_ranges_SOURCES = bench/bench-ranges.c
bench_bench_ranges_CPPFLAGS = $(AM_CPPFLAGS) $(BENCH_GLIB)
bench_bench_ranges_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
bench_bench_ranges_LDADD = $(bench_ldadd) $(GLIB_LIBS)

.PHONY: bench
bench: $(bench_programs) tools/igdpt
	@IGDPT_CORPUS="$${IGDPT_CORPUS-$(CORPUS)}"; export IGDPT_CORPUS; \
	for program in $(bench_programs); do ./$$program || exit 1; done; \
	$(LIBTOOL) --silent --mode=execute $(PYTHON) $(srcdir)/bench/vbt-show.py tools/igdpt

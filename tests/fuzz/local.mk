# Fuzz targets: one C file each. Any compiler builds them with the main function of replay.c, and
# "make check" runs them over the committed corpus. Engines bring their own main function:
# make fuzz_main= LDFLAGS=-fsanitize=fuzzer fuzz-targets. Campaigns: scripts/fuzz.
noinst_LTLIBRARIES += libfuzz-replay.la
libfuzz_replay_la_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz.h
libfuzz_replay_la_CPPFLAGS = $(fuzz_cppflags)
fuzz_main = libfuzz-replay.la

fuzz_targets = \
	tests/fuzz/fuzz_dmar \
	tests/fuzz/fuzz_fwcfg \
	tests/fuzz/fuzz_log \
	tests/fuzz/fuzz_lspci \
	tests/fuzz/fuzz_opregion \
	tests/fuzz/fuzz_pcicfg \
	tests/fuzz/fuzz_plan \
	tests/fuzz/fuzz_ranges \
	tests/fuzz/fuzz_rmrr \
	tests/fuzz/fuzz_rom \
	tests/fuzz/fuzz_vbt \
	tests/fuzz/fuzz_vm
check_PROGRAMS += $(fuzz_targets)
TESTS += $(fuzz_targets)
fuzz-targets: $(fuzz_targets)
fuzz:
	$(PYTHON) $(top_srcdir)/scripts/fuzz $(FUZZFLAGS)
coverage:
	$(PYTHON) $(top_srcdir)/scripts/coverage
# The targets can fail: wrong copies of the library, each of which one of them must notice.
check-fuzz-broken:
	@$(AM_TESTS_ENVIRONMENT) $(PYTHON) $(top_srcdir)/tests/fuzz/broken.py --build .
.PHONY: fuzz fuzz-targets coverage check-fuzz-broken

fuzz_cppflags = $(AM_CPPFLAGS) -D_GNU_SOURCE -I$(top_srcdir)/lib -I$(top_srcdir)/tools
fuzz_sources = tests/fuzz/fuzz.c tests/fuzz/fuzz.h
fuzz_ldadd = $(fuzz_main) libigdpt-core.la

tests_fuzz_fuzz_dmar_SOURCES = tests/fuzz/dmar.c $(fuzz_sources)
tests_fuzz_fuzz_dmar_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_dmar_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_fwcfg_SOURCES = tests/fuzz/fwcfg.c $(fuzz_sources)
tests_fuzz_fuzz_fwcfg_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_fwcfg_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_log_SOURCES = tests/fuzz/log.c tools/log-match.c tools/log-scan.c $(fuzz_sources)
tests_fuzz_fuzz_log_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_log_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_lspci_SOURCES = tests/fuzz/lspci.c tools/doctor-facts.c $(fuzz_sources)
tests_fuzz_fuzz_lspci_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_lspci_LDADD = $(fuzz_main) libigdpt-host-core.la libigdpt-core.la
tests_fuzz_fuzz_opregion_SOURCES = tests/fuzz/opregion.c $(fuzz_sources)
tests_fuzz_fuzz_opregion_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_opregion_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_pcicfg_SOURCES = tests/fuzz/pcicfg.c $(fuzz_sources)
tests_fuzz_fuzz_pcicfg_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_pcicfg_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_plan_SOURCES = tests/fuzz/plan.c $(fuzz_sources)
tests_fuzz_fuzz_plan_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_plan_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_ranges_SOURCES = tests/fuzz/ranges.c $(fuzz_sources)
tests_fuzz_fuzz_ranges_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_ranges_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_rmrr_SOURCES = tests/fuzz/rmrr.c $(fuzz_sources)
tests_fuzz_fuzz_rmrr_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_rmrr_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_rom_SOURCES = tests/fuzz/rom.c $(fuzz_sources)
tests_fuzz_fuzz_rom_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_rom_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_vbt_SOURCES = tests/fuzz/vbt.c tests/vbt-hostile.h $(fuzz_sources)
tests_fuzz_fuzz_vbt_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_vbt_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_vm_SOURCES = tests/fuzz/vm.c tools/vm-libvirt.c tools/vm-pve.c tools/vm-qemu.c \
	tools/vm.c tools/xml.c $(fuzz_sources)
tests_fuzz_fuzz_vm_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_vm_LDADD = $(fuzz_ldadd)

EXTRA_DIST += scripts/coverage scripts/fuzz tests/uncovered.tsv tests/fuzz/broken.py tests/fuzz/corpus \
	tests/fuzz/igdpt.dict tests/fuzz/log.tsv tests/fuzz/seeds.py

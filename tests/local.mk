# Unit tests are Check programs that print TAP; scripts print TAP too. Real tables are read from
# $IGDPT_CORPUS (default: --with-corpus) and their tests say "skip" without it.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_DRIVER = $(LOG_DRIVER)
TEST_EXTENSIONS = .sh .py
SH_LOG_COMPILER = $(SHELL)
PY_LOG_COMPILER = $(PYTHON)
AM_TESTS_ENVIRONMENT = \
	CK_TAP_LOG_FILE_NAME=-; export CK_TAP_LOG_FILE_NAME; \
	CK_VERBOSITY=silent; export CK_VERBOSITY; \
	CK_DEFAULT_TIMEOUT=120; export CK_DEFAULT_TIMEOUT; \
	IGDPT_CORPUS="$${IGDPT_CORPUS-$(CORPUS)}"; export IGDPT_CORPUS; \
	IGDPT_SRCDIR='$(abs_top_srcdir)'; export IGDPT_SRCDIR; \
	IGDPT_BUILDDIR='$(abs_top_builddir)'; export IGDPT_BUILDDIR; \
	CC='$(CC)'; export CC; CXX='$(CXX)'; export CXX;

check_programs_ = \
	tests/check_access \
	tests/check_base \
	tests/check_bridges \
	tests/check_bytes \
	tests/check_dmar \
	tests/check_error \
	tests/check_faults \
	tests/check_fwcfg \
	tests/check_host \
	tests/check_legacy \
	tests/check_log \
	tests/check_mmio \
	tests/check_opregion \
	tests/check_opregion_rules \
	tests/check_pcicfg \
	tests/check_plan \
	tests/check_platform \
	tests/check_proxy \
	tests/check_ranges \
	tests/check_rmrr \
	tests/check_rom \
	tests/check_sort \
	tests/check_stolen \
	tests/check_threads \
	tests/check_vbt \
	tests/check_vbt_build \
	tests/check_vbt_hostile \
	tests/check_vbt_judge \
	tests/check_vbt_panel \
	tests/check_vfio_user

dist_check_SCRIPTS += \
	tests/corpus_dmar.py \
	tests/docs.sh \
	tests/hardening.sh \
	tests/headers.sh \
	tests/portable.sh \
	tests/symbols.py
TESTS += $(dist_check_SCRIPTS)

EXTRA_DIST += tests/docs-judge.py tests/cross.sh tests/lsan.supp tests/install.sh tests/support.h \
	tests/opregion-fixture.h tests/told.h tests/tree.h tests/vbt-fixture.h \
	tests/log-samples.txt tests/log-corpus.txt tests/corpus-dmar.diff tests/corpus-rmrr.diff
check_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/lib
check_ldadd = libigdpt-core.la $(CHECK_LIBS)

if HAVE_CHECK
check_PROGRAMS += $(check_programs_)
TESTS += $(check_programs_)
else
check-local:
	@echo "Check (package check) is missing: no unit test was built" >&2; exit 1
endif

AM_CFLAGS += $(CHECK_CFLAGS)
LDADD = $(check_ldadd)
tests_check_base_CPPFLAGS = $(check_cppflags) -I$(top_srcdir)/tests
tests_check_bridges_CPPFLAGS = $(check_cppflags)
tests_check_dmar_CPPFLAGS = $(check_cppflags)
tests_check_bytes_CPPFLAGS = $(check_cppflags)
tests_check_access_CPPFLAGS = $(check_cppflags)
tests_check_access_LDFLAGS = -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
tests_check_error_CPPFLAGS = $(check_cppflags)
tests_check_legacy_CPPFLAGS = $(check_cppflags)
tests_check_mmio_CPPFLAGS = $(check_cppflags)
tests_check_pcicfg_CPPFLAGS = $(check_cppflags)
tests_check_fwcfg_CPPFLAGS = $(check_cppflags)
tests_check_opregion_CPPFLAGS = $(check_cppflags)
tests_check_opregion_rules_CPPFLAGS = $(check_cppflags)
tests_check_plan_CPPFLAGS = $(check_cppflags)
tests_check_platform_CPPFLAGS = $(check_cppflags)
tests_check_ranges_CPPFLAGS = $(check_cppflags)
tests_check_rmrr_CPPFLAGS = $(check_cppflags)
tests_check_rom_CPPFLAGS = $(check_cppflags)
tests_check_threads_CPPFLAGS = $(check_cppflags)
tests_check_threads_LDADD = $(check_ldadd) -lpthread
tests_check_sort_CPPFLAGS = $(check_cppflags)
tests_check_stolen_CPPFLAGS = $(check_cppflags)
tests_check_vbt_CPPFLAGS = $(check_cppflags)
tests_check_vbt_build_CPPFLAGS = $(check_cppflags)
tests_check_vbt_hostile_CPPFLAGS = $(check_cppflags)
tests_check_vbt_judge_CPPFLAGS = $(check_cppflags)
tests_check_vbt_panel_CPPFLAGS = $(check_cppflags)

tests_check_host_CPPFLAGS = $(check_cppflags) -D_GNU_SOURCE
tests_check_host_LDFLAGS = -Wl,--wrap=strerror
tests_check_host_LDADD = libigdpt-host-core.la $(check_ldadd)
tests_check_faults_CPPFLAGS = $(check_cppflags) -D_GNU_SOURCE
tests_check_faults_LDADD = libigdpt-host-core.la $(check_ldadd)
tests_check_faults_LDFLAGS = -Wl,--wrap=openat,--wrap=syscall,--wrap=fstat,--wrap=readlinkat \
	-Wl,--wrap=read,--wrap=pread,--wrap=fdopendir,--wrap=readdir,--wrap=close \
	-Wl,--wrap=malloc,--wrap=ioctl,--wrap=openat64,--wrap=__openat64_2,--wrap=fstat64 \
	-Wl,--wrap=pread64,--wrap=readdir64
tests_check_log_CPPFLAGS = $(check_cppflags) -I$(top_srcdir)/tools -D_GNU_SOURCE
tests_check_log_SOURCES = tests/check_log.c tools/log-match.c tools/log-scan.c

tests_check_proxy_CPPFLAGS = $(check_cppflags) $(example_cppflags)
tests_check_proxy_SOURCES = tests/check_proxy.c examples/transport/proxy.c \
	examples/transport/ram.c examples/transport/wire.c
tests_check_vfio_user_CPPFLAGS = $(check_cppflags) $(example_cppflags)
tests_check_vfio_user_SOURCES = tests/check_vfio_user.c examples/transport/vfio_user.c \
	examples/transport/ram.c examples/transport/wire.c

# What the command does, as its users see it.
cli_tests = \
	tests/cli-capture.py \
	tests/cli-common.py \
	tests/cli-completion.py \
	tests/cli-doctor.py \
	tests/cli-explain.py \
	tests/cli-man.py \
	tests/cli-opregion.py \
	tests/cli-rmrr.py \
	tests/cli-rom.py \
	tests/cli-svg.py \
	tests/cli-scan.py \
	tests/corpus_opregion.py \
	tests/corpus_rmrr.py
dist_check_SCRIPTS += $(cli_tests)
TESTS += $(cli_tests)
EXTRA_DIST += tests/cli.py

# What stock firmware makes of it, behind a stock QEMU.
dist_check_SCRIPTS += tests/seabios.py tests/crosvm_like.py
TESTS += tests/seabios.py tests/crosvm_like.py

# Real tables against decoders that others wrote.
dist_check_SCRIPTS += tests/corpus_vbt.py tests/cli-vbt.py
TESTS += tests/corpus_vbt.py tests/cli-vbt.py
EXTRA_DIST += tests/corpus_vbt.differences tests/vbt-hostile.h
check_PROGRAMS += tests/corpus_vbt_hostile
TESTS += tests/corpus_vbt_hostile
tests_corpus_vbt_hostile_CPPFLAGS = $(check_cppflags)
tests_corpus_vbt_hostile_LDADD = libigdpt-core.la

dist_check_SCRIPTS += tests/cli-plan.py
TESTS += tests/cli-plan.py

dist_check_SCRIPTS += tests/cli-platform.py
TESTS += tests/cli-platform.py

dist_check_SCRIPTS += tests/cli-legacy.py
TESTS += tests/cli-legacy.py

dist_check_SCRIPTS += tests/guides.sh
TESTS += tests/guides.sh

# The layer for GLib, by GLib's own test runner.
if HAVE_GLIB
check_PROGRAMS += tests/check_glib
TESTS += tests/check_glib
endif
tests_check_glib_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
tests_check_glib_LDADD = libigdpt.la $(GLIB_LIBS)

# Programs against what was installed, as its users build them.
installcheck-local:
	COMPILERS='$(CC) clang $(CXX) clang++' $(SHELL) $(srcdir)/tests/install.sh '$(pkgconfigdir)' \
		'$(DESTDIR)'
# The command, with allocations that fail.
check_PROGRAMS += tests/igdpt-failing
tests_igdpt_failing_SOURCES = $(tools_igdpt_SOURCES) tests/fail-alloc.c
tests_igdpt_failing_CPPFLAGS = $(tools_igdpt_CPPFLAGS)
tests_igdpt_failing_LDADD = libigdpt-host-core.la libigdpt-core.la -lpthread
tests_igdpt_failing_LDFLAGS = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc \
	-Wl,--wrap=strdup,--wrap=open_memstream,--wrap=readdir,--wrap=readdir64
dist_check_SCRIPTS += tests/cli-faults.py
TESTS += tests/cli-faults.py

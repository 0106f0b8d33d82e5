# The core. One header = one C file = one test file. The convenience library serves the white-box
# tests, so that the shared library exports nothing for them.
pkgincludedir = $(includedir)/igdpt
pkginclude_HEADERS = \
	include/igdpt/igdpt.h \
	include/igdpt/igdpt-glib.h \
	include/igdpt/base.h \
	include/igdpt/error.h \
	include/igdpt/findings.def \
	include/igdpt/ranges.h \
	include/igdpt/dmar.h \
	include/igdpt/rmrr.h \
	include/igdpt/platform.h \
	include/igdpt/platforms.def \
	include/igdpt/stolen.h \
	include/igdpt/rom.h \
	include/igdpt/mmio.h \
	include/igdpt/plan.h \
	include/igdpt/bridges.h \
	include/igdpt/legacy.h \
	include/igdpt/vbt.h \
	include/igdpt/opregion.h \
	include/igdpt/opregion-fields.def \
	include/igdpt/fwcfg.h \
	include/igdpt/pcicfg.h

noinst_LTLIBRARIES += libigdpt-core.la
libigdpt_core_la_SOURCES = \
	lib/abi-v1.h \
	lib/base.c \
	lib/bridges.c \
	lib/bytes.h \
	lib/device-ids.def \
	lib/dmar.c \
	lib/error.c \
	lib/fwcfg.c \
	lib/internal.h \
	lib/legacy.c \
	lib/mmio.c \
	lib/opregion-build.c \
	lib/opregion-check.c \
	lib/opregion-consumer.c \
	lib/opregion-diff.c \
	lib/opregion-fields.c \
	lib/opregion-normalise.c \
	lib/opregion-priv.h \
	lib/opregion.c \
	lib/pcicfg-check.c \
	lib/pcicfg-init.c \
	lib/pcicfg-priv.h \
	lib/pcicfg-save.c \
	lib/pcicfg.c \
	lib/plan.c \
	lib/platform.c \
	lib/ranges-priv.h \
	lib/ranges.c \
	lib/rmrr-merge.c \
	lib/rmrr-parse.c \
	lib/rmrr-priv.h \
	lib/rmrr-resolve.c \
	lib/rmrr.c \
	lib/rom.c \
	lib/sort.c \
	lib/sort.h \
	lib/stolen.c \
	lib/vbt-build.c \
	lib/vbt-compare.c \
	lib/vbt-fields.c \
	lib/vbt-fields.def \
	lib/vbt-layout.h \
	lib/vbt-mipi.c \
	lib/vbt-panel.c \
	lib/vbt-port.c \
	lib/vbt-repair.c \
	lib/vbt-validate.c \
	lib/vbt.c
libigdpt_core_la_CFLAGS = $(AM_CFLAGS) $(SIZE_CFLAGS)

lib_LTLIBRARIES += libigdpt.la
libigdpt_la_SOURCES =
libigdpt_la_LIBADD = libigdpt-core.la
libigdpt_la_LDFLAGS = -version-info $(IGDPT_VERSION_INFO) -no-undefined $(VSCRIPT_LDFLAGS) \
	$(HARDEN_LDFLAGS) $(SYMBOLIC_LDFLAGS) $(NO_UNDEFINED_VERSION)
EXTRA_libigdpt_la_DEPENDENCIES = lib/libigdpt.map
EXTRA_DIST += lib/libigdpt.map

install-exec-hook:
	rm -f $(DESTDIR)$(libdir)/libigdpt.la $(DESTDIR)$(libdir)/libigdpt-host.la
uninstall-hook:
	rm -f $(DESTDIR)$(libdir)/libigdpt.so* $(DESTDIR)$(libdir)/libigdpt.a \
		$(DESTDIR)$(libdir)/libigdpt-host.so* $(DESTDIR)$(libdir)/libigdpt-host.a

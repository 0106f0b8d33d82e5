# What touches a machine: a library of its own, so that the core stays free of I/O and of libpci.
pkginclude_HEADERS += include/igdpt/igdpt-host.h

noinst_LTLIBRARIES += libigdpt-host-core.la
libigdpt_host_core_la_SOURCES = \
	lib/host/device.c \
	lib/host/file.c \
	lib/host/internal.h \
	lib/host/libpci.c \
	lib/host/opregion.c \
	lib/host/vfio.c
# Offsets of VFIO regions and of /dev/mem need 64 bits everywhere.
libigdpt_host_core_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
libigdpt_host_core_la_CFLAGS = $(AM_CFLAGS) $(LIBPCI_CFLAGS)
libigdpt_host_core_la_LIBADD = $(LIBPCI_LIBS)

lib_LTLIBRARIES += libigdpt-host.la
libigdpt_host_la_SOURCES =
libigdpt_host_la_LIBADD = libigdpt-host-core.la
libigdpt_host_la_LDFLAGS = -version-info $(IGDPT_HOST_VERSION_INFO) -no-undefined \
	$(HOST_VSCRIPT_LDFLAGS) $(HARDEN_LDFLAGS) $(SYMBOLIC_LDFLAGS) $(NO_UNDEFINED_VERSION)
EXTRA_libigdpt_host_la_DEPENDENCIES = lib/host/libigdpt-host.map
EXTRA_DIST += lib/host/libigdpt-host.map

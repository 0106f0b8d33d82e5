# The examples: real programs against the public API, not installed. transport/ gives a device model
# to a stock QEMU; each example is one directory.
example_transport = \
	examples/transport/device.h \
	examples/transport/proxy.c \
	examples/transport/proxy.h \
	examples/transport/ram.c \
	examples/transport/ram.h \
	examples/transport/vfio_user.c \
	examples/transport/vfio_user.h \
	examples/transport/vm.c \
	examples/transport/vm.h \
	examples/transport/wire.c \
	examples/transport/wire.h
example_cppflags = -D_GNU_SOURCE -I$(top_srcdir)/examples/transport -I$(top_srcdir)/tools

noinst_PROGRAMS += examples/qemu-like/igdpt-qemu-like
examples_qemu_like_igdpt_qemu_like_SOURCES = \
	examples/qemu-like/chain.c \
	examples/qemu-like/chain.h \
	examples/qemu-like/firmware.c \
	examples/qemu-like/firmware.h \
	examples/qemu-like/host.c \
	examples/qemu-like/host.h \
	examples/qemu-like/igd.c \
	examples/qemu-like/igd.h \
	examples/qemu-like/main.c \
	tools/json.c \
	tools/utf8.h \
	tools/json.h \
	$(example_transport)
examples_qemu_like_igdpt_qemu_like_CPPFLAGS = $(AM_CPPFLAGS) $(example_cppflags)
examples_qemu_like_igdpt_qemu_like_LDADD = libigdpt.la

noinst_PROGRAMS += examples/crosvm-like/igdpt-crosvm-like
examples_crosvm_like_igdpt_crosvm_like_SOURCES = \
	examples/crosvm-like/main.c \
	examples/qemu-like/firmware.c \
	examples/qemu-like/firmware.h \
	examples/qemu-like/host.c \
	examples/qemu-like/host.h \
	examples/qemu-like/igd.c \
	examples/qemu-like/igd.h \
	$(example_transport)
examples_crosvm_like_igdpt_crosvm_like_CPPFLAGS = $(AM_CPPFLAGS) $(example_cppflags) \
	-I$(top_srcdir)/examples/qemu-like
examples_crosvm_like_igdpt_crosvm_like_LDADD = libigdpt.la -lpthread

# What the guides show, as programs that the tests run.
guides = examples/guide/firmware-places examples/guide/map-on-write examples/guide/vmm-copies \
	examples/guide/vmm-traps
check_PROGRAMS += $(guides)
EXTRA_DIST += examples/guide/guide.h examples/guide/plan.h
examples_guide_firmware_places_LDADD = libigdpt.la
examples_guide_map_on_write_LDADD = libigdpt.la
examples_guide_vmm_copies_LDADD = libigdpt.la
examples_guide_vmm_traps_LDADD = libigdpt.la

# The examples: real programs against the public API, not installed. transport/ gives a device model
# to a stock QEMU; each example is one directory.
example_transport = \
	examples/transport/device.h \
	examples/transport/proxy.c \
	examples/transport/proxy.h \
	examples/transport/ram.c \
	examples/transport/ram.h
example_cppflags = -D_GNU_SOURCE -I$(top_srcdir)/examples/transport -I$(top_srcdir)/tools
EXTRA_DIST += $(example_transport)

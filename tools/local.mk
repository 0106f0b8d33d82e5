# The command. One verb = one file.
bin_PROGRAMS += tools/igdpt
tools_igdpt_SOURCES = \
	tools/cli.c \
	tools/cli.h \
	tools/igdpt.c \
	tools/json.c \
	tools/json.h \
	tools/vbt.c
tools_igdpt_LDADD = libigdpt.la

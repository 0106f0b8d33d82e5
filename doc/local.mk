# `make doc` writes HTML and man pages to doc/out. Warnings are errors.
EXTRA_DIST += doc/Doxyfile.in doc/abi.md

.PHONY: doc
doc: doc/Doxyfile
	rm -rf doc/out && $(MKDIR_P) doc/out
	doxygen doc/Doxyfile
	find doc/out/man/man3 -type f ! -name 'igdpt*' -delete

all-local: doc/Doxyfile

clean-local:
	rm -rf doc/out

# Man pages of the functions, from Doxygen's XML: a tarball holds them, so that building one needs no
# Doxygen. `make doc` writes HTML to doc/out/html, with guides, registers and compatibility. Doxygen's
# warnings are errors.
doc_pages = \
	doc/abi.md \
	doc/compatibility.md \
	doc/fleet.md \
	doc/guide-copy.md \
	doc/guide-firmware.md \
	doc/guide-map.md \
	doc/guide-trap.md \
	doc/guide.md \
	doc/index.md \
	doc/style.css
EXTRA_DIST += doc/Doxyfile.in doc/doxml.py doc/man.py $(doc_pages)

# The register reference is what the library's tables say.
check_PROGRAMS += doc/registers
doc_registers_LDADD = libigdpt.la

.PHONY: doc install-pages uninstall-pages
doc: doc/Doxyfile doc/registers$(EXEEXT)
	rm -rf doc/out && $(MKDIR_P) doc/out
	doc/registers$(EXEEXT) >doc/out/registers.md
	$(DOXYGEN) doc/Doxyfile

doc/out/stamp: doc/Doxyfile $(pkginclude_HEADERS) doc/doxml.py doc/man.py
	rm -rf doc/out && $(MKDIR_P) doc/out
	{ cat doc/Doxyfile; echo 'INPUT = $(abs_top_srcdir)/include/igdpt'; } | $(DOXYGEN) -
	$(PYTHON) $(srcdir)/doc/man.py $(VERSION) doc/out/xml doc/out/man
	touch $@

all-local: doc/Doxyfile $(DIST_PAGES)

install-pages: $(DIST_PAGES)
	for page in $(if $(PAGES),$(PAGES)/man[37]/*); do \
		dir=$$(dirname $$page); dir='$(DESTDIR)$(mandir)'/$${dir##*/}; \
		$(MKDIR_P) "$$dir" && $(INSTALL_DATA) $$page "$$dir" || exit 1; \
	done

uninstall-pages: $(DIST_PAGES)
	for page in $(if $(PAGES),$(PAGES)/man[37]/*); do \
		dir=$$(dirname $$page); rm -f '$(DESTDIR)$(mandir)'/$${dir##*/}/$${page##*/}; \
	done

# A tarball without pages would be one that nobody can make them from.
dist-hook: $(DIST_PAGES)
	test -n '$(PAGES)' || { echo "a tarball needs its man pages: install doxygen" >&2; exit 1; }
	cp -r $(PAGES) $(distdir)/doc/pages

clean-local:
	rm -rf doc/out

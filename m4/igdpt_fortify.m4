# SPDX-License-Identifier: MIT
# IGDPT_FORTIFY: adds _FORTIFY_SOURCE to HARDEN_CFLAGS, the highest level that the C library takes.
# Not where the caller or the distribution has set it, nor without optimisation (glibc refuses it),
# nor under AddressSanitizer or MemorySanitizer, which know the plain functions only.
AC_DEFUN([IGDPT_FORTIFY],[
AC_CACHE_CHECK([for the level of _FORTIFY_SOURCE],[igdpt_cv_fortify],[
igdpt_cv_fortify=no
for level in 3 2; do
	igdpt_save_CFLAGS=$CFLAGS
	AS_VAR_APPEND([CFLAGS],[" -Werror"])
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#error sanitizer
#endif
#endif
#if defined(_FORTIFY_SOURCE) || !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__)
#error not here
#endif
#define _FORTIFY_SOURCE $level
#include <string.h>
int igdpt_probe;
]])],[igdpt_cv_fortify=$level])
	CFLAGS=$igdpt_save_CFLAGS
	test "$igdpt_cv_fortify" = no || break
done])
AS_IF([test "$igdpt_cv_fortify" != no],
	[AS_VAR_APPEND([HARDEN_CFLAGS],[" -D_FORTIFY_SOURCE=$igdpt_cv_fortify"])])])

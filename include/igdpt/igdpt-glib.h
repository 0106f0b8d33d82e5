/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_IGDPT_GLIB_H
#define IGDPT_IGDPT_GLIB_H

#include <glib.h>
#include <string.h>

#include "igdpt/igdpt.h"

/**
 * @defgroup igdpt_glib GLib: g_autoptr, GError, GBytes
 *
 * A header without a library: `pkg-config --cflags --libs igdpt-glib`, for programs that use GLib
 * 2.56 or newer. Not part of igdpt.h; needs C99 or C++11.
 *
 * `g_autoptr(igdpt_pcicfg_handle)` frees a virtual config space at the end of its scope.
 * `g_auto(igdpt_vbt_view) v = { 0 };`, filled by `igdpt_vbt_view_init(&v, bytes, &error)`, is a view
 * (`v.view`) with a reference to its bytes (`v.bytes`), which the end of its scope drops; likewise
 * igdpt_opregion_view and igdpt_dmar_view.
 *
 * @par Errors
 * Domain igdpt_error_quark(), code an ::igdpt_error (positive), message a sentence without a full
 * stop: of the finding, with its byte offset, if there is one.
 *
 * @par Units and byte order
 * Those of the functions behind it: sizes in bytes, little-endian tables.
 *
 * @par Lifetime
 * A GBytes that a function returns is the caller's, to be released with g_bytes_unref(). A view with
 * a reference of its own keeps the bytes until it is cleared.
 *
 * @par Thread safety
 * As the functions behind it; GBytes are immutable and may be shared.
 *
 * @par Source
 * GLib's own conventions: GError, GBytes and g_auto in its reference manual.
 * @{
 */

G_BEGIN_DECLS

/** Domain of the errors: ::IGDPT_ERROR_DOMAIN. */
static inline GQuark igdpt_error_quark(void)
{
	return g_quark_from_static_string("igdpt-error-quark");
}

/** Domain of the errors, as GLib names it. */
#define IGDPT_ERROR_DOMAIN (igdpt_error_quark())

/**
 * Turn a result into a GError.
 *
 * @param result of any function of the library
 * @param why what that function filled, or NULL
 * @param[out] error set if `result` is negative; NULL is allowed
 * @return TRUE if `result` is not negative
 * @since 1.0
 */
static inline gboolean igdpt_glib_check(int result, const struct igdpt_finding *why, GError **error)
{
	char text[512];

	if (result >= 0)
		return TRUE;
	if (!why || igdpt_finding_format(why, text, sizeof(text)) < 0)
		g_set_error_literal(error, IGDPT_ERROR_DOMAIN, -result, igdpt_strerror(result));
	else if (why->offset == IGDPT_NO_OFFSET)
		g_set_error_literal(error, IGDPT_ERROR_DOMAIN, -result, text);
	else
		g_set_error(error, IGDPT_ERROR_DOMAIN, -result, "%s, at byte 0x%" G_GINT64_MODIFIER "x",
			text, why->offset);
	return FALSE;
}

/** @cond */
typedef struct igdpt_pcicfg igdpt_pcicfg_handle;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(igdpt_pcicfg_handle, igdpt_pcicfg_free)

#define IGDPT_GLIB_VIEW(name)                                                                      \
	typedef struct {                                                                           \
		struct igdpt_##name view;                                                          \
		GBytes *bytes;                                                                     \
	} igdpt_##name##_view;                                                                     \
                                                                                                   \
	static inline void igdpt_##name##_view_clear(igdpt_##name##_view *v)                       \
	{                                                                                          \
		g_clear_pointer(&v->bytes, g_bytes_unref);                                         \
		memset(&v->view, 0, sizeof(v->view));                                              \
	}                                                                                          \
                                                                                                   \
	static inline gboolean igdpt_##name##_view_init(igdpt_##name##_view *v, GBytes *bytes,     \
		GError **error)                                                                    \
	{                                                                                          \
		struct igdpt_finding why;                                                          \
		gsize len;                                                                         \
		gconstpointer data = g_bytes_get_data(bytes, &len);                                \
                                                                                                   \
		memset(&why, 0, sizeof(why));                                                      \
		why.size = sizeof(why);                                                            \
		memset(v, 0, sizeof(*v));                                                          \
		if (!igdpt_glib_check(igdpt_##name##_init(&v->view, data, len, &why), &why, error)) \
			return FALSE;                                                              \
		v->bytes = g_bytes_ref(bytes);                                                     \
		return TRUE;                                                                       \
	}                                                                                          \
	G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(igdpt_##name##_view, igdpt_##name##_view_clear)

/* clang-format off */
IGDPT_GLIB_VIEW(vbt)
IGDPT_GLIB_VIEW(opregion)
IGDPT_GLIB_VIEW(dmar)
/* clang-format on */
#undef IGDPT_GLIB_VIEW
/** @endcond */

/**
 * A function that writes bytes in two calls, as igdpt_glib_bytes() calls it.
 *
 * @param user of igdpt_glib_bytes()
 * @param[out] buf room, NULL in the first call
 * @param[in,out] len its size, then the size needed or written
 * @param[in,out] why reason of a failure
 * @return as the library's function
 */
typedef int (*igdpt_glib_build_fn)(gconstpointer user, void *buf, size_t *len,
	struct igdpt_finding *why);

/**
 * The bytes that a function with an output buffer makes.
 *
 * @param build calls that function with the arguments in `user`
 * @param user passed to `build`
 * @param[out] error the reason of a failure; NULL is allowed
 * @return new GBytes, or NULL with `error` set
 * @since 1.0
 */
static inline GBytes *igdpt_glib_bytes(igdpt_glib_build_fn build, gconstpointer user, GError **error)
{
	struct igdpt_finding why;
	void *buf = NULL;
	size_t len = 0;
	int rc;

	memset(&why, 0, sizeof(why));
	why.size = sizeof(why);
	rc = build(user, NULL, &len, &why);
	if (rc == -IGDPT_E_NOSPACE) {
		buf = g_malloc(len);
		rc = build(user, buf, &len, &why);
	}
	if (!igdpt_glib_check(rc, &why, error)) {
		g_free(buf);
		return NULL;
	}
	return g_bytes_new_take(buf, len);
}

/** @cond */
static inline int igdpt_glib_build_vbt(gconstpointer user, void *buf, size_t *len,
	struct igdpt_finding *why)
{
	return igdpt_vbt_build((const struct igdpt_vbt_build_opts *)user, buf, len, why);
}

static inline int igdpt_glib_save(gconstpointer user, void *buf, size_t *len,
	struct igdpt_finding *why)
{
	(void)why;
	return igdpt_pcicfg_save((const struct igdpt_pcicfg *)user, buf, len);
}

struct igdpt_glib_opregion {
	const struct igdpt_opregion_build_opts *opts;
	gconstpointer vbt;
	gsize vbt_len;
	const struct igdpt_opregion *op;
	const struct igdpt_opregion_normalise_opts *normalise;
};

static inline int igdpt_glib_build_opregion(gconstpointer user, void *buf, size_t *len,
	struct igdpt_finding *why)
{
	const struct igdpt_glib_opregion *a = (const struct igdpt_glib_opregion *)user;

	return igdpt_opregion_build(a->opts, a->vbt, a->vbt_len, buf, len, why);
}

static inline int igdpt_glib_normalise(gconstpointer user, void *buf, size_t *len,
	struct igdpt_finding *why)
{
	const struct igdpt_glib_opregion *a = (const struct igdpt_glib_opregion *)user;

	return igdpt_opregion_normalise(a->op, a->normalise, buf, len, why);
}
/** @endcond */

/**
 * igdpt_vbt_build() into GBytes.
 *
 * @param opts as there; NULL means the defaults
 * @param[out] error the reason of a failure; NULL is allowed
 * @return new GBytes, or NULL with `error` set
 * @since 1.0
 */
static inline GBytes *igdpt_glib_vbt_build(const struct igdpt_vbt_build_opts *opts, GError **error)
{
	return igdpt_glib_bytes(igdpt_glib_build_vbt, opts, error);
}

/**
 * igdpt_opregion_build() from GBytes into GBytes.
 *
 * @param opts as there; NULL means the defaults
 * @param vbt the VBT
 * @param[out] error the reason of a failure; NULL is allowed
 * @return new GBytes, or NULL with `error` set
 * @since 1.0
 */
static inline GBytes *igdpt_glib_opregion_build(const struct igdpt_opregion_build_opts *opts,
	GBytes *vbt, GError **error)
{
	struct igdpt_glib_opregion a;

	memset(&a, 0, sizeof(a));
	a.opts = opts;
	a.vbt = g_bytes_get_data(vbt, &a.vbt_len);
	return igdpt_glib_bytes(igdpt_glib_build_opregion, &a, error);
}

/**
 * igdpt_opregion_normalise() into GBytes: what a guest may see.
 *
 * @param op the OpRegion
 * @param opts as there; NULL means the defaults
 * @param[out] error the reason of a failure; NULL is allowed
 * @return new GBytes, or NULL with `error` set
 * @since 1.0
 */
static inline GBytes *igdpt_glib_opregion_normalise(const struct igdpt_opregion *op,
	const struct igdpt_opregion_normalise_opts *opts, GError **error)
{
	struct igdpt_glib_opregion a;

	memset(&a, 0, sizeof(a));
	a.op = op;
	a.normalise = opts;
	return igdpt_glib_bytes(igdpt_glib_normalise, &a, error);
}

/**
 * igdpt_pcicfg_save() into GBytes.
 *
 * @param cfg the virtual config space
 * @param[out] error the reason of a failure; NULL is allowed
 * @return new GBytes, or NULL with `error` set
 * @since 1.0
 */
static inline GBytes *igdpt_glib_pcicfg_save(const struct igdpt_pcicfg *cfg, GError **error)
{
	return igdpt_glib_bytes(igdpt_glib_save, cfg, error);
}

/**
 * igdpt_pcicfg_restore() from GBytes.
 *
 * @param cfg the virtual config space
 * @param state what igdpt_glib_pcicfg_save() returned
 * @param[out] error the reason of a failure; NULL is allowed
 * @return TRUE if it was restored
 * @since 1.0
 */
static inline gboolean igdpt_glib_pcicfg_restore(struct igdpt_pcicfg *cfg, GBytes *state,
	GError **error)
{
	struct igdpt_finding why;
	gsize len;
	gconstpointer data = g_bytes_get_data(state, &len);

	memset(&why, 0, sizeof(why));
	why.size = sizeof(why);
	return igdpt_glib_check(igdpt_pcicfg_restore(cfg, data, len, &why), &why, error);
}

G_END_DECLS

/** @} */
#endif

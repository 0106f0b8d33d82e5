/* SPDX-License-Identifier: MIT
 *
 * The GLib layer under GLib's own test runner.
 */
#include <glib.h>

#include "igdpt/igdpt-glib.h"

static const struct igdpt_vbt_build_opts hsw = { .size = sizeof(hsw), .platform = "hsw" };

static void errors_have_a_domain_a_code_and_the_message_of_the_finding(void)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_stolen s = { .size = sizeof(s) };
	g_autoptr(GError) error = NULL;
	char text[200];

	g_assert_false(igdpt_glib_check(igdpt_stolen_decode(99, 0, 0, &s, &why), &why, &error));
	g_assert_cmpint(igdpt_finding_format(&why, text, sizeof(text)), >, 0);
	g_assert_error(error, IGDPT_ERROR_DOMAIN, -why.error);
	g_assert_cmpstr(error->message, ==, text);
	g_assert_cmpstr(g_quark_to_string(error->domain), ==, "igdpt-error-quark");
}

static void errors_without_a_finding_have_the_text_of_their_code(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(igdpt_glib_check(0, NULL, &error));
	g_assert_true(igdpt_glib_check(7, NULL, &error));
	g_assert_no_error(error);
	g_assert_false(igdpt_glib_check(-IGDPT_E_NOTFOUND, NULL, NULL));
	g_assert_false(igdpt_glib_check(-IGDPT_E_NOTFOUND, NULL, &error));
	g_assert_error(error, IGDPT_ERROR_DOMAIN, (int)IGDPT_E_NOTFOUND);
	g_assert_cmpstr(error->message, ==, igdpt_strerror(IGDPT_E_NOTFOUND));
}

static void a_view_keeps_its_bytes(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = igdpt_glib_vbt_build(&hsw, &error);
	g_auto(igdpt_vbt_view) vbt = { 0 };
	struct igdpt_vbt_block block = { .size = sizeof(block) };

	g_assert_no_error(error);
	g_assert_true(igdpt_vbt_view_init(&vbt, bytes, &error));
	g_clear_pointer(&bytes, g_bytes_unref);
	g_assert_cmpint(igdpt_vbt_next(&vbt.view, &block, NULL), ==, 1);
	g_assert_cmpuint(block.id, >, 0);
}

static void a_view_of_a_cut_table_tells_the_byte(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) whole = igdpt_glib_vbt_build(&hsw, NULL);
	g_autoptr(GBytes) cut = g_bytes_new_from_bytes(whole, 0, 30);
	g_auto(igdpt_vbt_view) vbt = { 0 };

	g_assert_false(igdpt_vbt_view_init(&vbt, cut, &error));
	g_assert_null(vbt.bytes);
	g_assert_error(error, IGDPT_ERROR_DOMAIN, (int)IGDPT_E_TRUNCATED);
	g_assert_nonnull(strstr(error->message, ", at byte 0x1e"));
}

static void an_opregion_goes_from_bytes_to_bytes(void)
{
	static const struct igdpt_opregion_build_opts opts = { .size = sizeof(opts) };
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) vbt = igdpt_glib_vbt_build(&hsw, &error);
	g_autoptr(GBytes) bytes = igdpt_glib_opregion_build(&opts, vbt, &error);
	g_autoptr(GBytes) guest = NULL;
	g_auto(igdpt_opregion_view) op = { 0 };

	g_assert_no_error(error);
	g_assert_true(igdpt_opregion_view_init(&op, bytes, &error));
	guest = igdpt_glib_opregion_normalise(&op.view, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(g_bytes_get_size(guest), >=, IGDPT_OPREGION_BYTES);
}

static void options_that_cannot_be_set_the_error(void)
{
	static const struct igdpt_vbt_build_opts bad = { .size = sizeof(bad), .platform = "none" };
	static const struct igdpt_opregion_build_opts old = { .size = 3 };
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) vbt = igdpt_glib_vbt_build(&hsw, NULL);

	g_assert_null(igdpt_glib_vbt_build(&bad, &error));
	g_assert_error(error, IGDPT_ERROR_DOMAIN, (int)IGDPT_E_NOTFOUND);
	g_clear_error(&error);
	g_assert_null(igdpt_glib_opregion_build(&old, vbt, &error));
	g_assert_error(error, IGDPT_ERROR_DOMAIN, (int)IGDPT_E_ABI_SIZE);
}

static igdpt_pcicfg_handle *new_config(void)
{
	static const guint8 config[256] = { 0x86, 0x80, 0x12, 0x04, [0x0b] = 3, [0x50] = 0x11, [0x51] = 2 };
	struct igdpt_platform platform = { .size = sizeof(platform) };
	struct igdpt_pcicfg *cfg = NULL;

	g_assert_cmpint(igdpt_platform_find(0x0412, &platform), ==, 0);
	g_assert_cmpint(igdpt_pcicfg_new(&platform, config, sizeof(config), NULL, &cfg, NULL), ==, 0);
	return cfg;
}

static void a_config_space_is_freed_saved_and_restored(void)
{
	g_autoptr(igdpt_pcicfg_handle) cfg = new_config();
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) state = NULL;
	g_autoptr(GBytes) cut = NULL;
	guint32 forward;
	guint64 value;

	g_assert_cmpint(igdpt_pcicfg_write(cfg, IGDPT_CFG_ASLS, 4, 0x7ff00000, &forward), >=, 0);
	state = igdpt_glib_pcicfg_save(cfg, &error);
	g_assert_no_error(error);
	igdpt_pcicfg_reset(cfg);
	g_assert_true(igdpt_glib_pcicfg_restore(cfg, state, &error));
	g_assert_cmpint(igdpt_pcicfg_read(cfg, IGDPT_CFG_ASLS, 4, 0, &value), ==, 0);
	g_assert_cmphex(value, ==, 0x7ff00000);
	cut = g_bytes_new_from_bytes(state, 0, 3);
	g_assert_false(igdpt_glib_pcicfg_restore(cfg, cut, &error));
	g_assert_cmpuint(error->domain, ==, IGDPT_ERROR_DOMAIN);
}

#define ADD(test) g_test_add_func("/glib/" #test, test)

int main(void)
{
	/* TAP, as the other tests print. */
	char name[] = "check_glib", tap[] = "--tap", *arguments[] = { name, tap, NULL };
	char **argv = arguments;
	int argc = 2;

	g_test_init(&argc, &argv, NULL);
	ADD(errors_have_a_domain_a_code_and_the_message_of_the_finding);
	ADD(errors_without_a_finding_have_the_text_of_their_code);
	ADD(a_view_keeps_its_bytes);
	ADD(a_view_of_a_cut_table_tells_the_byte);
	ADD(an_opregion_goes_from_bytes_to_bytes);
	ADD(options_that_cannot_be_set_the_error);
	ADD(a_config_space_is_freed_saved_and_restored);
	return g_test_run();
}

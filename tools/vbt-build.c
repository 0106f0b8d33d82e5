/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "vbt.h"

#define MAX_PORTS 16

/* What --port names; the letter gives connector, DDC pin and AUX channel. */
static const struct {
	const char *name;
	uint16_t device_type;
	const uint8_t *dvo_ports;
} port_kinds[] = {
	{ "edp", 0x1806, (const uint8_t[]){ 10, 7, 8, 9 } },
	{ "dp", 0x68c6, (const uint8_t[]){ 10, 7, 8, 9 } },
	{ "dp++", 0x60d6, (const uint8_t[]){ 10, 7, 8, 9 } },
	{ "hdmi", 0x60d2, (const uint8_t[]){ 0, 1, 2, 3 } },
};

static const uint8_t ddc_pins[] = { 0, 5, 4, 6 };
static const uint8_t aux_channels[] = { 0x40, 0x10, 0x20, 0x30 };
static const uint16_t efp_handles[] = { 0x10, 0x04, 0x40, 0x20 };

/* "dp++:b" */
static bool parse_port(const char *text, struct igdpt_vbt_port *port)
{
	const char *colon = strchr(text, ':');
	unsigned letter = colon ? (unsigned char)colon[1] - (unsigned)'a' : 4u;

	if (letter > 3 || colon[2])
		return false;
	for (size_t i = 0; i < sizeof(port_kinds) / sizeof(port_kinds[0]); i++) {
		if (strlen(port_kinds[i].name) != (size_t)(colon - text) ||
			strncmp(port_kinds[i].name, text, (size_t)(colon - text)) != 0)
			continue;
		*port = (struct igdpt_vbt_port){
			.handle = i == 0 ? 8 : efp_handles[letter],
			.device_type = port_kinds[i].device_type,
			.dvo_port = port_kinds[i].dvo_ports[letter],
			.ddc_pin = i == 0 ? 0 : ddc_pins[letter],
			.aux_channel = aux_channels[letter],
		};
		return true;
	}
	return false;
}

struct build {
	struct igdpt_vbt_build_opts opts;
	struct igdpt_vbt_port ports[MAX_PORTS];
	const char *output;
};

/* A 16-bit number option; 0 would mean the default. */
static bool small_number(const char *text, uint32_t *value)
{
	uint64_t v;

	if (!cli_number(text, &v) || v == 0 || v > UINT16_MAX)
		return false;
	*value = (uint32_t)v;
	return true;
}

static bool build_option(struct build *b, int option)
{
	switch (option) {
	case 'b':
		return small_number(optarg, &b->opts.bdb_version);
	case 'o':
		b->output = optarg;
		return true;
	case 'P':
		b->opts.platform = optarg;
		return true;
	case 'p':
		b->opts.ports = b->ports;
		return b->opts.port_count < MAX_PORTS &&
			parse_port(optarg, &b->ports[b->opts.port_count++]);
	case 's':
		return small_number(optarg, &b->opts.bytes);
	default:
		return false;
	}
}

static int write_built(const struct build *b)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t table[UINT16_MAX];
	size_t len = sizeof(table);
	char message[300];

	if (igdpt_vbt_build(&b->opts, table, &len, &why) < 0) {
		igdpt_finding_format(&why, message, sizeof(message));
		return cli_error("vbt build: %s", message);
	}
	return cli_write_file(b->output, table, len) ? EXIT_FINE : EXIT_CANNOT_RUN;
}

int vbt_run_build(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "bdb", required_argument, NULL, 'b' },
		{ "output", required_argument, NULL, 'o' },
		{ "platform", required_argument, NULL, 'P' },
		{ "port", required_argument, NULL, 'p' },
		{ "size", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	struct build b = { .opts = { .size = sizeof(b.opts) } };
	int option;

	while ((option = cli_getopt(self, argc, argv, ":o:", options)) != -1) {
		if (option == '?')
			return EXIT_CANNOT_RUN;
		if (!build_option(&b, option))
			return cli_bad_value(self, argv, options, option);
	}
	if (optind != argc || !b.output)
		return cli_usage(self, "vbt build: wants -o FILE and no other argument");
	return write_built(&b);
}

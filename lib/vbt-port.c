/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "bytes.h"
#include "internal.h"
#include "vbt-layout.h"

/* Bits of the device type: Linux DEVICE_TYPE_*. */
#define TYPE_ANALOG 0x0001u
#define TYPE_DISPLAYPORT 0x0004u
#define TYPE_VIDEO 0x0008u
#define TYPE_TMDS 0x0010u
#define TYPE_LVDS 0x0020u
#define TYPE_MIPI 0x0400u
#define TYPE_NOT_HDMI 0x0800u
#define TYPE_INTERNAL 0x1000u

#define BDB_DDI_PORTS 155u
#define BDB_TYPE_C 195u
#define BDB_THUNDERBOLT 209u
#define CHILD_TYPE_C_AT 33u

/* Linux DVO_PORT_*, BDB 155 on. */
static const char ports[][6] = {
	"DDI-A", "DDI-B", "DDI-C", "DDI-D", "LVDS",  "TV",    "CRT",   "DDI-B", "DDI-C",
	"DDI-D", "DDI-A", "DDI-E", "DDI-E", "DDI-F", "DDI-F", "DDI-G", "DDI-G", "DDI-H",
	"DDI-H", "DDI-I", "DDI-I", "DSI-A", "DSI-B", "DSI-C", "DSI-D",
};

/* Linux DEVICE_PORT_*, before; 0 is no DVO port since the 845G. */
static const char old_ports[][9] = { "on board", "DVO-B", "DVO-C" };

static const char *port_name(uint32_t bdb_version, uint32_t dvo_port)
{
	if (bdb_version < BDB_DDI_PORTS)
		return dvo_port < ARRAY_SIZE(old_ports) ? old_ports[dvo_port] : "unknown port";
	return dvo_port < ARRAY_SIZE(ports) ? ports[dvo_port] : "unknown port";
}

/*
 * The order matters: a DP++ connector has the bits of DisplayPort and of TMDS, and TV types have
 * the bit that later came to mean MIPI.
 */
static const char *kind_name(uint32_t type)
{
	if (type == 0)
		return "unused";
	if (type & TYPE_VIDEO)
		return "TV";
	if (type & TYPE_MIPI)
		return "MIPI DSI";
	if ((type & TYPE_DISPLAYPORT) && (type & TYPE_INTERNAL))
		return "eDP";
	if ((type & TYPE_DISPLAYPORT) && (type & TYPE_TMDS))
		return "DP++";
	if (type & TYPE_DISPLAYPORT)
		return "DP";
	if (type & TYPE_LVDS)
		return "LVDS";
	if (type & TYPE_TMDS)
		return type & TYPE_NOT_HDMI ? "DVI" : "HDMI";
	return type & TYPE_ANALOG ? "VGA" : "unknown kind";
}

/* Linux DP_AUX_*: the high nibble, in the order in which the channels came to be. */
static char aux_letter(uint32_t aux_channel)
{
	static const char letters[] = "?BCDAEFGHI";
	uint32_t n = aux_channel >> 4;

	return (aux_channel & 0xf) == 0 && n < sizeof(letters) - 1 ? letters[n] : '?';
}

static bool type_c(const struct igdpt_vbt *vbt, const struct igdpt_vbt_child *c, uint32_t bit,
	uint32_t first_bdb)
{
	return vbt->bdb_version >= first_bdb && c->bytes > CHILD_TYPE_C_AT &&
		(vbt->data[c->offset + CHILD_TYPE_C_AT] & bit);
}

int igdpt_vbt_port_format(const struct igdpt_vbt *vbt, uint32_t slot, char *buf, size_t len)
{
	struct igdpt_vbt_child c = { .size = sizeof(c) };
	char ddc[sizeof(", DDC pin 0x00")] = "", aux[sizeof(", AUX A")] = "";
	int rc = igdpt_vbt_child_at(vbt, slot, &c);

	if (rc < 0)
		return rc;
	if (c.ddc_pin)
		snprintf(ddc, sizeof(ddc), ", DDC pin 0x%02x", c.ddc_pin & 0xffu);
	if (c.aux_channel)
		snprintf(aux, sizeof(aux), ", AUX %c", aux_letter(c.aux_channel));
	return snprintf(buf, buf ? len : 0, "%s: %s%s%s%s%s",
		port_name(vbt->bdb_version, c.dvo_port), kind_name(c.device_type), ddc, aux,
		type_c(vbt, &c, 1, BDB_TYPE_C) ? ", Type-C" : "",
		type_c(vbt, &c, 2, BDB_THUNDERBOLT) ? ", Thunderbolt" : "");
}

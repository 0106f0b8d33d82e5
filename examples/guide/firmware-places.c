/* SPDX-License-Identifier: MIT
 *
 * Guide: firmware places. The VMM publishes two files; guest firmware copies the OpRegion,
 * reserves stolen memory and writes both addresses to config space. QEMU and EVE work so.
 */
#include "guide.h"

struct device {
	struct host host;
	struct igdpt_platform platform;
	struct igdpt_pcicfg *cfg;
	uint8_t opregion[IGDPT_OPREGION_MAX_BYTES];
	size_t opregion_bytes;
	uint8_t bdsm_size[8];
};

/** [identify] */
static void identify(struct device *dev)
{
	uint32_t id = (uint32_t)(dev->host.config[3] << 8 | dev->host.config[2]);

	dev->platform.size = sizeof(dev->platform);
	need(igdpt_platform_find(id, &dev->platform), "not an Intel GPU that the library knows",
		NULL);
}
/** [identify] */

/** [config] */
static void make_config(struct device *dev)
{
	struct igdpt_finding why = { .size = sizeof(why) };

	/* NULL options: ASLS and BDSM read 0 until the guest writes them, GGC is the host's. */
	need(igdpt_pcicfg_new(&dev->platform, dev->host.config, sizeof(dev->host.config), NULL,
		     &dev->cfg, &why),
		"config space", &why);
}
/** [config] */

/** [files] */
static void warn(void *user, const struct igdpt_finding *finding)
{
	char text[200];

	(void)user;
	igdpt_finding_format(finding, text, sizeof(text));
	fprintf(stderr, "fw_cfg: %s\n", text);
}

static void make_files(struct device *dev, struct igdpt_fwcfg_file files[2])
{
	struct igdpt_pcicfg_state state = { .size = sizeof(state) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;
	size_t len = sizeof(dev->bdsm_size);

	need(igdpt_opregion_init(&op, dev->host.opregion, dev->host.opregion_bytes, &why),
		"OpRegion", &why);
	dev->opregion_bytes = sizeof(dev->opregion);
	need(igdpt_opregion_normalise(&op, NULL, dev->opregion, &dev->opregion_bytes, &why),
		"OpRegion", &why);

	/* As much as the GGC that the guest sees promises. */
	need(igdpt_pcicfg_get_state(dev->cfg, &state), "config space", NULL);
	need(igdpt_fwcfg_bdsm_size(state.dsm_bytes, dev->bdsm_size, &len, &why), "stolen memory",
		&why);

	files[0] = (struct igdpt_fwcfg_file){
		.name = IGDPT_FWCFG_OPREGION, .data = dev->opregion, .bytes = dev->opregion_bytes};
	files[1] = (struct igdpt_fwcfg_file){
		.name = IGDPT_FWCFG_BDSM_SIZE, .data = dev->bdsm_size, .bytes = len};
	expect(igdpt_fwcfg_check(files, 2, warn, NULL) == 0, "known firmware takes these files");
}
/** [files] */

/** [directory] */
static void make_directory(struct igdpt_fwcfg_file files[2])
{
	struct igdpt_finding why = { .size = sizeof(why) };
	uint8_t directory[4 + 64 * IGDPT_FWCFG_SLOTS];
	size_t len = sizeof(directory);

	/* A VMM with a fw_cfg device of its own needs only the selectors that this gives out. */
	need(igdpt_fwcfg_directory(files, 2, 0, directory, &len, &why), "directory", &why);
}
/** [directory] */

/** [access] */
static uint64_t config_read(struct device *dev, uint32_t offset, uint32_t width)
{
	uint64_t hw = 0, value = UINT64_MAX;

	if (igdpt_pcicfg_hw_bytes(dev->cfg, offset, width))
		hw = hardware_read(&dev->host, offset, width);
	igdpt_pcicfg_read(dev->cfg, offset, width, hw, &value);
	return value;
}

static void config_write(struct device *dev, uint32_t offset, uint32_t width, uint64_t value)
{
	uint32_t forward = 0;
	int events = igdpt_pcicfg_write(dev->cfg, offset, width, value, &forward);

	hardware_write(&dev->host, offset, width, value, forward);
	if (events > 0 && events & IGDPT_EVENT_ASLS)
		printf("guest firmware placed the OpRegion\n");
	if (events > 0 && events & IGDPT_EVENT_BDSM)
		printf("guest firmware placed stolen memory\n");
}
/** [access] */

/* What SeaBIOS does with it. */
static void play_firmware(struct device *dev, uint8_t *ram, const struct igdpt_fwcfg_file *opregion)
{
	uint64_t asls = GUEST_RAM - 0x2000, bdsm = GUEST_RAM - 80 * MIB;

	expect(config_read(dev, IGDPT_CFG_ASLS, 4) == 0, "no host address is seen at 0xFC");
	expect(config_read(dev, IGDPT_CFG_BDSM, 4) == 0, "no host address is seen at 0x5C");
	memcpy(ram + asls, opregion->data, opregion->bytes);
	config_write(dev, IGDPT_CFG_ASLS, 4, asls);
	config_write(dev, IGDPT_CFG_BDSM, 4, bdsm);
	expect(config_read(dev, IGDPT_CFG_ASLS, 4) == asls,
		"the guest reads its own OpRegion's address");
	expect(config_read(dev, IGDPT_CFG_BDSM, 4) == bdsm, "and its own stolen memory's");
	expect(config_read(dev, IGDPT_CFG_GGC, 2) == 0x02c1, "GGC is the host's");
}

int main(void)
{
	struct device *dev = calloc(1, sizeof(*dev));
	struct igdpt_fwcfg_file files[2];
	uint8_t *ram = guest_ram();

	expect(dev != NULL, "there is memory for the device");
	host_read(&dev->host);
	identify(dev);
	make_config(dev);
	make_files(dev, files);
	make_directory(files);
	/* The directory is sorted: etc/igd-bdsm-size comes first. */
	play_firmware(dev, ram, &files[1]);
	expect(dev->host.config[0xfc] == 0x18, "the write reached no hardware");
	igdpt_pcicfg_reset(dev->cfg);
	expect(config_read(dev, IGDPT_CFG_ASLS, 4) == 0, "after a reset firmware starts anew");
	igdpt_pcicfg_free(dev->cfg);
	free(dev);
	free(ram);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vfio_user.h"

/* Commands and flags of the wire. */
#define VERSION 1
#define DMA_MAP 2
#define DMA_UNMAP 3
#define DEVICE_GET_INFO 4
#define GET_REGION_INFO 5
#define GET_IRQ_INFO 7
#define REGION_READ 9
#define REGION_WRITE 10
#define DEVICE_RESET 13
#define MULTI_WRITE 15
#define REPLY 0x01
#define NO_REPLY 0x10
#define ERROR 0x20

#define CONFIG 7
#define BAR_BYTES (UINT64_C(1) << 33) /* a size that only a 64-bit BAR has */

struct model {
	struct pci_device dev;
	uint8_t config[256];
	uint64_t offset, value;
	uint32_t bar, width, accesses, resets;
};

static struct model model;
static int wire[2]; /* the client's end, the server's */

static uint32_t read_config(struct pci_device *dev, uint32_t offset, uint32_t width)
{
	uint32_t v = 0;

	require(offset + width <= 256, "%u bytes at %#x", width, offset);
	memcpy(&v, ((struct model *)dev)->config + offset, width);
	return v;
}

static void write_config(struct pci_device *dev, uint32_t offset, uint32_t width, uint32_t value)
{
	require(offset + width <= 256, "%u bytes at %#x", width, offset);
	memcpy(((struct model *)dev)->config + offset, &value, width);
}

static uint64_t read_bar(struct pci_device *dev, uint32_t bar, uint64_t offset, uint32_t width)
{
	struct model *m = (struct model *)dev;

	m->bar = bar;
	m->offset = offset;
	m->width = width;
	m->accesses++;
	return UINT64_C(0x1122334455667788);
}

static void write_bar(struct pci_device *dev, uint32_t bar, uint64_t offset, uint32_t width,
	uint64_t value)
{
	read_bar(dev, bar, offset, width);
	((struct model *)dev)->value = value;
}

static void reset(struct pci_device *dev)
{
	((struct model *)dev)->resets++;
}

static const struct pci_device_ops ops = { read_config, write_config, read_bar, write_bar, reset };

static void setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, wire), 0);
	model = (struct model){ .dev.ops = &ops };
	model.dev.bars[0].bytes = BAR_BYTES;
	for (uint32_t i = 0; i < 256; i++)
		model.config[i] = (uint8_t)i;
}

static void teardown(void)
{
	guest_ram_clear(&model.dev.ram);
	close(wire[0]);
	close(wire[1]);
}

struct packet {
	uint16_t id, command;
	uint32_t size, flags, error;
	uint8_t payload[4200];
};

static void send_packet(const struct packet *p, size_t bytes, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)p, bytes };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	require(sendmsg(wire[0], &msg, 0) == (ssize_t)bytes, "send");
}

/* The server's result for one command; the answer is in *p, its payload's size in *got. */
static int exchange(struct packet *p, uint16_t command, const void *payload, size_t len, int fd,
	size_t *got)
{
	ssize_t n;
	int rc;

	*p = (struct packet){ .id = 0x77, .command = command, .size = (uint32_t)(16 + len),
		.flags = p->flags };
	if (len)
		memcpy(p->payload, payload, len);
	send_packet(p, 16 + len, fd);
	rc = vfio_user_serve(wire[1], &model.dev);
	memset(p, 0, sizeof(*p));
	n = recv(wire[0], p, sizeof(*p), MSG_DONTWAIT);
	*got = n < 16 ? 0 : (size_t)n - 16;
	return rc;
}

static uint32_t ask(struct packet *p, uint16_t command, const void *payload, size_t len, size_t *got)
{
	p->flags = 0;
	require(exchange(p, command, payload, len, -1, got) == 1, "command %u", command);
	require(p->id == 0x77 && p->command == command && p->size == 16 + *got, "command %u", command);
	return p->flags & ERROR ? p->error : 0;
}

struct access {
	uint64_t offset;
	uint32_t region, bytes;
	uint8_t data[256];
};

static uint32_t region(uint16_t command, struct access *a, size_t data)
{
	static struct packet p;
	size_t got = 0;
	uint32_t error = ask(&p, command, a, 16 + data, &got);

	if (!error && command == REGION_READ) {
		require(got == 16 + a->bytes, "%zu", got);
		memcpy(a, p.payload, got);
	}
	return error;
}

START_TEST(the_client_learns_version_regions_and_interrupts)
{
	static const char hello[] = "\0\0\0\0{\"capabilities\":{}}";
	static struct packet p;
	const uint32_t bar0[8] = { 32, 0, 0 }, config[8] = { 32, 0, CONFIG }, vga[8] = { 32, 0, 8 };
	const uint32_t device[4] = { 16 }, intx[4] = { 16, 0, 0 }, msi[4] = { 16, 0, 1 };
	uint64_t bytes;
	uint32_t words[4];
	size_t got;

	ck_assert_uint_eq(ask(&p, VERSION, hello, sizeof(hello), &got), 0);
	ck_assert_uint_eq(p.payload[0] | p.payload[2], 0);
	ck_assert_str_eq((char *)p.payload + 4, "{\"capabilities\":{\"max_msg_fds\":8}}");
	ck_assert_uint_eq(ask(&p, DEVICE_GET_INFO, device, sizeof(device), &got), 0);
	memcpy(words, p.payload, sizeof(words));
	ck_assert_uint_eq(words[1], 3); /* PCI, can be reset */
	ck_assert_uint_eq(words[2], 9);
	ck_assert_uint_eq(ask(&p, GET_REGION_INFO, bar0, sizeof(bar0), &got), 0);
	memcpy(&bytes, p.payload + 16, 8);
	ck_assert_uint_eq(bytes, BAR_BYTES);
	ck_assert_uint_eq(ask(&p, GET_REGION_INFO, config, sizeof(config), &got), 0);
	memcpy(&bytes, p.payload + 16, 8);
	ck_assert_uint_eq(bytes, 256);
	ck_assert_uint_eq(ask(&p, GET_REGION_INFO, vga, sizeof(vga), &got), 0);
	memcpy(&bytes, p.payload + 16, 8);
	ck_assert_uint_eq(bytes, 0);
	ck_assert_uint_eq(ask(&p, GET_IRQ_INFO, intx, sizeof(intx), &got), 0);
	ck_assert_uint_eq(p.payload[12], 1);
	ck_assert_uint_eq(ask(&p, GET_IRQ_INFO, msi, sizeof(msi), &got), 0);
	ck_assert_uint_eq(p.payload[12], 0);
}
END_TEST

/* QEMU reads all of config space at once, and registers at any offset and width. */
START_TEST(config_space_is_read_and_written_at_any_offset)
{
	struct access a = { .region = CONFIG, .bytes = 256 };

	ck_assert_uint_eq(region(REGION_READ, &a, 0), 0);
	ck_assert_mem_eq(a.data, model.config, 256);
	for (uint32_t bytes = 1; bytes <= 8; bytes++) {
		for (uint32_t offset = 0; offset + bytes <= 256; offset += 3) {
			a = (struct access){ offset, CONFIG, bytes, { 0 } };
			require(region(REGION_READ, &a, 0) == 0, "%u at %#x", bytes, offset);
			require(memcmp(a.data, model.config + offset, bytes) == 0, "%u at %#x", bytes, offset);
		}
	}
	a = (struct access){ 0xfd, CONFIG, 3, { 1, 2, 3 } };
	ck_assert_uint_eq(region(REGION_WRITE, &a, 3), 0);
	ck_assert_mem_eq(model.config + 0xfd, "\1\2\3", 3);
	ck_assert_uint_eq(model.config[0xfc], 0xfc);
}
END_TEST

START_TEST(bars_take_accesses_of_eight_bytes_above_4_gib)
{
	struct access a = { BAR_BYTES - 8, 0, 8, { 0 } };

	ck_assert_uint_eq(region(REGION_READ, &a, 0), 0);
	ck_assert_uint_eq(model.offset, BAR_BYTES - 8);
	ck_assert_uint_eq(model.width, 8);
	ck_assert_uint_eq(a.data[0], 0x88);
	a = (struct access){ 0x1000, 0, 4, { 0xdd, 0xcc, 0xbb, 0xaa } };
	ck_assert_uint_eq(region(REGION_WRITE, &a, 4), 0);
	ck_assert_uint_eq(model.value, 0xaabbccdd);
	ck_assert_uint_eq(model.width, 4);
}
END_TEST

START_TEST(accesses_outside_a_region_are_refused_and_reach_nothing)
{
	struct access rows[] = { { 256, CONFIG, 1, { 0 } }, { 253, CONFIG, 4, { 0 } },
		{ 0, CONFIG, 0, { 0 } }, { UINT64_MAX, CONFIG, 4, { 0 } }, { BAR_BYTES, 0, 1, { 0 } },
		{ 0, 1, 4, { 0 } }, { 0, 8, 4, { 0 } }, { 0, UINT32_MAX, 4, { 0 } },
		{ 0, 0, 4097, { 0 } }, { 0, 0, UINT32_MAX, { 0 } } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_uint_eq(region(REGION_READ, &rows[i], 0), EINVAL);
	/* A write whose data are shorter than it says. */
	rows[0] = (struct access){ 0, 0, 8, { 0 } };
	ck_assert_uint_eq(region(REGION_WRITE, &rows[0], 4), EINVAL);
	ck_assert_uint_eq(model.accesses, 0);
}
END_TEST

static int ram_file(size_t bytes)
{
	int fd = memfd_create("ram", 0);

	ck_assert_int_eq(ftruncate(fd, (off_t)bytes), 0);
	return fd;
}

static uint32_t map(uint64_t offset, uint64_t address, uint64_t bytes, int fd)
{
	static struct packet p;
	const uint64_t words[4] = { 32 | UINT64_C(3) << 32, offset, address, bytes };
	size_t got;

	p.flags = 0;
	ck_assert_int_eq(exchange(&p, DMA_MAP, words, sizeof(words), fd, &got), 1);
	close(fd);
	return p.flags & ERROR ? p.error : 0;
}

START_TEST(mappings_are_guest_memory_until_they_are_taken_away)
{
	static struct packet p;
	uint64_t unmap[3] = { 24, 0x1000, 0x2000 };
	uint8_t byte = 0x5a, back = 0;
	size_t got;

	ck_assert_uint_eq(map(0, 0x1000, 0x2000, ram_file(0x2000)), 0);
	ck_assert_uint_eq(map(0, 0x100000, 0x1000, ram_file(0x1000)), 0);
	ck_assert(guest_ram_write(&model.dev.ram, 0x2fff, &byte, 1));
	ck_assert(guest_ram_read(&model.dev.ram, 0x2fff, &back, 1));
	ck_assert_uint_eq(back, 0x5a);
	ck_assert_uint_eq(ask(&p, DMA_UNMAP, unmap, sizeof(unmap), &got), 0);
	ck_assert(!guest_ram_read(&model.dev.ram, 0x2fff, &back, 1));
	ck_assert(guest_ram_read(&model.dev.ram, 0x100000, &back, 1));
	unmap[0] |= UINT64_C(2) << 32; /* all */
	ck_assert_uint_eq(ask(&p, DMA_UNMAP, unmap, sizeof(unmap), &got), 0);
	ck_assert_uint_eq(model.dev.ram.count, 0);
	/* A file that does not hold what the mapping says. */
	ck_assert_uint_eq(map(0x1000, 0x1000, 0x2000, ram_file(0x2000)), EINVAL);
	ck_assert_uint_eq(map(0, UINT64_MAX - 0xfff, 0x2000, ram_file(0x2000)), EINVAL);
	ck_assert_uint_eq(model.dev.ram.count, 0);
}
END_TEST

START_TEST(unknown_commands_are_answered_with_an_error)
{
	static struct packet p;
	size_t got;

	ck_assert_uint_eq(ask(&p, MULTI_WRITE, NULL, 0, &got), ENOTSUP);
	ck_assert_uint_eq(ask(&p, 0, NULL, 0, &got), ENOTSUP);
	ck_assert_uint_eq(ask(&p, DEVICE_RESET, NULL, 0, &got), 0);
	ck_assert_uint_eq(model.resets, 1);
	p.flags = NO_REPLY;
	ck_assert_int_eq(exchange(&p, DEVICE_RESET, NULL, 0, -1, &got), 1);
	ck_assert_uint_eq(p.size, 0);
	ck_assert_uint_eq(model.resets, 2);
}
END_TEST

/* Every command with every payload length that is too short for it: an error, and no more. */
START_TEST(short_payloads_are_refused)
{
	static const struct {
		uint16_t command;
		size_t bytes;
	} rows[] = { { VERSION, 4 }, { DMA_MAP, 32 }, { DMA_UNMAP, 24 }, { DEVICE_GET_INFO, 16 },
		{ GET_REGION_INFO, 32 }, { GET_IRQ_INFO, 16 }, { REGION_READ, 16 }, { REGION_WRITE, 17 } };
	static const uint8_t zeros[64];
	static struct packet p;
	size_t got;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t len = 0; len < rows[i].bytes; len++)
			require(ask(&p, rows[i].command, zeros, len, &got) == EINVAL, "command %u, %zu bytes",
				rows[i].command, len);
	}
	ck_assert_uint_eq(model.accesses, 0);
}
END_TEST

START_TEST(impossible_headers_end_the_connection)
{
	static struct packet p = { .command = DEVICE_RESET, .size = 15 };
	size_t got;

	send_packet(&p, 16, -1);
	ck_assert_int_eq(vfio_user_serve(wire[1], &model.dev), -EPROTO);
	p.size = 1u << 20;
	send_packet(&p, 16, -1);
	ck_assert_int_eq(vfio_user_serve(wire[1], &model.dev), -EPROTO);
	p.flags = REPLY;
	ck_assert_int_eq(exchange(&p, DEVICE_RESET, NULL, 0, -1, &got), -EPROTO);
	ck_assert_uint_eq(model.resets, 0);
	close(wire[0]);
	wire[0] = -1;
	ck_assert_int_eq(vfio_user_serve(wire[1], &model.dev), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vfio_user");
	TCase *tc = tcase_create("wire");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_client_learns_version_regions_and_interrupts);
	tcase_add_test(tc, config_space_is_read_and_written_at_any_offset);
	tcase_add_test(tc, bars_take_accesses_of_eight_bytes_above_4_gib);
	tcase_add_test(tc, accesses_outside_a_region_are_refused_and_reach_nothing);
	tcase_add_test(tc, mappings_are_guest_memory_until_they_are_taken_away);
	tcase_add_test(tc, unknown_commands_are_answered_with_an_error);
	tcase_add_test(tc, short_payloads_are_refused);
	tcase_add_test(tc, impossible_headers_end_the_connection);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

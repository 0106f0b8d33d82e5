/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy.h"

/* Commands of the wire. */
#define SYNC_SYSMEM 0
#define RET 1
#define CONFIG_WRITE 2
#define CONFIG_READ 3
#define BAR_WRITE 4
#define BAR_READ 5
#define SET_IRQFD 6
#define RESET 7

#define MEMORY_BAR 0xf0000000u

struct model {
	struct pci_device dev;
	uint32_t answer;
	uint32_t offset, width, bar, resets;
	uint64_t value;
};

static uint32_t read_config(struct pci_device *dev, uint32_t offset, uint32_t width)
{
	struct model *m = (struct model *)dev;

	(void)width;
	if (offset == 0x10)
		return MEMORY_BAR;
	if (offset == 0x20)
		return 0xc001;
	m->offset = offset;
	return m->answer;
}

static void write_config(struct pci_device *dev, uint32_t offset, uint32_t width, uint32_t value)
{
	struct model *m = (struct model *)dev;

	m->offset = offset;
	m->width = width;
	m->value = value;
}

static uint64_t read_bar(struct pci_device *dev, uint32_t bar, uint64_t offset, uint32_t width)
{
	struct model *m = (struct model *)dev;

	m->bar = bar;
	m->offset = (uint32_t)offset;
	m->width = width;
	return UINT64_MAX;
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

/* Both ends of the wire: the peer's is [0], the server's [1]. */
static int wire[2];
static struct model model;

static void setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, wire), 0);
	model = (struct model){ .dev.ops = &ops };
	model.dev.bars[0].bytes = 0x1000;
	model.dev.bars[4] = (struct pci_bar){ .bytes = 64, .io = true };
}

static void teardown(void)
{
	guest_ram_clear(&model.dev.ram);
	close(wire[0]);
	close(wire[1]);
}

struct packet {
	int32_t command;
	uint32_t padding;
	uint64_t size;
	uint8_t payload[200];
};

static struct packet packet(int32_t command, const void *payload, size_t size)
{
	struct packet p = { .command = command, .size = size };

	if (size)
		memcpy(p.payload, payload, size);
	return p;
}

static struct packet config_packet(int32_t command, uint32_t offset, uint32_t value, uint32_t width)
{
	const uint32_t words[3] = { offset, value, width };

	return packet(command, words, sizeof(words));
}

static struct packet bar_packet(int32_t command, uint64_t address, uint64_t value, uint32_t width,
	bool memory)
{
	struct {
		uint64_t address, value;
		uint32_t width, memory;
	} access = { address, value, width, memory };

	return packet(command, &access, sizeof(access));
}

/* The first `bytes` of a message, with descriptors at its first byte. */
static void send_part(const struct packet *p, size_t bytes, const int *fds, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(16 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)p, bytes };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (count) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(wire[0], &msg, 0), (ssize_t)bytes);
}

static int serve(struct packet p)
{
	send_part(&p, 16 + p.size, NULL, 0);
	return proxy_serve(wire[1], &model.dev);
}

static uint64_t reply(void)
{
	struct {
		int32_t command;
		uint32_t padding;
		uint64_t size, value;
	} ret;

	ck_assert_int_eq(recv(wire[0], &ret, sizeof(ret), MSG_DONTWAIT), sizeof(ret));
	ck_assert_int_eq(ret.command, RET);
	ck_assert_uint_eq(ret.size, 8);
	return ret.value;
}

static size_t open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* All ones of 64 bits are QEMU's error value. */
START_TEST(reads_are_answered_zero_extended)
{
	model.answer = UINT32_MAX;
	ck_assert_int_eq(serve(config_packet(CONFIG_READ, 0xfc, 0, 4)), 1);
	ck_assert_uint_eq(reply(), 0xffffffff);
	ck_assert_int_eq(serve(config_packet(CONFIG_READ, 0xff, 0, 1)), 1);
	ck_assert_uint_eq(reply(), 0xff);
	ck_assert_uint_eq(model.offset, 0xff);
	ck_assert_int_eq(serve(bar_packet(BAR_READ, MEMORY_BAR, 0, 4, true)), 1);
	ck_assert_uint_eq(reply(), 0xffffffff);
}
END_TEST

START_TEST(writes_reach_the_device_cut_to_their_width)
{
	ck_assert_int_eq(serve(config_packet(CONFIG_WRITE, 0x5c, 0x12345678, 2)), 1);
	ck_assert_uint_eq(reply(), 0);
	ck_assert_uint_eq(model.offset, 0x5c);
	ck_assert_uint_eq(model.width, 2);
	ck_assert_uint_eq(model.value, 0x5678);
}
END_TEST

START_TEST(bar_accesses_are_relative_to_the_bar)
{
	ck_assert_int_eq(serve(bar_packet(BAR_WRITE, MEMORY_BAR + 0xffc, 0xabcdef12, 4, true)), 1);
	ck_assert_uint_eq(reply(), 0);
	ck_assert_uint_eq(model.bar, 0);
	ck_assert_uint_eq(model.offset, 0xffc);
	ck_assert_uint_eq(model.value, 0xabcdef12);
	ck_assert_int_eq(serve(bar_packet(BAR_READ, 0xc004, 0, 1, false)), 1);
	ck_assert_uint_eq(reply(), 0xff);
	ck_assert_uint_eq(model.bar, 4);
	ck_assert_uint_eq(model.offset, 4);
}
END_TEST

/* A driver's readq(): QEMU 7.2 sends it whole. */
START_TEST(a_bar_may_be_accessed_8_bytes_at_a_time)
{
	ck_assert_int_eq(serve(bar_packet(BAR_WRITE, MEMORY_BAR + 8, 0x1234567890abcdef, 8, true)), 1);
	ck_assert_uint_eq(reply(), 0);
	ck_assert_uint_eq(model.width, 8);
	ck_assert_uint_eq(model.offset, 8);
	ck_assert_uint_eq(model.value, 0x1234567890abcdef);
	ck_assert_int_eq(serve(bar_packet(BAR_READ, MEMORY_BAR + 8, 0, 8, true)), 1);
	ck_assert_uint_eq(reply(), UINT64_MAX);
}
END_TEST

START_TEST(accesses_outside_every_bar_read_ones_and_reach_nothing)
{
	static const uint64_t outside[] = { 0, MEMORY_BAR - 1, MEMORY_BAR + 0xfff, UINT64_MAX, 0xc000 };

	model.offset = 77;
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		ck_assert_int_eq(serve(bar_packet(BAR_READ, outside[i], 0, 2, true)), 1);
		ck_assert_uint_eq(reply(), 0xffff);
		ck_assert_int_eq(serve(bar_packet(BAR_WRITE, outside[i], 1, 2, true)), 1);
		ck_assert_uint_eq(reply(), 0);
	}
	ck_assert_uint_eq(model.offset, 77);
}
END_TEST

START_TEST(a_reset_is_answered)
{
	ck_assert_int_eq(serve(packet(RESET, NULL, 0)), 1);
	ck_assert_uint_eq(reply(), 0);
	ck_assert_uint_eq(model.resets, 1);
}
END_TEST

START_TEST(broken_messages_end_the_connection)
{
	const struct packet bad[] = {
		packet(RET, "12345678", 8), packet(8, NULL, 0), packet(-1, NULL, 0),
		packet(RESET, "1", 1), packet(SET_IRQFD, "1", 1), packet(CONFIG_READ, "1234", 4),
		packet(CONFIG_READ, model.dev.bars, 24), packet(BAR_READ, "123456789abc", 12),
		packet(SYNC_SYSMEM, "12345678", 8),
		config_packet(CONFIG_READ, 0, 0, 0), config_packet(CONFIG_READ, 0, 0, 3),
		config_packet(CONFIG_READ, 0, 0, 8), config_packet(CONFIG_READ, 0, 0, UINT32_MAX),
		config_packet(CONFIG_READ, 0xfd, 0, 4), config_packet(CONFIG_WRITE, 0x100, 0, 1),
		config_packet(CONFIG_WRITE, UINT32_MAX, 0, 4), bar_packet(BAR_READ, 0, 0, 0, true),
		bar_packet(BAR_READ, 0, 0, 16, true),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(serve(bad[i]) == -EPROTO, "message %zu", i);
		teardown();
		setup();
	}
}
END_TEST

START_TEST(a_message_cut_anywhere_is_no_message)
{
	const struct packet p = config_packet(CONFIG_WRITE, 0x10, 1, 4);

	for (size_t bytes = 0; bytes < 16 + p.size; bytes++) {
		send_part(&p, bytes, NULL, 0);
		shutdown(wire[0], SHUT_WR);
		ck_assert_int_eq(proxy_serve(wire[1], &model.dev), 0);
		ck_assert_uint_eq(model.width, 0);
		teardown();
		setup();
	}
}
END_TEST

START_TEST(a_peer_that_stops_in_a_message_is_not_waited_for_long)
{
	const struct packet p = config_packet(CONFIG_WRITE, 0x10, 1, 4);

	send_part(&p, 20, NULL, 0);
	ck_assert_int_eq(proxy_serve(wire[1], &model.dev), -ETIMEDOUT);
}
END_TEST

START_TEST(a_peer_that_has_gone_is_told_from_an_error)
{
	const struct packet p = config_packet(CONFIG_READ, 0, 0, 4);

	send_part(&p, 16 + p.size, NULL, 0);
	close(wire[0]);
	ck_assert_int_eq(proxy_serve(wire[1], &model.dev), 0);
	wire[0] = -1;
	ck_assert_int_eq(proxy_serve(wire[1], &model.dev), 0);
}
END_TEST

static int memory_file(size_t bytes)
{
	int fd = memfd_create("ram", MFD_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd, (off_t)bytes), 0);
	return fd;
}

static void sync_memory(uint64_t gpa, uint64_t bytes, uint64_t offset, int fd, size_t copies)
{
	uint64_t words[24] = { 0 };
	int fds[16];
	struct packet p;

	for (size_t i = 0; i < copies && i < 8; i++) {
		words[i] = gpa + i * bytes;
		words[8 + i] = bytes;
		words[16 + i] = offset;
	}
	for (size_t i = 0; i < copies; i++)
		fds[i] = fd;
	p = packet(SYNC_SYSMEM, words, sizeof(words));
	send_part(&p, 16 + p.size, fds, copies);
}

START_TEST(guest_memory_is_what_the_last_message_says)
{
	int fd = memory_file(0x3000);
	char text[8] = "";

	ck_assert_int_eq(pwrite(fd, "opregion", 8, 0x1ffc), 8);
	sync_memory(0x100000, 0x2000, 0x1000, fd, 1);
	ck_assert_int_eq(proxy_serve(wire[1], &model.dev), 1);
	ck_assert(guest_ram_read(&model.dev.ram, 0x100ffc, text, 8));
	ck_assert_mem_eq(text, "opregion", 8);
	ck_assert(guest_ram_write(&model.dev.ram, 0x101ff8, "the last", 8));
	ck_assert(!guest_ram_read(&model.dev.ram, 0x101ff9, text, 8));
	ck_assert(!guest_ram_read(&model.dev.ram, 0xfffff, text, 8));
	ck_assert(!guest_ram_write(&model.dev.ram, UINT64_MAX, text, 8));

	sync_memory(0x200000, 0x1000, 0x2000, fd, 2);
	ck_assert_int_eq(proxy_serve(wire[1], &model.dev), 1);
	ck_assert(!guest_ram_read(&model.dev.ram, 0x100ffc, text, 8));
	ck_assert(guest_ram_read(&model.dev.ram, 0x200ff8, text, 8));
	ck_assert_mem_eq(text, "the last", 8);
	ck_assert(guest_ram_read(&model.dev.ram, 0x200ffc, text, 8));
	close(fd);
}
END_TEST

START_TEST(descriptors_do_not_pile_up)
{
	int fd = memory_file(0x1000);
	struct packet p = config_packet(CONFIG_READ, 0, 0, 4);
	size_t before = open_descriptors();
	int two[2] = { fd, fd };

	for (int i = 0; i < 50; i++) {
		sync_memory(0, 0x1000, 0, fd, 8);
		ck_assert_int_eq(proxy_serve(wire[1], &model.dev), 1);
		send_part(&p, 16 + p.size, two, 2);
		ck_assert_int_eq(proxy_serve(wire[1], &model.dev), 1);
		reply();
		p = packet(SET_IRQFD, NULL, 0);
		send_part(&p, 16, two, 2);
		ck_assert_int_eq(proxy_serve(wire[1], &model.dev), 1);
		p = config_packet(CONFIG_READ, 0, 0, 4);
	}
	ck_assert_uint_eq(open_descriptors(), before + 8);
	sync_memory(0, 0x1000, 0, fd, 0);
	ck_assert_int_eq(proxy_serve(wire[1], &model.dev), 1);
	ck_assert_uint_eq(open_descriptors(), before);
	sync_memory(0, 0x1000, 0, fd, 12);
	ck_assert_int_eq(proxy_serve(wire[1], &model.dev), -EPROTO);
	ck_assert_uint_eq(open_descriptors(), before);
	close(fd);
}
END_TEST

START_TEST(sections_that_their_file_does_not_hold_are_left_out)
{
	int fd = memory_file(0x1000), fifo[2];

	ck_assert_int_eq(pipe(fifo), 0);
	sync_memory(0, 0x1001, 0, fd, 1);
	sync_memory(0, 0x1000, 1, fd, 1);
	sync_memory(0, 0x1000, UINT64_MAX - 0xfff, fd, 1);
	sync_memory(0, 0x1000, INT64_MAX, fd, 1);
	sync_memory(0, 0, 0, fd, 1);
	sync_memory(UINT64_MAX - 0xffe, 0x1000, 0, fd, 1);
	sync_memory(0, 1, 0, fifo[0], 1);
	for (int i = 0; i < 7; i++) {
		ck_assert_int_eq(proxy_serve(wire[1], &model.dev), 1);
		ck_assert_uint_eq(model.dev.ram.count, 0);
	}
	close(fifo[0]);
	close(fifo[1]);
	close(fd);
}
END_TEST

START_TEST(a_file_cut_short_by_the_peer_reads_as_no_memory)
{
	int fd = memory_file(0x2000);
	char text[16];

	sync_memory(0, 0x2000, 0, fd, 1);
	ck_assert_int_eq(proxy_serve(wire[1], &model.dev), 1);
	ck_assert(guest_ram_read(&model.dev.ram, 0x1ff8, text, 8));
	ck_assert_int_eq(ftruncate(fd, 0x1000), 0);
	ck_assert(!guest_ram_read(&model.dev.ram, 0x1ff8, text, 8));
	ck_assert(!guest_ram_read(&model.dev.ram, 0xff8, text, 16));
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proxy");
	TCase *tc = tcase_create("wire");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, reads_are_answered_zero_extended);
	tcase_add_test(tc, writes_reach_the_device_cut_to_their_width);
	tcase_add_test(tc, bar_accesses_are_relative_to_the_bar);
	tcase_add_test(tc, a_bar_may_be_accessed_8_bytes_at_a_time);
	tcase_add_test(tc, accesses_outside_every_bar_read_ones_and_reach_nothing);
	tcase_add_test(tc, a_reset_is_answered);
	tcase_add_test(tc, broken_messages_end_the_connection);
	tcase_add_test(tc, a_message_cut_anywhere_is_no_message);
	tcase_add_test(tc, a_peer_that_stops_in_a_message_is_not_waited_for_long);
	tcase_add_test(tc, a_peer_that_has_gone_is_told_from_an_error);
	tcase_add_test(tc, guest_memory_is_what_the_last_message_says);
	tcase_add_test(tc, descriptors_do_not_pile_up);
	tcase_add_test(tc, sections_that_their_file_does_not_hold_are_left_out);
	tcase_add_test(tc, a_file_cut_short_by_the_peer_reads_as_no_memory);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

/* SPDX-License-Identifier: MIT
 *
 * The access paths under a regime that forbids what they promise not to do: in Linux's strict
 * seccomp mode any system call but read, write and exit kills the process (a contended lock is one),
 * and the allocator is replaced by one that refuses.
 */
#include "support.h"

#include <linux/seccomp.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igdpt/mmio.h"
#include "igdpt/pcicfg.h"

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *p, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *p, size_t bytes);

static bool forbidden;

static void *refuse(void)
{
	syscall(SYS_exit, 17);
	return NULL;
}

void *__wrap_malloc(size_t bytes)
{
	return forbidden ? refuse() : __real_malloc(bytes);
}

void *__wrap_calloc(size_t n, size_t bytes)
{
	return forbidden ? refuse() : __real_calloc(n, bytes);
}

void *__wrap_realloc(void *p, size_t bytes)
{
	return forbidden ? refuse() : __real_realloc(p, bytes);
}

static void access_everything(struct igdpt_pcicfg *cfg)
{
	static const uint32_t mirrors[] = { IGDPT_MMIO_RC6_CTX, IGDPT_MMIO_DOORBELL_CTX, IGDPT_MMIO_TOLUD,
		IGDPT_MMIO_GGC, IGDPT_MMIO_TOUUD, IGDPT_MMIO_DSMBASE, IGDPT_MMIO_GSMBASE, IGDPT_MMIO_STOLEN_RESERVED, IGDPT_MMIO_PCODE_STOLEN };
	uint64_t value, hw;
	uint32_t forward;

	for (uint32_t width = 1; width <= 8; width++) {
		for (uint32_t offset = 0; offset + width <= 4096; offset++) {
			igdpt_pcicfg_hw_bytes(cfg, offset, width);
			igdpt_pcicfg_read(cfg, offset, width, offset, &value);
			igdpt_pcicfg_write(cfg, offset, width, UINT64_MAX - offset, &forward);
		}
		for (size_t i = 0; i < sizeof(mirrors) / sizeof(mirrors[0]); i++) {
			igdpt_mmio_read(cfg, 0, mirrors[i] - 4 + width, width, 0, &value);
			igdpt_mmio_write(cfg, 0, mirrors[i] - 4 + width, width, 5, &hw, &forward);
		}
	}
	igdpt_pcicfg_reset(cfg);
}

/* 0 done; 17 allocated; 128 + SIGKILL a system call. */
static int in_a_cage(void (*work)(struct igdpt_pcicfg *cfg), struct igdpt_pcicfg *cfg)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		forbidden = true;
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0)
			work(cfg);
		else
			syscall(SYS_exit, 77);
		syscall(SYS_exit, 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static struct igdpt_pcicfg *make(uint32_t id)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	uint8_t config[256] = { 0x86, 0x80, [0x0b] = 3, [0x50] = 0xc1, 0x02 };
	struct igdpt_pcicfg *cfg = NULL;

	config[2] = (uint8_t)id;
	config[3] = (uint8_t)(id >> 8);
	ck_assert_int_eq(igdpt_platform_find(id, &p), 0);
	ck_assert_int_eq(igdpt_pcicfg_new(&p, config, sizeof(config), NULL, &cfg, NULL), 0);
	ck_assert_int_eq(igdpt_mmio_setup(cfg, NULL, NULL), 0);
	return cfg;
}

START_TEST(accesses_neither_allocate_nor_call_the_system)
{
	static const uint32_t ids[] = { 0x0102, 0x0412, 0x1612, 0x22b0, 0x1912, 0x8a52, 0x9a49, 0x7d55 };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct igdpt_pcicfg *cfg = make(ids[i]);

		ck_assert_int_eq(in_a_cage(access_everything, cfg), 0);
		igdpt_pcicfg_free(cfg);
	}
}
END_TEST

static void calls_the_system(struct igdpt_pcicfg *cfg)
{
	(void)cfg;
	syscall(SYS_getpid);
}

static void allocates(struct igdpt_pcicfg *cfg)
{
	struct igdpt_platform p = { .size = sizeof(p) };
	struct igdpt_pcicfg *other;
	static const uint8_t config[256];

	(void)cfg;
	igdpt_pcicfg_new(&p, config, sizeof(config), NULL, &other, NULL);
}

START_TEST(the_cage_holds)
{
	struct igdpt_pcicfg *cfg = make(0x0412);

	ck_assert_int_eq(in_a_cage(calls_the_system, cfg), 128 + SIGKILL);
	ck_assert_int_eq(in_a_cage(allocates, cfg), 17);
	igdpt_pcicfg_free(cfg);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("access");
	TCase *tc = tcase_create("cage");

	tcase_add_test(tc, accesses_neither_allocate_nor_call_the_system);
	tcase_add_test(tc, the_cage_holds);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

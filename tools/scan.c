/* SPDX-License-Identifier: MIT
 *
 * igdpt scan: any number of files of any kind, a line each.
 */
#include "scan.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pool.h"
#include "walk.h"

/* A flash image is the largest file that may hold something. */
#define INPUT_MAX ((size_t)64 << 20)
#define PROGRESS_SECONDS 0.2

/* The first that knows a file reads it: a signature, then text, then a VBT somewhere inside. */
static const struct scan_kind *const kinds[] = {
	&scan_opregion, &scan_dmar, &scan_rom, &scan_iomem, &scan_sysfs, &scan_lspci, &scan_log, &scan_vbt,
};

static const char *const verdicts[POOL_RESULTS] = { "fine", "warnings", "errors", "unreadable" };

struct scan {
	struct walk walk;
	unsigned jobs;
	bool json, quiet, progress;
	struct timespec begin;
	double shown; /* when progress was, in seconds since then */
};

static const struct scan_kind *kind_of(const struct scan_input *in)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i]->is(in->data, in->len))
			return kinds[i];
	}
	return NULL;
}

static void text_line(FILE *out, const char *path, const char *kind, unsigned verdict)
{
	fprintf(out, "%s: %s: %s\n", cli_name(path), kind, verdicts[verdict]);
}

static unsigned no_input(const struct scan *s, const char *path, const char *reason, FILE *out)
{
	struct json j = { .out = out, .line = true };

	if (!s->json) {
		fprintf(out, "%s: %s\n", cli_name(path), reason);
		return EXIT_CANNOT_RUN;
	}
	json_begin_object(&j, NULL);
	json_string(&j, "file", path);
	json_string(&j, "error", reason);
	json_string(&j, "verdict", verdicts[EXIT_CANNOT_RUN]);
	json_end_object(&j);
	return EXIT_CANNOT_RUN;
}

static unsigned read_json(const struct scan_kind *kind, const struct scan_input *in, FILE *out)
{
	struct json j = { .out = out, .line = true };
	struct cli_findings findings = { .json = &j, .file = in->path };
	unsigned verdict;

	json_begin_object(&j, NULL);
	json_string(&j, "file", in->path);
	json_string(&j, "kind", kind->name);
	kind->read(in, &j, &findings);
	verdict = (unsigned)cli_findings_exit(&findings);
	json_string(&j, "verdict", verdicts[verdict]);
	json_end_object(&j);
	return verdict;
}

static unsigned read_text(const struct scan *s, const struct scan_kind *kind,
	const struct scan_input *in, FILE *out)
{
	struct cli_findings findings = { .out = out, .file = in->path, .quiet = s->quiet };
	unsigned verdict;

	kind->read(in, NULL, &findings);
	verdict = (unsigned)cli_findings_exit(&findings);
	if (verdict != EXIT_FINE || !s->quiet)
		text_line(out, in->path, kind->name, verdict);
	return verdict;
}

static unsigned scan_one(void *user, const char *path, FILE *out)
{
	const struct scan *s = user;
	struct scan_input in = { .path = path };
	const struct scan_kind *kind;
	char reason[CLI_REASON];
	const char *guess;
	unsigned verdict;

	if (!cli_load_file(path, INPUT_MAX, &in.data, &in.len, reason))
		return no_input(s, path, reason, out);
	kind = kind_of(&in);
	guess = kind ? NULL : cli_looks_like(in.data, in.len);
	if (!kind)
		verdict = no_input(s, path, guess ? guess : "nothing that igdpt reads", out);
	else
		verdict = s->json ? read_json(kind, &in, out) : read_text(s, kind, &in, out);
	free(in.data);
	return verdict;
}

static char *next_name(void *user)
{
	struct scan *s = user;

	return walk_next(&s->walk);
}

static double seconds_since(const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - begin->tv_sec) + 1e-9 * (double)(now.tv_nsec - begin->tv_nsec);
}

static uint64_t total(const struct pool_counts *c)
{
	return c->results[0] + c->results[1] + c->results[2] + c->results[3];
}

static void print_counts(FILE *out, const struct pool_counts *c)
{
	fprintf(out, "%" PRIu64 " file%s: %" PRIu64 " fine, %" PRIu64 " with warnings, %" PRIu64
		" with errors, %" PRIu64 " unreadable", total(c), cli_plural(total(c)), c->results[EXIT_FINE],
		c->results[EXIT_WARNINGS], c->results[EXIT_ERRORS], c->results[EXIT_CANNOT_RUN]);
}

static void show_progress(void *user, const struct pool_counts *c)
{
	struct scan *s = user;
	double now = seconds_since(&s->begin);

	if (!s->progress || now - s->shown < PROGRESS_SECONDS)
		return;
	s->shown = now;
	fputc('\r', stderr);
	print_counts(stderr, c);
	fprintf(stderr, ", %.0f/s\033[K", (double)total(c) / now);
}

static int worst(const struct pool_counts *c)
{
	for (int code = EXIT_CANNOT_RUN; code > EXIT_FINE; code--) {
		if (c->results[code])
			return code;
	}
	return EXIT_FINE;
}

/* One summary: below the lines, or on a terminal that does not show the lines. */
static void finish(const struct scan *s, const struct pool_counts *counts)
{
	if (s->progress) {
		fputc('\r', stderr);
		print_counts(stderr, counts);
		fprintf(stderr, ", %.1f s\033[K\n", seconds_since(&s->begin));
	} else if (!s->json) {
		print_counts(stdout, counts);
		putchar('\n');
	}
}

static int scan(struct scan *s)
{
	struct pool pool = { .threads = s->jobs, .out = stdout, .next = next_name, .work = scan_one,
		.progress = show_progress, .user = s };
	struct pool_counts counts;
	bool ran;

	/* Lines of files and a line of progress would write over each other. */
	s->progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	clock_gettime(CLOCK_MONOTONIC, &s->begin);
	ran = pool_run(&pool, &counts);
	finish(s, &counts);
	walk_end(&s->walk);
	if (!ran)
		return cli_error("scan: out of memory, or the output cannot be written");
	return s->walk.incomplete ? EXIT_CANNOT_RUN : worst(&counts);
}

static unsigned processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned)n : 1;
}

static int run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "files-from", required_argument, NULL, 'f' }, { "jobs", required_argument, NULL, 'j' },
		{ "json", no_argument, NULL, 'J' }, { "null", no_argument, NULL, '0' },
		{ "quiet", no_argument, NULL, 'q' }, { NULL, 0, NULL, 0 },
	};
	struct scan s = { .walk.separator = '\n', .jobs = processors() };
	const char *list = NULL;
	int option;

	while ((option = cli_getopt(self, argc, argv, ":j:q0", options)) != -1) {
		if (option == 'J')
			s.json = true;
		else if (option == 'q')
			s.quiet = true;
		else if (option == '0')
			s.walk.separator = '\0';
		else if (option == 'f')
			list = optarg;
		else if (option == '?')
			return EXIT_CANNOT_RUN;
		else if (!cli_number32(optarg, &s.jobs) || !s.jobs)
			return cli_bad_value(self, argv, options, option);
	}
	if (optind == argc && !list)
		return cli_usage(self, "scan: which files?");
	s.walk.args = argv + optind;
	s.walk.count = argc - optind;
	if (list && !(s.walk.list = cli_open_file(list)))
		return EXIT_CANNOT_RUN;
	return scan(&s);
}

const struct command cmd_scan = {
	.name = "scan",
	.summary = "judge any number of files, of all kinds, with all cores",
	.usage = "usage: igdpt scan [--json] [--quiet] [--jobs N] [--files-from LIST [--null]] [PATH...]\n\n"
		 "A line for each file, in order: OpRegions, VBTs, option ROMs, flash images, DMAR tables,\n"
		 "/proc/iomem, reserved_regions, what lspci prints, and logs, each known by its content. A\n"
		 "directory stands for the files below it.\n"
		 "  --json             one line of JSON a file\n"
		 "  --quiet            only the files that are not fine, without their findings\n"
		 "  --jobs N           threads (default: one a processor)\n"
		 "  --files-from LIST  read names from a file, or from standard input (-), a line each\n"
		 "  --null             the names of LIST end with a NUL byte: find -print0\n"
		 "Exit status: that of the worst file: 0 fine, 1 warnings, 2 errors, 3 unreadable.\n",
	.run = run,
};

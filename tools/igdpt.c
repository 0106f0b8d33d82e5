/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "igdpt/base.h"

static const struct command *const commands[] = {
	&cmd_opregion,
	&cmd_vbt,
	&cmd_rom,
	&cmd_dmar,
	&cmd_rmrr,
	&cmd_fwcfg,
	&cmd_scan,
	&cmd_doctor,
	&cmd_capture,
	&cmd_explain,
	&cmd_sample,
	&cmd_plan,
	&cmd_legacy,
	&cmd_platform,
	NULL,
};

static void help(FILE *out)
{
	fputs("usage: igdpt VERB ...\n\nIntel GPU passthrough: read, judge and build what a VMM hands to "
	      "its guest.\n\n", out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nigdpt VERB --help tells more; igdpt --version the version.\n"
	      "Exit status: 0 fine, 1 warnings, 2 errors found, 3 could not run.\n", out);
}

static int version(void)
{
	uint32_t major, minor, micro;

	igdpt_version(&major, &minor, &micro);
	printf("igdpt %u.%u.%u\n", major, minor, micro);
	return EXIT_FINE;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	cli_error("unknown verb '%s'; igdpt --help lists them", name);
	return NULL;
}

static int run(const struct command *command, int argc, char **argv)
{
	if (argc > 1 && (is_help(argv[1]) || (is_help(argv[argc - 1]) && strcmp(argv[argc - 2], "--") != 0))) {
		printf("%s", command->usage);
		return EXIT_FINE;
	}
	return command->run(command, argc, argv);
}

static int act(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		help(stderr);
		return EXIT_CANNOT_RUN;
	}
	if (is_help(argv[1]) || (strcmp(argv[1], "help") == 0 && argc == 2)) {
		help(stdout);
		return EXIT_FINE;
	}
	if (strcmp(argv[1], "help") == 0) {
		command = find(argv[2]);
		return command ? fputs(command->usage, stdout), EXIT_FINE : EXIT_CANNOT_RUN;
	}
	if (strcmp(argv[1], "--version") == 0)
		return version();
	if (strcmp(argv[1], "--complete") == 0)
		return cli_complete(commands, argc - 2, argv + 2);
	command = find(argv[1]);
	return command ? run(command, argc - 1, argv + 1) : EXIT_CANNOT_RUN;
}

int main(int argc, char **argv)
{
	int rc = act(argc, argv);

	if (fflush(stdout) != 0 || ferror(stdout))
		return cli_error("cannot write the output");
	return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the files of gtest: gtest.c has the cases and runs them, gtest_options.c reads what the
 * command line asks for, gtest_report.c writes what became of them. Before any other header.
 */
#ifndef TESTS_GTEST_INTERNAL_H
#define TESTS_GTEST_INTERNAL_H

#ifndef _GNU_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gtest.h"

/* Flags, so that a set of them can be counted. 0 is a case the filter left out. */
enum gtest_outcome {
	PASSED = 1,
	SKIPPED = 2,
	FAILED = 4,
	DISABLED = 8,
	PENDING = 16,
	RAN = PASSED | SKIPPED | FAILED,
};

struct gtest_entry {
	struct gtest_case c;
	char *suite, *name, *full;
	int outcome;
	double seconds;
	char *text; /* What the case said: why it failed or was skipped. */
};

/* Cases of a suite stand together, in the order they were registered. */
struct gtest_entries {
	struct gtest_entry *at;
	size_t count;
};

struct gtest_options {
	const char *filter, *output;
	long repeat;
	bool list, disabled, help;
};

static inline void *
gtest_check(void *p)
{
	if (p == NULL) {
		perror("gtest");
		abort();
	}
	return p;
}

/* ---- gtest_options.c ---- */

/* False, and said so, if one of them is wrong. */
bool gtest_parse_options(struct gtest_options *opt, int argc, char **argv);

void gtest_print_help(const char *argv0);

/* Whether the filter takes the case of this full name. */
bool gtest_selected(const char *filter, const char *full);

/* The file --gtest_output names: xml, xml:FILE or xml:DIR/. NULL if it names none. */
char *gtest_xml_path(const char *output, const char *argv0);

/* ---- gtest_report.c ---- */

/* Where the suite that starts at `i` ends. */
size_t gtest_suite_end(const struct gtest_entries *all, size_t i);

/* How many from `from` to before `to` have one of these outcomes. */
size_t gtest_count(const struct gtest_entries *all, size_t from, size_t to, int outcomes);

void gtest_print_list(const struct gtest_entries *all);
void gtest_print_start(const struct gtest_entries *all);
void gtest_print_suite_start(const struct gtest_entries *all, size_t from, size_t n);
void gtest_print_suite_end(const struct gtest_entries *all, size_t from, size_t to, size_t n);
void gtest_print_result(const struct gtest_entry *e);
void gtest_print_summary(const struct gtest_entries *all);

/* False, with errno, if the file could not be written. */
bool gtest_write_xml(const struct gtest_entries *all, const char *path, time_t start);

#endif

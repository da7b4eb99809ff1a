/* SPDX-License-Identifier: BSD-3-Clause */
/* gtest: what became of the cases, as text and as XML. */
#include "gtest_internal.h"

#include <string.h>

size_t
gtest_suite_end(const struct gtest_entries *all, size_t i)
{
	size_t end = i;

	while (end < all->count && strcmp(all->at[end].suite, all->at[i].suite) == 0)
		end++;
	return end;
}

size_t
gtest_count(const struct gtest_entries *all, size_t from, size_t to, int outcomes)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += (all->at[i].outcome & outcomes) != 0;
	return n;
}

static size_t
count_all(const struct gtest_entries *all, int outcomes)
{
	return gtest_count(all, 0, all->count, outcomes);
}

static size_t
count_suites(const struct gtest_entries *all, int outcomes)
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i = gtest_suite_end(all, i))
		n += gtest_count(all, i, gtest_suite_end(all, i), outcomes) != 0;
	return n;
}

static double
total_seconds(const struct gtest_entries *all, size_t from, size_t to)
{
	double sum = 0;

	for (size_t i = from; i < to; i++)
		sum += all->at[i].seconds;
	return sum;
}

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- console ---- */

static const char *
tag(int outcome)
{
	if (outcome == FAILED)
		return "[  FAILED  ]";
	return outcome == SKIPPED ? "[  SKIPPED ]" : "[       OK ]";
}

void
gtest_print_list(const struct gtest_entries *all)
{
	for (size_t i = 0; i < all->count; i++) {
		if (all->at[i].outcome == 0)
			continue;
		if (i == 0 || gtest_count(all, 0, i, ~0) == 0 ||
		    strcmp(all->at[i].suite, all->at[i - 1].suite) != 0)
			printf("%s.\n", all->at[i].suite);
		printf("  %s\n", all->at[i].name);
	}
}

void
gtest_print_start(const struct gtest_entries *all)
{
	size_t n = count_all(all, PENDING), suites = count_suites(all, PENDING);

	printf("[==========] Running %zu test%s from %zu test suite%s.\n", n, plural(n), suites,
	       plural(suites));
}

void
gtest_print_suite_start(const struct gtest_entries *all, size_t from, size_t n)
{
	printf("[----------] %zu test%s from %s\n", n, plural(n), all->at[from].suite);
}

void
gtest_print_suite_end(const struct gtest_entries *all, size_t from, size_t to, size_t n)
{
	printf("[----------] %zu test%s from %s (%.0f ms total)\n\n", n, plural(n),
	       all->at[from].suite, total_seconds(all, from, to) * 1e3);
}

void
gtest_print_result(const struct gtest_entry *e)
{
	printf("%s %s (%.0f ms)\n", tag(e->outcome), e->full, e->seconds * 1e3);
}

static void
print_those(const struct gtest_entries *all, int outcome)
{
	size_t n = count_all(all, outcome);

	if (n == 0)
		return;
	printf("%s %zu test%s, listed below:\n", tag(outcome), n, plural(n));
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].outcome == outcome)
			printf("%s %s\n", tag(outcome), all->at[i].full);
}

void
gtest_print_summary(const struct gtest_entries *all)
{
	size_t ran = count_all(all, RAN), passed = count_all(all, PASSED);
	size_t suites = count_suites(all, RAN), disabled = count_all(all, DISABLED);

	printf("[==========] %zu test%s from %zu test suite%s ran. (%.0f ms total)\n", ran,
	       plural(ran), suites, plural(suites), total_seconds(all, 0, all->count) * 1e3);
	printf("[  PASSED  ] %zu test%s.\n", passed, plural(passed));
	print_those(all, SKIPPED);
	print_those(all, FAILED);
	if (disabled != 0)
		printf("\n  YOU HAVE %zu DISABLED TEST%s\n", disabled, disabled == 1 ? "" : "S");
}

/* ---- XML ---- */

/*
 * A case may well print bytes that are not UTF-8, which no XML parser takes, so
 * all but ASCII is written \xNN. Control characters XML has no way to write go.
 */
static void
xml_puts(FILE *f, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char ch = (unsigned char)*s;

		if (ch == '&' || ch == '<' || ch == '>' || ch == '"' || ch == '\'' ||
		    ch == '\t' || ch == '\n' || ch == '\r')
			fprintf(f, "&#x%02X;", ch);
		else if (ch >= 0x80)
			fprintf(f, "\\x%02X", ch);
		else if (ch >= 0x20 && ch != 0x7f)
			fputc(ch, f);
	}
}

static const char *
xml_result(int outcome)
{
	if (outcome == DISABLED)
		return "suppressed";
	return outcome == SKIPPED ? "skipped" : "completed";
}

static void
xml_case(FILE *f, const struct gtest_entry *e)
{
	fprintf(f,
		"    <testcase name=\"%s\" status=\"%s\" result=\"%s\" time=\"%.3f\""
		" classname=\"%s\"",
		e->name, e->outcome == DISABLED ? "notrun" : "run", xml_result(e->outcome),
		e->seconds, e->suite);
	if ((e->outcome & (FAILED | SKIPPED)) == 0) {
		fprintf(f, "/>\n");
		return;
	}
	fprintf(f, ">\n      <%s message=\"", e->outcome == FAILED ? "failure" : "skipped");
	xml_puts(f, e->text != NULL ? e->text : "");
	fprintf(f, "\"%s/>\n    </testcase>\n", e->outcome == FAILED ? " type=\"\"" : "");
}

static void
xml_suite(FILE *f, const struct gtest_entries *all, size_t from, size_t to)
{
	if (gtest_count(all, from, to, ~0) == 0)
		return;
	fprintf(f,
		"  <testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" disabled=\"%zu\""
		" skipped=\"%zu\" errors=\"0\" time=\"%.3f\">\n",
		all->at[from].suite, gtest_count(all, from, to, ~0),
		gtest_count(all, from, to, FAILED), gtest_count(all, from, to, DISABLED),
		gtest_count(all, from, to, SKIPPED), total_seconds(all, from, to));
	for (size_t i = from; i < to; i++)
		if (all->at[i].outcome != 0)
			xml_case(f, &all->at[i]);
	fprintf(f, "  </testsuite>\n");
}

bool
gtest_write_xml(const struct gtest_entries *all, const char *path, time_t start)
{
	FILE *f = fopen(path, "w");
	char stamp[32];
	struct tm tm;
	bool ok;

	if (f == NULL)
		return false;
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", localtime_r(&start, &tm));
	fprintf(f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites tests=\"%zu\" failures=\"%zu\" disabled=\"%zu\" errors=\"0\""
		" time=\"%.3f\" timestamp=\"%s\" name=\"AllTests\">\n",
		count_all(all, ~0), count_all(all, FAILED), count_all(all, DISABLED),
		total_seconds(all, 0, all->count), stamp);
	for (size_t i = 0; i < all->count; i = gtest_suite_end(all, i))
		xml_suite(f, all, i, gtest_suite_end(all, i));
	fprintf(f, "</testsuites>\n");
	ok = !ferror(f);
	return fclose(f) == 0 && ok;
}

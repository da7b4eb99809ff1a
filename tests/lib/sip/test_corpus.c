/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <glob.h>

#include "lib/sip/support.h"
#include "lib/sip/wire_reading.h"

/*
 * The published messages, in the folder VIADUCT_CORPUS; none of them is part of this project. What
 * is expected of them is: VIADUCT_WIRE/published.tsv.
 */

enum { COLUMNS = 6 };

/* One line of the table. Rows live as long as the program. */
struct published_row {
	const char *suite;   /* "Rfc4475" */
	const char *section; /* "3.1.1.1" */
	const char *file;    /* below VIADUCT_CORPUS */
	const char *allowed; /* by the RFC: "reject 400, accept" */
	const char *want;    /* of Viaduct: "reject 400 Bad Via" */
	const char *mended;  /* NULL, or CRLF has to be added */
	char line[512];
};

static struct slice
read_message(const char *file, const char *mend)
{
	static char bytes[65536];
	char path[512];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", VIADUCT_CORPUS, file);
	f = fopen(path, "rb");
	if (f == NULL)
		skip_msg("no %s", path);
	len = fread(bytes, 1, sizeof(bytes) - 2, f);
	fclose(f);
	memcpy(bytes + len, mend, strlen(mend));
	return at_wall(slice_of(bytes, len + strlen(mend)));
}

static void
assert_verdict(struct slice message, const char *want, const char *allowed)
{
	struct wire_reading r;
	char got[128] = "";
	struct slice rest = slice_str(allowed), one;
	FILE *out = fmemopen(got, sizeof(got), "w");

	assert_non_null(out);
	wire_reading_take(message, &r);
	wire_reading_write(&r, SLICE("verdict"), out);
	fclose(out);
	if (strcmp(got, want) != 0)
		fail_msg("%s, not %s: %s", got, want, sip_fault_info(r.fault)->text);
	do {
		one = slice_cut(&rest, ',');
		while (one.len > 0 && *one.ptr == ' ')
			one = slice_of(one.ptr + 1, one.len - 1);
		if (strncmp(got, one.ptr, one.len) == 0 &&
		    (got[one.len] == '\0' || got[one.len] == ' '))
			return;
	} while (rest.ptr != NULL);
	fail_msg("%s is none of: %s", got, allowed);
}

/* There is a message of our own for each published case. */
static void
assert_own_message(const struct published_row *row)
{
	char pattern[512];
	glob_t found;
	int result;

	snprintf(pattern, sizeof(pattern), "%s/%.7s-%s-*.sip", VIADUCT_WIRE, row->file,
		 row->section);
	result = glob(pattern, 0, NULL, &found);
	globfree(&found);
	if (result != 0)
		fail_msg("no %s", pattern);
}

static void
published_verdict(void **state)
{
	const struct published_row *row = *state;

	assert_own_message(row);
	assert_verdict(read_message(row->file, row->mended != NULL ? "\r\n" : ""), row->want,
		       row->allowed);
}

/* "Rfc4475.3_1_1_1_wsinv": the section and the file. */
static void
add_row(struct published_row *row)
{
	const char *slash = strrchr(row->file, '/');
	char name[256];

	snprintf(name, sizeof(name), "%s_%.*s%s", row->section, (int)strcspn(slash + 1, "."),
		 slash + 1, row->mended != NULL ? "_mended" : "");
	gtest_add_row(row->suite, name, published_verdict, row);
}

static bool
take_row(struct published_row *row)
{
	char *rest = row->line, *column[COLUMNS];

	row->line[strcspn(row->line, "\n")] = '\0';
	for (int i = 0; i < COLUMNS; i++)
		column[i] = strsep(&rest, "\t");
	row->suite = column[0];
	row->section = column[1];
	row->file = column[2];
	row->allowed = column[3];
	row->want = column[4];
	row->mended = column[5];
	return row->want != NULL && strchr(row->file, '/') != NULL && rest == NULL;
}

static void
bad_table(void **state)
{
	(void)state;
	fail_msg("%s/published.tsv cannot be read", VIADUCT_WIRE);
}

static bool
add_table(void)
{
	FILE *f = fopen(VIADUCT_WIRE "/published.tsv", "r");
	struct published_row one;
	bool good = f != NULL;

	while (good && fgets(one.line, sizeof(one.line), f) != NULL) {
		struct published_row *row;

		if (one.line[0] == '#')
			continue;
		row = malloc(sizeof(*row));
		if (row == NULL)
			abort();
		memcpy(row->line, one.line, sizeof(one.line));
		good = take_row(row);
		if (good)
			add_row(row);
	}
	if (f != NULL)
		fclose(f);
	return good;
}

static void
real_is_accepted(void **state)
{
	assert_verdict(read_message(*state, ""), "accept", "accept");
}

static void
no_real(void **state)
{
	(void)state;
	skip_msg("no %s/real", VIADUCT_CORPUS);
}

static int
is_message(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".sip") == 0;
}

/* Messages as captured: valid, every one. */
static void
add_real(void)
{
	struct dirent **entries;
	int n = scandir(VIADUCT_CORPUS "/real", &entries, is_message, alphasort);

	if (n <= 0)
		gtest_add("Real", "are_there", no_real);
	for (int i = 0; i < n; i++) {
		char *file = NULL;

		if (asprintf(&file, "real/%s", entries[i]->d_name) < 0)
			abort();
		gtest_add_row("Real", entries[i]->d_name, real_is_accepted, file);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

void
gtest_register(void)
{
	if (!add_table())
		gtest_add("Corpus", "table", bad_table);
	add_real();
}

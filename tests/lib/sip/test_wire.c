/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>

#include "lib/sip/support.h"
#include "lib/sip/wire_reading.h"

/*
 * The project's own torture set, in the folder VIADUCT_WIRE: one message in each .sip file, what is
 * read in it in the .want file of the same name (tests/wire/README.md).
 */

enum { FILE_MAX = 128 * 1024 };

/* One message of the folder. Rows live as long as the program. */
struct wire_row {
	char stem[512]; /* path without ".sip" */
};

static struct slice
read_file(const char *stem, const char *suffix, char *bytes)
{
	char path[600];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", stem, suffix);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("cannot open %s", path);
	len = fread(bytes, 1, FILE_MAX, f);
	fclose(f);
	assert_true(len < FILE_MAX);
	return slice_of(bytes, len);
}

/* Whether a line "path text" is what the library reads; says so if not. */
static bool
line_holds(const struct wire_reading *r, struct slice line, unsigned int number)
{
	struct slice want = line, path = slice_cut(&want, ' ');
	char *got = NULL;
	size_t got_len;
	FILE *out = open_memstream(&got, &got_len);
	bool known, same;

	assert_non_null(out);
	known = wire_reading_write(r, path, out);
	fclose(out);
	same = known && want.ptr != NULL && slice_eq(want, slice_of(got, got_len));
	if (!known)
		print_error("line %u: not understood: %.*s\n", number, SLICE_FMT(line));
	else if (!same)
		print_error("line %u: %.*s\n   got %s\n  want %.*s\n", number, SLICE_FMT(path), got,
			    SLICE_FMT(want));
	free(got);
	return same;
}

static bool
is_verdict(struct slice line)
{
	return slice_eq(slice_cut(&line, ' '), SLICE("verdict"));
}

/* Lines that begin with '#' say what the message is about. */
static void
reading_is_as_wanted(void **state)
{
	static char wire[FILE_MAX], text[FILE_MAX];
	const struct wire_row *row = *state;
	struct wire_reading r;
	unsigned int number = 0, held = 0, wrong = 0;
	struct slice want = read_file(row->stem, ".want", text);

	wire_reading_take(at_wall(read_file(row->stem, ".sip", wire)), &r);
	while (want.len > 0) {
		struct slice line = slice_cut(&want, '\n');

		number++;
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (held + wrong == 0 && !is_verdict(line))
			fail_msg("line %u: the verdict comes first", number);
		if (line_holds(&r, line, number))
			held++;
		else
			wrong++;
	}
	if (wrong > 0 || held == 0)
		fail_msg("%s: %u of %u lines are wrong", strrchr(row->stem, '/') + 1, wrong,
			 held + wrong);
}

static bool
has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && strcmp(name + len - n, suffix) == 0;
}

static int
is_ours(const struct dirent *entry)
{
	return has_suffix(entry->d_name, ".sip") || has_suffix(entry->d_name, ".want");
}

static void
no_messages(void **state)
{
	(void)state;
	fail_msg("no messages in %s", VIADUCT_WIRE);
}

/* A file without its other half is a case, too: one that fails. */
void
gtest_register(void)
{
	struct dirent **entries;
	int n = scandir(VIADUCT_WIRE, &entries, is_ours, alphasort);
	char last[256] = "";

	if (n <= 0)
		gtest_add("Wire", "messages", no_messages);
	for (int i = 0; i < n; i++) {
		char *name = entries[i]->d_name;
		struct wire_row *row;

		*strrchr(name, '.') = '\0';
		if (strcmp(name, last) != 0) {
			row = calloc(1, sizeof(*row));
			if (row == NULL)
				abort();
			snprintf(row->stem, sizeof(row->stem), "%s/%s", VIADUCT_WIRE, name);
			gtest_add_row("Wire", name, reading_is_as_wanted, row);
			snprintf(last, sizeof(last), "%s", name);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

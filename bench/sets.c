/* SPDX-License-Identifier: BSD-3-Clause */
#include "sets.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

enum { FILE_MAX = 65535 };

/* Copies: each message in a place of its own, like that of a datagram. */
static void
add(struct message_set *set, struct slice text, const char *title)
{
	char *copy = malloc(text.len), *name = strdup(title);

	if (set->count == SET_MAX)
		bench_die("%s: more than %d messages", set->name, SET_MAX);
	if (copy == NULL || name == NULL)
		bench_die("no memory for %zu octets", text.len);
	memcpy(copy, text.ptr, text.len);
	set->message[set->count++] = (struct message){ copy, text.len, name };
}

void
set_add_sized(struct message_set *set, enum sample_kind kind, unsigned int count, size_t min,
	      size_t max)
{
	static struct sample sample;

	for (unsigned int i = 0, left = count; left > 0; i++) {
		if (i == 1000 * count)
			bench_die("%s: too few messages of %zu to %zu octets", set->name, min, max);
		sample_make(&sample, kind, i);
		if (sample.len < min || sample.len > max)
			continue;
		add(set, sample_text(&sample), sample_kind_name(kind));
		left--;
	}
}

void
set_add_kind(struct message_set *set, enum sample_kind kind, unsigned int count)
{
	set_add_sized(set, kind, count, 0, SAMPLE_MAX);
}

static void
add_file(struct message_set *set, const char *path)
{
	static char text[FILE_MAX];
	FILE *file = fopen(path, "rb");
	size_t len;

	if (file == NULL)
		bench_die("%s: %m", path);
	len = fread(text, 1, sizeof(text), file);
	if (!feof(file))
		bench_die("%s: not read to its end", path);
	fclose(file);
	add(set, slice_of(text, len), path);
}

bool
set_add_folder(struct message_set *set, const char *folder)
{
	char pattern[512];
	glob_t found;
	bool any;

	snprintf(pattern, sizeof(pattern), "%s/*.sip", folder);
	any = glob(pattern, 0, NULL, &found) == 0;
	for (size_t i = 0; any && i < found.gl_pathc; i++)
		add_file(set, found.gl_pathv[i]);
	if (any)
		globfree(&found);
	return any;
}

static void
swap(struct message_set *set, unsigned int i, unsigned int k)
{
	struct message message = set->message[i];

	set->message[i] = set->message[k];
	set->message[k] = message;
}

void
set_shuffle(struct message_set *set)
{
	uint64_t random = 1;

	for (unsigned int i = set->count; i > 1; i--)
		swap(set, i - 1, (unsigned int)(random_next(&random) % i));
}

void
set_remove(struct message_set *set, unsigned int i)
{
	swap(set, i, --set->count);
	free(set->message[set->count].title);
	free(set->message[set->count].octets);
}

double
set_octets(const struct message_set *set)
{
	size_t octets = 0;

	for (unsigned int i = 0; i < set->count; i++)
		octets += set->message[i].len;
	return set->count > 0 ? (double)octets / set->count : 0;
}

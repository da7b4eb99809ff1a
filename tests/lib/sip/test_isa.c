/* SPDX-License-Identifier: BSD-3-Clause */
#include <glob.h>

#include "lib/sip/same_reading.h"
#include "lib/sip/support.h"

/*
 * Every reader of sip_isa_get() gives what the scalar one gives: of messages as they are, cut
 * short, with other octets in them and changed at random, and of each of their values likewise.
 * The octets lie right behind one unmapped page and right before another: whatever is read outside
 * of them is a crash.
 */

enum { SAMPLE_MAX = 65536 + 64, SAMPLES_MAX = 512 };

/* Octets that end something, begin something, or are of no class. */
static const char significant[] = "\r\n \t:;,<>\"\\%@\0\x80\xff";

_Static_assert(sizeof(significant) == 16 + 1, "a random one is an octet & 15");

/* A message, or a value in one. Those of files live as long as the program. */
struct sample {
	const char *name;
	struct slice bytes;
	bool is_value;
};

static const struct sample_set {
	const char *label;
	const char *patterns[3];
} sets[] = {
	{ "wire", { VIADUCT_WIRE "/*.sip" } },
	{ "corpus", { VIADUCT_CORPUS "/*/*.sip", VIADUCT_CORPUS "/*/*.dat" } },
};

/* What has been done to a sample, for the report. */
struct variant {
	const struct sample *sample;
	const char *how;
	size_t at;
	uint8_t octet;
};

union any_reading {
	struct reading message;
	struct value_reading value;
};

static void
take(const struct sip_isa *isa, bool is_value, struct slice text, union any_reading *r)
{
	static const struct sip_limits limits;

	if (is_value)
		value_reading_take(isa, text, &r->value);
	else
		reading_take(isa, text, &limits, &r->message);
}

/* The scalar reader takes one copy, each of the readers the other one. */
static void
readers_agree(const struct variant *v, struct slice one, struct slice other)
{
	const bool is_value = v->sample->is_value;
	static union any_reading want, got;
	const struct sip_isa *isa;

	take(sip_isa_get(0), is_value, one, &want);
	for (unsigned int i = 0; (isa = sip_isa_get(i)) != NULL; i++) {
		const char *part;

		take(isa, is_value, other, &got);
		part = is_value ? value_reading_differs(&want.value, &got.value)
				: reading_differs(&want.message, &got.message);
		if (part != NULL)
			fail_msg(
				"%s, %s %zu, octet 0x%02x: %s reads another %s (%s wall): \"%.*s\"",
				v->sample->name, v->how, v->at, v->octet, isa->name, part,
				slice_end(other) == wall() ? "at the" : "behind the",
				is_value ? (int)other.len : 0, other.ptr);
	}
}

static void
agree_at_both_walls(const struct variant *v, struct slice bytes)
{
	struct slice behind = behind_wall(bytes), at = at_wall(bytes);

	readers_agree(v, behind, at);
	readers_agree(v, at, behind);
}

/* All positions at first; of what is longer than a look-ahead of the reader, some. */
static size_t
next_position(size_t at)
{
	return at < 1536 ? at + 1 : at + 61;
}

/* Octets of a body are not looked at, but for those that a vector may reach into. */
static size_t
looked_at(const struct sample *s)
{
	static struct sip_message msg;
	size_t end;

	if (s->is_value)
		return s->bytes.len;
	sip_isa_get(0)->message_index(s->bytes, &msg);
	end = (msg.body_off > 0 ? msg.body_off : s->bytes.len) + (size_t)64;
	return end < s->bytes.len ? end : s->bytes.len;
}

static void
try_cuts(const struct sample *s)
{
	for (size_t len = 0; len <= s->bytes.len; len = next_position(len)) {
		const struct variant v = { s, "cut at", len, 0 };

		agree_at_both_walls(&v, slice_of(s->bytes.ptr, len));
	}
}

/* Of the octets at one position half are read at one wall, half at the other. */
static void
try_octets(const struct sample *s)
{
	const size_t octets = sizeof(significant) - 1, end = looked_at(s);
	struct slice copy[2] = { behind_wall(s->bytes), at_wall(s->bytes) };

	for (size_t at = 0; at < end; at = next_position(at)) {
		char *a = (char *)(uintptr_t)copy[0].ptr + at;
		char *b = (char *)(uintptr_t)copy[1].ptr + at;

		for (size_t k = 0; k < octets; k++) {
			const struct variant v = { s, "changed at", at, (uint8_t)significant[k] };

			*a = *b = significant[k];
			readers_agree(&v, copy[k & 1], copy[~k & 1]);
		}
		*a = *b = s->bytes.ptr[at];
	}
}

static struct slice
read_file(const char *path)
{
	static char bytes[SAMPLE_MAX + 1];
	FILE *f = fopen(path, "rb");
	char *kept;
	size_t len;

	if (f == NULL)
		fail_msg("cannot open %s", path);
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	assert_true(len <= SAMPLE_MAX);
	kept = malloc(len + 1);
	assert_non_null(kept);
	memcpy(kept, bytes, len);
	return slice_of(kept, len);
}

/* The messages of a set, read once; a set that is not here is skipped. */
static size_t
samples_of(const struct sample_set *set, const struct sample **samples)
{
	static struct sample kept[sizeof(sets) / sizeof(sets[0])][SAMPLES_MAX];
	static size_t count[sizeof(sets) / sizeof(sets[0])];
	const size_t which = (size_t)(set - sets);

	for (unsigned int i = 0; count[which] == 0 && set->patterns[i] != NULL; i++) {
		glob_t found;

		if (glob(set->patterns[i], i > 0 ? GLOB_APPEND : 0, NULL, &found) != 0)
			continue;
		assert_true(count[which] + found.gl_pathc <= SAMPLES_MAX);
		for (size_t k = 0; k < found.gl_pathc; k++) {
			const char *path = strdup(found.gl_pathv[k]);

			assert_non_null(path);
			kept[which][count[which]++] =
				(struct sample){ strrchr(path, '/') + 1, read_file(path), false };
		}
		globfree(&found);
	}
	if (count[which] == 0)
		skip_msg("no %s", set->patterns[0]);
	*samples = kept[which];
	return count[which];
}

static void
for_each_message(const struct sample_set *set, void (*try)(const struct sample *))
{
	const struct sample *samples;
	size_t n = samples_of(set, &samples);

	for (size_t i = 0; i < n; i++)
		try(&samples[i]);
}

static void
messages_cut(void **state)
{
	for_each_message(*state, try_cuts);
}
GTEST_ROWS(IsaCut, sets, label, messages_cut);

static void
messages_with_other_octets(void **state)
{
	for_each_message(*state, try_octets);
}
GTEST_ROWS(IsaOctet, sets, label, messages_with_other_octets);

/* Each address modulo 64. */
static void
try_alignments(const struct sample *s)
{
	char *from = wall() - WALL_ROOM;
	struct slice at = at_wall(s->bytes);

	for (size_t offset = 0; offset < 64; offset++) {
		const struct variant v = { s, "moved by", offset, 0 };

		memcpy(from + offset, s->bytes.ptr, s->bytes.len);
		readers_agree(&v, at, slice_of(from + offset, s->bytes.len));
	}
}

static void
messages_at_any_alignment(void **state)
{
	for_each_message(*state, try_alignments);
}
GTEST_ROWS(IsaAlignment, sets, label, messages_at_any_alignment);

static void
try_value(const struct sample *message, struct slice bytes)
{
	const struct sample value = { message->name, bytes, true };

	if (bytes.len == 0 || bytes.len > 1024)
		return;
	try_cuts(&value);
	try_octets(&value);
}

/* Each value, and the URI in it; most are of no kind that a decoder is for. */
static void
try_values(const struct sample *s)
{
	static struct sip_message msg;

	sip_isa_get(0)->message_index(s->bytes, &msg);
	if (msg.uri.len > 0)
		try_value(s, sip_span_slice(&msg, msg.uri));
	for (unsigned int i = 0; i < msg.header_count; i++) {
		struct slice value = sip_header_value(&msg, &msg.header[i]);
		struct sip_address address;

		try_value(s, value);
		if (sip_isa_get(0)->address_decode(value, &address))
			try_value(s, address.uri);
	}
}

static void
values_changed(void **state)
{
	for_each_message(*state, try_values);
}
GTEST_ROWS(IsaValue, sets, label, values_changed);

enum { ROUNDS = 20000, CHANGES = 8, PIECE = 80 };

/* A message that is being changed. */
struct draft {
	char bytes[SAMPLE_MAX + CHANGES * PIECE];
	size_t len;
};

/* Put a piece of a message in place of the next `gone` octets. */
static void
splice(struct draft *d, size_t at, size_t gone, struct slice piece)
{
	if (gone > d->len - at)
		gone = d->len - at;
	memmove(d->bytes + at + piece.len, d->bytes + at + gone, d->len - at - gone);
	memcpy(d->bytes + at, piece.ptr, piece.len);
	d->len = d->len - gone + piece.len;
}

static void
change(struct draft *d, struct slice other, uint64_t *random)
{
	size_t at = random_below(random, (unsigned int)d->len + 1);
	size_t from = random_below(random, (unsigned int)other.len + 1);
	struct slice piece = slice_of(other.ptr + from, random_below(random, PIECE));
	char octet = (char)next_random(random);

	if (piece.len > other.len - from)
		piece.len = other.len - from;
	switch (random_below(random, 5)) {
	case 0:
		splice(d, at, 1, slice_of(&octet, 1));
		break;
	case 1:
		splice(d, at, 1, slice_of(&significant[octet & 15], 1));
		break;
	case 2:
		splice(d, at, 0, slice_of(&significant[octet & 15], 1));
		break;
	case 3:
		splice(d, at, random_below(random, PIECE), SLICE(""));
		break;
	default:
		splice(d, at, random_below(random, PIECE), piece);
		break;
	}
}

static void
messages_changed_at_random(void **state)
{
	const struct sample_set *set = *state;
	const struct sample *samples;
	unsigned int n = (unsigned int)samples_of(set, &samples);
	uint64_t random = 1;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		static struct draft draft;
		const struct sample *s = &samples[random_below(&random, n)];
		const struct variant v = { s, "round", round, 0 };

		/* the two of 65535 octets have had their turn */
		if (s->bytes.len > 8192)
			continue;
		memcpy(draft.bytes, s->bytes.ptr, s->bytes.len);
		draft.len = s->bytes.len;
		for (unsigned int k = 1 + random_below(&random, CHANGES); k > 0; k--)
			change(&draft, samples[random_below(&random, n)].bytes, &random);
		agree_at_both_walls(&v, slice_of(draft.bytes, draft.len));
	}
}
GTEST_ROWS(IsaRandom, sets, label, messages_changed_at_random);

/* The readers that are compared, by the cases' names; the last one is that of the library. */
static void
is_compared(void **state)
{
	const struct sip_isa *isa = *state, *next = sip_isa_get(0);
	unsigned int i = 0;

	for (; next != NULL && next != isa; next = sip_isa_get(i))
		i++;
	assert_ptr_equal(next, isa);
	print_message("%s%s\n", isa->name, isa == sip_isa_best() ? ", in use" : "");
	assert_true((sip_isa_get(i + 1) == NULL) == (isa == sip_isa_best()));
}

void
gtest_register(void)
{
	const struct sip_isa *isa;

	for (unsigned int i = 0; (isa = sip_isa_get(i)) != NULL; i++)
		gtest_add_row("IsaReaders", isa->name, is_compared, isa);
}

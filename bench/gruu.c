/* SPDX-License-Identifier: BSD-3-Clause */
/* GRUUs: temporary ones made and opened, and the question whether a URI is one. */
#include "gruu/gruu.h"
#include "bench.h"

enum { COUNT = 1024, TEXT_MAX = 160, KINDS = 5 };

struct gruus {
	struct temp_gruu_keys keys;
	uint8_t random[COUNT][TEMP_GRUU_RANDOM_SIZE];
	char user[COUNT][TEMP_GRUU_USER_LEN];
};

static void
make_pass(void *state)
{
	struct gruus *g = state;

	for (unsigned int i = 0; i < COUNT; i++)
		temp_gruu_make(&g->keys, g->random[i], i, g->user[i]);
}

static void
open_pass(void *state)
{
	const struct gruus *g = state;
	uint64_t epoch;

	for (unsigned int i = 0; i < COUNT; i++)
		if (!temp_gruu_open(&g->keys, slice_of(g->user[i], TEMP_GRUU_USER_LEN), &epoch) ||
		    epoch != i)
			bench_die("gruu: number %u is refused", i);
}

/* URIs of one kind, decoded ahead of the loop. */
struct uris {
	const struct temp_gruu_keys *keys;
	enum gruu_kind kind;
	char text[COUNT][TEXT_MAX];
	struct sip_uri uri[COUNT];
};

static void
uri_pass(void *state)
{
	const struct uris *u = state;
	struct gruu g;

	for (unsigned int i = 0; i < COUNT; i++)
		if (gruu_of_uri(u->keys, &u->uri[i], &g) != u->kind)
			bench_die("gruu: URI %u is not what it should be", i);
}

static void
init(struct gruus *g)
{
	uint8_t key[TEMP_GRUU_KEY_SIZE], previous[TEMP_GRUU_KEY_SIZE] = { 1 };
	uint64_t random = 1;

	for (unsigned int i = 0; i < TEMP_GRUU_KEY_SIZE; i++)
		key[i] = (uint8_t)i;
	temp_gruu_keys_init(&g->keys, key, previous);
	for (unsigned int i = 0; i < COUNT; i++)
		for (unsigned int k = 0; k < TEMP_GRUU_RANDOM_SIZE; k++)
			g->random[i][k] = (uint8_t)random_next(&random);
	make_pass(g);
}

/* Temporary ones have the user parts of `g`. */
static void
init_uris(struct uris *u, const struct gruus *g, enum gruu_kind kind, const char *params)
{
	u->keys = &g->keys;
	u->kind = kind;
	for (unsigned int i = 0; i < COUNT; i++) {
		int n;

		if (kind == GRUU_TEMPORARY)
			n = snprintf(u->text[i], TEXT_MAX, "sip:%.*s@example.com%s",
				     TEMP_GRUU_USER_LEN, g->user[i], params);
		else
			n = snprintf(u->text[i], TEXT_MAX, "sip:user%07u@example.com%s", i, params);
		if (n >= TEXT_MAX || !sip_uri_decode(slice_of(u->text[i], (size_t)n), &u->uri[i]))
			bench_die("gruu: no URI: %s", u->text[i]);
	}
}

static int
run(const struct bench_options *options)
{
	static const struct {
		const char *metric;
		enum gruu_kind kind;
		const char *params;
	} kinds[KINDS] = {
		{ "uri.plain", GRUU_NONE, "" },
		{ "uri.params", GRUU_NONE, ";transport=udp;user=phone" },
		{ "uri.public", GRUU_PUBLIC, ";gr=urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21" },
		{ "uri.temporary", GRUU_TEMPORARY, ";gr" },
		{ "uri.draft", GRUU_DRAFT,
		  ";opaque=urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21;grid=99a" },
	};
	static struct uris uris[KINDS];
	static struct gruus gruus;
	struct loop loops[2 + KINDS] = {
		{ "temporary.make", make_pass, &gruus, COUNT, { .count = 0 } },
		{ "temporary.open", open_pass, &gruus, COUNT, { .count = 0 } },
	};

	init(&gruus);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct loop uri = { kinds[i].metric, uri_pass, &uris[i], COUNT, { .count = 0 } };

		init_uris(&uris[i], &gruus, kinds[i].kind, kinds[i].params);
		loops[2 + i] = uri;
	}
	loops_measure(loops, 2 + KINDS, options->runs);
	for (unsigned int i = 0; i < 2 + KINDS; i++)
		report("gruu", loops[i].metric, "ns", &loops[i].ns);
	return 0;
}

const struct bench gruu_bench = {
	"gruu",
	"temporary GRUUs, made and opened; which URI is a GRUU",
	false,
	run,
};

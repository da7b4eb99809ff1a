/* SPDX-License-Identifier: BSD-3-Clause */
#include "owners.h"

#include <sys/mman.h>

/*
 * A word has 56 bits of the key, and who claims it. The other 8 bits are among those that choose
 * the set. A worker's number is written as one more, so that no word is that of an empty place.
 */
enum { WORKER = 0x7f, CLAIMING = 0x80, LOW_BITS = 8 };

/* A worker that others got in the way of so often claims the key without a note. */
enum { TRIES = 16 };

static size_t
size_of(const struct owners *o)
{
	return ((size_t)o->mask + 1) * sizeof(*o->set);
}

int
owners_open(struct owners *o, uint32_t rows)
{
	uint32_t sets = 1u << LOW_BITS; /* no fewer: they stand for the bits that a word has not */
	void *memory;

	/* half of the places stay empty: with all taken, one set in seven would be full */
	while ((uint64_t)sets * OWNERS_WAYS < (uint64_t)rows * 2)
		sets *= 2;
	o->mask = sets - 1;
	memory = mmap(NULL, size_of(o), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	/* a kernel that cannot has the workers wait for pages as they come to use them */
	madvise(memory, size_of(o), MADV_HUGEPAGE);
	madvise(memory, size_of(o), MADV_POPULATE_WRITE);
	o->set = memory;
	return 0;
}

void
owners_close(struct owners *o)
{
	if (o->set != NULL)
		munmap(o->set, size_of(o));
	*o = (struct owners){ 0 };
}

/* ---- words ---- */

static bool
has_key(uint64_t word, uint64_t key)
{
	return ((word ^ key) >> LOW_BITS) == 0 && (word & WORKER) != 0;
}

static uint64_t
word_of(uint64_t key, unsigned int worker)
{
	return key >> LOW_BITS << LOW_BITS | (worker + 1);
}

static bool
replace(_Atomic uint64_t *word, uint64_t from, uint64_t to)
{
	return atomic_compare_exchange_strong(word, &from, to);
}

/* Whose the key is, or -1; then `empty` is a place for it, or -1. Claims do not count yet. */
static int
look(const struct owners_set *s, uint64_t key, int *empty)
{
	*empty = -1;
	for (int i = 0; i < OWNERS_WAYS; i++) {
		uint64_t word = atomic_load_explicit(&s->word[i], memory_order_relaxed);

		if (has_key(word, key) && (word & CLAIMING) == 0)
			return (int)(word & WORKER) - 1;
		if (word == 0 && *empty < 0)
			*empty = i;
	}
	return -1;
}

/*
 * Make a claim at place `at` last, unless there is another one for its key. Who claims has written
 * his word before he looks at those of others, so of two at least one sees the other: one that
 * lasts is given way to, one that does not yet is taken away, and its worker finds that so.
 */
static bool
settle(struct owners_set *s, int at, uint64_t claim)
{
	for (int i = 0; i < OWNERS_WAYS; i++) {
		uint64_t word = atomic_load(&s->word[i]);

		if (i == at || !has_key(word, claim))
			continue;
		if ((word & CLAIMING) != 0 && replace(&s->word[i], word, 0))
			continue;
		replace(&s->word[at], claim, 0);
		return false;
	}
	return replace(&s->word[at], claim, claim ^ CLAIMING);
}

/* ---- */

unsigned int
owners_claim(struct owners *o, uint64_t key, unsigned int worker)
{
	uint64_t claim = word_of(key, worker) | CLAIMING;
	struct owners_set *s;
	int owner, empty;

	if (o->set == NULL)
		return worker;
	s = &o->set[(uint32_t)key & o->mask];
	for (int tries = 0; tries < TRIES; tries++) {
		owner = look(s, key, &empty);
		if (owner >= 0)
			return (unsigned int)owner;
		if (empty < 0)
			break;
		if (replace(&s->word[empty], 0, claim) && settle(s, empty, claim))
			break;
	}
	return worker;
}

int
owners_find(const struct owners *o, uint64_t key)
{
	int empty;

	return o->set != NULL ? look(&o->set[(uint32_t)key & o->mask], key, &empty) : -1;
}

void
owners_release(struct owners *o, uint64_t key, unsigned int worker)
{
	const uint64_t word = word_of(key, worker);
	struct owners_set *s;

	if (o->set == NULL)
		return;
	s = &o->set[(uint32_t)key & o->mask];
	for (int i = 0; i < OWNERS_WAYS; i++)
		if (atomic_load_explicit(&s->word[i], memory_order_relaxed) == word)
			replace(&s->word[i], word, 0);
}

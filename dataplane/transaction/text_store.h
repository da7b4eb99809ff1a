/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TRANSACTION_TEXT_STORE_H
#define DATAPLANE_TRANSACTION_TEXT_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "sip/slice.h"

/**
 * Memory for the messages of transactions. Pages of 128 KiB each hold texts of one size class, and
 * go back for any other class once they are empty. Everything is a constant effort without a system
 * call; what was freed last is given out first, because it is warm. One thread.
 */

/** Octets of the longest text. */
#define TEXT_STORE_LONGEST 65535

/** Octets of a page: the size of a store is a multiple of it. */
#define TEXT_STORE_PAGE 131072

struct text_page;

/** Size classes: 128 octets, then two for each power of two up to a page. */
enum { TEXT_STORE_CLASSES = 20 };

/** All zero is a closed one. */
struct text_store {
	char *memory;
	struct text_page *page;
	size_t size;                          /* octets of memory */
	size_t used;                          /* octets of it that texts hold */
	uint32_t pages;                       /* in all */
	uint32_t touched;                     /* pages up to here have been used */
	uint32_t empty;                       /* the first of those that are empty again */
	uint32_t partial[TEXT_STORE_CLASSES]; /* the first page of each class with room */
};

/**
 * Reserve address space for `octets`, rounded up to pages; memory is taken as it is written to, in
 * huge pages where there are any, and kept. Returns 0, or -1: no memory, none asked for, or more
 * than 256 GiB less a page or two.
 */
int text_store_open(struct text_store *s, size_t octets);

/** Takes a zeroed one. Every text is gone. */
void text_store_close(struct text_store *s);

/**
 * Room for a text of `n` octets: `*room` is to be filled. Returns what the other functions know it
 * by; 0, with `*room` NULL, when there is no room, or n is above TEXT_STORE_LONGEST.
 */
uint32_t text_store_alloc(struct text_store *s, size_t n, char **room);

/** A copy of `n` octets. 0: as text_store_alloc(). */
uint32_t text_store_put(struct text_store *s, const void *from, size_t n);

/** The text, until it is freed. Absent for 0. */
struct slice text_store_get(const struct text_store *s, uint32_t ref);

/** Ask for the beginning of a text. */
void text_store_prefetch(const struct text_store *s, uint32_t ref);

/** Once for each ref; nothing for 0. */
void text_store_free(struct text_store *s, uint32_t ref);

/** Octets that texts hold, each rounded up to its class. */
static inline size_t
text_store_used(const struct text_store *s)
{
	return s->used;
}

/** Octets that there are. */
static inline size_t
text_store_size(const struct text_store *s)
{
	return s->size;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
#include "transaction/text_store.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

/* What a ref counts. Page 1 is the first: so no ref is 0, and a page is found by a shift. */
enum { UNIT = 64, PAGE_UNITS = TEXT_STORE_PAGE / UNIT };

#define PAGES_MAX (UINT32_MAX / PAGE_UNITS - 1)

/* In front of each text, or of what is free. */
union text_head {
	uint32_t next; /* the next one that is free in its page */
	uint16_t len;
};

_Static_assert(sizeof(union text_head) == 4, "the smallest class holds texts of 124 octets");

struct text_page {
	uint32_t next; /* of the same class with room, or of the empty ones; 0: the last */
	uint32_t prev; /* 0: the first */
	uint32_t free; /* what was freed last; 0: nothing */
	uint16_t room; /* texts that fit */
	uint16_t used;
	uint16_t fresh; /* places from here on were never used */
	uint8_t class;
};

static size_t
class_size(unsigned int class)
{
	unsigned int power = 7 + (class - 1) / 2;

	if (class == 0)
		return 128;
	return (class - 1) % 2 == 0 ? (size_t)3 << (power - 1) : (size_t)2 << power;
}

/* The smallest class that holds `n` octets, head included. */
static unsigned int
class_for(size_t n)
{
	unsigned int power;

	if (n <= 128)
		return 0;
	power = 63 - (unsigned int)__builtin_clzll(n - 1);
	return 1 + 2 * (power - 7) + ((n - 1) >> (power - 1) & 1);
}

static union text_head *
head_of(const struct text_store *s, uint32_t ref)
{
	return (void *)(s->memory + (size_t)(ref - PAGE_UNITS) * UNIT);
}

int
text_store_open(struct text_store *s, size_t octets)
{
	size_t pages = octets / TEXT_STORE_PAGE + (octets % TEXT_STORE_PAGE != 0);
	void *memory;

	*s = (struct text_store){ .memory = NULL };
	if (pages == 0 || pages > PAGES_MAX)
		return -1;
	s->page = calloc(pages + 1, sizeof(*s->page));
	if (s->page == NULL)
		return -1;
	s->size = pages * TEXT_STORE_PAGE;
	memory = mmap(NULL, s->size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) {
		text_store_close(s);
		return -1;
	}
	(void)madvise(memory, s->size, MADV_HUGEPAGE);
	s->memory = memory;
	s->pages = (uint32_t)pages;
	return 0;
}

void
text_store_close(struct text_store *s)
{
	for (uint32_t p = 1; p <= s->touched; p++)
		if (s->page[p].room > 0)
			ASAN_UNPOISON_MEMORY_REGION(head_of(s, p * PAGE_UNITS), TEXT_STORE_PAGE);
	if (s->memory != NULL)
		munmap(s->memory, s->size);
	free(s->page);
	*s = (struct text_store){ .memory = NULL };
}

/* In front of the pages of its class that have room. */
static void
link_page(struct text_store *s, uint32_t p)
{
	struct text_page *page = &s->page[p];
	uint32_t *first = &s->partial[page->class];

	page->next = *first;
	page->prev = 0;
	if (*first != 0)
		s->page[*first].prev = p;
	*first = p;
}

static void
unlink_page(struct text_store *s, uint32_t p)
{
	const struct text_page *page = &s->page[p];

	if (page->prev != 0)
		s->page[page->prev].next = page->next;
	else
		s->partial[page->class] = page->next;
	if (page->next != 0)
		s->page[page->next].prev = page->prev;
}

/* A page for a class, which becomes its first. 0: there is none. */
static uint32_t
open_page(struct text_store *s, unsigned int class)
{
	uint32_t p = s->empty;

	if (p != 0)
		s->empty = s->page[p].next;
	else if (s->touched < s->pages)
		p = ++s->touched;
	else
		return 0;
	s->page[p] = (struct text_page){
		.class = (uint8_t) class,
		.room = (uint16_t)(TEXT_STORE_PAGE / class_size(class)),
	};
	ASAN_POISON_MEMORY_REGION(head_of(s, p * PAGE_UNITS), TEXT_STORE_PAGE);
	link_page(s, p);
	return p;
}

/* A place in a page that has one. */
static uint32_t
take_place(struct text_store *s, uint32_t p, size_t size)
{
	struct text_page *page = &s->page[p];
	uint32_t ref = page->free;

	if (ref != 0) {
		ASAN_UNPOISON_MEMORY_REGION(head_of(s, ref), sizeof(union text_head));
		page->free = head_of(s, ref)->next;
	} else {
		ref = p * PAGE_UNITS + (uint32_t)(page->fresh * (size / UNIT));
		page->fresh++;
	}
	page->used++;
	if (page->used == page->room)
		unlink_page(s, p);
	return ref;
}

uint32_t
text_store_alloc(struct text_store *s, size_t n, char **room)
{
	unsigned int class;
	union text_head *head;
	uint32_t p, ref;

	*room = NULL;
	if (n > TEXT_STORE_LONGEST)
		return 0;
	class = class_for(n + sizeof(*head));
	p = s->partial[class] != 0 ? s->partial[class] : open_page(s, class);
	if (p == 0)
		return 0;
	ref = take_place(s, p, class_size(class));
	head = head_of(s, ref);
	ASAN_UNPOISON_MEMORY_REGION(head, sizeof(*head) + n);
	head->len = (uint16_t)n;
	s->used += class_size(class);
	*room = (char *)(head + 1);
	return ref;
}

uint32_t
text_store_put(struct text_store *s, const void *from, size_t n)
{
	char *room;
	uint32_t ref = text_store_alloc(s, n, &room);

	if (ref != 0 && n > 0)
		memcpy(room, from, n);
	return ref;
}

struct slice
text_store_get(const struct text_store *s, uint32_t ref)
{
	const union text_head *head;

	if (ref == 0)
		return SLICE_ABSENT;
	head = head_of(s, ref);
	return slice_of((const char *)(head + 1), head->len);
}

void
text_store_prefetch(const struct text_store *s, uint32_t ref)
{
	if (ref != 0)
		__builtin_prefetch(head_of(s, ref));
}

void
text_store_free(struct text_store *s, uint32_t ref)
{
	uint32_t p = ref / PAGE_UNITS;
	struct text_page *page;
	bool was_full;

	if (ref == 0)
		return;
	page = &s->page[p];
	assert(p <= s->pages && page->used > 0);
	head_of(s, ref)->next = page->free;
	ASAN_POISON_MEMORY_REGION(head_of(s, ref), class_size(page->class));
	page->free = ref;
	was_full = page->used == page->room;
	page->used--;
	s->used -= class_size(page->class);
	if (!was_full)
		unlink_page(s, p);
	if (page->used > 0) {
		link_page(s, p);
	} else {
		page->next = s->empty;
		s->empty = p;
	}
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* The slab of a table: memory taken and given back in units, and what waits in limbo. */
#include <stdlib.h>

#include "table/records_internal.h"

enum {
	PLENTY = 4,      /* times as large as it has to be */
	CHUNK = 2 << 20, /* octets of slab that get memory at once */
	JOIN_MS = 1000,  /* places are joined this often at most */
};

/* ---- lists ---- */

static void
mark(struct records_table *t, uint32_t units)
{
	uint64_t bit = UINT64_C(1) << units % 64;

	if (t->free[units].count > 0)
		t->any_free[units / 64] |= bit;
	else
		t->any_free[units / 64] &= ~bit;
}

void
records_free(struct records_table *t, uint32_t unit, uint32_t units)
{
	struct free_list *list = &t->free[units];

	if (list->count == list->room) {
		uint32_t room = list->room == 0 ? 64 : list->room * 2;
		uint32_t *grown = realloc(list->unit, room * sizeof(*grown));

		if (grown == NULL)
			return; /* the place is lost until there is another table */
		list->unit = grown;
		list->room = room;
	}
	list->unit[list->count++] = unit;
	mark(t, units);
}

bool
records_limbo_push(struct limbo *l, struct limbo_row row)
{
	if (l->count == l->room) {
		uint32_t room = l->room == 0 ? 256 : l->room * 2;
		struct limbo_row *grown = malloc(room * sizeof(*grown));

		if (grown == NULL)
			return false;
		for (uint32_t i = 0; i < l->count; i++)
			grown[i] = l->row[(l->head + i) & (l->room - 1)];
		free(l->row);
		l->row = grown;
		l->room = room;
		l->head = 0;
	}
	l->row[(l->head + l->count++) & (l->room - 1)] = row;
	return true;
}

bool
records_limbo_pop(struct limbo *l, uint64_t now_ms, uint64_t least_ms, struct limbo_row *row)
{
	if (l->count == 0 || now_ms - l->row[l->head].since_ms < least_ms)
		return false;
	*row = l->row[l->head];
	l->head = (l->head + 1) & (l->room - 1);
	l->count--;
	return true;
}

void
records_to_limbo(struct records_table *t, uint32_t unit, uint32_t units)
{
	if (records_limbo_push(&t->limbo, (struct limbo_row){ t->clock_ms(), unit, units }))
		t->limbo_units += units;
}

/* Free the records that have been in limbo for `least_ms`. */
static void
limbo_sweep(struct records_table *t, uint64_t least_ms)
{
	uint64_t now = t->clock_ms();
	struct limbo_row row;

	while (records_limbo_pop(&t->limbo, now, least_ms, &row)) {
		records_free(t, row.unit, row.units);
		t->limbo_units -= row.units;
	}
}

/* The smallest size from `units` on that has a free place; 0: none. */
static uint32_t
size_with_free(const struct records_table *t, uint32_t units)
{
	uint64_t word = t->any_free[units / 64] & ~UINT64_C(0) << units % 64;

	for (uint32_t i = units / 64;;) {
		if (word != 0)
			return i * 64 + (uint32_t)__builtin_ctzll(word);
		if (++i == sizeof(t->any_free) / sizeof(t->any_free[0]))
			return 0;
		word = t->any_free[i];
	}
}

/* The smallest free place of `least` or more; what is over stays free. */
static bool
take_free_of(struct records_table *t, uint32_t least, uint32_t units, uint32_t *unit)
{
	uint32_t size = least <= RECORDS_UNITS_MAX ? size_with_free(t, least) : 0;
	struct free_list *list = &t->free[size];

	if (size == 0)
		return false;
	*unit = list->unit[--list->count];
	mark(t, size);
	if (size > units)
		records_free(t, *unit + units, size - units);
	return true;
}

static bool
take_free(struct records_table *t, uint32_t units, uint32_t *unit)
{
	return take_free_of(t, units, units, unit);
}

/* ---- memory never used so far ---- */

/* For a table, what is left to small segments counts as not there. */
static enum segment_error
reserve_part(const struct records_table *t, uint64_t off, uint64_t octets)
{
	if (!t->urgent && !segment_has_room(&t->view.segment, octets))
		return SEGMENT_ERR_SPACE;
	return segment_reserve(&t->view.segment, off, octets);
}

bool
records_reserve_slab(struct records_table *t, uint32_t end)
{
	uint32_t from = t->header->units_reserved;
	uint64_t octets = (uint64_t)(end - from) * RECORDS_UNIT;

	if (reserve_part(t, t->header->slab_off + (uint64_t)from * RECORDS_UNIT, octets) !=
	    SEGMENT_OK)
		return false;
	/* release: an entry that is stored later names a unit below this */
	atomic_store_explicit(&t->header->units_reserved, end, memory_order_release);
	return true;
}

/* Where the next chunk ends: at a multiple of its size in the segment, for a huge page. */
static uint32_t
chunk_end(const struct records_table *t, uint32_t least)
{
	uint32_t end = t->header->units_reserved;
	uint64_t octets = t->header->slab_off + (uint64_t)end * RECORDS_UNIT + CHUNK;
	uint64_t units = ((octets & ~(uint64_t)(CHUNK - 1)) - t->header->slab_off) / RECORDS_UNIT;

	units = units < t->header->unit_count ? units : t->header->unit_count;
	return units > least ? (uint32_t)units : least;
}

static bool
take_fresh(struct records_table *t, uint32_t units, uint32_t *unit)
{
	uint32_t next = t->header->next_unit;

	if (t->header->unit_count - next < units)
		return false;
	if (next + units > t->header->units_reserved &&
	    !records_reserve_slab(t, chunk_end(t, next + units)) &&
	    !records_reserve_slab(t, next + units))
		return false;
	*unit = next;
	atomic_store_explicit(&t->header->next_unit, next + units, memory_order_relaxed);
	return true;
}

void
records_reserve_ahead(struct records_table *t)
{
	if (t->header->units_reserved - t->header->next_unit < CHUNK / RECORDS_UNIT &&
	    t->header->units_reserved < t->header->unit_count)
		records_reserve_slab(t, chunk_end(t, 0));
}

enum segment_error
records_reserve_index(struct records_table *t, uint64_t from, uint64_t octets, uint64_t *done)
{
	enum segment_error error = SEGMENT_OK;
	uint64_t left = t->header->slab_off - from;

	octets = octets < left ? octets : left;
	if (octets > 0)
		error = reserve_part(t, from, octets);
	*done = from + octets;
	return error;
}

/* ---- joining ---- */

static int
by_place(const void *a, const void *b)
{
	const struct limbo_row *x = a, *y = b;

	return x->unit < y->unit ? -1 : x->unit > y->unit;
}

/* Every free place, cut out of the lists. NULL when there is no memory to hold them. */
static struct limbo_row *
take_all_free(struct records_table *t, uint32_t *count)
{
	struct limbo_row *rows;
	uint32_t n = 0;

	for (uint32_t size = 1; size <= RECORDS_UNITS_MAX; size++)
		n += t->free[size].count;
	rows = n > 0 ? malloc(n * sizeof(*rows)) : NULL;
	*count = 0;
	for (uint32_t size = 1; size <= RECORDS_UNITS_MAX && rows != NULL; size++) {
		for (uint32_t i = 0; i < t->free[size].count; i++)
			rows[(*count)++] = (struct limbo_row){ 0, t->free[size].unit[i], size };
		t->free[size].count = 0;
		mark(t, size);
	}
	return rows;
}

/* Join free places that touch. Slow, and only for a table that cannot be made larger. */
static void
join_free(struct records_table *t)
{
	struct limbo_row *rows;
	uint32_t count, begin, units;

	rows = take_all_free(t, &count);
	if (rows == NULL)
		return;
	qsort(rows, count, sizeof(*rows), by_place);
	for (uint32_t i = 0; i < count;) {
		begin = rows[i].unit;
		for (units = 0; i < count && rows[i].unit == begin + units &&
				units + rows[i].units <= RECORDS_UNITS_MAX;
		     i++)
			units += rows[i].units;
		records_free(t, begin, units);
	}
	free(rows);
}

/* ---- both together ---- */

/* No place is left as things are: what can still be done. */
static bool
take_at_any_cost(struct records_table *t, uint32_t units, uint32_t *unit)
{
	uint64_t now = t->clock_ms();

	if (!t->fixed && !t->stuck)
		return false; /* a larger table costs less */
	if (t->stuck && t->joined_ms != 0 && now - t->joined_ms < JOIN_MS)
		return false;
	t->joined_ms = now;
	join_free(t);
	if (take_free(t, units, unit))
		return true;
	limbo_sweep(t, RECORDS_LIMBO_LEAST_MS);
	join_free(t);
	return take_free(t, units, unit);
}

bool
records_allocate(struct records_table *t, uint32_t units, uint32_t *unit)
{
	bool late = t->header->next_unit >= t->header->unit_count / 4 * 3;

	limbo_sweep(t, RECORDS_LIMBO_MS);
	if (t->free[units].count > 0 || late) {
		if (take_free(t, units, unit))
			return true;
		t->scattered = true;
	}
	/* a place that is a little too large is kept for records of its size */
	return take_free_of(t, units * PLENTY, units, unit) || take_fresh(t, units, unit) ||
	       take_free(t, units, unit) || take_at_any_cost(t, units, unit);
}

void
records_release_memory(struct records_table *t)
{
	for (uint32_t i = 0; i <= RECORDS_UNITS_MAX; i++)
		free(t->free[i].unit);
	free(t->limbo.row);
	free(t->index.limbo.row);
	free(t->aliases.limbo.row);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "failed_bindings.h"

#include "seconds.h"

enum { WAYS = 4, KEEP_S = 600 };

static uint32_t
set_of(uint64_t key)
{
	return (uint32_t)(key >> 16) % FAILED_BINDINGS_ROWS & ~(uint32_t)(WAYS - 1);
}

static uint32_t
age_of(const struct failed_binding_row *row, uint32_t now)
{
	if (atomic_load_explicit(&row->key, memory_order_relaxed) == 0)
		return UINT32_MAX;
	return via_seconds_apart(now, atomic_load_explicit(&row->seconds, memory_order_relaxed));
}

void
failed_bindings_add(struct failed_bindings *f, uint64_t key, uint64_t now_ms)
{
	struct failed_binding_row *set = &f->row[set_of(key)], *row = &set[0];
	uint32_t now = via_seconds(now_ms);

	for (int i = 0; i < WAYS; i++) {
		if (atomic_load_explicit(&set[i].key, memory_order_relaxed) == key) {
			row = &set[i];
			break;
		}
		if (age_of(&set[i], now) > age_of(row, now))
			row = &set[i];
	}
	/* two workers may choose one row: one of the keys is lost then, and comes again */
	if (atomic_exchange_explicit(&row->key, key, memory_order_relaxed) != key)
		atomic_store_explicit(&row->reported, 0, memory_order_relaxed);
	atomic_store_explicit(&row->seconds, now, memory_order_relaxed);
	atomic_store_explicit(&f->latest, now != 0 ? now : 1, memory_order_release);
}

static const struct failed_binding_row *
find(const struct failed_bindings *f, uint64_t key)
{
	const struct failed_binding_row *set = &f->row[set_of(key)];

	for (int i = 0; i < WAYS; i++)
		if (atomic_load_explicit(&set[i].key, memory_order_relaxed) == key)
			return &set[i];
	return NULL;
}

bool
failed_bindings_has(const struct failed_bindings *f, uint64_t key, uint64_t now_ms)
{
	uint32_t latest = atomic_load_explicit(&f->latest, memory_order_acquire);
	uint32_t now = via_seconds(now_ms);
	const struct failed_binding_row *row;

	if (latest == 0 || via_seconds_apart(now, latest) > KEEP_S)
		return false;
	row = find(f, key);
	return row != NULL && age_of(row, now) <= KEEP_S;
}

bool
failed_bindings_report(struct failed_bindings *f, uint64_t key)
{
	struct failed_binding_row *row = (struct failed_binding_row *)find(f, key);

	return row != NULL &&
	       atomic_exchange_explicit(&row->reported, 1, memory_order_relaxed) == 0;
}

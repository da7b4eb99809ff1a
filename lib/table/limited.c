/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/limited.h"

enum { WAYS = 4, IPV6_NETWORK = 8 };

struct flow_address
limited_source(const struct flow_address *remote)
{
	struct flow_address source = { .family = remote->family };

	memcpy(source.ip, remote->ip, remote->family == 6 ? IPV6_NETWORK : 4);
	return source;
}

/* The row of this source, or the one that it takes: empty, or not heard of for longest. */
static struct limited_row *
row_for(struct limited_list *list, enum limited_by by, const struct flow_address *source,
	uint64_t hash)
{
	struct limited_row *set = &list->row[hash % LIMITED_ROWS & ~(uint64_t)(WAYS - 1)];
	struct limited_row *row = set;

	for (int i = 0; i < WAYS; i++) {
		if (set[i].version != 0 && set[i].by == by && flow_ip_eq(&set[i].source, source))
			return &set[i];
		if (set[i].last_ms < row->last_ms)
			row = &set[i];
	}
	return row;
}

void
limited_note(struct limited_list *list, enum limited_by by, const struct flow_address *remote,
	     uint64_t hash, uint64_t now_ms)
{
	struct flow_address source = limited_source(remote);
	struct limited_row *row = row_for(list, by, &source, hash);
	uint32_t version = row->version;

	if (version == 0 || row->by != by || !flow_ip_eq(&row->source, &source)) {
		version |= 1;
		atomic_store_explicit(&row->version, version, memory_order_relaxed);
		/* a reader must see the odd version before the new source */
		atomic_thread_fence(memory_order_release);
		row->by = (uint8_t)by;
		row->source = source;
		row->since_ms = now_ms;
		row->messages = 0;
		atomic_store_explicit(&row->version, version + 1, memory_order_release);
	}
	atomic_store_explicit(&row->last_ms, now_ms, memory_order_relaxed);
	atomic_store_explicit(&row->messages,
			      atomic_load_explicit(&row->messages, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

bool
limited_get(const struct limited_list *list, unsigned int i, struct limited_row *out)
{
	const struct limited_row *row = &list->row[i];
	uint32_t version = atomic_load_explicit(&row->version, memory_order_acquire);

	if (version == 0 || (version & 1) != 0)
		return false;
	memcpy(out, row, sizeof(*out));
	/* the row must be loaded before its version is looked at again */
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&row->version, memory_order_relaxed) == version;
}

const char *
limited_name(unsigned int by)
{
	static const char *const names[] = {
#define X(sym) #sym,
		LIMITED_LIMITS(X)
#undef X
	};

	return by < LIMITED_COUNT ? names[by] : "unknown";
}

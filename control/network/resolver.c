/* SPDX-License-Identifier: BSD-3-Clause */
#include "network/resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "guard/siphash.h"
#include "network/dns.h"

enum {
	SWEEP = 512,           /* names looked at in one tick */
	REFRESHES = 16,        /* without anybody asking */
	PINNED_RETRY_MS = 500, /* after start, when the way to the server may not be there */
	RETRY_MS = 5000,       /* after no answer, at most; the same for who has to do without */
	EVICTION_LOOK =
		320,      /* names that are asked whether they make room: more than are asked for */
	REFRESH_PART = 4, /* asked again in the last quarter of the life of an answer */
};

/* Which of the lists of names by age: who makes room first. */
enum age_list { BY_ONE, BY_SEVERAL, AGE_LISTS };

struct ages {
	struct entry *newest, *oldest; /* by demand */
};

struct entry {
	struct resolver_name name; /* first: one is found by the other */
	struct resolver *owner;
	struct entry *next;          /* of one bucket */
	struct entry *newer, *older; /* on the list of its age; not when it is pinned */
	enum age_list list;
	struct asker asker;  /* the last of them: what is asked again is asked for him */
	unsigned int number; /* in all[] */
	bool asking;
	unsigned int refreshes; /* left before somebody has to ask */
	uint64_t refresh_ms;    /* 0: not planned */
	char text[HOPS_NAME_MAX];
};

struct resolver {
	const struct config_file_dns *file;
	uv_loop_t *loop;
	struct dns *dns;
	resolver_changed changed;
	void *context;
	struct siphash_key key;
	struct entry **bucket, **all;
	uint32_t bucket_mask;
	unsigned int count, pinned, room, swept; /* room: for those that are not pinned */
	struct ages ages[AGE_LISTS];
};

/* ---- finding ---- */

static uint32_t
bucket_of(const struct resolver *r, struct slice lower, uint16_t port)
{
	struct siphash h;

	siphash_init(&h, r->key, 0);
	siphash_update(&h, &port, sizeof(port));
	siphash_update(&h, lower.ptr, lower.len);
	return (uint32_t)siphash_final(&h) & r->bucket_mask;
}

static struct slice
lower_of(struct slice host, char out[HOPS_NAME_MAX])
{
	for (size_t i = 0; i < host.len; i++)
		out[i] = slice_lower(host.ptr[i]);
	return slice_of(out, host.len);
}

static struct entry *
find(struct resolver *r, struct slice lower, uint16_t port)
{
	struct entry *e = r->bucket[bucket_of(r, lower, port)];

	while (e != NULL && (e->name.port != port || !slice_eq(e->name.name, lower)))
		e = e->next;
	return e;
}

struct resolver_name *
resolver_find(struct resolver *r, struct slice host, uint16_t port)
{
	char text[HOPS_NAME_MAX];
	struct entry *e;

	if (host.len > sizeof(text))
		return NULL;
	e = find(r, lower_of(host, text), port);
	return e != NULL ? &e->name : NULL;
}

struct resolver_name *
resolver_at(const struct resolver *r, unsigned int number)
{
	return number < r->count ? &r->all[number]->name : NULL;
}

unsigned int
resolver_count(const struct resolver *r)
{
	return r->count;
}

/* ---- who was wanted last ---- */

static void
unlink_age(struct resolver *r, struct entry *e)
{
	struct ages *ages = &r->ages[e->list];

	if (e->name.pinned)
		return;
	*(e->newer != NULL ? &e->newer->older : &ages->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &ages->oldest) = e->newer;
}

static void
link_newest(struct resolver *r, struct entry *e)
{
	struct ages *ages = &r->ages[e->list];

	if (e->name.pinned)
		return;
	e->newer = NULL;
	e->older = ages->newest;
	*(ages->newest != NULL ? &ages->newest->newer : &ages->oldest) = e;
	ages->newest = e;
}

static void
forget(struct resolver *r, struct entry *e)
{
	struct entry **at = &r->bucket[bucket_of(r, e->name.name, e->name.port)];

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	unlink_age(r, e);
	r->all[e->number] = r->all[--r->count];
	r->all[e->number]->number = e->number;
	free(e->name.targets);
	free(e);
}

static bool
forget_oldest(struct resolver *r, enum age_list list)
{
	struct entry *e = r->ages[list].oldest;

	for (int i = 0; i < EVICTION_LOOK && e != NULL; i++, e = e->newer)
		if (!e->asking && e->name.waiting == NULL) {
			forget(r, e);
			return true;
		}
	return false;
}

static bool
make_room(struct resolver *r)
{
	return r->count - r->pinned < r->room || forget_oldest(r, BY_ONE) ||
	       forget_oldest(r, BY_SEVERAL);
}

static struct entry *
add(struct resolver *r, struct slice lower, uint16_t port)
{
	struct entry *e = make_room(r) ? calloc(1, sizeof(*e)) : NULL;
	uint32_t bucket = bucket_of(r, lower, port);

	if (e == NULL)
		return NULL;
	memcpy(e->text, lower.ptr, lower.len);
	e->owner = r;
	e->name.name = slice_of(e->text, lower.len);
	e->name.port = port;
	e->next = r->bucket[bucket];
	r->bucket[bucket] = e;
	e->number = r->count;
	r->all[r->count++] = e;
	link_newest(r, e);
	return e;
}

/* ---- answers ---- */

static uint64_t
life_ms(const struct resolver *r, const struct dns_answer *a)
{
	uint32_t ttl = a->ttl;

	if (a->status == DNS_NOWHERE)
		return (uint64_t)r->file->negative_ttl * 1000;
	ttl = ttl < r->file->min_ttl ? r->file->min_ttl : ttl;
	ttl = ttl > r->file->max_ttl ? r->file->max_ttl : ttl;
	/* even with TTL 0: the request that waits is not alone */
	return ttl > 0 ? (uint64_t)ttl * 1000 : 1000;
}

/* When to ask again where there was no answer; soon for who cannot be replaced. */
static uint64_t
retry_ms(const struct resolver *r, const struct entry *e)
{
	uint64_t negative = (uint64_t)r->file->negative_ttl * 1000;

	if (e->name.pinned && e->name.kind != HOPS_RESOLVED)
		return PINNED_RETRY_MS;

	return negative < RETRY_MS ? negative : RETRY_MS;
}

static bool
take_targets(struct entry *e, const struct hops_target *from, unsigned int count)
{
	struct hops_target *targets = calloc(count, sizeof(*targets));

	if (targets == NULL)
		return false;
	memcpy(targets, from, count * sizeof(*targets));
	hops_prepare(targets, count);
	free(e->name.targets);
	e->name.targets = targets;
	e->name.count = count;
	e->name.kind = HOPS_RESOLVED;
	return true;
}

/* What was known stays as long as it would have; a pinned name's for ever. */
static bool
keeps_old(const struct entry *e, const struct dns_answer *a, uint64_t now)
{
	return e->name.kind == HOPS_RESOLVED && a->status != DNS_FOUND &&
	       (e->name.pinned || (a->status == DNS_FAILED && e->name.expires_ms > now));
}

static void
on_answer(const struct dns_answer *a, void *context)
{
	struct entry *e = context;
	struct resolver *r = e->owner;
	uint64_t now = uv_now(r->loop), life = life_ms(r, a);

	e->asking = false;
	if (keeps_old(e, a, now)) {
		e->refresh_ms = now + retry_ms(r, e);
		return;
	}
	if (a->status == DNS_FOUND && take_targets(e, a->target, a->count)) {
		e->refresh_ms = now + life - life / REFRESH_PART;
	} else {
		e->name.kind = a->status == DNS_NOWHERE ? HOPS_NOWHERE : HOPS_UNRESOLVED;
		e->name.count = 0;
		life = a->status == DNS_NOWHERE ? life : retry_ms(r, e);
		e->refresh_ms = e->name.pinned ? now + retry_ms(r, e) : 0;
	}
	e->name.expires_ms = now + life;
	r->changed(&e->name, r->context);
}

static bool
ask(struct resolver *r, struct entry *e)
{
	e->asking = true;
	e->refresh_ms = 0;
	if (dns_ask(r->dns, e->name.name, e->name.port, e->asker, on_answer, e))
		return true;
	e->asking = false;
	e->refresh_ms = uv_now(r->loop) + retry_ms(r, e);
	return false;
}

/* ---- for the user ---- */

static struct entry *
find_or_add(struct resolver *r, struct slice host, uint16_t port)
{
	char text[HOPS_NAME_MAX];
	struct slice lower;
	struct entry *e;

	if (host.len == 0 || host.len > sizeof(text))
		return NULL;
	lower = lower_of(host, text);
	e = find(r, lower, port);
	return e != NULL ? e : add(r, lower, port);
}

bool
resolver_pin(struct resolver *r, struct slice host, uint16_t port, const struct hops_target *known,
	     unsigned int count)
{
	struct entry *e = find_or_add(r, host, port);

	if (e == NULL)
		return false;
	if (e->name.pinned)
		return true;
	unlink_age(r, e);
	e->name.pinned = true;
	e->asker = (struct asker){ .own = true };
	r->pinned++;
	if (count > 0 && !take_targets(e, known, count))
		return false;
	ask(r, e);
	return true;
}

/* It was wanted now, by this one. */
static void
note_asker(struct resolver *r, struct entry *e, struct asker asker)
{
	unlink_age(r, e);
	if (e->asker.source != 0 && e->asker.source != asker.source)
		e->list = BY_SEVERAL;
	if (!e->name.pinned)
		e->asker = asker;
	link_newest(r, e);
}

struct resolver_name *
resolver_demand(struct resolver *r, struct slice host, uint16_t port, struct asker asker)
{
	struct resolver_name *known = resolver_find(r, host, port);
	uint64_t now = uv_now(r->loop);
	struct entry *e;

	/* who may not ask does not drive out another name either */
	if (known == NULL && !dns_has_room(r->dns, asker))
		return NULL;
	e = find_or_add(r, host, port);
	if (e == NULL)
		return NULL;
	note_asker(r, e, asker);
	e->name.demanded = true;
	e->refreshes = REFRESHES;
	if (e->name.kind != 0 && e->name.expires_ms <= now &&
	    !(e->name.pinned && e->name.kind == HOPS_RESOLVED))
		e->name.kind = 0;
	if (e->name.kind == 0 && !e->asking && !ask(r, e))
		return NULL;
	return &e->name;
}

static void
look_after(struct resolver *r, struct entry *e, uint64_t now)
{
	bool over = e->name.expires_ms <= now;

	if (e->asking)
		return;
	if (e->refresh_ms != 0 && e->refresh_ms <= now &&
	    (e->name.pinned || (e->refreshes > 0 && !over))) {
		e->refreshes -= e->refreshes > 0;
		ask(r, e);
	} else if (over && !e->name.pinned && e->name.waiting == NULL) {
		forget(r, e);
	}
}

void
resolver_tick(struct resolver *r)
{
	uint64_t now = uv_now(r->loop);

	dns_tick(r->dns, now);
	for (unsigned int i = 0; i < SWEEP && i < r->count; i++) {
		r->swept = r->swept + 1 < r->count ? r->swept + 1 : 0;
		look_after(r, r->all[r->swept], now);
	}
}

/* ---- opening ---- */

static bool
open_table(struct resolver *r, unsigned int room)
{
	size_t most = (size_t)room + CONFIG_MAX_NEXT_HOPS * CONFIG_MAX_TARGETS;
	uint32_t buckets = 16;
	uint8_t key[SIPHASH_KEY_SIZE];

	while (buckets < room)
		buckets *= 2;
	r->room = room;
	r->bucket_mask = buckets - 1;
	r->bucket = calloc(buckets, sizeof(struct entry *));
	r->all = calloc(most, sizeof(struct entry *));
	if (r->bucket == NULL || r->all == NULL || RAND_bytes(key, sizeof(key)) != 1)
		return false;
	r->key = siphash_key_load(key);
	return true;
}

struct resolver *
resolver_open(uv_loop_t *loop, const struct config *config, resolver_changed changed, void *context,
	      char *message, size_t size)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->file = &config->file->dns;
	r->loop = loop;
	r->changed = changed;
	r->context = context;
	if (!open_table(r, r->file->entries)) {
		snprintf(message, size, "no memory for dns.entries: %u", r->file->entries);
		resolver_close(r);
		return NULL;
	}
	r->dns = dns_open(loop, config, message, size);
	if (r->dns == NULL) {
		resolver_close(r);
		return NULL;
	}
	return r;
}

void
resolver_close(struct resolver *r)
{
	if (r == NULL)
		return;
	dns_close(r->dns);
	while (r->count > 0)
		forget(r, r->all[0]);
	free(r->bucket);
	free(r->all);
	free(r);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "network/parking.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "guard/siphash.h"

/* Octets that wait, whatever the number of requests. */
#define OCTETS_MAX ((size_t)64 << 20)

enum { BUCKETS = 4096, SHARES = 4096 };

struct parked {
	struct parked *next;      /* of those who wait for one name */
	struct parked *same_hash; /* of one bucket */
	struct share *share;
	unsigned int worker;
	struct message_head head;
	char bytes[];
};

/* Those who wait for one name: resolver_name.waiting. */
struct queue {
	struct parked *first, **last;
};

/* What one asker has here; where two hash alike, both together. */
struct share {
	unsigned int count;
	size_t octets;
};

struct parking {
	unsigned int most, count, families;
	size_t octets;
	struct siphash_key key; /* strangers choose addresses */
	struct share share[SHARES];
	struct parked *bucket[BUCKETS];
};

struct parking *
parking_open(unsigned int most, unsigned int families)
{
	struct parking *p = calloc(1, sizeof(*p));
	uint8_t key[SIPHASH_KEY_SIZE];

	if (p == NULL || RAND_bytes(key, sizeof(key)) != 1) {
		free(p);
		return NULL;
	}
	p->most = most;
	p->families = families;
	p->key = siphash_key_load(key);
	return p;
}

void
parking_close(struct parking *p)
{
	for (unsigned int i = 0; p != NULL && i < BUCKETS; i++)
		for (struct parked *m = p->bucket[i], *next; m != NULL; m = next) {
			next = m->same_hash;
			free(m);
		}
	free(p);
}

/* ---- keeping ---- */

static bool
is_copy(const struct message_head *a, const struct message_head *b)
{
	return a->copy == b->copy && a->name_hash == b->name_hash && a->length == b->length &&
	       flow_eq(&a->flow, &b->flow);
}

static struct queue *
queue_of(struct resolver_name *name)
{
	struct queue *q = name->waiting;

	if (q == NULL) {
		q = calloc(1, sizeof(*q));
		if (q == NULL)
			return NULL;
		q->last = &q->first;
		name->waiting = q;
	}
	return q;
}

static struct share *
share_of(struct parking *p, struct asker asker)
{
	return &p->share[siphash(p->key, &asker.source, sizeof(asker.source)) % SHARES];
}

static bool
has_room(const struct parking *p, const struct share *share, struct asker asker, size_t octets)
{
	return p->count < p->most && p->octets + octets <= OCTETS_MAX &&
	       share->count < asker_share(asker, p->most) &&
	       share->octets + octets <= asker_share(asker, OCTETS_MAX);
}

bool
parking_keep(struct parking *p, struct resolver_name *name, unsigned int worker, struct asker asker,
	     const struct message_head *head, struct slice bytes)
{
	struct share *share = share_of(p, asker);
	struct parked **bucket = &p->bucket[head->copy % BUCKETS], *m;
	struct queue *q;

	for (m = *bucket; m != NULL; m = m->same_hash)
		if (is_copy(&m->head, head))
			return true;
	if (!has_room(p, share, asker, bytes.len))
		return false;
	q = queue_of(name);
	m = q != NULL ? malloc(sizeof(*m) + bytes.len) : NULL;
	if (m == NULL)
		return false;
	*m = (struct parked){
		.same_hash = *bucket, .share = share, .worker = worker, .head = *head
	};
	memcpy(m->bytes, bytes.ptr, bytes.len);
	*bucket = m;
	*q->last = m;
	q->last = &m->next;
	p->count++;
	p->octets += bytes.len;
	share->count++;
	share->octets += bytes.len;
	return true;
}

/* ---- giving back ---- */

static void
set_verdict(const struct parking *p, const struct resolver_name *name, struct message_head *head)
{
	struct hops_pick pick;

	head->flags = 0;
	memset(&head->to, 0, sizeof(head->to));
	if (name != NULL && name->kind == HOPS_NOWHERE)
		head->flags = MESSAGE_NOWHERE;
	if (name == NULL || name->kind != HOPS_RESOLVED)
		return;
	pick = hops_choose_among(name->targets, name->count, head->choice, p->families);
	if (pick.target == NULL)
		return;
	head->flags = MESSAGE_RESOLVED;
	head->to = pick.target->address;
}

void
parking_return(struct parking *p, struct message_rings *rings, const struct resolver_name *name,
	       unsigned int worker, const struct message_head *head, struct slice bytes)
{
	struct message_head again = *head;

	again.kind = MESSAGE_AGAIN;
	again.length = head->length - head->name_len;
	set_verdict(p, name, &again);
	/* a ring that is full is a dead worker's: who sent the request sends it once more */
	if (worker < rings->workers && again.length <= bytes.len)
		message_ring_put(&rings->inject[worker], &again, bytes.ptr);
}

static void
drop_copy(struct parking *p, struct parked *m)
{
	struct parked **at = &p->bucket[m->head.copy % BUCKETS];

	while (*at != m)
		at = &(*at)->same_hash;
	*at = m->same_hash;
	p->count--;
	p->octets -= m->head.length;
	m->share->count--;
	m->share->octets -= m->head.length;
	free(m);
}

void
parking_release(struct parking *p, struct message_rings *rings, struct resolver_name *name)
{
	struct queue *q = name->waiting;

	if (q == NULL)
		return;
	name->waiting = NULL;
	for (struct parked *m = q->first, *next; m != NULL; m = next) {
		next = m->next;
		parking_return(p, rings, name, m->worker, &m->head,
			       slice_of(m->bytes, m->head.length));
		drop_copy(p, m);
	}
	free(q);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "network/dns_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ares.h>

enum { HEADER = 12, FIXED = 10 /* type, class, TTL, length of a record */ };

/* SRV weights in finer steps: 0 is a little, but not nothing (RFC 2782). */
enum { WEIGHT_STEPS = 64 };

static uint32_t
get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/* Behind the name at `p`, or NULL. */
static const uint8_t *
skip_name(const uint8_t *p, const uint8_t *answer, int length)
{
	char *name;
	long octets;

	if (p >= answer + length ||
	    ares_expand_name(p, answer, length, &name, &octets) != ARES_SUCCESS)
		return NULL;
	ares_free_string(name);
	return p + octets;
}

uint32_t
dns_answer_ttl(const uint8_t *answer, int length, uint32_t most)
{
	const uint8_t *p = answer + HEADER, *end = answer + length;
	uint32_t questions, records;

	if (length < HEADER)
		return most;
	questions = get16(answer + 4);
	records = get16(answer + 6);
	for (; questions > 0 && p != NULL; questions--) {
		p = skip_name(p, answer, length);
		p = p != NULL && end - p >= 4 ? p + 4 : NULL;
	}
	for (; records > 0 && p != NULL; records--) {
		uint32_t ttl;

		p = skip_name(p, answer, length);
		if (p == NULL || end - p < FIXED || end - p - FIXED < (long)get16(p + 8))
			break;
		ttl = get16(p + 4) << 16 | get16(p + 6);
		/* RFC 2181 §8: the highest bit means 0 */
		ttl = ttl > INT32_MAX ? 0 : ttl;
		most = ttl < most ? ttl : most;
		p += FIXED + get16(p + 8);
	}
	return most;
}

static bool
is_udp_service(const struct ares_naptr_reply *r)
{
	return strcasecmp((const char *)r->service, "SIP+D2U") == 0 &&
	       strcasecmp((const char *)r->flags, "s") == 0 && r->replacement[0] != '\0' &&
	       strlen(r->replacement) <= HOPS_NAME_MAX;
}

bool
dns_naptr_choose(const uint8_t *answer, int length, char out[HOPS_NAME_MAX + 1])
{
	const struct ares_naptr_reply *best = NULL;
	struct ares_naptr_reply *all = NULL;

	if (ares_parse_naptr_reply(answer, length, &all) != ARES_SUCCESS)
		return false;
	for (const struct ares_naptr_reply *r = all; r != NULL; r = r->next)
		if (is_udp_service(r) &&
		    (best == NULL || r->order < best->order ||
		     (r->order == best->order && r->preference < best->preference)))
			best = r;
	if (best != NULL)
		snprintf(out, HOPS_NAME_MAX + 1, "%s", best->replacement);
	ares_free_data(all);
	return best != NULL;
}

static int
by_priority(const void *a, const void *b)
{
	const struct dns_srv *x = a, *y = b;

	return (int)x->priority - (int)y->priority;
}

/* The row for one more record: a free one, or the last of all when this one goes before it. */
static struct dns_srv *
row_for(struct dns_srv *rows, unsigned int *count, uint16_t priority)
{
	unsigned int worst = 0;

	if (*count < DNS_SRV_MAX)
		return &rows[(*count)++];
	for (unsigned int i = 1; i < DNS_SRV_MAX; i++)
		if (rows[i].priority > rows[worst].priority)
			worst = i;
	return rows[worst].priority > priority ? &rows[worst] : NULL;
}

unsigned int
dns_srv_read(const uint8_t *answer, int length, struct dns_srv out[DNS_SRV_MAX], bool *refused)
{
	struct ares_srv_reply *all = NULL;
	unsigned int count = 0;

	*refused = false;
	if (ares_parse_srv_reply(answer, length, &all) != ARES_SUCCESS)
		return 0;
	for (const struct ares_srv_reply *r = all; r != NULL; r = r->next) {
		struct dns_srv *row;

		if (r->host[0] == '\0' || r->port == 0 || strlen(r->host) > HOPS_NAME_MAX) {
			*refused |= r->host[0] == '\0';
			continue;
		}
		row = row_for(out, &count, r->priority);
		if (row == NULL)
			continue;
		*row = (struct dns_srv){
			.port = r->port,
			.priority = r->priority,
			.weight = r->weight > 0 ? (uint32_t)r->weight * WEIGHT_STEPS : 1,
		};
		snprintf(row->host, sizeof(row->host), "%s", r->host);
	}
	ares_free_data(all);
	qsort(out, count, sizeof(*out), by_priority);
	*refused = *refused && count == 0;
	return count;
}

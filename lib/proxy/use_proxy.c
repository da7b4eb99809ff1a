/* SPDX-License-Identifier: BSD-3-Clause */
#include "proxy/use_proxy.h"

#include "sip/address.h"
#include "sip/list.h"
#include "sip/uri.h"

struct contact {
	struct sip_uri uri;
	uint64_t rank; /* q, and a lot drawn among those that have the same */
};

/* SplitMix64: one word of state, and every seed is as good as another. */
static uint64_t
draw(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static bool
read_contact(struct slice element, uint64_t *random, struct contact *out)
{
	struct sip_address address;
	struct slice q;
	uint16_t thousandths = 1000;

	if (!sip_address_decode(element, &address) || !sip_uri_decode(address.uri, &out->uri) ||
	    out->uri.scheme != SIP_SCHEME_SIP || address.uri.len > USE_PROXY_URI_MAX)
		return false;
	if (address.params.ptr != NULL && sip_param_find(address.params, SLICE("q"), &q) &&
	    (q.ptr == NULL || !sip_qvalue_decode(q, &thousandths)))
		return false;
	out->rank = (uint64_t)thousandths << 48 | draw(random) >> 16;
	return true;
}

/* The order is kept while they are read: there are few, and mostly in order already. */
static void
insert(struct contact *row, unsigned int count, const struct contact *c)
{
	while (count > 0 && row[count - 1].rank < c->rank) {
		row[count] = row[count - 1];
		count--;
	}
	row[count] = *c;
}

static void
put_route(struct sip_writer *out, const struct sip_uri *uri)
{
	struct slice front = uri->text, rest = uri->params, name;

	if (uri->params.ptr != NULL)
		front.len = (size_t)(uri->params.ptr - 1 - front.ptr);
	else if (uri->headers.ptr != NULL)
		front.len = (size_t)(uri->headers.ptr - 1 - front.ptr);
	SIP_PUT(out, "<");
	sip_put(out, front);
	while (rest.ptr != NULL) {
		struct slice param = slice_cut(&rest, ';');

		name = param;
		name = slice_cut(&name, '=');
		if (slice_eq_nocase(name, SLICE("method")))
			continue;
		SIP_PUT(out, ";");
		sip_put(out, param);
	}
	if (!sip_uri_is_loose(uri))
		SIP_PUT(out, ";lr");
	SIP_PUT(out, ">");
}

void
use_proxy_routes(const struct sip_message *response, uint64_t *random, struct sip_writer *out)
{
	struct contact row[USE_PROXY_MAX], c;
	struct sip_list_iter it;
	struct slice element;
	unsigned int count = 0;

	sip_list_iter_init(&it, response, SIP_HDR_CONTACT);
	for (unsigned int i = 0; i < USE_PROXY_MAX && sip_list_next(&it, &element); i++)
		if (read_contact(element, random, &c))
			insert(row, count++, &c);
	for (unsigned int i = 0; i < count; i++) {
		if (i > 0)
			SIP_PUT(out, ", ");
		put_route(out, &row[i].uri);
	}
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Loop detection as RFC 5393 has it and as RFC 3261 had it, on the texts of requests. */
#include "attack_nodes.h"
#include "sip/uri.h"
#include "sip/via.h"

static struct loop_part
part_rfc5393(const struct attack_node *node, const struct attack_request *r)
{
	struct loop_input in = { .call_id = slice_str(r->call_id), .cseq = r->cseq };
	struct loop_part none = { 0, 0 };
	struct sip_uri uri;

	in.uri = &uri;
	return sip_uri_decode(slice_str(r->uri), &uri) ? loop_part_make(node->key, &in) : none;
}

/* RFC 3261 §16.6 item 8: "a common way to create this value". */
static struct loop_part
part_rfc3261(const struct attack_node *node, const struct attack_request *r)
{
	const char *inputs[] = { r->to_tag, r->from_tag,      r->call_id,
				 r->uri,    r->authorization, r->via[r->via_count - 1] };
	unsigned int count = node->rules.check == ATTACK_CHECK_RFC3261 ? 6 : 5;
	struct loop_part part = { 0, 0 };
	struct siphash h;

	siphash_init(&h, node->key, 0);
	for (unsigned int i = 0; i < count; i++)
		siphash_update(&h, inputs[i], strlen(inputs[i]) + 1);
	siphash_update(&h, &r->cseq, sizeof(r->cseq));
	part.h1 = siphash_final(&h);
	return part;
}

struct loop_part
attack_part_make(const struct attack_node *node, const struct attack_request *r)
{
	return node->rules.check == ATTACK_CHECK_RFC5393 ? part_rfc5393(node, r)
							 : part_rfc3261(node, r);
}

bool
attack_came_back(const struct attack_node *node, const struct attack_request *r,
		 struct loop_part part)
{
	uint32_t limit = node->rules.check == ATTACK_CHECK_RFC5393 ? node->rules.revisit_limit : 0;
	struct slice host = slice_str(node->host);
	uint32_t visits = 0;

	for (unsigned int i = r->via_count; i-- > 0;) {
		struct loop_part seen;
		struct sip_via via;

		if (!sip_via_decode(slice_str(r->via[i]), &via) ||
		    !slice_eq_nocase(via.host, host) || !loop_part_find(via.branch, &seen))
			continue;
		if (seen.h1 == part.h1 || (seen.h2 == part.h2 && ++visits == limit))
			return true;
	}
	return false;
}

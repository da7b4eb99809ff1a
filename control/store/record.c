/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/record.h"

#include "sip/writer.h"

enum { VERSION = 1 };

/* Fixed part of a binding in the store; host byte order, like LMDB's own file. */
struct fixed {
	uint64_t expires_ms, updated_ms;
	uint32_t cseq, reg_id;
	uint16_t q;
	uint16_t contact_len, params_len, path_len, instance_len, call_id_len;
	uint32_t reserved;
	struct flow flow;
};

_Static_assert(sizeof(struct fixed) == 88, "the store's layout");

size_t
record_encode(const struct record *r, char out[RECORD_MAX])
{
	uint16_t head[2] = { VERSION, (uint16_t)r->count };
	struct sip_writer w;

	sip_writer_init(&w, out, RECORD_MAX);
	sip_put(&w, slice_of((const char *)head, sizeof(head)));
	for (unsigned int i = 0; i < r->count; i++) {
		const struct record_binding *b = &r->binding[i];
		struct fixed f = {
			.expires_ms = b->expires_ms,
			.updated_ms = b->updated_ms,
			.cseq = b->cseq,
			.reg_id = b->reg_id,
			.q = b->q,
			.flow = b->flow,
			.contact_len = (uint16_t)b->contact.len,
			.params_len = (uint16_t)b->params.len,
			.path_len = (uint16_t)b->path.len,
			.instance_len = (uint16_t)b->instance.len,
			.call_id_len = (uint16_t)b->call_id.len,
		};

		sip_put(&w, slice_of((const char *)&f, sizeof(f)));
		sip_put(&w, b->contact);
		sip_put(&w, b->params);
		sip_put(&w, b->path);
		sip_put(&w, b->instance);
		sip_put(&w, b->call_id);
	}
	return sip_written(&w).len;
}

static bool
take(struct slice *rest, void *to, size_t n)
{
	if (rest->len < n)
		return false;
	memcpy(to, rest->ptr, n);
	*rest = slice_of(rest->ptr + n, rest->len - n);
	return true;
}

static bool
take_slice(struct slice *rest, size_t n, struct slice *out)
{
	if (rest->len < n)
		return false;
	*out = n > 0 ? slice_of(rest->ptr, n) : SLICE_ABSENT;
	*rest = slice_of(rest->ptr + n, rest->len - n);
	return true;
}

bool
record_decode(struct slice value, struct record *r)
{
	struct slice rest = value;
	uint16_t head[2];
	struct fixed f;

	r->count = 0;
	if (!take(&rest, head, sizeof(head)) || head[0] != VERSION ||
	    head[1] > BINDING_MAX_CONTACTS)
		return false;
	for (unsigned int i = 0; i < head[1]; i++) {
		struct record_binding *b = &r->binding[i];

		if (!take(&rest, &f, sizeof(f)) || !take_slice(&rest, f.contact_len, &b->contact) ||
		    !take_slice(&rest, f.params_len, &b->params) ||
		    !take_slice(&rest, f.path_len, &b->path) ||
		    !take_slice(&rest, f.instance_len, &b->instance) ||
		    !take_slice(&rest, f.call_id_len, &b->call_id))
			return false;
		b->expires_ms = f.expires_ms;
		b->updated_ms = f.updated_ms;
		b->cseq = f.cseq;
		b->reg_id = f.reg_id;
		b->q = f.q;
		b->flow = f.flow;
		r->count++;
	}
	return rest.len == 0;
}

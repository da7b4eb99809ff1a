/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/record.h"

#include "sip/writer.h"

enum { VERSION = 2, OLD_VERSION = 1 };

/* Fixed parts in the store; host byte order, like LMDB's own file. */
struct head {
	uint16_t version, bindings, instances, reserved;
};

struct fixed {
	uint64_t expires_ms, updated_ms, registered_ms;
	uint32_t cseq, reg_id, flags;
	uint16_t q;
	uint16_t contact_len, params_len, path_len, call_id_len;
	uint8_t instance; /* index of its row + 1; 0: none */
	uint8_t has_flow; /* a struct flow follows */
};

struct fixed_instance {
	uint64_t epoch, seen_ms;
	uint16_t id_len, reserved[3];
};

_Static_assert(sizeof(struct fixed) == 48 && sizeof(struct fixed_instance) == 24,
	       "the store's layout");

/* What version 1 had in place of struct fixed; its instances stood with each binding. */
struct old_fixed {
	uint64_t expires_ms, updated_ms;
	uint32_t cseq, reg_id;
	uint16_t q;
	uint16_t contact_len, params_len, path_len, instance_len, call_id_len;
	uint32_t reserved;
	struct flow flow;
};

_Static_assert(sizeof(struct old_fixed) == 88, "the store's layout of version 1");

static void
put_octets(struct sip_writer *w, const void *octets, size_t len)
{
	sip_put(w, slice_of(octets, len));
}

int
record_find_instance(const struct record *r, struct slice id)
{
	for (unsigned int i = 0; id.len > 0 && i < r->instance_count; i++)
		if (slice_eq(r->instance[i].id, id))
			return (int)i;
	return -1;
}

static void
encode_binding(struct sip_writer *w, const struct record *r, const struct record_binding *b)
{
	struct fixed f = {
		.expires_ms = b->expires_ms,
		.updated_ms = b->updated_ms,
		.registered_ms = b->registered_ms,
		.cseq = b->cseq,
		.reg_id = b->reg_id,
		.flags = b->flags,
		.q = b->q,
		.contact_len = (uint16_t)b->contact.len,
		.params_len = (uint16_t)b->params.len,
		.path_len = (uint16_t)b->path.len,
		.call_id_len = (uint16_t)b->call_id.len,
		.instance = (uint8_t)(record_find_instance(r, b->instance) + 1),
		.has_flow = b->flow.remote.family != 0,
	};

	put_octets(w, &f, sizeof(f));
	if (f.has_flow)
		put_octets(w, &b->flow, sizeof(b->flow));
	sip_put(w, b->contact);
	sip_put(w, b->params);
	sip_put(w, b->path);
	sip_put(w, b->call_id);
}

size_t
record_encode(const struct record *r, char out[RECORD_MAX])
{
	struct head head = { .version = VERSION,
			     .bindings = (uint16_t)r->count,
			     .instances = (uint16_t)r->instance_count };
	struct sip_writer w;

	sip_writer_init(&w, out, RECORD_MAX);
	put_octets(&w, &head, sizeof(head));
	for (unsigned int i = 0; i < r->instance_count; i++) {
		struct fixed_instance f = { .epoch = r->instance[i].epoch,
					    .seen_ms = r->instance[i].seen_ms,
					    .id_len = (uint16_t)r->instance[i].id.len };

		put_octets(&w, &f, sizeof(f));
		sip_put(&w, r->instance[i].id);
	}
	for (unsigned int i = 0; i < r->count; i++)
		encode_binding(&w, r, &r->binding[i]);
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

static bool
decode_instance(struct slice *rest, struct record *r)
{
	struct record_instance *instance = &r->instance[r->instance_count];
	struct fixed_instance f;

	if (!take(rest, &f, sizeof(f)) || f.id_len == 0 ||
	    !take_slice(rest, f.id_len, &instance->id))
		return false;
	instance->epoch = f.epoch;
	instance->seen_ms = f.seen_ms;
	r->instance_count++;
	return true;
}

static bool
decode_binding(struct slice *rest, struct record *r)
{
	struct record_binding *b = &r->binding[r->count];
	struct fixed f;

	memset(b, 0, sizeof(*b));
	if (!take(rest, &f, sizeof(f)) || f.instance > r->instance_count ||
	    (f.has_flow != 0 && !take(rest, &b->flow, sizeof(b->flow))) ||
	    !take_slice(rest, f.contact_len, &b->contact) ||
	    !take_slice(rest, f.params_len, &b->params) ||
	    !take_slice(rest, f.path_len, &b->path) ||
	    !take_slice(rest, f.call_id_len, &b->call_id))
		return false;
	if (f.instance > 0)
		b->instance = r->instance[f.instance - 1].id;
	b->expires_ms = f.expires_ms;
	b->updated_ms = f.updated_ms;
	b->registered_ms = f.registered_ms;
	b->cseq = f.cseq;
	b->reg_id = f.reg_id;
	b->flags = f.flags;
	b->q = f.q;
	r->count++;
	return true;
}

static bool
decode_old_binding(struct slice *rest, struct record *r)
{
	struct record_binding *b = &r->binding[r->count];
	struct old_fixed f;

	memset(b, 0, sizeof(*b));
	if (!take(rest, &f, sizeof(f)) || !take_slice(rest, f.contact_len, &b->contact) ||
	    !take_slice(rest, f.params_len, &b->params) ||
	    !take_slice(rest, f.path_len, &b->path) ||
	    !take_slice(rest, f.instance_len, &b->instance) ||
	    !take_slice(rest, f.call_id_len, &b->call_id))
		return false;
	b->expires_ms = f.expires_ms;
	b->updated_ms = b->registered_ms = f.updated_ms;
	b->cseq = f.cseq;
	b->reg_id = f.reg_id;
	b->q = f.q;
	b->flow = f.flow;
	r->count++;
	if (b->instance.len > 0 && record_find_instance(r, b->instance) < 0)
		r->instance[r->instance_count++] =
			(struct record_instance){ .id = b->instance, .seen_ms = f.updated_ms };
	return true;
}

static bool
decode_old(struct slice rest, struct record *r)
{
	uint16_t head[2];

	if (!take(&rest, head, sizeof(head)) || head[1] > BINDING_MAX_CONTACTS)
		return false;
	for (unsigned int i = 0; i < head[1]; i++)
		if (!decode_old_binding(&rest, r))
			return false;
	return rest.len == 0;
}

bool
record_decode(struct slice value, struct record *r)
{
	struct slice rest = value;
	struct head head;

	r->count = r->instance_count = 0;
	if (value.len >= sizeof(uint16_t)) {
		memcpy(&head.version, value.ptr, sizeof(head.version));
		if (head.version == OLD_VERSION)
			return decode_old(value, r);
	}
	if (!take(&rest, &head, sizeof(head)) || head.version != VERSION ||
	    head.bindings > BINDING_MAX_CONTACTS || head.instances > BINDING_MAX_INSTANCES)
		return false;
	for (unsigned int i = 0; i < head.instances; i++)
		if (!decode_instance(&rest, r))
			return false;
	for (unsigned int i = 0; i < head.bindings; i++)
		if (!decode_binding(&rest, r))
			return false;
	return rest.len == 0;
}

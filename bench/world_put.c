/* SPDX-License-Identifier: BSD-3-Clause */
/* The bindings of the users. */
#include "bench.h"
#include "world.h"

/* The texts of a binding. */
struct texts {
	char contact[96], path[160], instance[48];
};

/*
 * A binding of a user, or of one of his contacts, which are counted on like users: of four two are
 * reached by the flow they registered on, one by its contact, and one by way of another edge, which
 * left a Path. Octets of what is its own.
 */
static size_t
fill_binding(struct binding *b, struct texts *t, uint32_t user, uint32_t contact, bool plain,
	     uint64_t now_ms)
{
	struct flow_address agent = world_agent(contact), edge = world_proxy(contact >> 2);
	char ip[FLOW_ADDRESS_TEXT_MAX];
	struct slice where = flow_address_text(&agent, ip);

	*b = (struct binding){
		.expires_ms = now_ms + 86400000, .updated_ms = now_ms, .q = 1000, .reg_id = 1
	};
	b->contact = slice_of(t->contact,
			      (size_t)snprintf(t->contact, sizeof(t->contact),
					       "sip:+4930%07u@%.*s;ob", user, SLICE_FMT(where)));
	b->instance = slice_of(t->instance,
			       (size_t)snprintf(t->instance, sizeof(t->instance),
						"urn:uuid:7c2f0a54-1d3e-4b6a-9f80-00005e%06x",
						contact & 0xffffff));
	if (plain) {
		b->reg_id = 0;
	} else if (contact % 4 < 2) {
		b->flow = world_agent_flow(contact);
	} else if (contact % 4 == 3) {
		where = flow_address_text(&edge, ip);
		b->path = slice_of(
			t->path,
			(size_t)snprintf(
				t->path, sizeof(t->path),
				"<sip:q3Zk0uYt8RkEo1vWm2b7EABAMAAgoTxMC2ytBcd%u@%.*s;lr;ob>",
				contact & 7, SLICE_FMT(where)));
	}
	return b->contact.len + b->path.len + b->instance.len +
	       (b->flow.transport != 0 ? sizeof(b->flow) : 0);
}

static size_t
put_bindings(struct binding_writer *w, uint32_t user, uint32_t contact, unsigned int count,
	     bool plain, uint64_t now_ms)
{
	enum { MOST = 8 };
	struct binding b[MOST];
	struct binding_instance row[MOST] = { { .epoch = 0 } };
	struct texts texts[MOST];
	char text[WORLD_AOR_MAX];
	struct slice aor = world_aor(user, text);
	size_t octets = aor.len;

	for (unsigned int i = 0; i < count && i < MOST; i++) {
		octets += fill_binding(&b[i], &texts[i], user, contact + i, plain, now_ms);
		row[i] = (struct binding_instance){ .id = b[i].instance, .epoch = user + 1 };
	}
	if (binding_writer_put(w, aor, b, count, row, count) != BINDING_OK)
		bench_die("bindings of user %u: the table is full", user);
	return octets;
}

size_t
world_put(struct binding_writer *w, uint32_t user, uint64_t now_ms)
{
	return put_bindings(w, user, user, 1, false, now_ms);
}

void
world_put_contacts(struct binding_writer *w, uint32_t user, unsigned int contacts, bool plain,
		   uint64_t now_ms)
{
	put_bindings(w, user, user * contacts, contacts, plain, now_ms);
}

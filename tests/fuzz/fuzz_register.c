/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * REGISTERs one after the other, as the registrar has them from its rings to its answers. The input
 * is one octet for each: how it came and what the configuration says; then the message; a NUL
 * between two.
 */
#include "fuzz.h"

#include "gruu/gruu.h"
#include "registrar/answer.h"
#include "registrar/policy.h"
#include "registrar/update.h"
#include "sip/field/contact.h"
#include "sip/list.h"

enum { AORS = 8, MESSAGES = 8, CONTACTS = 10, INSTANCES = 4 };

static struct {
	struct slice aor[AORS];
	char aor_text[AORS][REGISTER_AOR_MAX];
	char value[AORS][RECORD_MAX];
	size_t len[AORS];
	uint64_t epochs;
} kept;

static enum store_error
get_epochs(struct binding_store *s, struct slice name, struct slice *value)
{
	(void)s;
	(void)name;
	*value = slice_of((const char *)&kept.epochs, sizeof(kept.epochs));
	return kept.epochs != 0 ? STORE_OK : STORE_ERR_ABSENT;
}

static enum store_error
put_epochs(struct binding_store *s, struct slice name, struct slice value)
{
	(void)s;
	(void)name;
	MUST(value.len == sizeof(kept.epochs));
	memcpy(&kept.epochs, value.ptr, value.len);
	return STORE_OK;
}

static const struct binding_store_ops ops = { .meta_get = get_epochs, .meta_put = put_epochs };
static struct binding_store store = { &ops };

static struct config_file file;
static struct config config = { .file = &file };
static struct temp_gruu_keys keys;
static struct epochs epochs;
static uint64_t now_ms;

/* Bits of the octet before a message. */
enum { FIRST_HOP = 1, PEER = 2, STRICT = 4, OUTBOUND_ONLY = 8, LATER = 16, FORM = 32 };

static void
configure(uint8_t how)
{
	static char domain[] = "example.com", name[] = "hp1.example.com";
	static char append[] = "sip:hp1.example.com;lr";
	static char *domains[] = { domain }, *names[] = { name }, *appended[] = { append };

	file.domains = domains;
	file.names = names;
	file.domains_count = file.names_count = 1;
	file.registrar = (struct config_file_registrar){
		.min_expires = 60,
		.max_expires = 7200,
		.default_expires = 3600,
		.max_contacts = CONTACTS,
		.max_instances = INSTANCES,
		.flow_timer = 29,
		.outbound_only = (how & OUTBOUND_ONLY) != 0,
		.path_unsupported = (how & STRICT) != 0 ? CONFIG_PATH_421 : CONFIG_PATH_TAKE,
		.third_party =
			(how & STRICT) != 0 ? CONFIG_THIRD_PARTY_REFUSE : CONFIG_THIRD_PARTY_ALLOW,
		.gruu = (enum config_gruu)(how / FORM % 4),
		.service_route = { .append = appended, .append_count = 1 },
	};
	flow_ip_decode(SLICE("192.0.2.10"), &config.listener[0].address);
	config.listener[0].address.port = 5060;
	config.listener_count = 1;
}

static void
begin(void)
{
	uint8_t key[TEMP_GRUU_KEY_SIZE] = { 1 };

	memset(kept.aor, 0, sizeof(kept.aor));
	kept.epochs = 0;
	epochs = (struct epochs){ 0 };
	now_ms = UINT64_C(1700000000000);
	if (!keys.set[TEMP_GRUU_CURRENT].usable)
		temp_gruu_keys_init(&keys, key, NULL);
}

static int
place_of(struct slice aor)
{
	for (int i = 0; i < AORS; i++) {
		if (slice_eq(kept.aor[i], aor))
			return i;
		if (kept.aor[i].ptr == NULL) {
			memcpy(kept.aor_text[i], aor.ptr, aor.len);
			kept.aor[i] = slice_of(kept.aor_text[i], aor.len);
			kept.len[i] = 0;
			return i;
		}
	}
	return -1;
}

/* ---- what has to be so ---- */

static void
check_record(const struct record *r)
{
	static char bytes[RECORD_MAX];
	static struct record back;
	unsigned int with[BINDING_MAX_INSTANCES] = { 0 };
	size_t n = record_encode(r, bytes);

	MUST(r->count <= CONTACTS && r->instance_count <= CONTACTS + INSTANCES);
	for (unsigned int i = 0; i < r->count; i++) {
		int k = record_find_instance(r, r->binding[i].instance);

		MUST(r->binding[i].expires_ms > now_ms);
		MUST((k >= 0) == (r->binding[i].instance.len > 0));
		MUST(r->binding[i].reg_id == 0 || k >= 0);
		if (k >= 0)
			with[k]++;
	}
	for (unsigned int i = 0; i < r->instance_count; i++) {
		MUST((r->instance[i].epoch != 0) == (with[i] > 0));
		MUST(record_find_instance(r, r->instance[i].id) == (int)i);
	}
	if (n == 0)
		return;
	MUST(record_decode(slice_of(bytes, n), &back) && back.count == r->count &&
	     back.instance_count == r->instance_count);
}

/* A GRUU in the answer leads back to the binding. */
static void
check_gruu(struct slice text, enum gruu_kind kind, const struct record_instance *row)
{
	struct sip_uri uri;
	struct gruu g;

	MUST(row != NULL && sip_uri_decode(text, &uri));
	MUST(gruu_of_uri(&keys, &uri, &g) == kind);
	MUST(kind == GRUU_TEMPORARY ? g.epoch == row->epoch
				    : slice_eq(slice_of(g.instance, g.instance_len), row->id));
}

static void
check_contact(struct slice element, const struct record *r, unsigned int i)
{
	const struct record_binding *b = &r->binding[i];
	int k = record_find_instance(r, b->instance);
	const struct record_instance *row = k >= 0 ? &r->instance[k] : NULL;
	char canonical[INSTANCE_MAX + 1];
	struct sip_contact c;

	MUST(i < r->count && sip_contact_decode(element, &c) && !c.star);
	MUST(slice_eq(c.party.address.uri, b->contact) && c.has_expires && c.expires > 0);
	MUST(c.q == b->q);
	MUST((c.instance.len > 0) == (k >= 0));
	if (k >= 0)
		MUST(instance_canonical(c.instance, canonical) == b->instance.len &&
		     memcmp(canonical, b->instance.ptr, b->instance.len) == 0);
	if (c.pub_gruu.ptr != NULL)
		check_gruu(c.pub_gruu, GRUU_PUBLIC, row);
	if (c.temp_gruu.ptr != NULL)
		check_gruu(c.temp_gruu, GRUU_TEMPORARY, row);
	if (c.gruu.ptr != NULL)
		check_gruu(c.gruu, GRUU_DRAFT, row);
}

static void
check_answer(const struct sip_writer *w, uint16_t status, const struct record *r)
{
	struct slice text = sip_written(w), element;
	static struct sip_message msg;
	struct sip_list_iter it;
	unsigned int n = 0;

	MUST(text.ptr != NULL || w->overflow);
	if (text.ptr == NULL)
		return;
	MUST(sip_message_index(text, &msg) == SIP_FAULT_NONE && msg.status == status);
	sip_list_iter_init(&it, &msg, SIP_HDR_CONTACT);
	while (sip_list_next(&it, &element))
		check_contact(element, r, n++);
	MUST(n == r->count);
}

/* ---- one request ---- */

static void
refuse(const struct register_answer *a, const struct register_request *q,
       const struct register_refusal *refusal)
{
	static const struct record none;
	static char out[MESSAGE_RING_MESSAGE_MAX];
	struct sip_writer w;

	if (refusal->status == 0)
		return;
	MUST(refusal->status >= 400 && refusal->status < 700 && refusal->phrase != NULL);
	MUST(memchr(refusal->header, 0, sizeof(refusal->header)) != NULL);
	sip_writer_init(&w, out, sizeof(out));
	register_answer_refuse(&w, a, q, refusal);
	check_answer(&w, refusal->status, &none);
}

/* A copy changes nothing, whatever the request was. */
static void
apply(const struct register_answer *a, struct register_request *q, struct record *r)
{
	const struct register_rules rules = { .now_ms = now_ms,
					      .max_contacts = CONTACTS,
					      .max_instances = INSTANCES,
					      .epochs = &epochs,
					      .store = &store };
	static char out[MESSAGE_RING_MESSAGE_MAX];
	static struct register_refusal refusal;
	struct sip_writer w;
	bool changed, again;

	refusal.status = 0;
	refusal.header[0] = '\0';
	if (!register_update(q, r, &rules, &changed, &refusal)) {
		MUST(refusal.status != 0);
		refuse(a, q, &refusal);
		return;
	}
	check_record(r);
	MUST(register_update(q, r, &rules, &again, &refusal) && !again);
	check_record(r);
	sip_writer_init(&w, out, sizeof(out));
	register_answer_ok(&w, a, q, r, SLICE("X-More: 1\r\n"));
	check_answer(&w, 200, r);
	if (changed && place_of(q->aor) >= 0) {
		int i = place_of(q->aor);

		kept.len[i] = record_encode(r, kept.value[i]);
	}
}

static void
handle(uint8_t how, struct slice bytes)
{
	static struct register_request q;
	static struct register_refusal refusal;
	static struct record r;
	static char loaded[RECORD_MAX];
	const struct register_answer a = { &config, &keys, { 1, 2 }, now_ms };
	struct message_head head = { .flags = (how & FIRST_HOP) != 0 ? MESSAGE_FIRST_HOP : 0 };
	int i;

	flow_ip_decode(SLICE("203.0.113.7"), &head.flow.remote);
	flow_ip_decode(SLICE("192.0.2.10"), &head.flow.local);
	if (!register_request_decode(&config, bytes, &q, &refusal) ||
	    !register_request_details(&config, &head, &q, &refusal) ||
	    !policy_check_from(&config, &q, &refusal) ||
	    !policy_check_contacts(&config, &q, &refusal)) {
		refuse(&a, &q, &refusal);
		return;
	}
	must_lie_in(q.fields.call_id, bytes);
	MUST(q.aor.len > 0 && q.aor.len <= REGISTER_AOR_MAX && q.pool_used <= sizeof(q.pool));
	r.count = r.instance_count = 0;
	i = place_of(q.aor);
	if (i >= 0 && kept.len[i] > 0) {
		memcpy(loaded, kept.value[i], kept.len[i]);
		MUST(record_decode(slice_of(loaded, kept.len[i]), &r));
	}
	apply(&a, &q, &r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of((const char *)data, size);

	begin();
	for (int i = 0; i < MESSAGES && rest.len > 1; i++) {
		uint8_t how = (uint8_t)rest.ptr[0];
		const char *end = memchr(rest.ptr + 1, 0, rest.len - 1);
		size_t n = end != NULL ? (size_t)(end - rest.ptr) : rest.len;
		/* exactly as large as it is, for the sanitizer */
		char *copy = malloc(n - 1 + (n == 1));

		MUST(copy != NULL);
		memcpy(copy, rest.ptr + 1, n - 1);
		configure(how);
		now_ms += (how & LATER) != 0 ? 3600000 : 1000;
		handle(how, slice_of(copy, n - 1));
		free(copy);
		if (end == NULL)
			break;
		rest = slice_of(end + 1, rest.len - n - 1);
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/record_json.h"

#include <stdio.h>
#include <string.h>

#include "gruu/instance.h"
#include "sip/chars.h"
#include "sip/field/route.h"
#include "sip/list.h"
#include "sip/writer.h"

enum { ID_MAX = 0x7fffffff };

/* ---- to JSON ---- */

static json_t *
text_json(struct slice text)
{
	json_t *string = json_stringn(text.ptr, text.len);
	char hex[2 * RECORD_MAX];
	struct sip_writer w;

	if (string != NULL)
		return string;
	sip_writer_init(&w, hex, sizeof(hex));
	for (size_t i = 0; i < text.len; i++)
		sip_put_hex(&w, (unsigned char)text.ptr[i], 2);
	return json_pack("{s:s#}", "hex", hex, (int)(w.p - w.begin));
}

static void
set_text(json_t *object, const char *name, struct slice text)
{
	if (text.len > 0)
		json_object_set_new(object, name, text_json(text));
}

static void
set_number(json_t *object, const char *name, uint64_t number)
{
	json_object_set_new(object, name, json_integer((json_int_t)number));
}

static json_t *
flow_json(const struct flow *flow)
{
	char local[FLOW_ADDRESS_TEXT_MAX], remote[FLOW_ADDRESS_TEXT_MAX];
	struct slice l = flow_address_text(&flow->local, local);
	struct slice r = flow_address_text(&flow->remote, remote);

	return json_pack("{s:s#, s:s#, s:i, s:I}", "local", l.ptr, (int)l.len, "remote", r.ptr,
			 (int)r.len, "transport", (int)flow->transport, "generation",
			 (json_int_t)flow->generation);
}

static json_t *
binding_json(const struct record_binding *b)
{
	json_t *o = json_object();

	set_text(o, "contact", b->contact);
	set_text(o, "params", b->params);
	set_text(o, "path", b->path);
	set_text(o, "instance", b->instance);
	if (b->reg_id != 0)
		set_number(o, (b->flags & BINDING_FLOW_ID) != 0 ? "flow_id" : "reg_id", b->reg_id);
	set_text(o, "call_id", b->call_id);
	set_number(o, "cseq", b->cseq);
	json_object_set_new(o, "q", json_real(b->q / 1000.0));
	set_number(o, "expires_ms", b->expires_ms);
	set_number(o, "updated_ms", b->updated_ms);
	set_number(o, "registered_ms", b->registered_ms);
	if (b->flow.remote.family != 0)
		json_object_set_new(o, "flow", flow_json(&b->flow));
	return o;
}

json_t *
record_to_json(struct slice aor, const struct record *record)
{
	json_t *bindings = json_array(), *instances = json_array();

	for (unsigned int i = 0; i < record->count; i++)
		json_array_append_new(bindings, binding_json(&record->binding[i]));
	for (unsigned int i = 0; i < record->instance_count; i++) {
		json_t *o = json_object();

		set_text(o, "id", record->instance[i].id);
		set_number(o, "seen_ms", record->instance[i].seen_ms);
		json_array_append_new(instances, o);
	}
	return json_pack("{s:o, s:o, s:o}", "aor", text_json(aor), "bindings", bindings,
			 "instances", instances);
}

/* ---- from JSON ---- */

struct reader {
	struct record_import *out;
	char *message;
	size_t size;
	unsigned int index; /* of the binding or instance */
	const char *list;
};

static bool
wrong(const struct reader *r, const char *key, const char *want)
{
	if (r->list != NULL)
		snprintf(r->message, r->size, "%s[%u].%s: want %s", r->list, r->index, key, want);
	else
		snprintf(r->message, r->size, "%s: want %s", key, want);
	return false;
}

static bool
decode_hex(struct record_import *out, const char *hex, struct slice *text)
{
	size_t n = strlen(hex);
	char *to = out->pool + out->used;

	if (n % 2 != 0 || n / 2 > sizeof(out->pool) - out->used ||
	    !sip_all(slice_str(hex), SIP_CHAR_HEX))
		return false;
	for (size_t i = 0; i < n / 2; i++)
		to[i] = (char)(sip_hex_value(hex[2 * i]) << 4 | sip_hex_value(hex[2 * i + 1]));
	out->used += n / 2;
	*text = slice_of(to, n / 2);
	return true;
}

/* Absent where it is not written. */
static bool
get_text(struct reader *r, const json_t *object, const char *key, struct slice *text)
{
	const json_t *value = json_object_get(object, key);
	const char *hex = json_string_value(json_object_get(value, "hex"));

	*text = SLICE_ABSENT;
	if (value == NULL)
		return true;
	if (json_is_string(value))
		*text = slice_of(json_string_value(value), json_string_length(value));
	else if (hex == NULL || !decode_hex(r->out, hex, text))
		return wrong(r, key, "text, or {\"hex\": ...}");
	/* it goes into header lines */
	for (size_t i = 0; i < text->len; i++)
		if (text->ptr[i] == '\r' || text->ptr[i] == '\n' || text->ptr[i] == '\0')
			return wrong(r, key, "text without line ends");
	return text->len <= 4096 || wrong(r, key, "at most 4096 octets");
}

static bool
get_number(struct reader *r, const json_t *object, const char *key, uint64_t max, uint64_t *number)
{
	const json_t *value = json_object_get(object, key);

	*number = 0;
	if (value == NULL)
		return true;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > max)
		return wrong(r, key, "a whole number in its range");
	*number = (uint64_t)json_integer_value(value);
	return true;
}

static bool
get_address(struct reader *r, const json_t *object, const char *key, struct flow_address *address)
{
	const char *text = json_string_value(json_object_get(object, key));
	const char *colon = text != NULL ? strrchr(text, ':') : NULL;
	uint32_t port;

	if (colon == NULL || !sip_uint(slice_str(colon + 1), &port) || port == 0 || port > 65535 ||
	    !flow_ip_decode(slice_of(text, (size_t)(colon - text)), address))
		return wrong(r, key, "an address with port, such as 192.0.2.1:5060");
	address->port = (uint16_t)port;
	return true;
}

static bool
get_flow(struct reader *r, const json_t *object, struct flow *flow)
{
	const json_t *value = json_object_get(object, "flow");
	uint64_t transport, generation;

	if (value == NULL)
		return true;
	if (!get_address(r, value, "local", &flow->local) ||
	    !get_address(r, value, "remote", &flow->remote) ||
	    !get_number(r, value, "transport", UINT8_MAX, &transport) ||
	    !get_number(r, value, "generation", UINT32_MAX, &generation))
		return false;
	flow->transport = (uint8_t)transport;
	flow->generation = (uint32_t)generation;
	return true;
}

/* Route values that requests are sent along: as a REGISTER would have to bring them. */
static bool
check_path(const struct reader *r, struct slice path)
{
	while (path.ptr != NULL) {
		struct sip_route route;

		if (!sip_route_decode(sip_list_cut(&path), &route) || !route.loose)
			return wrong(r, "path", "name-addrs with lr, such as <sip:192.0.2.1;lr>");
	}
	return true;
}

static bool
get_instance(struct reader *r, const json_t *object, const char *key, struct slice *id)
{
	struct record_import *out = r->out;
	struct slice text;
	size_t n;

	*id = SLICE_ABSENT;
	if (!get_text(r, object, key, &text) || text.len == 0)
		return text.len == 0;
	if (sizeof(out->pool) - out->used < INSTANCE_MAX + 1)
		return wrong(r, key, "less text in all");
	n = instance_canonical(text, out->pool + out->used);
	if (n == 0)
		return wrong(r, key, "an instance-id such as urn:uuid:...");
	*id = slice_of(out->pool + out->used, n);
	out->used += n;
	return true;
}

static bool
get_ids(struct reader *r, const json_t *object, struct record_binding *b)
{
	uint64_t reg_id, flow_id;

	if (!get_number(r, object, "reg_id", ID_MAX, &reg_id) ||
	    !get_number(r, object, "flow_id", ID_MAX, &flow_id))
		return false;
	b->reg_id = (uint32_t)(reg_id != 0 ? reg_id : flow_id);
	b->flags = reg_id == 0 && flow_id != 0 ? BINDING_FLOW_ID : 0;
	return true;
}

static bool
get_times(struct reader *r, const json_t *object, struct record_binding *b)
{
	const json_t *q = json_object_get(object, "q");
	uint64_t cseq;

	if (!get_number(r, object, "cseq", UINT32_MAX, &cseq) ||
	    !get_number(r, object, "expires_ms", INT64_MAX, &b->expires_ms) ||
	    !get_number(r, object, "updated_ms", INT64_MAX, &b->updated_ms) ||
	    !get_number(r, object, "registered_ms", INT64_MAX, &b->registered_ms))
		return false;
	if (b->expires_ms == 0)
		return wrong(r, "expires_ms", "milliseconds since 1970");
	if (q != NULL && !(json_number_value(q) >= 0 && json_number_value(q) <= 1))
		return wrong(r, "q", "a number from 0 to 1");
	b->cseq = (uint32_t)cseq;
	b->q = q != NULL ? (uint16_t)(json_number_value(q) * 1000 + 0.5) : 1000;
	return true;
}

static bool
get_binding(struct reader *r, const json_t *object)
{
	struct record *record = &r->out->record;
	struct record_binding *b = &record->binding[record->count];
	struct sip_uri uri;

	memset(b, 0, sizeof(*b));
	if (!get_text(r, object, "contact", &b->contact) ||
	    !get_text(r, object, "params", &b->params) || !get_text(r, object, "path", &b->path) ||
	    !check_path(r, b->path) || !get_instance(r, object, "instance", &b->instance) ||
	    !get_text(r, object, "call_id", &b->call_id) || !get_ids(r, object, b) ||
	    !get_times(r, object, b) || !get_flow(r, object, &b->flow))
		return false;
	if (b->contact.len == 0 || !sip_uri_decode(b->contact, &uri))
		return wrong(r, "contact", "a URI");
	record->count++;
	if (b->instance.len > 0 && record_find_instance(record, b->instance) < 0) {
		if (record->instance_count == BINDING_MAX_INSTANCES)
			return wrong(r, "instance", "at most 64 instances in all");
		record->instance[record->instance_count++] = (struct record_instance){
			.id = b->instance,
			.seen_ms = b->updated_ms,
		};
	}
	return true;
}

static bool
get_known_instance(struct reader *r, const json_t *object)
{
	struct record *record = &r->out->record;
	struct record_instance instance = { .epoch = 0 };

	if (!get_instance(r, object, "id", &instance.id) ||
	    !get_number(r, object, "seen_ms", INT64_MAX, &instance.seen_ms))
		return false;
	if (instance.id.len == 0 || record_find_instance(record, instance.id) >= 0)
		return instance.id.len > 0 || wrong(r, "id", "an instance-id");
	if (record->instance_count == BINDING_MAX_INSTANCES)
		return wrong(r, "id", "at most 64 instances");
	record->instance[record->instance_count++] = instance;
	return true;
}

static bool
get_list(struct reader *r, const json_t *object, const char *name, size_t max,
	 bool (*get)(struct reader *r, const json_t *object))
{
	const json_t *list = json_object_get(object, name);

	r->list = NULL;
	if (list == NULL)
		return true;
	if (!json_is_array(list) || json_array_size(list) > max)
		return wrong(r, name, "a list of at most 64");
	r->list = name;
	for (r->index = 0; r->index < json_array_size(list); r->index++)
		if (!get(r, json_array_get(list, r->index)))
			return false;
	return true;
}

bool
record_from_json(const json_t *object, struct record_import *out, char *message, size_t size)
{
	struct reader r = { .out = out, .message = message, .size = size };
	struct slice text;
	struct sip_uri uri;

	out->used = 0;
	out->record.count = out->record.instance_count = 0;
	if (!get_text(&r, object, "aor", &text))
		return false;
	if (!sip_uri_decode(text, &uri) || uri.user.len == 0 ||
	    (out->aor = slice_of(out->aor_text,
				 sip_uri_aor(&uri, out->aor_text, sizeof(out->aor_text))))
			    .len == 0)
		return wrong(&r, "aor", "an address of record such as sip:user@example.com");
	return get_list(&r, object, "bindings", BINDING_MAX_CONTACTS, get_binding) &&
	       get_list(&r, object, "instances", BINDING_MAX_INSTANCES, get_known_instance);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/wire_reading.h"

#include "sip/chars.h"
#include "sip/list.h"

/* One step of a path, "via[0]" of "via[0].host", and the steps behind it. */
struct step {
	struct slice name;
	struct slice key;  /* in brackets; absent without */
	struct slice rest; /* absent at the end */
};

/* A name with dots of its own stands in brackets or at the end. */
static bool
take_step(struct slice path, struct step *step)
{
	const char *end = slice_end(path), *p = path.ptr;

	*step = (struct step){ 0 };
	while (p < end && *p != '.' && *p != '[')
		p++;
	step->name = slice_between(path.ptr, p);
	if (p < end && *p == '[') {
		const char *close = memchr(p, ']', (size_t)(end - p));

		if (close == NULL)
			return false;
		step->key = slice_between(p + 1, close);
		p = close + 1;
	}
	if (p < end && *p != '.')
		return false;
	if (p < end)
		step->rest = slice_between(p + 1, end);
	return true;
}

static bool
write_text(struct slice text, FILE *out)
{
	if (text.ptr == NULL)
		fputs("(absent)", out);
	else if (text.len == 0)
		fputs("(empty)", out);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool at_end = i == 0 || i + 1 == text.len;

		if (c == '\\')
			fputs("\\\\", out);
		else if (c < ' ' || c > '~' || (c == ' ' && at_end))
			fprintf(out, "\\x%02x", (uint8_t)c);
		else
			fputc(c, out);
	}
	return true;
}

static bool
write_word(const char *word, FILE *out)
{
	fputs(word, out);
	return true;
}

static bool
write_number(bool present, uint32_t number, FILE *out)
{
	if (!present)
		return write_word("(absent)", out);
	fprintf(out, "%u", number);
	return true;
}

static bool
write_bool(bool yes, FILE *out)
{
	return write_word(yes ? "yes" : "no", out);
}

/* "param.NAME" of a list of parameters. */
static bool
write_param(struct slice params, struct slice name, FILE *out)
{
	struct slice value;

	if (!sip_param_find(params, name, &value))
		return write_word("(absent)", out);
	return value.ptr == NULL ? write_word("(no value)", out) : write_text(value, out);
}

/* A part by its name, out of a table that ends with an empty name. */
struct part {
	struct slice name, value;
};

static bool
write_part(const struct part *part, struct slice name, FILE *out)
{
	for (; part->name.len > 0; part++)
		if (slice_eq(part->name, name))
			return write_text(part->value, out);
	return false;
}

static bool
write_uri(struct slice text, struct slice path, FILE *out)
{
	struct sip_uri uri;
	struct step step;
	char aor[4096];

	if (path.ptr == NULL || text.ptr == NULL)
		return write_text(text, out);
	if (!take_step(path, &step))
		return false;
	if (!sip_uri_decode(text, &uri))
		return write_word("(malformed)", out);
	if (slice_eq(step.name, SLICE("param")))
		return write_param(uri.params, step.rest, out);
	if (slice_eq(step.name, SLICE("port")))
		return write_number(uri.port != 0, uri.port, out);
	if (slice_eq(step.name, SLICE("aor")))
		return write_text(slice_of(aor, sip_uri_aor(&uri, aor, sizeof(aor))), out);
	return write_part(
		(const struct part[]){
			{ SLICE("scheme"), uri.scheme_text },
			{ SLICE("user"), uri.user },
			{ SLICE("password"), uri.password },
			{ SLICE("host"), uri.host },
			{ SLICE("params"), uri.params },
			{ SLICE("headers"), uri.headers },
			{ { 0 }, { 0 } },
		},
		step.name, out);
}

/* One name-addr or addr-spec; without a path, as it stands. */
static bool
write_address(struct slice text, struct slice path, FILE *out)
{
	struct sip_address address;
	struct step step;
	uint16_t q;

	if (path.ptr == NULL || text.ptr == NULL)
		return write_text(text, out);
	if (!take_step(path, &step))
		return false;
	if (!sip_address_decode(text, &address))
		return write_word("(malformed)", out);
	if (slice_eq(step.name, SLICE("uri")))
		return write_uri(address.uri, step.rest, out);
	if (slice_eq(step.name, SLICE("param")))
		return write_param(address.params, step.rest, out);
	if (slice_eq(step.name, SLICE("q")))
		return sip_qvalue_decode(sip_address_param(&address, SLICE("q")), &q)
			       ? write_number(true, q, out)
			       : write_word("(malformed)", out);
	return write_part(
		(const struct part[]){
			{ SLICE("display"), address.display },
			{ SLICE("params"), address.params },
			{ { 0 }, { 0 } },
		},
		step.name, out);
}

static bool
write_via(struct slice text, struct slice path, FILE *out)
{
	struct sip_via via;
	struct step step;

	if (path.ptr == NULL || text.ptr == NULL)
		return write_text(text, out);
	if (!take_step(path, &step))
		return false;
	if (!sip_via_decode(text, &via) && via.host.ptr == NULL)
		return write_word("(malformed)", out);
	if (slice_eq(step.name, SLICE("port")))
		return write_number(via.port != 0, via.port, out);
	if (slice_eq(step.name, SLICE("cookie")))
		return write_bool(sip_branch_has_cookie(via.branch), out);
	if (slice_eq(step.name, SLICE("rport")))
		return write_param(via.params, step.name, out);
	if (slice_eq(step.name, SLICE("param")))
		return write_param(via.params, step.rest, out);
	return write_part(
		(const struct part[]){
			{ SLICE("transport"), via.transport },
			{ SLICE("host"), via.host },
			{ SLICE("branch"), via.branch },
			{ SLICE("received"), via.received },
			{ SLICE("maddr"), via.maddr },
			{ SLICE("params"), via.params },
			{ { 0 }, { 0 } },
		},
		step.name, out);
}

/* Element `wanted` of all lines of a header, or how many there are. */
static uint32_t
list_find(const struct sip_message *msg, enum sip_header_id id, uint32_t wanted,
	  struct slice *element)
{
	struct sip_list_iter it;
	struct slice one;
	uint32_t n = 0;

	*element = SLICE_ABSENT;
	sip_list_iter_init(&it, msg, id);
	while (sip_list_next(&it, &one))
		if (n++ == wanted)
			*element = one;
	return n;
}

/* "contact[1]..." or "contact.count". */
static bool
write_list(const struct wire_reading *r, const struct step *step, enum sip_header_id id, FILE *out)
{
	uint32_t wanted = UINT32_MAX, count;
	struct slice element;

	if (step->key.ptr != NULL && !sip_uint(step->key, &wanted))
		return false;
	count = list_find(&r->msg, id, wanted, &element);
	if (step->key.ptr == NULL)
		return slice_eq(step->rest, SLICE("count")) && write_number(true, count, out);
	return id == SIP_HDR_VIA ? write_via(element, step->rest, out)
				 : write_address(element, step->rest, out);
}

/* Tags as the check hands them on, for a message that is accepted. */
static bool
write_party(const struct wire_reading *r, const struct step *step, enum sip_header_id id, FILE *out)
{
	if (slice_eq(step->rest, SLICE("tag")))
		return write_text(id == SIP_HDR_FROM ? r->fields.from_tag : r->fields.to_tag, out);
	return write_address(sip_header_get(&r->msg, id), step->rest, out);
}

static bool
is_header(const struct wire_reading *r, const struct sip_header *h, struct slice name)
{
	enum sip_header_id id = sip_header_find(name);

	if (id != SIP_HDR_OTHER)
		return sip_header_id(h) == id;
	return slice_eq_nocase(slice_of(r->msg.base + h->line_off, h->name_len), name);
}

/* "header[NAME]", the first of that name in either form, and "count[NAME]". */
static bool
write_header(const struct wire_reading *r, const struct step *step, bool count, FILE *out)
{
	struct slice value = SLICE_ABSENT;
	uint32_t n = 0;

	if (step->key.ptr == NULL || step->rest.ptr != NULL)
		return false;
	for (unsigned int i = 0; i < r->msg.header_count; i++)
		if (is_header(r, &r->msg.header[i], step->key) && n++ == 0)
			value = sip_header_value(&r->msg, &r->msg.header[i]);
	return count ? write_number(true, n, out) : write_text(value, out);
}

static bool
write_verdict(const struct wire_reading *r, FILE *out)
{
	const struct sip_fault_info *info = sip_fault_info(r->fault);

	fputs(sip_verdict_name(r->verdict), out);
	if (r->verdict == SIP_REJECT)
		fprintf(out, " %u %.*s", info->status, SLICE_FMT(info->phrase));
	return true;
}

static bool
write_cseq(const struct wire_reading *r, FILE *out)
{
	if (r->fields.cseq_method.ptr == NULL)
		return write_word("(absent)", out);
	fprintf(out, "%u ", r->fields.cseq);
	return write_text(r->fields.cseq_method, out);
}

static bool
write_method(const struct wire_reading *r, const struct step *step, FILE *out)
{
	if (slice_eq(step->rest, SLICE("known")))
		return write_bool(r->msg.method != SIP_METHOD_OTHER, out);
	return step->rest.ptr == NULL &&
	       write_text(sip_span_slice(&r->msg, r->msg.method_text), out);
}

/* Octets of the datagram behind the end of the message. */
static uint32_t
trailing(const struct wire_reading *r)
{
	return (uint32_t)(slice_end(r->bytes) - r->msg.base - r->msg.len);
}

/* The lines that have neither an index nor parts. */
static bool
write_plain(const struct wire_reading *r, struct slice name, FILE *out)
{
	const struct sip_message *msg = &r->msg;
	const struct sip_fields *f = &r->fields;

	if (slice_eq(name, SLICE("verdict")))
		return write_verdict(r, out);
	if (slice_eq(name, SLICE("fault")))
		return write_word(sip_fault_info(r->fault)->name, out);
	if (slice_eq(name, SLICE("status")))
		return write_number(!sip_is_request(msg), msg->status, out);
	if (slice_eq(name, SLICE("reason")))
		return write_text(sip_span_slice(msg, msg->reason), out);
	if (slice_eq(name, SLICE("headers")))
		return write_number(true, msg->header_count, out);
	if (slice_eq(name, SLICE("call-id")))
		return write_text(f->call_id, out);
	if (slice_eq(name, SLICE("cseq")))
		return write_cseq(r, out);
	if (slice_eq(name, SLICE("max-forwards")))
		return write_number(f->max_forwards != SIP_NUMBER_ABSENT, f->max_forwards, out);
	if (slice_eq(name, SLICE("max-breadth")))
		return write_number(f->max_breadth != SIP_NUMBER_ABSENT, f->max_breadth, out);
	if (slice_eq(name, SLICE("body")))
		return write_number(true, (uint32_t)sip_body(msg).len, out);
	return slice_eq(name, SLICE("trailing")) && write_number(true, trailing(r), out);
}

bool
wire_reading_write(const struct wire_reading *r, struct slice path, FILE *out)
{
	static const struct {
		struct slice name;
		enum sip_header_id id;
	} lists[] = {
		{ SLICE("via"), SIP_HDR_VIA },     { SLICE("contact"), SIP_HDR_CONTACT },
		{ SLICE("route"), SIP_HDR_ROUTE }, { SLICE("record-route"), SIP_HDR_RECORD_ROUTE },
		{ SLICE("path"), SIP_HDR_PATH },
	};
	struct step step;

	if (!take_step(path, &step))
		return false;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (slice_eq(step.name, lists[i].name))
			return write_list(r, &step, lists[i].id, out);
	if (slice_eq(step.name, SLICE("header")) || slice_eq(step.name, SLICE("count")))
		return write_header(r, &step, step.name.ptr[0] == 'c', out);
	if (step.key.ptr != NULL)
		return false;
	if (slice_eq(step.name, SLICE("method")))
		return write_method(r, &step, out);
	if (slice_eq(step.name, SLICE("uri")))
		return write_uri(sip_span_slice(&r->msg, r->msg.uri), step.rest, out);
	if (slice_eq(step.name, SLICE("from")) || slice_eq(step.name, SLICE("to")))
		return write_party(r, &step, step.name.len == 2 ? SIP_HDR_TO : SIP_HDR_FROM, out);
	return step.rest.ptr == NULL && write_plain(r, step.name, out);
}

void
wire_reading_take(struct slice bytes, struct wire_reading *r)
{
	static const struct sip_limits limits;

	r->bytes = bytes;
	r->fault = sip_message_index(bytes, &r->msg);
	r->fault = sip_message_check(&r->msg, r->fault, &limits, &r->fields);
	if (r->fault == SIP_FAULT_NONE)
		r->fault = sip_message_check_forwarding(&r->msg, &r->fields);
	r->verdict = sip_fault_verdict(&r->msg, r->fault);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "sip/check.h"
#include "sip/reply.h"

static struct sip_edits edits;
static char out[2 * 65536 + SIP_EDIT_ROOM];

/* Spans are inside, lines in order, and the first of each name is the first. */
static void
check_index(const struct sip_message *msg)
{
	const struct slice whole = slice_of(msg->base, msg->len);
	unsigned int at = msg->headers_off;

	must_lie_in(sip_span_slice(msg, msg->uri), whole);
	must_lie_in(sip_span_slice(msg, msg->method_text), whole);
	must_lie_in(sip_span_slice(msg, msg->reason), whole);
	MUST(msg->headers_off <= msg->headers_end && msg->headers_end <= msg->body_off &&
	     msg->body_off <= msg->len);
	for (unsigned int i = 0; i < msg->header_count; i++) {
		const struct sip_header *h = &msg->header[i];
		enum sip_header_id id = sip_header_id(h);

		MUST(h->line_off >= at);
		MUST(h->name_len > 0 && h->line_off + h->name_len < h->value_off);
		at = (unsigned int)(h->value_off + h->value_len);
		MUST(at <= sip_header_line_end(msg, i) && at <= msg->headers_end);
		MUST(sip_header_find(slice_of(msg->base + h->line_off, h->name_len)) == id);
		if (id < SIP_HDR_COUNT)
			MUST(msg->first[id] <= i);
	}
	for (unsigned int id = 0; id < SIP_HDR_COUNT; id++)
		MUST(msg->first[id] == SIP_NO_HEADER ||
		     (msg->first[id] < msg->header_count &&
		      (unsigned int)sip_header_id(&msg->header[msg->first[id]]) == id));
}

static void
check_fields(const struct sip_message *msg, const struct sip_fields *f)
{
	const struct slice whole = slice_of(msg->base, msg->len);

	must_lie_in(f->via.value, whole);
	must_lie_in(f->via.branch, f->via.value);
	must_lie_in(f->call_id, whole);
	must_lie_in(f->from_tag, whole);
	must_lie_in(f->to_tag, whole);
	must_lie_in(f->cseq_method, whole);
	MUST(f->via_count >= 1 && f->cseq <= INT32_MAX);
	if (!sip_is_request(msg))
		return;
	MUST(f->max_breadth != 0);
	must_lie_in(f->uri.host, whole);
	MUST(f->uri.scheme != SIP_SCHEME_OTHER && f->uri.headers.ptr == NULL);
}

/* What was accepted is forwarded as it is when there is nothing to change. */
static void
check_identity(const struct sip_message *msg)
{
	struct sip_writer w;

	sip_edits_init(&edits);
	sip_writer_init(&w, out, msg->len);
	sip_edits_render(&edits, msg, 0, msg->len, &w);
	MUST(slice_eq(sip_written(&w), slice_of(msg->base, msg->len)));
}

/* No control characters but HT and line ends that are CRLF or LF. */
static bool
is_plain(const struct sip_message *msg)
{
	for (const char *p = msg->base; p < msg->base + msg->body_off; p++) {
		if (*p == '\r' && (p + 1 == msg->base + msg->body_off || p[1] != '\n'))
			return false;
		if ((uint8_t)*p < ' ' && *p != '\t' && *p != '\r' && *p != '\n')
			return false;
	}
	return true;
}

/* What we say to a rejected request is a SIP response that its sender can take apart. */
static void
check_refusal(const struct sip_message *msg, const struct sip_fields *f, enum sip_fault fault)
{
	const struct sip_fault_info *info = sip_fault_info(fault);
	const struct sip_reply reply = { info->status, info->phrase, SLICE("viaduct"),
		SLICE_ABSENT };
	const struct sip_limits limits = { 0 };
	struct sip_fields fields;
	struct sip_message response;
	struct sip_writer w;

	sip_edits_init(&edits);
	sip_edit_source(&edits, msg, &f->via, SLICE("192.0.2.1"), 5060);
	MUST(!edits.failed);
	sip_writer_init(&w, out, sizeof(out));
	sip_reply_write(&w, msg, &edits, &reply, f->to_tag.ptr != NULL);
	MUST(!w.overflow);
	if (sip_written(&w).len > UINT16_MAX)
		return;
	MUST(sip_message_index(sip_written(&w), &response) == SIP_FAULT_NONE);
	MUST(response.status == info->status && response.body_off == response.len);
	fault = sip_message_check(&response, SIP_FAULT_NONE, &limits, &fields);
	MUST(fault != SIP_FAULT_NO_VIA && fault != SIP_FAULT_BAD_TOP_VIA &&
	     fault != SIP_FAULT_NO_CSEQ);
	MUST(slice_eq(fields.via.host, f->via.host));
	/* a Via that could not be read for its control characters can be read without them */
	if (is_plain(msg)) {
		MUST(slice_eq(fields.via.branch, f->via.branch));
		MUST(fields.via_count == f->via_count);
	}
	if (f->via.has_rport)
		MUST(slice_eq(fields.via.rport, SLICE("5060")) &&
		     slice_eq(fields.via.received, SLICE("192.0.2.1")));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sip_limits limits = { 0 };
	struct sip_message msg;
	struct sip_fields fields;
	enum sip_fault fault = sip_message_index(slice_of((const char *)data, size), &msg);
	enum sip_verdict verdict;

	if (fault != SIP_FAULT_EMPTY && fault != SIP_FAULT_NOT_SIP)
		check_index(&msg);
	fault = sip_message_check(&msg, fault, &limits, &fields);
	MUST(fault < SIP_FAULT_COUNT);
	verdict = sip_fault_verdict(&msg, fault);
	if (verdict == SIP_ACCEPT) {
		MUST(fault == SIP_FAULT_NONE);
		check_fields(&msg, &fields);
		check_identity(&msg);
	} else if (verdict == SIP_REJECT) {
		MUST(sip_is_request(&msg) && msg.method != SIP_ACK);
		check_refusal(&msg, &fields, fault);
	}
	return 0;
}

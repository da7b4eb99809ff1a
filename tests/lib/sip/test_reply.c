/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/check.h"
#include "sip/reply.h"

static struct sip_edits edits;

#define START "OPTIONS sip:b SIP/2.0\r\n"
#define REST "From: <sip:a@a>;tag=1\r\nCall-ID: c\r\nCSeq: 7 OPTIONS\r\n"

static const struct reply_row {
	const char *label;
	const char *request;
	struct sip_reply reply;
	bool has_to_tag;
	const char *response;
} replies[] = {
	{ "RFC3261-8.2.6.2",
	  START "Max-Forwards: 7\r\nVia: SIP/2.0/UDP a;rport\r\n"
		"v: SIP/2.0/TCP b,\r\n SIP/2.0/UDP c\r\n"
		"To: <sip:b>\r\n" REST "Contact: <sip:x>\r\nContent-Length: 4\r\n\r\nbody",
	  { 483, { "Too Many Hops", 13 }, { "tt", 2 }, { NULL, 0 } }, false,
	  "SIP/2.0 483 Too Many Hops\r\n"
	  "Via: SIP/2.0/UDP a;rport=5062;received=192.0.2.1\r\n"
	  "Via: SIP/2.0/TCP b,\r\n SIP/2.0/UDP c\r\n"
	  "From: <sip:a@a>;tag=1\r\nTo: <sip:b>;tag=tt\r\nCall-ID: c\r\nCSeq: 7 OPTIONS\r\n"
	  "Content-Length: 0\r\n\r\n" },
	{ "RFC3261-8.2.6.2-to-tag",
	  START "v: SIP/2.0/UDP 192.0.2.1\r\nt: <sip:b>;tag=u\r\n" REST "\r\n",
	  { 400, { "Bad Request", 11 }, { "tt", 2 }, { NULL, 0 } }, true,
	  "SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:a@a>;tag=1\r\n"
	  "To: <sip:b>;tag=u\r\nCall-ID: c\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n" },
	{ "RFC3261-8.2.6.2-100", START "v: SIP/2.0/UDP 192.0.2.1\r\nt: <sip:b>\r\n" REST "\r\n",
	  { 100, { "Trying", 6 }, { NULL, 0 }, { NULL, 0 } }, false,
	  "SIP/2.0 100 Trying\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:a@a>;tag=1\r\n"
	  "To: <sip:b>\r\nCall-ID: c\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n" },
	{ "RFC3261-16.3-unsupported",
	  START "v: SIP/2.0/UDP 192.0.2.1\r\nt: <sip:b>\r\n" REST "\r\n",
	  { 420, { "Bad Extension", 13 }, { "t", 1 }, { "Unsupported: x\r\nServer: y\r\n", 27 } },
	  false,
	  "SIP/2.0 420 Bad Extension\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:a@a>;tag=1\r\n"
	  "To: <sip:b>;tag=t\r\nCall-ID: c\r\nCSeq: 7 OPTIONS\r\nUnsupported: x\r\nServer: y\r\n"
	  "Content-Length: 0\r\n\r\n" },
	{ "missing-headers", START "v: SIP/2.0/UDP 192.0.2.1\r\nCSeq: 7 OPTIONS\r\n\r\n",
	  { 400, { "Missing To", 10 }, { "t", 1 }, { NULL, 0 } }, false,
	  "SIP/2.0 400 Missing To\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nCSeq: 7 OPTIONS\r\n"
	  "Content-Length: 0\r\n\r\n" },
	{ "first-of-two",
	  START "v: SIP/2.0/UDP 192.0.2.1\r\nt: <sip:b>\r\nt: <sip:c>\r\n" REST "\r\n",
	  { 400, { "Multiple To", 11 }, { "t", 1 }, { NULL, 0 } }, false,
	  "SIP/2.0 400 Multiple To\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:a@a>;tag=1\r\n"
	  "To: <sip:b>;tag=t\r\nCall-ID: c\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n" },
};

/* The response to `request` as its receiver would send it, into `w`. */
static enum sip_fault
answer(struct slice request, const struct sip_reply *reply, bool has_to_tag, struct sip_writer *w)
{
	const struct sip_limits limits = { 0 };
	struct sip_reply said = *reply;
	struct sip_fields fields;
	struct sip_message msg;
	enum sip_fault fault;

	fault = sip_message_check(&msg, sip_message_index(request, &msg), &limits, &fields);
	assert_true(fields.via.host.len > 0);
	if (said.status == 0) {
		said.status = sip_fault_info(fault)->status;
		said.phrase = sip_fault_info(fault)->phrase;
		has_to_tag = fields.to_tag.ptr != NULL;
	}
	sip_edits_init(&edits);
	sip_edit_source(&edits, &msg, &fields.via, SLICE("192.0.2.1"), 5062);
	assert_false(edits.failed);
	sip_reply_write(w, &msg, &edits, &said, has_to_tag);
	return fault;
}

static void
reply_is_written(void **state)
{
	const struct reply_row *row = *state;
	struct slice request = at_wall(slice_str(row->request));
	size_t want = strlen(row->response);
	char out[2048];
	struct sip_writer w;

	sip_writer_init(&w, out, want);
	answer(request, &row->reply, row->has_to_tag, &w);
	assert_slice(sip_written(&w), row->response);
	sip_writer_init(&w, out, want - 1);
	answer(request, &row->reply, row->has_to_tag, &w);
	assert_true(w.overflow);
	assert_slice(sip_written(&w), NULL);
}
GTEST_ROWS(Reply, replies, label, reply_is_written);

#define VIA "Via: SIP/2.0/UDP a\r\n"
#define TO "To: <sip:b>\r\n"

/* Requests to refuse. What we send for them must not repeat the fault in its framing. */
static const struct {
	const char *label;
	const char *request;
} refused[] = {
	{ "bare-CR-in-To", START VIA "To: <sip:b>;x=a\rb\r\n" REST "\r\n" },
	{ "bare-CR-in-Via", START "Via: SIP/2.0/UDP a;x=\"\r\"\r\n" TO REST "\r\n" },
	{ "bare-CR-elsewhere", START VIA TO REST "Subject: a\rb\r\n\r\n" },
	{ "header-line", START VIA TO REST "Subject\r\n\r\n" },
	{ "truncated", START VIA TO REST "Subj" },
	{ "version", "OPTIONS sip:b SIP/3.0\r\n" VIA TO REST "\r\n" },
	{ "multiple", START VIA TO TO REST REST "\r\n" },
	{ "LF", "OPTIONS sip:b SIP/2.0\nVia: SIP/2.0/UDP a\nTo: <sip:b>\n \nCSeq: 1 OPTIONS\n\n" },
	{ "empty-To", START VIA "To:\r\n" REST "\r\n" },
	{ "empty-From", START VIA TO "From:\r\nCall-ID: c\r\nCSeq: 7 OPTIONS\r\n\r\n" },
};

static void
refusal_is_well_framed(void **state)
{
	const char *text = ((const char *const *)*state)[1];
	const struct sip_reply reply = { .to_tag = SLICE("tt") };
	char out[4096];
	struct sip_writer w;
	struct sip_message response;
	enum sip_fault fault;

	sip_writer_init(&w, out, sizeof(out));
	fault = answer(at_wall(slice_str(text)), &reply, false, &w);
	assert_int_equal(sip_fault_info(fault)->verdict, SIP_REJECT);
	fault = sip_message_index(at_wall(sip_written(&w)), &response);
	assert_string_equal(sip_fault_info(fault)->name, "NONE");
	assert_int_equal(sip_body(&response).len, 0);
}
GTEST_ROWS(Reply, refused, label, refusal_is_well_framed);

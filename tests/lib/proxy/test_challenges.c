/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "proxy/challenges.h"

#define HEAD                                                                                       \
	"SIP/2.0 407 Proxy Authentication Required\r\n"                                            \
	"Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK1\r\n"
#define TAIL "Content-Length: 0\r\n\r\n"

/* RFC 3261 §20.27, §20.44 and §22.3; RFC 8760 §2.3. */
#define ATLANTA                                                                                    \
	"Proxy-Authenticate: Digest realm=\"atlanta.com\", domain=\"sip:ss1.carrier.com\", "       \
	"qop=\"auth\", nonce=\"f84f1cec41e6cbe5aea9c8e88d359\", opaque=\"\", stale=FALSE, "        \
	"algorithm=MD5\r\n"
#define BOXES                                                                                      \
	"WWW-Authenticate: Digest realm=\"boxesbybob.com\", qop=\"auth\", "                        \
	"nonce=\"f84f1cec41e6cbe5aea9c8e88d359\", opaque=\"\", stale=FALSE, algorithm=MD5\r\n"
#define SHA512                                                                                     \
	"WWW-Authenticate: Digest realm=\"biloxi.com\", qop=\"auth\", algorithm=SHA-512-256, "     \
	"nonce=\"7ypf\"\r\n"
#define SHA256                                                                                     \
	"WWW-Authenticate: Digest realm=\"biloxi.com\", qop=\"auth\", algorithm=SHA-256, "         \
	"nonce=\"7ypf\"\r\n"
#define MD5                                                                                        \
	"WWW-Authenticate: Digest realm=\"biloxi.com\", qop=\"auth\", algorithm=MD5, "             \
	"nonce=\"7ypf\"\r\n"
#define TWO                                                                                        \
	"Proxy-Authenticate: Digest realm=\"a, b\", nonce=\"1\", Digest realm=\"c\", "             \
	"nonce=\"2\"\r\n"

static struct sip_message msg;
static struct sip_edits edits;

static void
index_of(const char *text)
{
	assert_int_equal(sip_message_index(at_wall(slice_str(text)), &msg), SIP_FAULT_NONE);
}

static const struct put_row {
	const char *label, *response, *want;
} puts_[] = {
	{ "none", HEAD TAIL, "" },
	{ "RFC3261-16.7-7-both-kinds", HEAD ATLANTA "Server: x\r\n" BOXES TAIL, ATLANTA BOXES },
	{ "RFC8760-2.4-order", HEAD SHA512 SHA256 MD5 TAIL, SHA512 SHA256 MD5 },
	{ "two-in-a-line-stay", HEAD TWO TAIL, TWO },
	{ "name-in-any-case", HEAD "pRoXy-aUTHENTICATE :  Digest realm=\"a\"\r\n" TAIL,
	  "Proxy-Authenticate: Digest realm=\"a\"\r\n" },
	{ "RFC3261-7.3.1-unfolded",
	  HEAD "WWW-Authenticate: Digest\r\n realm=\"a b\" , \r\n\t nonce=\"1\"\r\n \r\n" TAIL,
	  "WWW-Authenticate: Digest realm=\"a b\" , nonce=\"1\"\r\n" },
	{ "folded-before", HEAD "WWW-Authenticate:\r\n Digest realm=\"a\"\r\n" TAIL,
	  "WWW-Authenticate: Digest realm=\"a\"\r\n" },
	{ "white-space-stays", HEAD "WWW-Authenticate: Digest  realm=\"a\t  b\"\r\n" TAIL,
	  "WWW-Authenticate: Digest  realm=\"a\t  b\"\r\n" },
	{ "LF-line-ends", "SIP/2.0 401 x\nWWW-Authenticate: Digest\n realm=\"a\"\n\n",
	  "WWW-Authenticate: Digest realm=\"a\"\r\n" },
	{ "bare-CR", HEAD "WWW-Authenticate: Digest\rVia: x\r\n" TAIL,
	  "WWW-Authenticate: Digest Via: x\r\n" },
};

static void
put(void **state)
{
	const struct put_row *row = *state;
	struct sip_writer w;
	char out[1024];

	if (sip_message_index(at_wall(slice_str(row->response)), &msg) != SIP_FAULT_NONE)
		assert_string_equal(row->label, "bare-CR");
	sip_writer_init(&w, out, sizeof(out));
	challenges_put(&msg, &w);
	assert_slice(sip_written(&w), row->want);
	/* No octet less will do, and then nothing is cut in two. */
	if (row->want[0] == '\0')
		return;
	sip_writer_init(&w, out, strlen(row->want));
	challenges_put(&msg, &w);
	assert_slice(sip_written(&w), row->want);
	sip_writer_init(&w, out, strlen(row->want) - 1);
	challenges_put(&msg, &w);
	assert_true(w.overflow);
	assert_true(w.p == w.begin || w.p[-1] == '\n');
}
GTEST_ROWS(Challenges, puts_, label, put);

static const struct merge_row {
	const char *label, *best, *collected, *want;
} merges[] = {
	{ "RFC3261-16.7-7-other-branches", HEAD ATLANTA TAIL, ATLANTA BOXES SHA256,
	  HEAD ATLANTA BOXES SHA256 TAIL },
	{ "only-its-own", HEAD ATLANTA BOXES TAIL, ATLANTA BOXES, HEAD ATLANTA BOXES TAIL },
	{ "identical-once", HEAD ATLANTA TAIL, ATLANTA MD5 ATLANTA MD5 MD5, HEAD ATLANTA MD5 TAIL },
	{ "RFC8760-2.4-order", HEAD ATLANTA TAIL, ATLANTA SHA512 SHA256 MD5,
	  HEAD ATLANTA SHA512 SHA256 MD5 TAIL },
	{ "behind-the-last-of-its-own", HEAD ATLANTA "Server: x\r\n" MD5 TAIL, BOXES,
	  HEAD ATLANTA "Server: x\r\n" MD5 BOXES TAIL },
	{ "two-in-a-line-stay", HEAD BOXES TAIL, BOXES TWO TWO, HEAD BOXES TWO TAIL },
	{ "its-own-are-not-changed", HEAD "WWW-Authenticate:Digest\r\n realm=\"a\"\r\n" TAIL,
	  "WWW-Authenticate: Digest realm=\"a\"\r\n" MD5,
	  HEAD "WWW-Authenticate:Digest\r\n realm=\"a\"\r\n" MD5 TAIL },
	{ "none-of-its-own", HEAD TAIL, MD5, HEAD "Content-Length: 0\r\n" MD5 "\r\n" },
	{ "nothing-collected", HEAD MD5 TAIL, "", HEAD MD5 TAIL },
	{ "what-is-no-line", HEAD MD5 TAIL, BOXES "WWW-Authenticate: Dig", HEAD MD5 BOXES TAIL },
};

static void
merged(void **state)
{
	const struct merge_row *row = *state;
	struct sip_writer w;
	char out[4096];

	index_of(row->best);
	sip_edits_init(&edits);
	challenges_edits(&msg, slice_str(row->collected), &edits);
	assert_false(edits.failed);
	sip_writer_init(&w, out, sizeof(out));
	sip_edits_render(&edits, &msg, 0, msg.len, &w);
	assert_slice(sip_written(&w), row->want);
}
GTEST_ROWS(Challenges, merges, label, merged);

/* One branch with a hundred challenges leaves room for those of the others. */
GTEST(Challenges, bounded_for_each_response)
{
	char text[8192], out[8192];
	struct sip_writer w;

	sip_writer_init(&w, text, sizeof(text));
	SIP_PUT(&w, HEAD);
	for (unsigned int i = 0; i < 100; i++) {
		SIP_PUT(&w, "WWW-Authenticate: Digest nonce=\"");
		sip_put_uint(&w, i);
		SIP_PUT(&w, "\"\r\n");
	}
	SIP_PUT(&w, "\r\n");
	assert_int_equal(sip_message_index(sip_written(&w), &msg), SIP_FAULT_NONE);
	sip_writer_init(&w, out, sizeof(out));
	challenges_put(&msg, &w);
	*w.p = '\0';
	assert_non_null(strstr(out, "nonce=\"15\""));
	assert_null(strstr(out, "nonce=\"16\""));
}

/* However much was collected: one edit of bounded size, of whole lines. */
GTEST(Challenges, bounded_in_the_chosen_one)
{
	static char many[65536];
	struct sip_writer w;

	for (unsigned int length = 1; length < 5000; length += 97) {
		sip_writer_init(&w, many, sizeof(many));
		for (unsigned int i = 0; i < 100; i++) {
			char *begin = w.p;

			SIP_PUT(&w, "WWW-Authenticate: Digest nonce=\"");
			sip_put_uint(&w, i);
			for (unsigned int k = 0; k < length; k++)
				sip_put_char(&w, 'n');
			SIP_PUT(&w, "\"\r\n");
			if (w.overflow) {
				w.p = begin;
				break;
			}
		}
		index_of(HEAD BOXES TAIL);
		sip_edits_init(&edits);
		challenges_edits(&msg, slice_between(many, w.p), &edits);
		assert_false(edits.failed);
		assert_true(edits.count <= 1 && edits.room_used <= CHALLENGES_ROOM);
		assert_true(edits.count == 1 || length > CHALLENGES_ROOM - 50);
		assert_true(edits.count == 0 || edits.room[edits.room_used - 1] == '\n');
	}
}

/* Little room is left by the edits before: what does not fit is left out, and the rest holds. */
GTEST(Challenges, room_of_the_edits)
{
	static char text[SIP_EDIT_ROOM - 200];

	memset(text, 'x', sizeof(text));
	index_of(HEAD BOXES TAIL);
	sip_edits_init(&edits);
	sip_edit_replace(&edits, 0, 0, slice_of(text, sizeof(text)));
	challenges_edits(&msg, SLICE(ATLANTA MD5 SHA256), &edits);
	assert_false(edits.failed);
	assert_int_equal(edits.count, 2);
	assert_int_equal(edits.edit[1].ins_len, sizeof(ATLANTA) - 1);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "sip/chars.h"
#include "sip/field/accept.h"
#include "sip/field/date.h"
#include "sip/field/feature_caps.h"
#include "sip/field/info.h"
#include "sip/field/product.h"
#include "sip/field/reason.h"
#include "sip/field/resource_priority.h"
#include "sip/field/scalar.h"
#include "sip/field/security.h"
#include "sip/field/sequence.h"
#include "sip/field/session.h"
#include "sip/param.h"

static void
must_be_token(struct slice s, struct slice whole)
{
	must_lie_in(s, whole);
	MUST(sip_all(s, SIP_CHAR_TOKEN));
}

static void
must_be_quoted(struct slice s, struct slice whole)
{
	must_lie_in(s, whole);
	MUST(s.len >= 2 && sip_skip_quoted(s.ptr, slice_end(s)) == slice_end(s));
}

/* Parameters that a decoder let pass can be walked to their end. */
static void
must_be_params(struct slice params, struct slice whole)
{
	struct slice rest = params, name, value;

	must_lie_in(params, whole);
	while (sip_param_next(&rest, &name, &value))
		must_be_token(name, params);
	MUST(rest.ptr == NULL);
}

static void
content(struct slice text)
{
	struct sip_content_disposition cd;
	enum sip_transfer_encoding encoding;
	struct sip_mime_version version;
	struct slice s;

	if (sip_content_disposition_decode(text, &cd)) {
		must_be_token(cd.type_text, text);
		must_be_params(cd.params, text);
		must_lie_in(cd.handling_text, cd.params);
		MUST(cd.handling != SIP_HANDLING_OTHER || cd.handling_text.ptr != NULL);
	}
	if (sip_content_id_decode(text, &s)) {
		must_lie_in(s, text);
		MUST(memchr(s.ptr, '@', s.len) != NULL);
	}
	sip_content_id_eq_url(SLICE("a@b"), text);
	if (sip_content_language_decode(text, &s))
		must_lie_in(s, text);
	if (sip_transfer_encoding_decode(text, &encoding, &s))
		must_be_token(s, text);
	sip_mime_version_decode(text, &version);
}

static void
accept(struct slice text)
{
	struct sip_accept_word word;
	struct sip_accept range;
	enum sip_method method;
	struct slice name;

	if (sip_accept_decode(text, &range)) {
		must_be_token(range.type, text);
		must_be_token(range.subtype, text);
		must_be_params(range.params, text);
		MUST(range.q <= 1000);
	}
	if (sip_accept_language_decode(text, &word)) {
		MUST(sip_accept_encoding_decode(text, &word));
		must_be_token(word.word, text);
		must_be_params(word.params, text);
		MUST(word.q <= 1000);
	}
	if (sip_allow_decode(text, &method, &name))
		must_be_token(name, text);
}

/* What is read is written back the same, but for folds; what is written is read back the same. */
static void
date(struct slice text)
{
	char buffer[SIP_DATE_LEN];
	struct slice trimmed = sip_trim(text), written;
	struct sip_writer w;
	int64_t seconds, again;

	if (sip_date_decode(text, &seconds)) {
		MUST(seconds >= SIP_DATE_MIN && seconds <= SIP_DATE_MAX);
	} else {
		seconds = 0;
		memcpy(&seconds, text.ptr, text.len < 8 ? text.len : 8);
		seconds %= SIP_DATE_MAX + 1;
		trimmed = SLICE_ABSENT;
	}
	sip_writer_init(&w, buffer, sizeof(buffer));
	sip_put_date(&w, seconds);
	MUST(w.refused == (seconds < SIP_DATE_MIN));
	if (w.refused)
		return;
	written = sip_written(&w);
	MUST(written.len == SIP_DATE_LEN);
	MUST(sip_date_decode(written, &again) && again == seconds);
	if (trimmed.len == SIP_DATE_LEN)
		MUST(slice_eq(trimmed, written));
}

static void
scalar(struct slice text)
{
	struct sip_retry_after retry;
	struct sip_timestamp stamp;
	enum sip_priority priority;
	struct slice s;
	uint32_t n;

	if (sip_number_decode(text, &n))
		MUST(sip_token_decode(text, &s) && sip_timestamp_decode(text, &stamp));
	if (sip_token_decode(text, &s)) {
		must_be_token(s, text);
		MUST(sip_text_decode(text, &s) && sip_priority_decode(text, &priority, &s));
	}
	if (sip_text_decode(text, &s))
		must_lie_in(s, text);
	if (sip_retry_after_decode(text, &retry)) {
		MUST(retry.has_duration || retry.duration == 0);
		must_lie_in(retry.comment, text);
		must_be_params(retry.params, text);
	}
	if (sip_timestamp_decode(text, &stamp)) {
		must_lie_in(stamp.time, text);
		MUST(stamp.has_delay || stamp.delay_us == 0);
	}
}

static void
sequence(struct slice text)
{
	struct sip_cseq cseq;
	struct sip_rack rack;
	uint32_t rseq;

	if (sip_cseq_decode(text, &cseq)) {
		must_be_token(cseq.method_text, text);
		MUST(cseq.number <= INT32_MAX && !sip_rseq_decode(text, &rseq));
	}
	if (sip_rack_decode(text, &rack)) {
		must_be_token(rack.cseq.method_text, text);
		MUST(rack.rseq != 0 && !sip_cseq_decode(text, &cseq));
	}
}

static void
session(struct slice text)
{
	struct sip_session_expires expires;
	struct sip_user_to_user uui;
	struct sip_session_id id;
	uint32_t min;

	if (sip_session_expires_decode(text, &expires)) {
		must_be_params(expires.params, text);
		MUST(sip_min_se_decode(text, &min) && min == expires.seconds);
	}
	if (sip_session_id_decode(text, &id)) {
		must_be_params(id.params, text);
		MUST(sip_all(id.local, SIP_CHAR_HEX) && id.local.len == SIP_SESSION_UUID_LEN);
	}
	if (sip_user_to_user_decode(text, &uui)) {
		must_be_params(uui.params, text);
		must_lie_in(uui.purpose, uui.params);
		if (uui.data.ptr[0] == '"')
			must_be_quoted(uui.data, text);
		else
			must_be_token(uui.data, text);
	}
}

static void
reason(struct slice text)
{
	struct sip_warning warning;
	struct sip_reason why;

	if (sip_reason_decode(text, &why)) {
		must_be_token(why.protocol_text, text);
		must_be_params(why.params, text);
		if (why.text.ptr != NULL)
			must_be_quoted(why.text, why.params);
	}
	if (sip_warning_decode(text, &warning)) {
		MUST(warning.code <= 999 && warning.agent.len > 0);
		must_lie_in(warning.agent, text);
		must_be_quoted(warning.text, text);
	}
}

static void
info(struct slice text)
{
	struct sip_history_info history;
	struct sip_info one;

	if (sip_info_decode(text, &one)) {
		must_lie_in(one.uri, text);
		must_be_params(one.params, text);
		must_lie_in(one.purpose, one.params);
	}
	if (sip_history_info_decode(text, &history)) {
		must_be_params(history.address.params, text);
		must_lie_in(history.index, history.address.params);
		MUST(history.index.ptr == NULL || sip_char_is(*history.index.ptr, SIP_CHAR_DIGIT));
	}
}

static void
others(struct slice text)
{
	struct sip_resource_priority rp;
	struct sip_security security;
	struct slice caps;

	if (sip_security_decode(text, &security)) {
		must_be_params(security.params, text);
		must_lie_in(security.digest_verify, security.params);
		MUST(security.q <= 1000);
	}
	if (sip_resource_priority_decode(text, &rp)) {
		must_be_token(rp.ns, text);
		must_be_token(rp.priority, text);
	}
	if (sip_feature_caps_decode(text, &caps))
		must_be_params(caps, text);
}

static void
product(struct slice text)
{
	struct slice rest = text;
	const char *behind = text.ptr;
	struct sip_product p;

	while (sip_product_next(&rest, &p)) {
		struct slice one = p.comment.ptr != NULL ? p.comment : p.name;

		must_lie_in(one, text);
		must_lie_in(p.version, text);
		MUST(one.len > 0 && one.ptr >= behind);
		behind = slice_end(one);
	}
}

/* The first octet says which header fields the others are taken for. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const groups[])(struct slice) = {
		accept, content, date, info, others, product, reason, scalar, sequence, session
	};

	if (size > 1)
		groups[data[0] % (sizeof(groups) / sizeof(groups[0]))](
			slice_of((const char *)data + 1, size - 1));
	return 0;
}

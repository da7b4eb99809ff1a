/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/check.h"

#include "sip/chars.h"
#include "sip/list.h"

enum { DEFAULT_MAX_VIA = 128, DEFAULT_MAX_ROUTE = 32 };

/* Keep the first fault: a later one does not hide it. */
static void
note(enum sip_fault *fault, enum sip_fault found)
{
	if (*fault == SIP_FAULT_NONE)
		*fault = found;
}

/* The value of a header field that must be there exactly once; what is wrong otherwise. */
static struct slice
single(const struct sip_message *msg, enum sip_header_id id, enum sip_fault *fault,
       enum sip_fault missing, enum sip_fault multiple)
{
	unsigned int i = msg->first[id];

	if (i == SIP_NO_HEADER) {
		note(fault, missing);
		return SLICE_ABSENT;
	}
	if (sip_header_next(msg, i) != SIP_NO_HEADER)
		note(fault, multiple);
	return sip_header_value(msg, &msg->header[i]);
}

/* Topmost first: without it nobody can be answered. The others only have to be well-formed. */
static bool
check_via(const struct sip_message *msg, enum sip_fault version_fault,
	  const struct sip_limits *limits, struct sip_fields *f, enum sip_fault *fault)
{
	unsigned int max = limits->max_via != 0 ? limits->max_via : DEFAULT_MAX_VIA;
	struct sip_list_iter it;
	struct sip_via other;
	struct slice value;

	sip_list_iter_init(&it, msg, SIP_HDR_VIA);
	if (!sip_list_next(&it, &value)) {
		*fault = SIP_FAULT_NO_VIA;
		return false;
	}
	if (!sip_via_decode(value, &f->via)) {
		*fault = f->via.host.ptr != NULL ? SIP_FAULT_BAD_VIA : SIP_FAULT_BAD_TOP_VIA;
		if (f->via.host.ptr == NULL)
			return false;
	}
	/* A request of another SIP version is told so, and its Via has that version, too. */
	if (f->via.other_version && version_fault != SIP_FAULT_VERSION)
		note(fault, SIP_FAULT_BAD_VIA);
	f->via_count = 1;
	while (sip_list_next(&it, &value)) {
		if (++f->via_count > max) {
			note(fault, SIP_FAULT_TOO_MANY_HEADERS);
			break;
		}
		if (!sip_via_decode(value, &other) || other.other_version)
			note(fault, SIP_FAULT_BAD_VIA);
	}
	return true;
}

/* "4711 INVITE". RFC 3261 §8.1.1.5: below 2^31. */
static bool
check_cseq(const struct sip_message *msg, struct sip_fields *f, enum sip_fault *fault)
{
	struct slice value = sip_header_get(msg, SIP_HDR_CSEQ);
	const char *end = slice_end(value), *p;

	if (value.ptr == NULL) {
		*fault = SIP_FAULT_NO_CSEQ;
		return false;
	}
	if (sip_header_next(msg, msg->first[SIP_HDR_CSEQ]) != SIP_NO_HEADER)
		note(fault, SIP_FAULT_MULTIPLE_CSEQ);
	p = sip_char_span(value.ptr, end, SIP_CHAR_DIGIT);
	f->cseq_method = sip_trim(slice_between(p, end));
	if (!sip_uint(slice_between(value.ptr, p), &f->cseq) || f->cseq > INT32_MAX ||
	    f->cseq_method.ptr == p || !sip_all(f->cseq_method, SIP_CHAR_TOKEN))
		note(fault, SIP_FAULT_BAD_CSEQ);
	else if (sip_is_request(msg) && msg->method_name.len > 0 &&
		 !slice_eq(f->cseq_method, sip_span_slice(msg, msg->method_name)))
		note(fault, SIP_FAULT_CSEQ_METHOD);
	return true;
}

/* From and To: one element each, and the tag. The URI may be of any scheme. */
static void
check_party(struct slice value, struct slice *tag, enum sip_fault *fault, enum sip_fault bad)
{
	struct sip_address address;
	struct sip_uri uri;
	struct slice rest = value;

	if (value.ptr == NULL)
		return;
	sip_list_cut(&rest);
	if (rest.ptr != NULL || !sip_address_decode(value, &address) ||
	    !sip_uri_decode(address.uri, &uri)) {
		note(fault, bad);
		return;
	}
	*tag = sip_address_param(&address, SLICE("tag"));
	if (tag->ptr != NULL && !sip_all(*tag, SIP_CHAR_TOKEN))
		note(fault, bad);
}

static void
check_call_id(struct slice value, struct sip_fields *f, enum sip_fault *fault)
{
	struct slice host, word = value;

	f->call_id = value;
	if (value.ptr == NULL)
		return;
	host = word;
	word = slice_cut(&host, '@');
	if (!sip_all(word, SIP_CHAR_WORD) || (host.ptr != NULL && !sip_all(host, SIP_CHAR_WORD)))
		note(fault, SIP_FAULT_BAD_CALL_ID);
}

/* A number that may be missing, and is 1*DIGIT in one header line otherwise. */
static uint32_t
optional_number(const struct sip_message *msg, enum sip_header_id id, enum sip_fault *fault,
		enum sip_fault bad)
{
	uint32_t number = SIP_NUMBER_ABSENT;
	unsigned int i = msg->first[id];

	if (i == SIP_NO_HEADER)
		return SIP_NUMBER_ABSENT;
	if (sip_header_next(msg, i) != SIP_NO_HEADER ||
	    !sip_uint(sip_header_value(msg, &msg->header[i]), &number))
		note(fault, bad);
	else if (number == SIP_NUMBER_ABSENT)
		number--; /* saturated, not absent */
	return number;
}

/* RFC 5393 §5.3.1: a positive integer. A value in a CANCEL means nothing (§5.4.1). */
static void
check_max_breadth(const struct sip_message *msg, struct sip_fields *f, enum sip_fault *fault)
{
	if (msg->method == SIP_CANCEL)
		return;
	f->max_breadth =
		optional_number(msg, SIP_HDR_MAX_BREADTH, fault, SIP_FAULT_BAD_MAX_BREADTH);
	if (f->max_breadth == 0)
		note(fault, SIP_FAULT_BAD_MAX_BREADTH);
}

/* RFC 3261 §18.3: octets behind Content-Length are not the message's; fewer are an error. */
static void
check_content_length(struct sip_message *msg, enum sip_fault *fault)
{
	unsigned int i = msg->first[SIP_HDR_CONTENT_LENGTH];
	uint32_t length;

	if (i == SIP_NO_HEADER)
		return;
	length = optional_number(msg, SIP_HDR_CONTENT_LENGTH, fault, SIP_FAULT_BAD_CONTENT_LENGTH);
	if (length == SIP_NUMBER_ABSENT)
		return;
	if (length > (uint32_t)(msg->len - msg->body_off))
		note(fault, SIP_FAULT_CONTENT_LENGTH_EXCEEDS);
	else
		msg->len = (uint16_t)(msg->body_off + length);
}

/* Every element is a name-addr or addr-spec with a URI that can be decoded. */
static void
check_addresses(const struct sip_message *msg, enum sip_header_id id, enum sip_fault *fault,
		enum sip_fault bad)
{
	struct sip_address address;
	struct sip_list_iter it;
	struct slice element;
	struct sip_uri uri;

	sip_list_iter_init(&it, msg, id);
	while (sip_list_next(&it, &element)) {
		if (id == SIP_HDR_CONTACT && slice_eq(element, SLICE("*")))
			continue;
		if (!sip_address_decode(element, &address) || !sip_uri_decode(address.uri, &uri)) {
			note(fault, bad);
			return;
		}
	}
}

/* Route values are name-addr (RFC 3261 §20.34), and there are not too many. */
static void
check_routes(const struct sip_message *msg, const struct sip_limits *limits, enum sip_fault *fault)
{
	unsigned int max = limits->max_route != 0 ? limits->max_route : DEFAULT_MAX_ROUTE;
	struct sip_address address;
	struct sip_list_iter it;
	struct slice element;
	unsigned int n = 0;
	struct sip_uri uri;

	sip_list_iter_init(&it, msg, SIP_HDR_ROUTE);
	while (sip_list_next(&it, &element)) {
		if (++n > max) {
			note(fault, SIP_FAULT_TOO_MANY_ROUTES);
			return;
		}
		if (!sip_address_decode(element, &address) || !address.bracketed ||
		    !sip_uri_decode(address.uri, &uri)) {
			note(fault, SIP_FAULT_BAD_ROUTE);
			return;
		}
	}
}

static void
check_request_uri(const struct sip_message *msg, struct sip_fields *f, enum sip_fault *fault)
{
	if (!sip_uri_decode(sip_span_slice(msg, msg->uri), &f->uri)) {
		note(fault, SIP_FAULT_REQUEST_URI);
		return;
	}
	/* RFC 3261 §19.1.1: no header component in a Request-URI; RFC 4475 §3.1.2.11. */
	if (f->uri.headers.ptr != NULL)
		note(fault, SIP_FAULT_REQUEST_URI_HEADERS);
	if (f->uri.scheme == SIP_SCHEME_OTHER)
		note(fault, SIP_FAULT_URI_SCHEME);
}

static void
check_headers(struct sip_message *msg, const struct sip_limits *limits, struct sip_fields *f,
	      enum sip_fault *fault)
{
	check_call_id(single(msg, SIP_HDR_CALL_ID, fault, SIP_FAULT_NO_CALL_ID,
			     SIP_FAULT_MULTIPLE_CALL_ID),
		      f, fault);
	check_party(single(msg, SIP_HDR_FROM, fault, SIP_FAULT_NO_FROM, SIP_FAULT_MULTIPLE_FROM),
		    &f->from_tag, fault, SIP_FAULT_BAD_FROM);
	check_party(single(msg, SIP_HDR_TO, fault, SIP_FAULT_NO_TO, SIP_FAULT_MULTIPLE_TO),
		    &f->to_tag, fault, SIP_FAULT_BAD_TO);
	check_content_length(msg, fault);
	if (msg->first[SIP_HDR_CONTACT] != SIP_NO_HEADER)
		check_addresses(msg, SIP_HDR_CONTACT, fault, SIP_FAULT_BAD_CONTACT);
	if (msg->first[SIP_HDR_RECORD_ROUTE] != SIP_NO_HEADER)
		check_addresses(msg, SIP_HDR_RECORD_ROUTE, fault, SIP_FAULT_BAD_RECORD_ROUTE);
	if (msg->first[SIP_HDR_PATH] != SIP_NO_HEADER)
		check_addresses(msg, SIP_HDR_PATH, fault, SIP_FAULT_BAD_PATH);
	if (!sip_is_request(msg))
		return;
	f->max_forwards =
		optional_number(msg, SIP_HDR_MAX_FORWARDS, fault, SIP_FAULT_BAD_MAX_FORWARDS);
	check_max_breadth(msg, f, fault);
	if (msg->first[SIP_HDR_ROUTE] != SIP_NO_HEADER)
		check_routes(msg, limits, fault);
	check_request_uri(msg, f, fault);
}

enum sip_fault
sip_message_check(struct sip_message *msg, enum sip_fault fault, const struct sip_limits *limits,
		  struct sip_fields *fields)
{
	enum sip_fault fatal = SIP_FAULT_NONE;

	memset(fields, 0, sizeof(*fields));
	fields->max_forwards = fields->max_breadth = SIP_NUMBER_ABSENT;
	if (fault == SIP_FAULT_EMPTY || fault == SIP_FAULT_NOT_SIP || fault == SIP_FAULT_STATUS)
		return fault;
	if (limits->max_size != 0 && msg->len > limits->max_size)
		note(&fault, SIP_FAULT_TOO_LONG);
	if (!check_via(msg, fault, limits, fields, &fatal) || !check_cseq(msg, fields, &fatal))
		return fatal;
	note(&fault, fatal);
	if (fault == SIP_FAULT_NONE || sip_fault_info(fault)->verdict == SIP_REJECT) {
		enum sip_fault found = fault;

		check_headers(msg, limits, fields, &found);
		note(&fault, found);
	}
	return fault;
}

enum sip_fault
sip_message_check_forwarding(const struct sip_message *msg, const struct sip_fields *fields)
{
	if (!sip_is_request(msg))
		return SIP_FAULT_NONE;
	if (fields->max_forwards == 0)
		return SIP_FAULT_TOO_MANY_HOPS;
	if (msg->first[SIP_HDR_PROXY_REQUIRE] != SIP_NO_HEADER && msg->method != SIP_ACK &&
	    msg->method != SIP_CANCEL)
		return SIP_FAULT_PROXY_REQUIRE;
	return SIP_FAULT_NONE;
}

enum sip_verdict
sip_fault_verdict(const struct sip_message *msg, enum sip_fault fault)
{
	enum sip_verdict verdict = sip_fault_info(fault)->verdict;

	if (verdict == SIP_REJECT && (!sip_is_request(msg) || msg->method == SIP_ACK))
		return SIP_DROP;
	return verdict;
}

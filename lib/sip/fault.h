/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Why a message was not accepted, and what its sender gets for it.
 *
 * One row is the enum, the counter, the reason phrase on the wire and the text an operator reads:
 * X(symbol, verdict, status, "Reason Phrase", "text"). A REJECT turns into a DROP for whatever may
 * not be answered: responses, ACK, requests without a readable topmost Via or without a CSeq.
 */
#ifndef SIP_FAULT_H
#define SIP_FAULT_H

#include "sip/slice.h"

enum sip_verdict { SIP_ACCEPT, SIP_REJECT, SIP_DROP };

#define SIP_FAULTS(X)                                                                              \
	X(NONE, ACCEPT, 0, "", "accepted")                                                         \
	X(EMPTY, DROP, 0, "", "no octets but CR and LF (a keepalive)")                             \
	X(NOT_SIP, DROP, 0, "", "the first line is no SIP start line")                             \
	X(TOO_LONG, REJECT, 513, "Message Too Large", "longer than the limit or 65535 octets")     \
	X(TRUNCATED, REJECT, 400, "Missing Empty Line", "ends before the empty line")              \
	X(STATUS, DROP, 0, "", "status code is not 100 to 699")                                    \
	X(REQUEST_LINE, REJECT, 400, "Bad Request Line",                                           \
	  "request line is not: method, one space, URI, one space, version")                       \
	X(VERSION, REJECT, 505, "Version Not Supported", "SIP version is not 2.0")                 \
	X(REQUEST_URI, REJECT, 400, "Bad Request-URI", "Request-URI is malformed")                 \
	X(REQUEST_URI_HEADERS, REJECT, 400, "Header in Request-URI",                               \
	  "Request-URI carries ?header fields")                                                    \
	X(REQUEST_URI_TOO_LONG, REJECT, 414, "Request-URI Too Long",                               \
	  "Request-URI is longer than the limit")                                                  \
	X(LONG_URI, REJECT, 400, "URI Too Long", "a URI in a header field is longer than the limit") \
	X(URI_SCHEME, REJECT, 416, "Unsupported URI Scheme",                                       \
	  "Request-URI is not a sip, sips or tel URI")                                             \
	X(HEADER_LINE, REJECT, 400, "Bad Header Line", "a header line has no name or no colon")    \
	X(BARE_CR, REJECT, 400, "Bare CR in Header", "a CR without its LF in the header")          \
	X(CONTROL, REJECT, 400, "Control Character in Header",                                     \
	  "a control character other than HT in the header, and not in a quoted-pair")             \
	X(TOO_MANY_HEADERS, REJECT, 400, "Too Many Header Lines",                                  \
	  "more header lines or Via values than the limit")                                        \
	X(NO_VIA, DROP, 0, "", "no Via")                                                           \
	X(BAD_TOP_VIA, DROP, 0, "", "topmost Via cannot be read")                                  \
	X(BAD_VIA, REJECT, 400, "Bad Via", "a Via value is malformed")                             \
	X(NO_CSEQ, DROP, 0, "", "no CSeq")                                                         \
	X(BAD_CSEQ, REJECT, 400, "Bad CSeq", "CSeq is not a number below 2^31 and a method")       \
	X(CSEQ_METHOD, REJECT, 400, "CSeq Method Mismatch", "CSeq names another method")           \
	X(MULTIPLE_CSEQ, REJECT, 400, "Multiple CSeq", "CSeq more than once")                      \
	X(NO_CALL_ID, REJECT, 400, "Missing Call-ID", "no Call-ID")                                \
	X(BAD_CALL_ID, REJECT, 400, "Bad Call-ID", "Call-ID is malformed")                         \
	X(MULTIPLE_CALL_ID, REJECT, 400, "Multiple Call-ID", "Call-ID more than once")             \
	X(NO_FROM, REJECT, 400, "Missing From", "no From")                                         \
	X(BAD_FROM, REJECT, 400, "Bad From", "From is malformed")                                  \
	X(MULTIPLE_FROM, REJECT, 400, "Multiple From", "From more than once")                      \
	X(NO_TO, REJECT, 400, "Missing To", "no To")                                               \
	X(BAD_TO, REJECT, 400, "Bad To", "To is malformed")                                        \
	X(MULTIPLE_TO, REJECT, 400, "Multiple To", "To more than once")                            \
	X(BAD_MAX_FORWARDS, REJECT, 400, "Bad Max-Forwards",                                       \
	  "Max-Forwards is no number, or more than once")                                          \
	X(BAD_MAX_BREADTH, REJECT, 400, "Bad Max-Breadth",                                         \
	  "Max-Breadth is zero, no number, or more than once (RFC 5393 5.3.1)")                    \
	X(BAD_CONTENT_LENGTH, REJECT, 400, "Bad Content-Length",                                   \
	  "Content-Length is no number, or more than once")                                        \
	X(CONTENT_LENGTH_EXCEEDS, REJECT, 400, "Content-Length Exceeds Datagram",                  \
	  "Content-Length is larger than what arrived")                                            \
	X(BODY_TOO_LARGE, REJECT, 413, "Request Entity Too Large",                                 \
	  "the body is larger than the limit")                                                     \
	X(BAD_MULTIPART, REJECT, 400, "Bad Multipart Body", "a multipart body is malformed")       \
	X(MULTIPART_DEPTH, REJECT, 400, "Multipart Nested Too Deep",                               \
	  "multipart bodies nested deeper than the limit")                                         \
	X(MULTIPART_PARTS, REJECT, 400, "Too Many Body Parts",                                     \
	  "more parts of a multipart body than the limit")                                         \
	X(BAD_CONTACT, REJECT, 400, "Bad Contact", "Contact is malformed")                         \
	X(BAD_ROUTE, REJECT, 400, "Bad Route", "Route is malformed")                               \
	X(TOO_MANY_ROUTES, REJECT, 400, "Too Many Route Values",                                   \
	  "more Route values than the limit")                                                      \
	X(BAD_RECORD_ROUTE, REJECT, 400, "Bad Record-Route", "Record-Route is malformed")          \
	X(BAD_PATH, REJECT, 400, "Bad Path", "Path is malformed")                                  \
	X(TOO_MANY_HOPS, REJECT, 483, "Too Many Hops", "Max-Forwards is 0")                        \
	X(PROXY_REQUIRE, REJECT, 420, "Bad Extension",                                             \
	  "Proxy-Require asks for an option that is not supported")

enum sip_fault {
#define X(sym, verdict, status, phrase, text) SIP_FAULT_##sym,
	SIP_FAULTS(X)
#undef X
	SIP_FAULT_COUNT
};

/** One row of SIP_FAULTS. */
struct sip_fault_info {
	const char *name; /* as in the enum */
	enum sip_verdict verdict;
	uint16_t status;     /* 0 for a drop */
	struct slice phrase; /* reason phrase of the response */
	const char *text;    /* for people */
};

/** The row of `fault`, which is below SIP_FAULT_COUNT. Static storage; any thread. */
const struct sip_fault_info *sip_fault_info(enum sip_fault fault);

/** "accept", "reject" or "drop". */
const char *sip_verdict_name(enum sip_verdict verdict);

#endif

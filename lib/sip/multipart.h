/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Multipart bodies (RFC 2046 §5.1, RFC 5621), in place: a part is where it is in the body.
 *
 * A delimiter is a whole line: the boundary, perhaps the closing "--", white space, CRLF. A line
 * that only begins with the boundary is content, so that the boundary of an outer body may be the
 * beginning of an inner one. Lines end with CRLF; a bare CR, LF or NUL is content like any octet.
 */
#ifndef SIP_MULTIPART_H
#define SIP_MULTIPART_H

#include "sip/slice.h"

/** Longest boundary (RFC 2046 §5.1.1), in octets. */
#define SIP_BOUNDARY_MAX 70

/** Levels of multipart bodies in one another that a walk can hold. */
#define SIP_MULTIPART_DEPTH 8

/** Parts of a walk unless its limits say otherwise. */
#define SIP_MULTIPART_PARTS 32

/** Why a body was not taken apart to its end: X(symbol, "text"). */
#define SIP_MULTIPART_FAULTS(X)                                                                    \
	X(NONE, "no fault")                                                                        \
	X(CONTENT_TYPE, "a Content-Type is malformed")                                             \
	X(NOT_MULTIPART, "the Content-Type is not multipart")                                      \
	X(NO_BOUNDARY, "the Content-Type has no boundary")                                         \
	X(BAD_BOUNDARY, "the boundary is empty, too long or has characters it may not have")       \
	X(NO_DELIMITER, "the body does not have its boundary in it")                               \
	X(NO_PART, "the first delimiter is the closing one")                                       \
	X(UNCLOSED, "the closing delimiter is missing")                                            \
	X(PART_HEADER, "a header line of a part is malformed")                                     \
	X(DUPLICATE_HEADER, "a part has a header field that describes it twice")                   \
	X(ENCODED, "a multipart part is in quoted-printable, base64 or an unknown encoding")       \
	X(TOO_DEEP, "nested deeper than the limit")                                                \
	X(TOO_MANY_PARTS, "more parts than the limit")                                             \
	X(NOT_FOUND, "no part has this Content-ID")                                                \
	X(AMBIGUOUS, "several parts have this Content-ID")

enum sip_multipart_fault {
#define X(sym, text) SIP_MULTIPART_##sym,
	SIP_MULTIPART_FAULTS(X)
#undef X
		SIP_MULTIPART_FAULT_COUNT
};

/** What a fault below SIP_MULTIPART_FAULT_COUNT means, for people. Static storage. */
const char *sip_multipart_fault_text(enum sip_multipart_fault fault);

/** Header fields that say what a part is; compact forms are not for parts. */
enum sip_mime_field {
	SIP_MIME_CONTENT_TYPE,
	SIP_MIME_CONTENT_ID,
	SIP_MIME_CONTENT_DISPOSITION,
	SIP_MIME_CONTENT_TRANSFER_ENCODING,
	SIP_MIME_FIELD_COUNT
};

/** One part. Slices borrow from the body. */
struct sip_multipart_part {
	/**
	 * From the first octet of the header to the last before the CRLF that belongs to the next
	 * delimiter: what the signature of multipart/signed covers (RFC 1847 §2.1).
	 */
	struct slice whole;
	struct slice headers; /* header lines with their line ends, without the empty line */
	struct slice content; /* behind the empty line; empty without one */
	/**
	 * Values, trimmed, of the header fields above; absent when not there. Without Content-Type
	 * a part is text/plain, in multipart/digest message/rfc822 (RFC 2046 §5.1.5).
	 */
	struct slice field[SIP_MIME_FIELD_COUNT];
};

/** The value of the first header field of the part with this full name, trimmed, or absent. */
struct slice sip_multipart_header(const struct sip_multipart_part *part, struct slice name);

/**
 * Take one header line out of `*rest`, which is at first part->headers. Folds stay in the value.
 * `*rest` moves on and becomes absent at the end. False at the end, or when the line is malformed
 * (then *rest stays present).
 */
bool sip_mime_header_next(struct slice *rest, struct slice *name, struct slice *value);

/** Walks the parts of one multipart body; parts of parts are not looked into. */
struct sip_multipart {
	const char *at;  /* first octet of the next part; NULL behind the last */
	const char *end; /* of the body */
	enum sip_multipart_fault fault;
	uint8_t delimiter_len;
	char delimiter[2 + SIP_BOUNDARY_MAX]; /* "--" and the boundary, without quotes */
};

/**
 * Start with the value of the Content-Type that goes with `body`. Skips the preamble. The fault is
 * also in it->fault. Borrows `body`; no allocation; linear in the body, any thread.
 */
enum sip_multipart_fault sip_multipart_init(struct sip_multipart *it, struct slice body,
					    struct slice content_type);

/**
 * The next part. False behind the last one, or at a fault, which is in it->fault: a part that no
 * delimiter ends is not given. The epilogue is skipped.
 */
bool sip_multipart_next(struct sip_multipart *it, struct sip_multipart_part *part);

/**
 * What a walk may meet. Zero-initialise for the defaults: 0 is never "off" here, as it is in
 * sip_limits.multipart_depth, with which there is no walk at all.
 */
struct sip_multipart_limits {
	uint16_t max_depth; /* levels, up to SIP_MULTIPART_DEPTH; 0: the default, that many */
	uint16_t max_parts; /* on all levels together; 0: the default, SIP_MULTIPART_PARTS */
};

/** Walks parts and their parts, each multipart part before the parts inside. */
struct sip_multipart_walk {
	struct sip_multipart level[SIP_MULTIPART_DEPTH];
	unsigned int depth; /* of the part that was given last: 1 for those of the body */
	unsigned int parts; /* given so far */
	enum sip_multipart_fault fault;
	struct sip_multipart_limits limits;
	struct slice inner;      /* content of the part given last, if it is multipart */
	struct slice inner_type; /* its Content-Type */
};

/**
 * Start with the value of the Content-Type that goes with `body`. The fault is also in walk->fault.
 * Borrows `body`; no allocation; linear in the body for each level.
 */
enum sip_multipart_fault sip_multipart_walk_init(struct sip_multipart_walk *walk, struct slice body,
						 struct slice content_type,
						 const struct sip_multipart_limits *limits);

/**
 * The next part. False behind the last one, or at a fault, which is in walk->fault; a limit that is
 * passed is one. Whoever acts on parts should walk to the end first: a fault may still come.
 */
bool sip_multipart_walk_next(struct sip_multipart_walk *walk, struct sip_multipart_part *part);

/**
 * Find the part whose Content-ID is `id` ("local@domain"), compared octet by octet, on any level.
 * NONE when there is exactly one, else NOT_FOUND, AMBIGUOUS or what else is wrong with the body;
 * `*part` is then undefined. A malformed Content-ID is none.
 */
enum sip_multipart_fault sip_multipart_find(struct slice body, struct slice content_type,
					    const struct sip_multipart_limits *limits,
					    struct slice id, struct sip_multipart_part *part);

/** Likewise for the part that a cid: URL refers to (RFC 2392). */
enum sip_multipart_fault sip_multipart_find_url(struct slice body, struct slice content_type,
						const struct sip_multipart_limits *limits,
						struct slice url, struct sip_multipart_part *part);

#endif

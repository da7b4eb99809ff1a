/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_PEERS_PARSER_H
#define BENCH_PEERS_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/**
 * One parser, as the benchmark `parse` sees it: ours, or that of another SIP library.
 *
 * A peer is a shared object of its own, which exports `peer_parser`. It is loaded so that it finds
 * the functions of its own library before those of ours: some have the same name. For the same
 * reason nothing here needs a header of ours.
 */

/** A number that the message has not. */
#define PARSER_ABSENT UINT32_MAX

/** What a proxy reads of a message before it forwards it: texts, */
enum parser_text {
	PARSER_VIA_HOST, /* of the topmost Via */
	PARSER_VIA_BRANCH,
	PARSER_URI_USER, /* Request-URI */
	PARSER_URI_HOST,
	PARSER_ROUTE_USER, /* of the first Route */
	PARSER_ROUTE_HOST,
	PARSER_FROM_TAG,
	PARSER_TO_TAG,
	PARSER_CALL_ID,
	PARSER_CSEQ_METHOD,
	PARSER_TEXTS
};

/** and numbers; a port that is not written is 0. */
enum parser_number {
	PARSER_VIA_PORT,
	PARSER_URI_PORT,
	PARSER_ROUTE_PORT,
	PARSER_CSEQ,
	PARSER_MAX_FORWARDS,
	PARSER_MAX_BREADTH,
	PARSER_CONTENT_LENGTH,
	PARSER_NUMBERS
};

/**
 * A text begins at its pointer and ends where its grammar says or at a NUL, as the parser has it;
 * NULL when it is absent. Good until parser.done(). Everything is absent (the ports 0) before a
 * parser is called.
 */
struct parser_fields {
	const char *text[PARSER_TEXTS];
	uint32_t number[PARSER_NUMBERS];
};

struct parser {
	const char *name;

	/** Make the state that the others are given; NULL is a failure. NULL itself: they have
	 * none. */
	void *(*open)(void);

	/**
	 * Parse one datagram and read the fields. False when it is refused. `text` has no NUL at
	 * its end and stays as it is.
	 */
	bool (*parse)(void *state, const char *text, size_t len, struct parser_fields *fields);

	/** Let go of the last message, whether it was refused or not. NULL: nothing is held. */
	void (*done)(void *state);

	/** `parse` sets fields; else it leaves them alone. */
	bool reads;
};

/** A decimal number that a parser hands out as a string, or `absent`. */
static inline uint32_t
parser_read_number(const char *text, uint32_t absent)
{
	return text != NULL ? (uint32_t)strtoul(text, NULL, 10) : absent;
}

/** What a peer exports. */
extern const struct parser peer_parser;

#endif

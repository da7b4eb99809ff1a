/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_PARSERS_H
#define BENCH_PARSERS_H

#include "peers/parser.h"

/** Ours, from the floor up. */
enum our_parser {
	PARSER_MEMCHR,       /* one plain pass over the octets: no parser is faster */
	PARSER_INDEX,        /* where everything is, nothing decoded */
	PARSER_PROXY_FIELDS, /* index and sip_message_check() of what routing needs */
	PARSER_CHECK,        /* index and sip_message_check() of everything: the full verdict */
	PARSER_LAZY_FIELDS,  /* index, and only the fields of struct parser_fields decoded */
	PARSERS_OURS
};

extern const struct parser our_parsers[PARSERS_OURS];

/** The first two by the reader of one instruction set: their state is a struct sip_isa. */
extern const struct parser isa_parsers[2];

/** The parsers of other libraries: file names in the folder peers beside this program. */
enum { PARSERS_PEERS = 3 };

struct parser_peer {
	const char *file;
	const char *name;
};

extern const struct parser_peer parser_peers[PARSERS_PEERS];

/** Load a peer's parser. NULL when it was not built or its library is not here; `*why` says so. */
const struct parser *parser_load(const struct parser_peer *peer, const char **why);

#endif

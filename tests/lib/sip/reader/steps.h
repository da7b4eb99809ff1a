/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The steps of the message reader, one by one. steps.c is compiled once for each instruction set,
 * as lib/sip/reader/reader.c is; the tests of this folder try each of them that can run here.
 */
#ifndef TESTS_LIB_SIP_READER_STEPS_H
#define TESTS_LIB_SIP_READER_STEPS_H

#include "gtest.h"
#include "sip/chars.h"
#include "sip/isa.h"

/** What the line finder says of some octets. */
struct found_lines {
	unsigned int count;
	bool bare_cr;
	uint16_t lf[1024];
};

/** The octets that may be read end at `limit`, at or behind `end`. See lib/sip/reader. */
struct reader_steps {
	const char *name; /* as in struct sip_isa */
	const char *(*span)(const char *p, const char *end, const char *limit,
			    enum sip_char_class class);
	/** ...and whether `c` or `d` was stepped over, which are of the class. */
	const char *(*span_noting)(const char *p, const char *end, const char *limit,
				   enum sip_char_class class, char c, char d, bool *noted);
	const char *(*find)(const char *p, const char *end, const char *limit, char c);
	const char *(*skip_quoted)(const char *p, const char *end, const char *limit);
	const char *(*take_number)(const char *p, const char *end, const char *limit,
				   uint32_t *number);
	const char *(*take_host)(const char *p, const char *end, const char *limit,
				 struct slice *host);
	const char *(*take_port)(const char *p, const char *end, const char *limit, uint16_t *port);
	/** `lower` is a name of `len` letters in lower case. */
	bool (*name_is)(const char *p, const char *lower, size_t len);
	bool (*ipv4_is_valid)(const char *p, const char *end);
	/** Line ends up to the empty line or until there is no more room; octets: at most 65535. */
	void (*find_lines)(struct slice bytes, struct found_lines *found);
};

extern const struct reader_steps reader_steps_scalar, reader_steps_sse42, reader_steps_avx2,
	reader_steps_neon;

/** Register the case `suite`.READER/`name` for each reader; *state is its steps. */
void add_for_readers(const char *suite, const char *name, void (*fn)(void **state));

#endif

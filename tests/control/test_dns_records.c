/* SPDX-License-Identifier: BSD-3-Clause */
/** What is read from the octets of DNS answers, and that answers which lie do no harm. */
#include <stdlib.h>
#include <string.h>

#include "gtest.h"
#include "network/dns_records.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

/* Header with so many questions and answers; the question is for SRV or NAPTR of "a.test". */
#define HEADER(questions, answers) "\0\1\201\200" questions answers "\0\0\0\0"
#define SRV_QUESTION "\1a\4test\0\0\41\0\1"
#define NAPTR_QUESTION "\1a\4test\0\0\43\0\1"
#define NAME "\300\14" /* that of the question */
#define ONE "\0\1"
#define TWO "\0\2"

/* Type, class, TTL of a minute; length and data follow. */
#define SRV NAME "\0\41\0\1\0\0\0\74"
#define NAPTR NAME "\0\43\0\1\0\0\0\74"
#define CNAME NAME "\0\5\0\1"

/* Priority 10, weight 5, port 5060, and the host "hp.a.test" or none. */
#define HP "\0\13\0\12\0\5\23\304\2hp\300\14"
#define NOBODY "\0\7\0\0\0\0\23\304\0"

enum { MOST = 3600 };

/* The answer in memory of its own size, so that a step beside it is seen. */
static uint8_t *
exactly(const char *bytes, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	return copy;
}

static const struct row {
	const char *label;
	const char *bytes;
	size_t len;
	uint32_t ttl;
	unsigned int services;
	bool refused;
} rows[] = {
	/* clang-format off */
	{ "one record", TEXT(HEADER(ONE, ONE) SRV_QUESTION SRV HP), 60, 1, false },
	{ "first to expire", TEXT(HEADER(ONE, TWO) SRV_QUESTION SRV HP SRV_QUESTION "\0\0\0\7" HP),
	  7, 2, false },
	{ "RFC 2181 8: highest bit of a TTL",
	  TEXT(HEADER(ONE, ONE) SRV_QUESTION NAME "\0\41\0\1\200\0\0\1" HP), 0, 1, false },
	{ "longer than we want",
	  TEXT(HEADER(ONE, ONE) SRV_QUESTION NAME "\0\41\0\1\0\377\0\0" HP), MOST, 1, false },
	{ "RFC 2782: no such service", TEXT(HEADER(ONE, ONE) SRV_QUESTION SRV NOBODY), 60, 0, true },
	{ "no such service, but another", TEXT(HEADER(ONE, TWO) SRV_QUESTION SRV NOBODY SRV HP), 60, 1,
	  false },
	{ "port 0", TEXT(HEADER(ONE, ONE) SRV_QUESTION SRV "\0\13\0\12\0\5\0\0\2hp\300\14"), 60, 0,
	  false },
	{ "nothing", TEXT(""), MOST, 0, false },
	{ "header alone", TEXT(HEADER(ONE, ONE)), MOST, 0, false },
	{ "more questions than there are", TEXT(HEADER("\377\377", ONE) SRV_QUESTION SRV HP), MOST, 0,
	  false },
	{ "more records than there are", TEXT(HEADER(ONE, "\377\377") SRV_QUESTION SRV HP), 60, 0,
	  false },
	{ "length beyond the end",
	  TEXT(HEADER(ONE, ONE) SRV_QUESTION SRV "\377\377\0\12\0\5\23\304\2hp\300\14"), MOST, 0,
	  false },
	{ "length one too many",
	  TEXT(HEADER(ONE, ONE) SRV_QUESTION SRV "\0\14\0\12\0\5\23\304\2hp\300\14"), MOST, 0, false },
	{ "no room for the data", TEXT(HEADER(ONE, ONE) SRV_QUESTION SRV "\0\0"), 60, 0, false },
	{ "length in the midst of the data",
	  TEXT(HEADER(ONE, ONE) SRV_QUESTION SRV "\0\3\0\12\0\5\23\304\2hp\300\14"), 60, 0, false },
	{ "name that leads to itself", TEXT(HEADER(ONE, ONE) "\300\14\0\41\0\1" SRV HP), MOST, 0, false },
	{ "names that lead to each other",
	  TEXT(HEADER(ONE, ONE) "\300\16\300\14\0\41\0\1" SRV HP), MOST, 0, false },
	{ "record whose name leads to itself",
	  TEXT(HEADER(ONE, ONE) SRV_QUESTION "\300\30\0\41\0\1\0\0\0\74" HP), MOST, 0, false },
	{ "host that leads to itself",
	  TEXT(HEADER(ONE, ONE) SRV_QUESTION SRV "\0\10\0\12\0\5\23\304\300\52"), 60, 0, false },
	{ "name that leads beyond the end",
	  TEXT(HEADER(ONE, ONE) SRV_QUESTION "\377\377\0\41\0\1\0\0\0\74" HP), MOST, 0, false },
	{ "label beyond the end", TEXT(HEADER(ONE, ONE) "\77a\4test\0\0\41\0\1" SRV HP), MOST, 0, false },
	{ "label of no known kind", TEXT(HEADER(ONE, ONE) "\101a\4test\0\0\41\0\1" SRV HP), MOST, 0,
	  false },
	{ "half of a name's pointer", TEXT(HEADER(ONE, ONE) SRV_QUESTION "\300"), MOST, 0, false },
	/* clang-format on */
};

static void
check_row(void **state)
{
	const struct row *r = *state;
	uint8_t *answer = exactly(r->bytes, r->len);
	struct dns_srv srv[DNS_SRV_MAX];
	bool refused;

	assert_int_equal(dns_answer_ttl(answer, (int)r->len, MOST), r->ttl);
	assert_int_equal(dns_srv_read(answer, (int)r->len, srv, &refused), r->services);
	assert_int_equal(refused, r->refused);
	for (unsigned int i = 0; i < r->services; i++) {
		assert_string_equal(srv[i].host, "hp.a.test");
		assert_int_equal(srv[i].port, 5060);
		assert_int_equal(srv[i].priority, 10);
		assert_int_equal(srv[i].weight, 5 * 64);
	}
	free(answer);
}
GTEST_ROWS(DnsRecords, rows, label, check_row);

/* Wherever an answer ends, it is read to there at most. */
static void
cut_everywhere(const char *bytes, size_t len)
{
	char name[HOPS_NAME_MAX + 1];
	struct dns_srv srv[DNS_SRV_MAX];
	bool refused;

	for (size_t n = 0; n < len; n++) {
		uint8_t *answer = exactly(bytes, n);

		assert_int_equal(dns_answer_ttl(answer, (int)n, MOST), MOST);
		assert_int_equal(dns_srv_read(answer, (int)n, srv, &refused), 0);
		assert_false(dns_naptr_choose(answer, (int)n, name));
		free(answer);
	}
}

#define D2U "\7SIP+D2U"
#define D2T "\7SIP+D2T"

GTEST(DnsRecords, cut_everywhere)
{
	cut_everywhere(TEXT(HEADER(ONE, ONE) SRV_QUESTION SRV HP));
	cut_everywhere(
		TEXT(HEADER(ONE, ONE) NAPTR_QUESTION NAPTR "\0\24\0\1\0\2\1s" D2U "\0\2u1\300\14"));
}

/* RFC 3263 §4.1: order before preference; UDP only; services, which flag "s" says, only. */
static const struct naptr_row {
	const char *label;
	const char *bytes;
	size_t len;
	const char *name; /* NULL: none */
} naptrs[] = {
	/* clang-format off */
	{ "one", TEXT(HEADER(ONE, ONE) NAPTR_QUESTION NAPTR "\0\24\0\1\0\2\1s" D2U "\0\2u1\300\14"),
	  "u1.a.test" },
	{ "order before preference",
	  TEXT(HEADER(ONE, TWO) NAPTR_QUESTION NAPTR "\0\24\0\2\0\1\1s" D2U "\0\2u1\300\14"
	       NAPTR "\0\24\0\1\0\2\1S" D2U "\0\2u2\300\14"), "u2.a.test" },
	{ "preference",
	  TEXT(HEADER(ONE, TWO) NAPTR_QUESTION NAPTR "\0\24\0\1\0\2\1s" D2U "\0\2u1\300\14"
	       NAPTR "\0\24\0\1\0\1\1s" D2U "\0\2u2\300\14"), "u2.a.test" },
	{ "TCP", TEXT(HEADER(ONE, ONE) NAPTR_QUESTION NAPTR "\0\24\0\1\0\2\1s" D2T "\0\2u1\300\14"), NULL },
	{ "a regular expression",
	  TEXT(HEADER(ONE, ONE) NAPTR_QUESTION NAPTR "\0\24\0\1\0\2\1u" D2U "\0\2u1\300\14"), NULL },
	{ "no name", TEXT(HEADER(ONE, ONE) NAPTR_QUESTION NAPTR "\0\20\0\1\0\2\1s" D2U "\0\0"), NULL },
	{ "text beyond the record",
	  TEXT(HEADER(ONE, ONE) NAPTR_QUESTION NAPTR "\0\24\0\1\0\2\377s" D2U "\0\2u1\300\14"), NULL },
	{ "name that leads to itself",
	  TEXT(HEADER(ONE, ONE) NAPTR_QUESTION NAPTR "\0\21\0\1\0\2\1s" D2U "\0\300\63"), NULL },
	{ "length beyond the end",
	  TEXT(HEADER(ONE, ONE) NAPTR_QUESTION NAPTR "\1\24\0\1\0\2\1s" D2U "\0\2u1\300\14"), NULL },
	/* clang-format on */
};

static void
check_naptr(void **state)
{
	const struct naptr_row *r = *state;
	uint8_t *answer = exactly(r->bytes, r->len);
	char name[HOPS_NAME_MAX + 1] = "";

	assert_int_equal(dns_naptr_choose(answer, (int)r->len, name), r->name != NULL);
	assert_string_equal(name, r->name != NULL ? r->name : "");
	free(answer);
}
GTEST_ROWS(DnsRecords, naptrs, label, check_naptr);

static void
put(uint8_t *answer, size_t *n, const char *bytes, size_t len)
{
	memcpy(answer + *n, bytes, len);
	*n += len;
}

/* Of more than are looked at, those of the smallest priorities. */
GTEST(DnsRecords, more_than_are_looked_at)
{
	enum { RECORDS = 3 * DNS_SRV_MAX };
	struct dns_srv srv[DNS_SRV_MAX];
	uint8_t answer[4096];
	bool refused;
	size_t n = 0;

	put(answer, &n, TEXT(HEADER(ONE, "\0\60") SRV_QUESTION));
	for (unsigned int i = 0; i < RECORDS; i++) {
		put(answer, &n, TEXT(SRV HP));
		answer[n - 10] = (uint8_t)(i * 29 % RECORDS); /* the low octet of the priority */
	}
	assert_int_equal(dns_srv_read(answer, (int)n, srv, &refused), DNS_SRV_MAX);
	for (unsigned int i = 0; i < DNS_SRV_MAX; i++)
		assert_int_equal(srv[i].priority, i);
}

/* Octets that are no text take four characters each: a name of 200 is longer than any host. */
GTEST(DnsRecords, escaped_host_too_long)
{
	struct dns_srv srv[DNS_SRV_MAX];
	uint8_t answer[1024];
	bool refused;
	size_t n = 0;

	put(answer, &n, TEXT(HEADER(ONE, ONE) SRV_QUESTION SRV "\0\317\0\12\0\5\23\304"));
	for (unsigned int i = 0; i < 4; i++) {
		put(answer, &n, TEXT("\61"));
		memset(answer + n, 1, 49);
		n += 49;
	}
	put(answer, &n, TEXT("\0"));
	assert_int_equal(dns_answer_ttl(answer, (int)n, MOST), 60);
	assert_int_equal(dns_srv_read(answer, (int)n, srv, &refused), 0);
	assert_false(refused);
}

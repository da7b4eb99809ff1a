/* SPDX-License-Identifier: BSD-3-Clause */
/* Compiled with the arguments of a reader and its name as READER. */
#include "lib/sip/reader/steps.h"

/* The name that the library has for its own use cannot be had from outside of it. */
#undef SIP_INTERNAL
#define SIP_INTERNAL
#define sip_char_rows_ sip_char_rows

#include "sip/reader/host.h"
#include "sip/reader/lines.h"

#define BOUNDS ((struct bounds){ end, limit })

static const char *
step_span(const char *p, const char *end, const char *limit, enum sip_char_class class)
{
	return span(p, BOUNDS, class);
}

static const char *
step_span_noting(const char *p, const char *end, const char *limit, enum sip_char_class class,
		 char c, char d, bool *noted)
{
	return span_noting(p, BOUNDS, class, c, d, noted);
}

static const char *
step_find(const char *p, const char *end, const char *limit, char c)
{
	return find(p, BOUNDS, c);
}

static const char *
step_skip_quoted(const char *p, const char *end, const char *limit)
{
	return skip_quoted(p, BOUNDS);
}

static const char *
step_take_number(const char *p, const char *end, const char *limit, uint32_t *number)
{
	return take_number(p, BOUNDS, number);
}

static const char *
step_take_host(const char *p, const char *end, const char *limit, struct slice *host)
{
	return take_host(p, BOUNDS, host);
}

static const char *
step_take_port(const char *p, const char *end, const char *limit, uint16_t *port)
{
	return take_port(p, BOUNDS, port);
}

static void
step_find_lines(struct slice bytes, struct found_lines *found)
{
	const unsigned int room = sizeof(found->lf) / sizeof(found->lf[0]);
	const char *line = NULL; /* the first one is the start line */
	bool empty = false;
	struct lines l;

	lines_init(&l, bytes.ptr, bytes.len);
	found->count = 0;
	while (!empty && lines_look_ahead(&l))
		for (unsigned int i = 0; i < l.count && found->count < room && !empty; i++) {
			const char *lf = bytes.ptr + l.lf[i];

			found->lf[found->count++] = l.lf[i];
			empty = lf == line || (lf == line + 1 && *line == '\r');
			line = lf + 1;
		}
	found->bare_cr = l.odd;
}

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

const struct reader_steps JOIN(reader_steps_, READER) = {
	.name = TEXT(READER),
	.span = step_span,
	.span_noting = step_span_noting,
	.find = step_find,
	.skip_quoted = step_skip_quoted,
	.take_number = step_take_number,
	.take_host = step_take_host,
	.take_port = step_take_port,
	.name_is = name_is_,
	.ipv4_is_valid = ipv4_is_valid,
	.find_lines = step_find_lines,
};

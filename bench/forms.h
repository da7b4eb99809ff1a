/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_FORMS_H
#define BENCH_FORMS_H

#include "messages.h"

/**
 * One hand in which a kind of message is written. A line end stands for CRLF; {words} are filled in
 * for each message. {serial}, {user} and {count} are marked, to be written anew in each copy; a
 * Call-ID begins with {serial}, or with {user} where {serial} is what the branch begins with.
 */
struct form {
	const char *head;
	const char *body; /* NULL: none */
};

/** The hand of message `number` of a kind. */
const struct form *form_of(enum sample_kind kind, unsigned int number);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_LIST_H
#define SIP_LIST_H

#include "sip/message.h"
#include "sip/slice.h"

/**
 * Take the first element of a comma-separated header value out of `*rest`. Commas inside quoted
 * strings and inside <> do not separate. `*rest` becomes absent when no comma followed.
 * A quoted string that does not end takes in everything that is left.
 */
struct slice sip_list_cut(struct slice *rest);

/** Walks the elements of all header lines of one known id, over lines and commas. */
struct sip_list_iter {
	const struct sip_message *msg;
	struct slice rest;
	unsigned int header; /* line of the element that sip_list_next() returned last */
};

void sip_list_iter_init(struct sip_list_iter *it, const struct sip_message *msg,
			enum sip_header_id id);

/** The next element, trimmed; empty elements come with len 0. False at the end. */
bool sip_list_next(struct sip_list_iter *it, struct slice *element);

/**
 * Whether `token` is an element of the header `id` (Supported, Require and the like),
 * without regard to case.
 */
bool sip_list_has(const struct sip_message *msg, enum sip_header_id id, struct slice token);

#endif

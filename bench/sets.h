/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_SETS_H
#define BENCH_SETS_H

#include "messages.h"

/** Sets of messages that the parsers go through. */

#define SET_MAX 512

struct message {
	char *octets;
	size_t len;
	char *title; /* file name of a real one, else the kind */
};

struct message_set {
	const char *name;
	struct message message[SET_MAX];
	unsigned int count;
};

/** `count` messages of a kind. */
void set_add_kind(struct message_set *set, enum sample_kind kind, unsigned int count);

/** The same, but only those of `min` to `max` octets. */
void set_add_sized(struct message_set *set, enum sample_kind kind, unsigned int count, size_t min,
		   size_t max);

/** The messages in the files *.sip of a folder. False when there is none. */
bool set_add_folder(struct message_set *set, const char *folder);

/** An order that a branch predictor does not know. */
void set_shuffle(struct message_set *set);

/** Leave one message out. The last one takes its place. */
void set_remove(struct message_set *set, unsigned int i);

/** Octets of one message, on average. */
double set_octets(const struct message_set *set);

#endif

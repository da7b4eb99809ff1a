/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_EXPIRY_WHEEL_H
#define CONTROL_REGISTRAR_EXPIRY_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

/**
 * When to look at which AOR for bindings that have expired: a timing wheel of the AORs' hashes,
 * eight octets for each. An AOR is entered at the time of its earliest expiry and is left there
 * when it is refreshed: whoever looks finds nothing to do and enters it anew. One thread.
 */
struct expiry_wheel;

/** `now_s`: seconds, of any clock that does not run backwards far. NULL when there is no memory. */
struct expiry_wheel *expiry_wheel_open(uint64_t now_s);

/** Takes NULL. */
void expiry_wheel_close(struct expiry_wheel *w);

/**
 * Look at the AOR with this hash at `at_s`, or a second later; at once when that is past. False
 * when there is no memory: it is not entered.
 */
bool expiry_wheel_add(struct expiry_wheel *w, uint64_t hash, uint64_t at_s);

/**
 * Take up to `max` hashes whose time has come by `now_s`, each once although it was entered twice
 * for the same second. Returns how many; fewer than `max` when there are no more.
 */
unsigned int expiry_wheel_take(struct expiry_wheel *w, uint64_t now_s, uint64_t *hashes,
			       unsigned int max);

/** How many entries there are. */
uint64_t expiry_wheel_count(const struct expiry_wheel *w);

#endif

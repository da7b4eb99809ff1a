/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROXY_BEST_RESPONSE_H
#define PROXY_BEST_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

/** Which of the final responses of a fork goes upstream (RFC 3261 §16.7 item 6). */

/**
 * `status` is a better answer than `over`, the best so far; `over` 0: there is none yet. Of two
 * that are equally good the one that came first stays. Both are 300 to 699.
 *
 * 6xx before everything; then the lowest class. Among 4xx first what helps the sender to try again:
 * 401 and 407, 415, 420, 484; then what user agents say; then what tells of the way and not of the
 * user: 408, 440, 483, 482, and last 430 (OB-77). Among 5xx 503 comes last.
 */
bool best_response_prefers(uint16_t status, uint16_t over);

/**
 * What the chosen status becomes on its way upstream: 503 speaks for one server and not for this
 * proxy: 500 (§16.7 item 6); 430 is between proxies only: 480 (OB-77). Any other stays.
 */
uint16_t best_response_upstream(uint16_t status);

#endif

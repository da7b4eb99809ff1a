/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_FIELD_DATE_H
#define SIP_FIELD_DATE_H

#include "sip/slice.h"
#include "sip/writer.h"

/** Octets of a SIP-date: "Sat, 13 Nov 2010 23:29:00 GMT". */
#define SIP_DATE_LEN 29

/** 0000-01-01 and 9999-12-31, the ends of what a SIP-date can say, in seconds since 1970. */
#define SIP_DATE_MIN INT64_C(-62167219200)
#define SIP_DATE_MAX INT64_C(253402300799)

/**
 * Decode Date (RFC 3261 §20.17) into seconds since 1970-01-01 00:00:00 GMT, by the Gregorian
 * calendar throughout. A fold may stand where the grammar has a space.
 *
 * False when it is anything but an RFC 1123 date in GMT (RFC 4475 §3.1.2.12), case included, or is
 * none of the calendar: no 30 Feb, no second 60, no wrong day of the week (RFC 822 §5.2).
 */
bool sip_date_decode(struct slice value, int64_t *seconds);

/** Append `seconds` since 1970 as SIP-date. Outside its range it is refused: see sip_written(). */
void sip_put_date(struct sip_writer *w, int64_t seconds);

#endif

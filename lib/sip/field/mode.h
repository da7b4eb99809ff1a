/* SPDX-License-Identifier: BSD-3-Clause */
/** Answer-Mode, Priv-Answer-Mode and Alert-Mode. Any thread; slices borrow from the value. */
#ifndef SIP_FIELD_MODE_H
#define SIP_FIELD_MODE_H

#include "sip/slice.h"

enum sip_answer_mode {
	SIP_ANSWER_OTHER, /* to be ignored (RFC 5373 §2) */
	SIP_ANSWER_MANUAL,
	SIP_ANSWER_AUTO,
};

/** A value of Answer-Mode or Priv-Answer-Mode (RFC 5373 §2). */
struct sip_answer {
	enum sip_answer_mode mode;
	struct slice mode_text;
	bool require;        /* reject rather than answer in another mode */
	bool draft;          /* "ManualReq" or "AutoReq", words that only the draft has */
	struct slice params; /* behind the first ';' */
};

/**
 * Decode a value of Answer-Mode or Priv-Answer-Mode. The draft's ManualReq and AutoReq read as
 * Manual;require and Auto;require. False when it is malformed or has `require` twice or with a
 * value.
 */
bool sip_answer_decode(struct slice value, struct sip_answer *answer);

enum sip_alert_mode {
	SIP_ALERT_OTHER, /* to be ignored */
	SIP_ALERT_NORMAL,
	SIP_ALERT_NULL, /* no alerting */
};

/**
 * Decode an Alert-Mode value (draft-willis-sip-answeralert-00 §3.1). Other tokens and parameters,
 * which its grammar does not have, are taken as extensions, as in Answer-Mode. False when it is
 * malformed.
 */
bool sip_alert_mode_decode(struct slice value, enum sip_alert_mode *mode);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_METHOD_H
#define SIP_METHOD_H

#include "sip/slice.h"

#define SIP_METHODS(X)                                                                             \
	X(INVITE)                                                                                  \
	X(ACK) X(BYE) X(CANCEL) X(REGISTER) X(OPTIONS) X(PRACK) X(SUBSCRIBE) X(NOTIFY) X(PUBLISH)  \
		X(INFO) X(REFER) X(MESSAGE) X(UPDATE)

enum sip_method {
	SIP_METHOD_OTHER,
#define X(name) SIP_##name,
	SIP_METHODS(X)
#undef X
		SIP_METHOD_COUNT
};

/** The method of a name; methods are case-sensitive (RFC 3261 §7.1). */
enum sip_method sip_method_find(struct slice name);

/** A request with this method and without a To tag may create a dialog: it is record-routed. */
bool sip_method_forms_dialog(enum sip_method method);

#endif

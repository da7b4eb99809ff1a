/* SPDX-License-Identifier: BSD-3-Clause */
/** The character classes of sip/chars.h once more, as RFC 3261 §25.1 writes them. */
#ifndef TESTS_LIB_SIP_CHAR_RULES_H
#define TESTS_LIB_SIP_CHAR_RULES_H

#include "sip/chars.h"

#define ALPHANUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define MARK "-_.!~*'()"
#define UNRESERVED ALPHANUM MARK
#define TOKEN ALPHANUM "-.!%*_+`'~"

struct char_rule {
	const char *label;
	enum sip_char_class class;
	const char *members;
	bool high; /* and all above 127 */
};

static const struct char_rule char_rules[SIP_CHAR_CLASSES] = {
	{ "token", SIP_CHAR_TOKEN, TOKEN, false },
	/* folds included */
	{ "LWS", SIP_CHAR_LWS, " \t\r\n", false },
	{ "DIGIT", SIP_CHAR_DIGIT, "0123456789", false },
	{ "HEXDIG", SIP_CHAR_HEX, "0123456789abcdefABCDEF", false },
	/* user = 1*( unreserved / escaped / user-unreserved ), and ":" password */
	{ "user", SIP_CHAR_USER, UNRESERVED "%&=+$,;?/:", false },
	/* hostname; '_' is no rule's, but some have it */
	{ "hostname", SIP_CHAR_HOST, ALPHANUM "-._", false },
	/* paramchar = param-unreserved / unreserved / escaped */
	{ "paramchar", SIP_CHAR_PARAM, "[]/:&+$" UNRESERVED "%", false },
	{ "word", SIP_CHAR_WORD, ALPHANUM "-.!%*_+`'~()<>:\\\"/[]?{}", false },
	/* gen-value and addr-spec: all that neither ends one nor begins something else */
	{ "value", SIP_CHAR_VALUE, TOKEN "[]:/=@#$&()\\^{|}", true },
	/* token / host */
	{ "via-value", SIP_CHAR_VIA_VALUE, TOKEN ":[]", false },
	/* display-name = *(token LWS); UTF-8 without quotes is sent, too */
	{ "display-name", SIP_CHAR_DISPLAY, TOKEN " \t\r\n", true },
};

static inline bool
char_rule_has(const struct char_rule *rule, uint8_t octet)
{
	return octet < 128 ? octet != 0 && strchr(rule->members, octet) != NULL : rule->high;
}

#endif

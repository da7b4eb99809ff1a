/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/p_header.h"

static const struct key_row {
	const char *label;
	const char *text;
	bool good;
	const char *host, *prefix, *expression, *suffix;
	unsigned int port;
} keys[] = {
	/* clang-format off */
	{ "PK-02", "<sip:chatroom-!.*!@example.com>", true, "example.com", "chatroom-", ".*", "",
	  0 },
	{ "PK-24-suffix", "<sips:a-!.*!-z@example.com:5061;x=y>;p", true, "example.com", "a-", ".*",
	  "-z", 5061 },
	{ "PK-24-outermost", "<sip:a!b!c!d@h>", true, "h", "a", "b!c", "d", 0 },
	{ "PK-24-empty-expression", "<sip:!!@h>", true, "h", "", "", "", 0 },
	{ "PK-24-one-mark", "<sip:a!b@h>", true, "h", NULL, NULL, NULL, 0 },
	{ "RFC5002-5-addr-spec", "sip:a-!.*!@h;p=q", true, "h", "a-", ".*", "", 0 },
	{ "RFC5002-5-distinct", "\"K\" <sip:conf@h>", true, "h", NULL, NULL, NULL, 0 },
	{ "RFC5002-5-no-user", "<sip:h?a=!b!>", true, "h", NULL, NULL, NULL, 0 },
	{ "PK-5.1-escaped", "<sip:conf-!%5B0-9%5D%7B4%7D!@example.com>", true, "example.com",
	  "conf-", "%5B0-9%5D%7B4%7D", "", 0 },
	{ "PK-5.1-unescaped", "<sip:conf-![0-9]{4}|a^!@example.com>", true, "example.com", "conf-",
	  "[0-9]{4}|a^", "", 0 },
	{ "PK-5.1-tel", "<tel:+1!.*!>", true, NULL, NULL, NULL, NULL, 0 },
	{ "PK-16-two", "<sip:a@h>, <sip:b@h>", false, NULL, NULL, NULL, NULL, 0 },
	{ "PK-16-empty", "", false, NULL, NULL, NULL, NULL, 0 },
	{ "PK-16-space", "<sip:a!. !@h>", false, NULL, NULL, NULL, NULL, 0 },
	{ "PK-16-no-host", "<sip:a!.*!@>", false, NULL, NULL, NULL, NULL, 0 },
	{ "PK-16-empty-user", "<sip:@h>", false, NULL, NULL, NULL, NULL, 0 },
	{ "PK-16-host-space", "<sip:a@h :5060>", false, NULL, NULL, NULL, NULL, 0 },
	{ "PK-16-two-at", "<sip:a@b@h>", false, NULL, NULL, NULL, NULL, 0 },
	{ "PK-16-param", "<sip:a@h>;p=", false, NULL, NULL, NULL, NULL, 0 },
	/* clang-format on */
};

static void
key_is_decoded(void **state)
{
	const struct key_row *row = *state;
	struct sip_p_profile_key key;

	assert_int_equal(sip_p_profile_key_decode(at_wall(slice_str(row->text)), &key), row->good);
	if (!row->good)
		return;
	assert_slice(key.host, row->host);
	assert_int_equal(key.port, row->port);
	assert_slice(key.prefix, row->prefix);
	assert_slice(key.expression, row->expression);
	assert_slice(key.suffix, row->suffix);
}
GTEST_ROWS(ProfileKey, keys, label, key_is_decoded);

static const struct name_addr_row {
	const char *label;
	const char *text;
	bool good;
	const char *uri, *params;
} name_addrs[] = {
	{ "RFC7315-5.1", "<sip:user@home.net>;x=y", true, "sip:user@home.net", "x=y" },
	{ "RFC7315-5.2-display", "Fax <tel:+1;ext=2>", true, "tel:+1;ext=2", NULL },
	{ "RFC7315-5.1-addr-spec", "sip:user@home.net", false, NULL, NULL },
	{ "RFC7315-5.1-uri", "<sip:user@>", false, NULL, NULL },
	{ "RFC7315-5.1-param", "<sip:user@h>;x=a/b", false, NULL, NULL },
	{ "RFC7315-5.1-empty", "", false, NULL, NULL },
};

static void
name_addr_is_decoded(void **state)
{
	const struct name_addr_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_party a, b;

	assert_int_equal(sip_p_associated_uri_decode(text, &a), row->good);
	assert_int_equal(sip_p_called_party_id_decode(text, &b), row->good);
	if (!row->good)
		return;
	assert_slice(a.address.uri, row->uri);
	assert_slice(a.address.params, row->params);
	assert_slice(b.address.uri, row->uri);
	assert_slice(b.address.params, row->params);
}
GTEST_ROWS(PAssociatedUri, name_addrs, label, name_addr_is_decoded);

static const struct served_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_session_case session_case;
	enum sip_reg_state reg_state;
	bool orig_cdiv;
} servees[] = {
	/* clang-format off */
	{ "RFC5502-6", "<sip:u@h>; sescase=orig; regstate=reg", true, SIP_SESSION_CASE_ORIG,
	  SIP_REG_STATE_REG, false },
	{ "RFC5502-6-term", "\"uas\" <sip:u@h>;REGSTATE=UnReg;sescase=TERM", true,
	  SIP_SESSION_CASE_TERM, SIP_REG_STATE_UNREG, false },
	{ "RFC5502-6-addr-spec", "sip:u@h;sescase=term", true, SIP_SESSION_CASE_TERM,
	  SIP_REG_STATE_ABSENT, false },
	{ "RFC5502-6-alone", "<sip:u@h>;x", true, SIP_SESSION_CASE_ABSENT, SIP_REG_STATE_ABSENT,
	  false },
	{ "RFC8498", "<sip:u@h>;orig-cdiv", true, SIP_SESSION_CASE_ABSENT, SIP_REG_STATE_ABSENT,
	  true },
	{ "RFC5502-6-case", "<sip:u@h>;sescase=both", false, 0, 0, false },
	{ "RFC5502-6-case-alone", "<sip:u@h>;sescase", false, 0, 0, false },
	{ "RFC5502-6-case-twice", "<sip:u@h>;sescase=orig;sescase=term", false, 0, 0, false },
	{ "RFC5502-6-state", "<sip:u@h>;regstate=maybe", false, 0, 0, false },
	{ "RFC5502-6-state-twice", "<sip:u@h>;regstate=reg;regstate=reg", false, 0, 0, false },
	{ "RFC5502-6-two", "<sip:u@h>,<sip:v@h>", false, 0, 0, false },
	{ "RFC5502-6-uri", "<sip:>", false, 0, 0, false },
	/* clang-format on */
};

static void
served_is_decoded(void **state)
{
	const struct served_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_p_served_user user;

	assert_int_equal(sip_p_served_user_decode(text, &user), row->good);
	if (!row->good)
		return;
	assert_int_equal(user.session_case, row->session_case);
	assert_int_equal(user.reg_state, row->reg_state);
	assert_int_equal(user.orig_cdiv, row->orig_cdiv);
}
GTEST_ROWS(PServedUser, servees, label, served_is_decoded);

static const struct database_row {
	const char *label;
	const char *text;
	bool good, secure;
	const char *host;
	unsigned int port;
	const char *uri_params, *params;
} databases[] = {
	/* clang-format off */
	{ "RFC4457-5", "<aaa://host.example.com;transport=tcp>", true, false, "host.example.com", 0,
	  "transport=tcp", NULL },
	{ "RFC6733-4.3.1", "<aaas://host.example.com:6666;transport=tcp;protocol=diameter>;x", true,
	  true, "host.example.com", 6666, "transport=tcp;protocol=diameter", "x" },
	{ "RFC6733-4.3.1-plain", "<AAA://h>", true, false, "h", 0, NULL, NULL },
	{ "scheme", "<http://h>", false, false, NULL, 0, NULL, NULL },
	{ "slashes", "<aaa:h>", false, false, NULL, 0, NULL, NULL },
	{ "slashes-host", "<aaa:host.example>", false, false, NULL, 0, NULL, NULL },
	{ "one-slash", "<aaa:/h>", false, false, NULL, 0, NULL, NULL },
	{ "no-host", "<aaa://>", false, false, NULL, 0, NULL, NULL },
	{ "path", "<aaa://h/x>", false, false, NULL, 0, NULL, NULL },
	{ "port", "<aaa://h:0>", false, false, NULL, 0, NULL, NULL },
	{ "empty-param", "<aaa://h;>", false, false, NULL, 0, NULL, NULL },
	{ "bare", "aaa://h", false, false, NULL, 0, NULL, NULL },
	/* clang-format on */
};

static void
database_is_decoded(void **state)
{
	const struct database_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_p_user_database database;

	assert_int_equal(sip_p_user_database_decode(text, &database), row->good);
	if (!row->good)
		return;
	assert_int_equal(database.secure, row->secure);
	assert_slice(database.host, row->host);
	assert_int_equal(database.port, row->port);
	assert_slice(database.uri_params, row->uri_params);
	assert_slice(database.params, row->params);
}
GTEST_ROWS(PUserDatabase, databases, label, database_is_decoded);

static const struct network_row {
	const char *label;
	const char *text;
	bool good;
	const char *id, *params;
} networks[] = {
	{ "RFC7315-5.3", "other.net", true, "other.net", NULL },
	{ "RFC7315-5.3-quoted", "\"Visited; network, 1\" ;a=b", true, "\"Visited; network, 1\"",
	  "a=b" },
	{ "RFC7315-5.3-words", "other net", false, NULL, NULL },
	{ "RFC7315-5.3-param", "other.net;", false, NULL, NULL },
	{ "RFC7315-5.3-empty", "", false, NULL, NULL },
};

static void
network_is_decoded(void **state)
{
	const struct network_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_p_visited_network network;

	assert_int_equal(sip_p_visited_network_decode(text, &network), row->good);
	if (!row->good)
		return;
	assert_slice(network.id, row->id);
	assert_slice(network.params, row->params);
}
GTEST_ROWS(PVisitedNetwork, networks, label, network_is_decoded);

static const struct access_row {
	const char *label;
	const char *text;
	bool good;
	const char *access;
	bool access_class, network_provided;
	const char *params;
} accesses[] = {
	/* clang-format off */
	{ "RFC7315-5.4", "3GPP-UTRAN-TDD; utran-cell-id-3gpp=C359A3913B20E", true, "3GPP-UTRAN-TDD",
	  false, false, " utran-cell-id-3gpp=C359A3913B20E" },
	{ "RFC7315-5.4-class", "3GPP-E-UTRAN;network-provided;ue-ip=[2001:db8::1]", true,
	  "3GPP-E-UTRAN", true, true, "network-provided;ue-ip=[2001:db8::1]" },
	{ "RFC7315-5.4-alone", "ADSL2+", true, "ADSL2+", false, false, NULL },
	{ "RFC7315-5.4-token", "x-1", true, "x-1", false, false, NULL },
	{ "RFC7315-5.4-gen-value", "GSTN;\"a=b;c\";[::1];host.example;dsl-location=\"d\"", true,
	  "GSTN", false, false, "\"a=b;c\";[::1];host.example;dsl-location=\"d\"" },
	{ "RFC7315-5.4-np-twice", "GSTN;network-provided;network-provided", false, NULL, false,
	  false, NULL },
	{ "RFC7315-5.4-np-value", "GSTN;network-provided=1", false, NULL, false, false, NULL },
	{ "RFC7315-5.4-quote-and-more", "GSTN;\"a\"b", false, NULL, false, false, NULL },
	{ "RFC7315-5.4-quoted-name", "GSTN;\"a\"=b", false, NULL, false, false, NULL },
	{ "RFC7315-5.4-ipv6", "GSTN;[::1", false, NULL, false, false, NULL },
	{ "RFC7315-5.4-value", "GSTN;a=b c", false, NULL, false, false, NULL },
	{ "RFC7315-5.4-two", "GSTN, ADSL", false, NULL, false, false, NULL },
	{ "RFC7315-5.4-empty", "", false, NULL, false, false, NULL },
	/* clang-format on */
};

static void
access_is_decoded(void **state)
{
	const struct access_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_p_access_network network;

	assert_int_equal(sip_p_access_network_decode(text, &network), row->good);
	if (!row->good)
		return;
	assert_slice(network.access, row->access);
	assert_int_equal(network.access_class, row->access_class);
	assert_int_equal(network.network_provided, row->network_provided);
	assert_slice(network.params, row->params);
}
GTEST_ROWS(PAccessNetwork, accesses, label, access_is_decoded);

static const struct media_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_early_media media;
} media_rows[] = {
	{ "sendrecv", "sendrecv", true, SIP_EARLY_MEDIA_SENDRECV },
	{ "sendonly", "SendOnly", true, SIP_EARLY_MEDIA_SENDONLY },
	{ "recvonly", " recvonly ", true, SIP_EARLY_MEDIA_RECVONLY },
	{ "inactive", "inactive", true, SIP_EARLY_MEDIA_INACTIVE },
	{ "gated", "gated", true, SIP_EARLY_MEDIA_GATED },
	{ "supported", "supported", true, SIP_EARLY_MEDIA_SUPPORTED },
	{ "extension", "x", true, SIP_EARLY_MEDIA_OTHER },
	{ "two", "gated,supported", false, 0 },
	{ "param", "gated;x", false, 0 },
	{ "empty", "", false, 0 },
};

static void
media_is_decoded(void **state)
{
	const struct media_row *row = *state;
	enum sip_early_media media;

	assert_int_equal(sip_p_early_media_decode(at_wall(slice_str(row->text)), &media),
			 row->good);
	if (row->good)
		assert_int_equal(media, row->media);
}
GTEST_ROWS(PEarlyMedia, media_rows, label, media_is_decoded);

static const struct answer_state_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_answer_state want;
} answer_states[] = {
	{ "RFC4964", "Unconfirmed", true, SIP_ANSWER_STATE_UNCONFIRMED },
	{ "RFC4964-case", " confirmed ;x=y", true, SIP_ANSWER_STATE_CONFIRMED },
	{ "RFC4964-token", "Maybe", true, SIP_ANSWER_STATE_OTHER },
	{ "RFC4964-words", "Not confirmed", false, 0 },
	{ "RFC4964-param", "Confirmed;", false, 0 },
	{ "empty", "", false, 0 },
};

static void
answer_state_is_decoded(void **state)
{
	const struct answer_state_row *row = *state;
	enum sip_answer_state got;

	assert_int_equal(sip_p_answer_state_decode(at_wall(slice_str(row->text)), &got), row->good);
	if (row->good)
		assert_int_equal(got, row->want);
}
GTEST_ROWS(PAnswerState, answer_states, label, answer_state_is_decoded);

GTEST(PMediaAuthorization, RFC3313_token)
{
	struct slice token;

	assert_true(sip_p_media_authorization_decode(at_wall(SLICE(" 00a9F ")), &token));
	assert_slice(token, "00a9F");
	assert_false(sip_p_media_authorization_decode(at_wall(SLICE("0x1")), &token));
	assert_false(sip_p_media_authorization_decode(at_wall(SLICE("")), &token));
}

GTEST(RestorationInfo, TS24_229_word)
{
	struct slice info;

	assert_true(sip_restoration_info_decode(at_wall(SLICE("noresponse")), &info));
	assert_slice(info, "noresponse");
	assert_true(sip_restoration_info_decode(at_wall(SLICE("\"a b\";x")), &info));
	assert_slice(info, "\"a b\"");
	assert_false(sip_restoration_info_decode(at_wall(SLICE("a b")), &info));
}

static const struct refused_row {
	const char *label;
	const char *text;
	bool good;
	const char *host, *members;
} refused[] = {
	/* clang-format off */
	{ "RFC5318", "sip:friends-list@example.net;members=\"<cid:an3bt8jf03@example.net>\"", true,
	  "example.net", "<cid:an3bt8jf03@example.net>" },
	{ "RFC5318-alone", "<sip:a@h>", true, "h", NULL },
	{ "RFC5318-no-quotes", "<sip:a@h>;members=x", false, NULL, NULL },
	{ "RFC5318-twice", "<sip:a@h>;members=\"x\";members=\"x\"", false, NULL, NULL },
	/* clang-format on */
};

static void
refused_is_decoded(void **state)
{
	const struct refused_row *row = *state;
	struct sip_p_refused_uri_list out;

	assert_int_equal(sip_p_refused_uri_list_decode(at_wall(slice_str(row->text)), &out),
			 row->good);
	if (!row->good)
		return;
	assert_slice(out.list.uri.host, row->host);
	assert_slice(out.members, row->members);
}
GTEST_ROWS(RefusedUriList, refused, label, refused_is_decoded);

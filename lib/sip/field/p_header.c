/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/p_header.h"

#include "sip/field/scalar.h"
#include "sip/param.h"
#include "sip/quoted.h"

/* Expressions may come with the characters unescaped that a user part must not have. */
static bool
key_user_is_valid(struct slice user)
{
	for (size_t i = 0; i < user.len; i++)
		if (!sip_char_is(user.ptr[i], SIP_CHAR_USER) &&
		    (user.ptr[i] == '\0' || strchr("[]{}^|\\", user.ptr[i]) == NULL))
			return false;
	return user.len > 0;
}

/* With more than two '!' the outermost are the delimiters (TS 23.003 §13.5). */
static void
wildcard_split(struct slice user, struct sip_p_profile_key *key)
{
	struct slice rest = user;
	struct slice prefix = slice_cut(&rest, '!');
	size_t last = rest.len;

	while (last > 0 && rest.ptr[last - 1] != '!')
		last--;
	if (last == 0)
		return;
	key->prefix = prefix;
	key->expression = slice_of(rest.ptr, last - 1);
	key->suffix = slice_of(rest.ptr + last, rest.len - last);
}

/* Behind "sip:" or "sips:". Parameters of the URI do not count, and are not looked at. */
static bool
key_uri_decode(struct slice text, struct sip_p_profile_key *key)
{
	const char *at = text.len > 0 ? memchr(text.ptr, '@', text.len) : NULL;
	struct slice hostport = text;

	if (at != NULL) {
		struct slice user = slice_between(text.ptr, at);

		if (!key_user_is_valid(user))
			return false;
		wildcard_split(user, key);
		hostport = slice_between(at + 1, slice_end(text));
	}
	hostport = slice_cut(&hostport, '?');
	hostport = slice_cut(&hostport, ';');
	return sip_uri_hostport_decode(hostport, &key->host, &key->port);
}

bool
sip_p_profile_key_decode(struct slice value, struct sip_p_profile_key *key)
{
	struct slice rest, scheme;
	struct sip_uri uri;

	memset(key, 0, sizeof(*key));
	if (!sip_address_decode(value, &key->address) ||
	    !sip_generic_params_are_valid(key->address.params))
		return false;
	rest = key->address.uri;
	scheme = slice_cut(&rest, ':');
	if (slice_eq_nocase(scheme, SLICE("sip")) || slice_eq_nocase(scheme, SLICE("sips")))
		return key_uri_decode(rest, key);
	return sip_uri_decode(key->address.uri, &uri);
}

bool
sip_p_associated_uri_decode(struct slice element, struct sip_party *user)
{
	return sip_party_decode(element, user) && user->address.bracketed;
}

bool
sip_p_called_party_id_decode(struct slice value, struct sip_party *callee)
{
	return sip_party_decode(value, callee) && callee->address.bracketed;
}

bool
sip_p_served_user_decode(struct slice value, struct sip_p_served_user *user)
{
	static const char *const cases[] = {
		[SIP_SESSION_CASE_ORIG] = "orig",
		[SIP_SESSION_CASE_TERM] = "term",
	};
	static const char *const states[] = {
		[SIP_REG_STATE_UNREG] = "unreg",
		[SIP_REG_STATE_REG] = "reg",
	};
	struct slice session_case, reg_state, orig_cdiv;
	const struct sip_known_param known[] = {
		{ SLICE("sescase"), SIP_PARAM_TOKEN, &session_case },
		{ SLICE("regstate"), SIP_PARAM_TOKEN, &reg_state },
		{ SLICE("orig-cdiv"), SIP_PARAM_FLAG, &orig_cdiv },
	};

	if (!sip_party_params_decode(value, known, SIP_COUNT(known), &user->party))
		return false;
	user->session_case = SIP_WORD_FIND(session_case, cases);
	user->reg_state = SIP_WORD_FIND(reg_state, states);
	user->orig_cdiv = orig_cdiv.ptr != NULL;
	return (session_case.ptr != NULL) == (user->session_case != SIP_SESSION_CASE_ABSENT) &&
	       (reg_state.ptr != NULL) == (user->reg_state != SIP_REG_STATE_ABSENT);
}

bool
sip_p_user_database_decode(struct slice value, struct sip_p_user_database *database)
{
	struct slice rest, scheme, hostport;

	if (!sip_enclosed_uri_cut(value, &database->uri, &database->params) ||
	    !sip_generic_params_are_valid(database->params))
		return false;
	rest = database->uri;
	scheme = slice_cut(&rest, ':');
	database->secure = slice_eq_nocase(scheme, SLICE("aaas"));
	if ((!database->secure && !slice_eq_nocase(scheme, SLICE("aaa"))) || rest.len < 2 ||
	    memcmp(rest.ptr, "//", 2) != 0)
		return false;
	database->uri_params = slice_of(rest.ptr + 2, rest.len - 2);
	hostport = slice_cut(&database->uri_params, ';');
	return sip_hostport_decode(hostport, &database->host, &database->port) &&
	       sip_generic_params_are_valid(database->uri_params);
}

bool
sip_p_visited_network_decode(struct slice element, struct sip_p_visited_network *network)
{
	return sip_word_cut(element, &network->id, &network->params) &&
	       sip_generic_params_are_valid(network->params);
}

/* access-info, which besides a generic-param may be a quoted string or a host alone. */
static bool
access_info_decode(struct slice params, const struct sip_known_param *known, size_t count)
{
	struct slice rest = params, name, value;

	while (sip_param_next(&rest, &name, &value)) {
		const char *end = slice_end(value.ptr != NULL ? value : name);

		if (name.ptr[0] == '"' || name.ptr[0] == '[') {
			if (!sip_gen_value_is_valid(slice_between(name.ptr, end)))
				return false;
		} else if (!sip_known_param_keep(known, count, name, value)) {
			return false;
		}
	}
	return rest.ptr == NULL;
}

bool
sip_p_access_network_decode(struct slice element, struct sip_p_access_network *network)
{
	static const char *const classes[] = {
		NULL,        "3GPP-GERAN", "3GPP-UTRAN", "3GPP-E-UTRAN",
		"3GPP-WLAN", "3GPP-GAN",   "3GPP-HSPA",  "3GPP2",
	};
	struct slice network_provided = SLICE_ABSENT;
	const struct sip_known_param known[] = {
		{ SLICE("network-provided"), SIP_PARAM_FLAG, &network_provided },
	};

	if (!sip_token_cut(element, &network->access, &network->params) ||
	    !access_info_decode(network->params, known, SIP_COUNT(known)))
		return false;
	network->access_class = SIP_WORD_FIND(network->access, classes) != 0;
	network->network_provided = network_provided.ptr != NULL;
	return true;
}

bool
sip_p_early_media_decode(struct slice element, enum sip_early_media *media)
{
	static const char *const words[] = {
		[SIP_EARLY_MEDIA_SENDRECV] = "sendrecv", [SIP_EARLY_MEDIA_SENDONLY] = "sendonly",
		[SIP_EARLY_MEDIA_RECVONLY] = "recvonly", [SIP_EARLY_MEDIA_INACTIVE] = "inactive",
		[SIP_EARLY_MEDIA_GATED] = "gated",       [SIP_EARLY_MEDIA_SUPPORTED] = "supported",
	};
	struct slice word = sip_trim(element);

	*media = SIP_WORD_FIND(word, words);
	return sip_all(word, SIP_CHAR_TOKEN);
}

bool
sip_p_answer_state_decode(struct slice value, enum sip_answer_state *state)
{
	static const char *const words[] = {
		[SIP_ANSWER_STATE_CONFIRMED] = "Confirmed",
		[SIP_ANSWER_STATE_UNCONFIRMED] = "Unconfirmed",
	};
	struct slice word;

	if (!sip_token_params_decode(value, &word))
		return false;
	*state = SIP_WORD_FIND(word, words);
	return true;
}

bool
sip_p_media_authorization_decode(struct slice element, struct slice *token)
{
	*token = sip_trim(element);
	return sip_all(*token, SIP_CHAR_HEX);
}

bool
sip_p_refused_uri_list_decode(struct slice element, struct sip_p_refused_uri_list *out)
{
	const struct sip_known_param known = { SLICE("members"), SIP_PARAM_QUOTED, &out->members };

	if (!sip_party_params_decode(element, &known, 1, &out->list))
		return false;
	out->members = sip_unquote(out->members);
	return true;
}

bool
sip_restoration_info_decode(struct slice value, struct slice *info)
{
	struct slice params;

	return sip_word_cut(value, info, &params) && sip_generic_params_are_valid(params);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/** The first octet chooses the decoder: a letter, see `targets`. */
#include "fuzz.h"

#include "sip/field/body_label.h"
#include "sip/field/contact.h"
#include "sip/field/dialog_id.h"
#include "sip/field/event.h"
#include "sip/field/feature.h"
#include "sip/field/field.h"
#include "sip/field/geolocation.h"
#include "sip/field/mode.h"
#include "sip/field/p_charging.h"
#include "sip/field/p_header.h"
#include "sip/field/refer.h"
#include "sip/field/route.h"
#include "sip/list.h"
#include "sip/quoted.h"

/* Present, inside, and not empty. */
static void
must_hold(struct slice part, struct slice whole)
{
	must_lie_in(part, whole);
	MUST(part.len > 0);
}

static void
must_be_address(const struct sip_address *address, struct slice text)
{
	must_lie_in(address->display, text);
	must_hold(address->uri, text);
	must_lie_in(address->params, text);
	MUST(sip_generic_params_are_valid(address->params));
}

static void
must_be_uri(const struct sip_uri *uri, struct slice text)
{
	must_lie_in(uri->user, text);
	must_lie_in(uri->password, text);
	must_lie_in(uri->host, text);
	must_lie_in(uri->params, text);
	must_lie_in(uri->headers, text);
}

static void
contact(struct slice text)
{
	struct sip_contact contact;

	if (!sip_contact_decode(text, &contact) || contact.star)
		return;
	must_be_address(&contact.party.address, text);
	must_be_uri(&contact.party.uri, contact.party.address.uri);
	MUST(contact.q <= 1000 && contact.reg_id <= INT32_MAX && contact.flow_id <= INT32_MAX);
	MUST(!contact.has_expires || contact.expires_text.ptr != NULL);
	must_lie_in(contact.expires_text, text);
	must_lie_in(contact.instance, text);
	must_lie_in(contact.pub_gruu, text);
	must_lie_in(contact.temp_gruu, text);
	must_lie_in(contact.gruu, text);
}

static void
party(struct slice text)
{
	struct sip_p_refused_uri_list refused;
	struct sip_trigger_consent consent;
	struct sip_party party;
	struct sip_route route;

	if (sip_p_refused_uri_list_decode(text, &refused))
		must_lie_in(refused.members, text);
	if (sip_trigger_consent_decode(text, &consent))
		must_lie_in(consent.target_uri, text);
	if (sip_from_decode(text, &party))
		MUST(sip_party_decode(text, &party));
	if (sip_route_decode(text, &route))
		MUST(sip_party_decode(text, &party) && party.address.bracketed);
	if (!sip_party_decode(text, &party))
		return;
	must_be_address(&party.address, text);
	must_be_uri(&party.uri, party.address.uri);
}

/* The first octet is the header field, the rest its value. A list is its elements. */
static void
header(struct slice text)
{
	const struct sip_field_info *info;
	enum sip_header_id id;
	struct slice rest;
	bool valid;

	if (text.len == 0)
		return;
	id = (uint8_t)text.ptr[0] % SIP_HDR_COUNT;
	rest = slice_of(text.ptr + 1, text.len - 1);
	info = sip_field_info(id);
	valid = sip_field_is_valid(id, rest);
	if (info->kind == SIP_FIELD_SINGLE || info->kind == SIP_FIELD_WHOLE || !valid)
		return;
	if (slice_eq(sip_trim(rest), SLICE("*")) || sip_trim(rest).len == 0)
		return;
	while (rest.ptr != NULL)
		MUST(info->is_valid(sip_trim(sip_list_cut(&rest))));
}

static void
event(struct slice text)
{
	struct sip_event event, again;

	if (!sip_event_decode(text, &event))
		return;
	must_hold(event.type.text, text);
	must_hold(event.type.package, event.type.text);
	must_lie_in(event.type.templates, event.type.text);
	must_lie_in(event.id, event.params);
	must_lie_in(event.params, text);
	MUST(memchr(event.type.package.ptr, '.', event.type.package.len) == NULL);
	MUST(sip_event_matches(&event, &event));
	MUST(sip_event_decode(event.type.text, &again));
	MUST(sip_event_matches(&event, &again) == (event.id.ptr == NULL));
}

static void
subscription_state(struct slice text)
{
	struct sip_subscription_state state;

	if (!sip_subscription_state_decode(text, &state))
		return;
	must_hold(state.text, text);
	must_lie_in(state.params, text);
	must_lie_in(state.reason_text, state.params);
	MUST(state.reason == SIP_SUBREASON_OTHER || state.reason_text.ptr != NULL);
}

static void
dialog_id(struct slice text)
{
	struct sip_target_dialog target;
	struct sip_replaces replaces, join;

	if (sip_target_dialog_decode(text, &target)) {
		must_hold(target.call_id, text);
		must_lie_in(target.params, text);
		must_hold(target.local_tag, target.params);
		must_hold(target.remote_tag, target.params);
	}
	if (!sip_join_decode(text, &join))
		return;
	must_hold(join.call_id, text);
	must_lie_in(join.params, text);
	must_hold(join.to_tag, join.params);
	must_hold(join.from_tag, join.params);
	/* Replaces is stricter, and otherwise the same. */
	if (sip_replaces_decode(text, &replaces))
		MUST(slice_eq(replaces.call_id, join.call_id) &&
		     slice_eq(replaces.to_tag, join.to_tag) &&
		     slice_eq(replaces.from_tag, join.from_tag));
}

static void
in_reply_to(struct slice text)
{
	struct slice rest = text, call_id;

	while (sip_in_reply_to_next(&rest, &call_id)) {
		must_hold(call_id, text);
		must_lie_in(rest, text);
	}
}

static void
refer(struct slice text)
{
	struct sip_party to;
	struct sip_referred_by by;
	bool subscribe;

	sip_refer_sub_decode(text, &subscribe);
	if (sip_refer_to_decode(text, &to)) {
		must_be_address(&to.address, text);
		must_be_uri(&to.uri, to.address.uri);
	}
	if (sip_referred_by_decode(text, &by)) {
		must_be_address(&by.referrer.address, text);
		must_be_uri(&by.referrer.uri, by.referrer.address.uri);
		must_lie_in(by.cid, by.referrer.address.params);
		MUST(by.cid.ptr == NULL || sip_clean_msg_id_is_valid(by.cid));
	}
}

static void
mode(struct slice text)
{
	struct sip_answer answer;
	enum sip_alert_mode alert;

	/* Alert-Mode knows no parameter that could be wrong. */
	if (!sip_answer_decode(text, &answer))
		return;
	MUST(sip_alert_mode_decode(text, &alert));
	must_hold(answer.mode_text, text);
	must_lie_in(answer.params, text);
	MUST(!answer.draft || answer.require);
}

static void
must_be_feature(struct sip_feature feature, struct slice text)
{
	struct sip_feature_value value;
	unsigned int count = 0;

	must_lie_in(feature.tag, text);
	must_lie_in(feature.value, text);
	while (sip_feature_value_next(&feature, &value)) {
		must_lie_in(value.text, feature.value);
		must_lie_in(feature.rest, feature.value);
		MUST(feature.kind == SIP_FEATURE_LIST || count == 0);
		MUST(value.kind != SIP_FEATURE_NUMBER ||
		     (value.low == value.low && value.high == value.high));
		count++;
	}
	/* What was accepted as a list is one to its end. */
	MUST((count == 0) == (feature.kind == SIP_FEATURE_MALFORMED));
	MUST(feature.kind != SIP_FEATURE_LIST || feature.rest.ptr == NULL);
}

static void
feature(struct slice text)
{
	struct slice rest = text;
	struct sip_feature one, found;

	while (sip_feature_next(&rest, &one)) {
		must_lie_in(rest, text);
		must_be_feature(one, text);
		MUST(sip_feature_same_tag(&one, &one));
	}
	if (sip_feature_find(text, SLICE("audio"), &found))
		must_be_feature(found, text);
}

static void
contact_predicate(struct slice text)
{
	struct sip_contact_predicate accept, reject;

	if (!sip_accept_contact_decode(text, &accept))
		return;
	must_lie_in(accept.params, text);
	MUST(sip_reject_contact_decode(text, &reject) && !reject.require && !reject.explicit_only);
	feature(accept.params);
}

static void
disposition(struct slice text)
{
	unsigned int set = 0, again = 0, conflicts;

	if (!sip_request_disposition_decode(text, &set)) {
		MUST(set == 0);
		return;
	}
	MUST(set != 0 && sip_request_disposition_decode(text, &again) && set == again);
	conflicts = sip_directive_conflicts(set);
	MUST((conflicts & ~set) == 0 && sip_directive_conflicts(set & ~conflicts) == 0);
}

static void
profile_key(struct slice text)
{
	struct sip_p_profile_key key;
	bool wild;

	if (!sip_p_profile_key_decode(text, &key))
		return;
	must_be_address(&key.address, text);
	must_lie_in(key.host, key.address.uri);
	must_lie_in(key.prefix, key.address.uri);
	must_lie_in(key.expression, key.address.uri);
	must_lie_in(key.suffix, key.address.uri);
	wild = key.expression.ptr != NULL;
	MUST((key.prefix.ptr != NULL) == wild && (key.suffix.ptr != NULL) == wild);
	if (wild)
		MUST(slice_end(key.prefix)[0] == '!' && slice_end(key.expression)[0] == '!' &&
		     slice_end(key.prefix) + 1 == key.expression.ptr &&
		     slice_end(key.expression) + 1 == key.suffix.ptr);
}

static void
p_user(struct slice text)
{
	struct sip_party user;
	struct sip_p_served_user served;
	struct sip_p_user_database database;

	if (sip_p_associated_uri_decode(text, &user)) {
		must_be_address(&user.address, text);
		MUST(user.address.bracketed && sip_p_called_party_id_decode(text, &user));
	}
	if (sip_p_served_user_decode(text, &served))
		must_be_address(&served.party.address, text);
	if (sip_p_user_database_decode(text, &database)) {
		must_hold(database.uri, text);
		must_hold(database.host, database.uri);
		must_lie_in(database.uri_params, database.uri);
		must_lie_in(database.params, text);
	}
}

static void
p_network(struct slice text)
{
	struct sip_p_visited_network visited;
	struct sip_p_access_network access;
	enum sip_early_media media;

	if (sip_p_visited_network_decode(text, &visited)) {
		must_hold(visited.id, text);
		must_lie_in(visited.params, text);
	}
	if (sip_p_access_network_decode(text, &access)) {
		must_hold(access.access, text);
		must_lie_in(access.params, text);
	}
	/* A word alone is a network as well. */
	if (sip_p_early_media_decode(text, &media))
		MUST(sip_p_visited_network_decode(text, &visited) && visited.params.ptr == NULL);
}

static void
p_charging(struct slice text)
{
	struct slice rest = text, before = text;
	struct sip_charging_address address;
	struct sip_p_charging_vector vector;
	struct sip_transit_ioi ioi;

	for (; sip_charging_address_next(&rest, &address); before = rest) {
		must_hold(address.function_text, before);
		must_lie_in(address.value, before);
		must_lie_in(rest, before);
	}
	if (!sip_p_charging_vector_decode(text, &vector))
		return;
	must_lie_in(vector.params, text);
	must_hold(vector.icid, text);
	must_lie_in(vector.icid_generated_at, vector.params);
	must_lie_in(vector.orig_ioi, vector.params);
	must_lie_in(vector.term_ioi, vector.params);
	must_lie_in(vector.transit_ioi, vector.params);
	must_lie_in(vector.related_icid, vector.params);
	must_lie_in(vector.related_icid_generated_at, vector.params);
	rest = sip_unquote(vector.transit_ioi);
	while (sip_transit_ioi_next(&rest, &ioi)) {
		must_lie_in(ioi.name, vector.transit_ioi);
		must_lie_in(rest, vector.transit_ioi);
	}
}

static void
body_label(struct slice text)
{
	struct sip_body_label_iter it;
	struct sip_body_label label;
	size_t count = 0;

	sip_body_label_iter_init(&it, text);
	while (sip_body_label_next(&it, &label)) {
		must_hold(label.host, text);
		must_hold(label.cid, text);
		MUST(sip_host_is_valid(label.host) && sip_clean_msg_id_is_valid(label.cid));
		/* "cid=a@b" takes 7 octets: the walk ends, and is linear */
		MUST(++count <= text.len / 7);
	}
	MUST(it.malformed || count > 0);
}

static void
saml_ref(struct slice text)
{
	struct sip_saml_ref ref;

	if (!sip_saml_ref_decode(text, &ref))
		return;
	must_hold(ref.text, text);
	must_lie_in(ref.params, text);
	if (ref.kind != SIP_SAML_ARTIFACT)
		MUST(memchr(ref.text.ptr, ':', ref.text.len) != NULL);
}

static void
geolocation(struct slice text)
{
	struct sip_location location;
	struct sip_location_error error;
	enum sip_location_routing routing;

	sip_location_routing_decode(text, &routing);
	if (sip_location_decode(text, &location)) {
		must_hold(location.uri, text);
		must_lie_in(location.content_id, location.uri);
		must_lie_in(location.params, text);
	}
	if (sip_location_error_decode(text, &error)) {
		MUST(error.code <= 999);
		must_lie_in(error.params, text);
		must_lie_in(error.text, error.params);
	}
}

static void (*const targets[])(struct slice) = {
	['a' - 'a'] = contact_predicate,  ['b' - 'a'] = body_label, ['c' - 'a'] = p_charging,
	['d' - 'a'] = disposition,        ['e' - 'a'] = event,      ['f' - 'a'] = feature,
	['g' - 'a'] = geolocation,        ['h' - 'a'] = header,     ['i' - 'a'] = in_reply_to,
	['k' - 'a'] = profile_key,        ['l' - 'a'] = contact,    ['m' - 'a'] = mode,
	['n' - 'a'] = p_network,          ['p' - 'a'] = party,      ['r' - 'a'] = refer,
	['s' - 'a'] = subscription_state, ['t' - 'a'] = dialog_id,  ['u' - 'a'] = p_user,
	['x' - 'a'] = saml_ref,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t which;

	if (size == 0 || size > UINT16_MAX)
		return 0;
	which = (size_t)data[0] - 'a';
	if (which >= SIP_COUNT(targets) || targets[which] == NULL)
		return 0;
	targets[which](slice_of((const char *)data + 1, size - 1));
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "drain.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "process/clock.h"
#include "sip/param.h"
#include "sip/uri.h"
#include "sip/writer.h"

enum { MAX_TARGETS = 8 };

const char *
drain_state_name(const struct orders *now)
{
	static const char *const names[] = { "open", "draining", "closed" };

	return names[now->state];
}

/* The URIs of a Contact that put_target() wrote. */
static json_t *
targets_of(const struct orders *now)
{
	struct slice rest = slice_of(now->contact, now->contact_len);
	json_t *list = json_array();

	for (slice_cut(&rest, '<'); rest.ptr != NULL; slice_cut(&rest, '<')) {
		struct slice uri = slice_cut(&rest, '>');

		json_array_append_new(list, json_stringn(uri.ptr, uri.len));
	}
	return list;
}

json_t *
drain_report(const struct orders *now)
{
	uint64_t wall = clock_wall_ms();

	return json_pack("{s:s, s:I, s:o, s:b}", "state", drain_state_name(now), "since_s",
			 (json_int_t)(wall > now->since_ms ? (wall - now->since_ms) / 1000 : 0),
			 "targets", targets_of(now), "retry_now", (int)now->retry_now);
}

bool
drain_open(const struct config *config, struct orders *now, char *message, size_t size)
{
	enum segment_error error;
	struct segment seen;

	if (orders_read(config->shm_dir, now, &seen) == SEGMENT_OK &&
	    now->run == (uint32_t)getppid())
		return true;
	*now = (struct orders){ .since_ms = clock_wall_ms(), .run = (uint32_t)getppid() };
	error = orders_publish(config->shm_dir, now);
	if (error != SEGMENT_OK)
		snprintf(message, size, "orders: %s", segment_error_text(error));
	return error == SEGMENT_OK;
}

static json_t *
refuse(const char *why, const char *what)
{
	char text[320];

	snprintf(text, sizeof(text), "'%.200s': %s", what, why);
	return json_pack("{s:b, s:s}", "ok", 0, "error", text);
}

/* The URI would lead back here: RC-38. A standby listener is another engine's until we take over.
 */
static bool
is_ourselves(const struct config *config, const struct sip_uri *uri)
{
	const struct config_file *f = config->file;
	struct flow_address a;

	if (flow_ip_decode(uri->host, &a)) {
		a.port = uri->port != 0 ? uri->port : 5060;
		for (unsigned int i = 0; i < config->listener_count; i++)
			if (!config->listener[i].standby &&
			    flow_address_eq(&config->listener[i].address, &a))
				return true;
	}
	for (unsigned int i = 0; i < f->names_count; i++)
		if (slice_eq_nocase(slice_str(f->names[i]), uri->host))
			return true;
	return f->edge.name != NULL && slice_eq_nocase(slice_str(f->edge.name), uri->host);
}

/* "<URI;lr>;q=Q": the first one named is asked first. NULL, or what is wrong. */
static const char *
put_target(struct sip_writer *w, const struct config *config, const char *text, size_t index)
{
	struct sip_uri uri;

	if (!sip_uri_decode(slice_str(text), &uri) ||
	    (uri.scheme != SIP_SCHEME_SIP && uri.scheme != SIP_SCHEME_SIPS) ||
	    uri.headers.ptr != NULL || sip_param_find(uri.params, SLICE("method"), NULL))
		return "want a SIP URI without headers, such as sip:edge2.example.com";
	if (is_ourselves(config, &uri))
		return "this leads to the engine that is to be drained; want another one";
	sip_put(w, index > 0 ? SLICE(", <") : SLICE("<"));
	sip_put(w, uri.text);
	if (!sip_uri_is_loose(&uri))
		SIP_PUT(w, ";lr");
	SIP_PUT(w, ">;q=");
	sip_put(w, index == 0 ? SLICE("1.0") : SLICE("0."));
	if (index > 0)
		sip_put_uint(w, (uint32_t)(10 - index));
	return NULL;
}

static json_t *
take_targets(const struct config *config, const json_t *list, struct orders *next)
{
	struct sip_writer w;

	if (json_array_size(list) > MAX_TARGETS)
		return refuse("want at most 8 targets", "drain");
	sip_writer_init(&w, next->contact, sizeof(next->contact));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		const char *wrong = put_target(&w, config, text != NULL ? text : "", i);

		if (wrong != NULL)
			return refuse(wrong, text != NULL ? text : "");
	}
	if (w.overflow)
		return refuse("the targets are too long together", "drain");
	next->contact_len = (uint32_t)(w.p - next->contact);
	return NULL;
}

json_t *
drain_order(const struct config *config, struct orders *now, const char *command,
	    const json_t *request)
{
	struct orders next = { .since_ms = clock_wall_ms(), .run = (uint32_t)getppid() };
	enum segment_error error;
	json_t *refusal, *answer;

	if (strcmp(command, "drain") == 0) {
		next.state = json_is_true(json_object_get(request, "close")) ? ORDERS_CLOSED
									     : ORDERS_DRAINING;
		next.retry_now = json_is_true(json_object_get(request, "retry_now"));
		refusal = take_targets(config, json_object_get(request, "to"), &next);
		if (refusal != NULL)
			return refusal;
	}
	error = orders_publish(config->shm_dir, &next);
	if (error != SEGMENT_OK)
		return json_pack("{s:b, s:s}", "ok", 0, "error", segment_error_text(error));
	*now = next;
	answer = json_pack("{s:b}", "ok", 1);
	json_object_update_new(answer, drain_report(now));
	return answer;
}

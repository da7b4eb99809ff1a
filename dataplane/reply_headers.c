/* SPDX-License-Identifier: BSD-3-Clause */
/* What answers of our own say besides status and the fields of the request. */
#include "reply_headers.h"

#include "authentication.h"
#include "extension.h"
#include "reply_tag.h"
#include "restoration.h"
#include "sip/list.h"
#include "target_set.h"

typedef void (*put_function)(struct via_worker *w, const struct via_meta *meta,
			     struct sip_writer *out);

/* RFC 3261 §8.2.2.3: name each option that is not supported; we support none in Proxy-Require. */
static void
put_unsupported(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out)
{
	struct sip_list_iter it;
	struct slice tag;
	bool first = true;

	sip_list_iter_init(&it, &meta->msg, SIP_HDR_PROXY_REQUIRE);
	SIP_PUT(out, "Unsupported: ");
	while (sip_list_next(&it, &tag)) {
		if (tag.len == 0 || via_extension_is_known(w, tag) ||
		    tag.len + 4 > (size_t)(out->end - out->p))
			continue; /* as many as there is room for */
		if (!first)
			SIP_PUT(out, ", ");
		sip_put(out, tag);
		first = false;
	}
	SIP_PUT(out, "\r\n");
}

uint32_t
reply_retry_after(const struct via_worker *w, const struct via_meta *meta)
{
	const struct config_file_guard *g = &w->engine->config->file->guard;
	uint64_t hash = reply_hash(w->tables->keys.branch, &meta->fields, SLICE("Retry-After"));

	return g->retry_after_min +
	       (uint32_t)(hash % (g->retry_after_max - g->retry_after_min + 1));
}

/* PR-24: those who are turned away together do not come back together. */
static void
put_retry_spread(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out)
{
	SIP_PUT(out, "Retry-After: ");
	sip_put_uint(out, reply_retry_after(w, meta));
	SIP_PUT(out, "\r\n");
}

/* RC-36: at once, where our name leads to another host, too. */
static void
put_retry_elsewhere(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out)
{
	if (w->tables->orders.retry_now)
		SIP_PUT(out, "Retry-After: 0\r\n");
	else
		put_retry_spread(w, meta, out);
}

/* RFC 3261 §8.2.6.1 */
static void
put_timestamp(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out)
{
	struct slice value = sip_header_get(&meta->msg, SIP_HDR_TIMESTAMP);

	(void)w;
	if (value.ptr == NULL || memchr(value.ptr, '\r', value.len) != NULL)
		return;
	SIP_PUT(out, "Timestamp: ");
	sip_put(out, value);
	SIP_PUT(out, "\r\n");
}

/* RC-38 */
static void
put_contact(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out)
{
	const struct orders *o = &w->tables->orders;

	(void)meta;
	SIP_PUT(out, "Contact: ");
	sip_put(out, slice_of(o->contact, o->contact_len));
	SIP_PUT(out, "\r\n");
}

/* RFC 3841 §9.1, redirect */
static void
put_targets(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out)
{
	target_set_put_contacts(w, meta, out);
}

/* RFC 5630 §5.3 */
static void
put_sips_warning(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out)
{
	const struct config_listener *l = via_listener(w, meta->listener);

	SIP_PUT(out, "Warning: 380 ");
	sip_put(out, slice_of(l->text, l->text_len));
	SIP_PUT(out, " \"SIPS Not Allowed\"\r\n");
}

/* Something is missing that is back soon. */
#define RETRY_SOON "Retry-After: 5\r\n"

/* For each reason its lines, or what writes them. */
static const struct {
	const char *lines;
	put_function put;
} rows[VIA_REASON_COUNT] = {
	[VIA_REASON_OK] = { "Allow: OPTIONS, REGISTER\r\nSupported: path, outbound, gruu\r\n",
			    NULL },
	[VIA_REASON_TRYING] = { NULL, put_timestamp },
	[VIA_REASON_MOVED_TEMPORARILY] = { NULL, put_targets },
	[VIA_REASON_USE_PROXY] = { NULL, put_contact },
	[VIA_REASON_PROXY_AUTH_REQUIRED] = { NULL, via_auth_challenge },
	[VIA_REASON_METHOD_NOT_ALLOWED] = { "Allow: OPTIONS\r\n", NULL },
	[VIA_REASON_BAD_EXTENSION] = { NULL, put_unsupported },
	[VIA_REASON_PATH_REQUIRED] = { "Require: path\r\n", NULL },
	[VIA_REASON_SIPS_NOT_ALLOWED] = { NULL, put_sips_warning },
	[VIA_REASON_NO_CONTROL] = { RETRY_SOON,
				    NULL }, /* OB-06: without keys there are no tokens */
	[VIA_REASON_TOO_MANY_TRANSACTIONS] = { NULL, put_retry_spread },
	[VIA_REASON_TOO_MANY_REQUESTS] = { NULL, put_retry_spread },
	[VIA_REASON_DRAINING] = { NULL, put_retry_elsewhere },
	[VIA_REASON_NAME_NOT_RESOLVED] = { NULL, put_retry_spread },
	[VIA_REASON_NO_USERS] = { NULL, put_retry_spread },
	[VIA_REASON_HOME_UNREACHABLE] = { NULL, restoration_headers },
};

void
reply_headers_put(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out)
{
	const typeof(rows[0]) *row = &rows[meta->reason];

	if (row->lines != NULL)
		sip_put(out, slice_str(row->lines));
	if (row->put != NULL)
		row->put(w, meta, out);
}

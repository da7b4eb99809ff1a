/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/body_label.h"

#include "sip/field/known_param.h"
#include "sip/host.h"
#include "sip/list.h"
#include "sip/param.h"
#include "sip/quoted.h"

void
sip_body_label_iter_init(struct sip_body_label_iter *it, struct slice value)
{
	*it = (struct sip_body_label_iter){ .rest = value, .malformed = value.ptr == NULL };
}

static bool
is_cid(struct slice name)
{
	return slice_eq_nocase(name, SLICE("cid"));
}

/* "<id@host>", <id@host>, "id@host" or id@host */
static bool
cid_decode(struct slice text, struct slice *cid)
{
	*cid = sip_without_brackets(sip_unquote(text));
	return sip_clean_msg_id_is_valid(*cid);
}

/* Begin the next element: a host and its parameters, or more of them for the host before. */
static bool
take_element(struct sip_body_label_iter *it)
{
	struct slice element = sip_trim(sip_list_cut(&it->rest));
	struct slice params = element, name, value;

	if (sip_param_next(&params, &name, &value) && is_cid(name) && value.ptr != NULL) {
		it->params = element;
		return it->host.ptr != NULL;
	}
	it->host = sip_head_cut(element, &it->params);
	it->labelled = false;
	return sip_host_is_valid(it->host);
}

/* Take the next label of the current element. False when there is none, or a fault before it. */
static bool
take_label(struct sip_body_label_iter *it, struct sip_body_label *label)
{
	struct slice name, value;

	while (sip_param_next(&it->params, &name, &value)) {
		if (is_cid(name)) {
			it->malformed = !cid_decode(value, &label->cid);
			it->labelled = true;
			label->host = it->host;
			return !it->malformed;
		}
		it->malformed = !sip_generic_param_is_valid(name, value);
		if (it->malformed)
			return false;
	}
	/* the list does not end as one, or names a host and no part of the body */
	it->malformed = it->params.ptr != NULL || (it->host.ptr != NULL && !it->labelled);
	return false;
}

bool
sip_body_label_next(struct sip_body_label_iter *it, struct sip_body_label *label)
{
	while (!it->malformed) {
		if (take_label(it, label))
			return true;
		if (it->malformed || it->rest.ptr == NULL)
			return false;
		it->malformed = !take_element(it);
	}
	return false;
}

static enum sip_saml_kind
uri_kind(struct slice uri)
{
	static const char *const schemes[] = {
		[SIP_SAML_CID] = "cid",
		[SIP_SAML_HTTPS] = "https",
		[SIP_SAML_HTTP] = "http",
	};
	unsigned int found = SIP_WORD_FIND(slice_cut(&uri, ':'), schemes);

	return found != 0 ? (enum sip_saml_kind)found : SIP_SAML_OTHER;
}

bool
sip_saml_ref_decode(struct slice element, struct sip_saml_ref *ref)
{
	struct slice text = sip_trim(element);

	*ref = (struct sip_saml_ref){ .kind = SIP_SAML_ARTIFACT, .text = text };
	if (text.len == 0)
		return false;
	if (text.ptr[0] == '"') {
		if (!sip_word_cut(text, &ref->text, &ref->params))
			return false;
		ref->text = sip_unquote(ref->text);
		return sip_base64_is_valid(ref->text, false) &&
		       sip_generic_params_are_valid(ref->params);
	}
	if (text.ptr[0] == '<') {
		if (!sip_enclosed_uri_cut(text, &ref->text, &ref->params) ||
		    !sip_generic_params_are_valid(ref->params))
			return false;
		ref->kind = uri_kind(ref->text);
		return true;
	}
	if (sip_base64_is_valid(text, false))
		return true;
	ref->kind = uri_kind(text);
	return memchr(text.ptr, ',', text.len) == NULL && memchr(text.ptr, ';', text.len) == NULL &&
	       sip_absolute_uri_is_valid(text);
}

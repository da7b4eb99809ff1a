/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Header fields that point a proxy to a part of the body, or to a document elsewhere:
 * Proxy-Required-Body, Proxy-Inspect-Body and SAML-Payload. Any thread; slices borrow from the
 * value.
 */
#ifndef SIP_FIELD_BODY_LABEL_H
#define SIP_FIELD_BODY_LABEL_H

#include "sip/slice.h"

/** Which proxy is to look at which part of the body. */
struct sip_body_label {
	struct slice host;
	struct slice cid; /* without quotes and <>; compared byte by byte with Content-ID */
};

/** Walks the labels of one header line. */
struct sip_body_label_iter {
	struct slice rest;   /* elements that follow */
	struct slice params; /* of the current element that follow */
	struct slice host;   /* of the current element */
	bool labelled;       /* it had a label */
	bool malformed;      /* see sip_body_label_next() */
};

void sip_body_label_iter_init(struct sip_body_label_iter *it, struct slice value);

/**
 * The next label of Proxy-Required-Body (draft-ietf-sip-e2m-sec-00 §7.1) or of its later name,
 * Proxy-Inspect-Body. There a comma separates values, and the cid parameters of one value, too: an
 * element that begins with "cid=" goes on with the host before it.
 *
 * A cid may come with or without quotes and <>. False at the end, or when the line is malformed:
 * then `it->malformed` is set, and the labels that came before it count as absent, too.
 */
bool sip_body_label_next(struct sip_body_label_iter *it, struct sip_body_label *label);

enum sip_saml_kind {
	SIP_SAML_ARTIFACT, /* base64 */
	SIP_SAML_CID,      /* a part of the body */
	SIP_SAML_HTTPS,
	SIP_SAML_HTTP,
	SIP_SAML_OTHER, /* any other scheme: never to be fetched */
};

/** A SAML-Payload element (draft-tschofenig-sip-saml-03 §7, which has no grammar of its own). */
struct sip_saml_ref {
	enum sip_saml_kind kind;
	struct slice text; /* the artifact or the URI, without quotes and <> */
	struct slice params;
};

/**
 * Decode an element of SAML-Payload: an artifact in quotes, or a URI in <>, and parameters. One
 * without quotes or <> is taken as well when it holds neither ',' nor ';'. False when it is
 * malformed.
 */
bool sip_saml_ref_decode(struct slice element, struct sip_saml_ref *ref);

#endif

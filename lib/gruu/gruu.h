/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * GRUUs (RFC 5627): which URI is one, and how they are written.
 *
 * What is decided here, the text alone says. Whether the AOR exists, has seen the instance and has
 * a binding of it is in tables: see enum gruu_kind for what a request gets then.
 */
#ifndef GRUU_GRUU_H
#define GRUU_GRUU_H

#include "gruu/instance.h"
#include "gruu/temp_gruu.h"
#include "sip/uri.h"
#include "sip/writer.h"

/** Octets of the value of `gr`, `opaque` or `grid`. */
#define GRUU_PARAM_MAX INSTANCE_GR_MAX

enum gruu_kind {
	/** None: an AOR, or a URI that is not ours to read. */
	GRUU_NONE,

	/** `gr` with a value. AOR or instance unknown: 404; no binding: 480 (GR-40, GR-42). */
	GRUU_PUBLIC,

	/**
	 * `gr` without a value, user part opened. Epoch unknown, which it also is once the last
	 * binding has gone: 404 (GR-29, GR-40).
	 */
	GRUU_TEMPORARY,

	/**
	 * `opaque` that is a URN, as draft-ietf-sip-gruu-04 has it. AOR unknown: 404; instance
	 * unknown, or no binding: 480 (GR-41).
	 */
	GRUU_DRAFT,

	/**
	 * Looks like one, and we have never made it: `gr` without a value and a user part that does
	 * not open, or a value that is no instance-id; a user part of a temporary one without `gr`
	 * or with a value (GR-56); `gr`, `opaque` or `grid` more than once. 404 (GR-40).
	 */
	GRUU_BAD,

	/** `gr`, `opaque` or `grid` is longer than GRUU_PARAM_MAX: 414. */
	GRUU_TOO_LONG,
};

struct gruu {
	enum gruu_kind kind;
	uint64_t epoch;                  /* GRUU_TEMPORARY */
	char instance[INSTANCE_MAX + 1]; /* GRUU_PUBLIC, GRUU_DRAFT: canonical, NUL behind */
	size_t instance_len;             /* 0 for all other kinds */
	struct slice grid;               /* as written, borrowed from the URI; may have no value */
	bool has_grid;                   /* of any kind, unless it is GRUU_NONE or an error */
};

/**
 * Say what a URI is. Parameter names and user part may have escapes, names may be in any case; of
 * `gr` and `opaque`, `gr` counts. The scheme and the host are the caller's to look at: a URI of
 * another domain may be a GRUU there, and is nothing here. A password and headers are ignored, as
 * sip_uri_aor() does.
 *
 * Returns out->kind. Any thread, as temp_gruu_open(); no allocation but for that.
 */
enum gruu_kind gruu_of_uri(const struct temp_gruu_keys *keys, const struct sip_uri *uri,
			   struct gruu *out);

/** The status code for a URI that is no GRUU although it looks like one; 0 for all others. */
static inline unsigned int
gruu_status(enum gruu_kind kind)
{
	return kind == GRUU_BAD ? 404 : kind == GRUU_TOO_LONG ? 414 : 0;
}

/**
 * The AOR of a public GRUU or one of the draft's form: the URI without its parameters (RFC 5627
 * §5.1), in the form, and with the result, of sip_uri_aor(). Of a temporary one the user part has
 * nothing to do with the AOR.
 */
static inline size_t
gruu_aor(const struct sip_uri *uri, char *out, size_t size)
{
	return sip_uri_aor(uri, out, size);
}

/**
 * Write a GRUU. `aor` is canonical without its scheme, `instance` canonical, `user` from
 * temp_gruu_make(), `domain` a host, with a port if the AOR has one. A sips AOR has sips GRUUs
 * (GR-23).
 *
 * A URI has neither '"' nor '\', so that what is written may stand between the quotes of pub-gruu,
 * temp-gruu or gruu as it is (GR-20). Refused: parts that are nothing, or have what no SIP URI may
 * hold; by gruu_put_draft() also an instance-id that is no URN, which would not be found again.
 */
void gruu_put_public(struct sip_writer *w, bool sips, struct slice aor, struct slice instance);
void gruu_put_temp(struct sip_writer *w, bool sips, struct slice user, struct slice domain);
void gruu_put_draft(struct sip_writer *w, bool sips, struct slice aor, struct slice instance);

#endif

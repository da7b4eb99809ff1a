/* SPDX-License-Identifier: BSD-3-Clause */
#include "dialog_mark.h"

#include <openssl/crypto.h>

#include "sip/uri.h"
#include "sip/writer.h"

struct slice
dialog_mark_make(struct siphash_key key, struct slice call_id, char out[DIALOG_MARK_LEN])
{
	struct sip_writer w;
	struct siphash h;

	siphash_init(&h, key, 0);
	siphash_update(&h, "RR", 2); /* apart from what else is made with this key */
	siphash_update(&h, call_id.ptr, call_id.len);
	sip_writer_init(&w, out, DIALOG_MARK_LEN);
	sip_put_hex(&w, siphash_final(&h), DIALOG_MARK_LEN);
	return sip_written(&w);
}

bool
dialog_mark_check(struct siphash_key key, struct slice call_id, struct slice params)
{
	char mark[DIALOG_MARK_LEN];
	struct slice value;

	return sip_param_find(params, SLICE("vd"), &value) && value.len == DIALOG_MARK_LEN &&
	       CRYPTO_memcmp(value.ptr, dialog_mark_make(key, call_id, mark).ptr,
			     DIALOG_MARK_LEN) == 0;
}

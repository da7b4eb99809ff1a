/* SPDX-License-Identifier: BSD-3-Clause */
#include "reply_tag.h"

#include "sip/writer.h"

struct slice
reply_tag_make(struct siphash_key key, const struct sip_fields *fields, char out[REPLY_TAG_LEN])
{
	const struct slice parts[] = { fields->call_id, fields->from_tag, fields->via.host,
				       fields->via.branch };
	struct sip_writer w;
	struct siphash h;

	siphash_init(&h, key, 0);
	siphash_update(&h, "To", 2); /* apart from branches, which are made with the same key */
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		siphash_update(&h, &parts[i].len, sizeof(parts[i].len));
		siphash_update(&h, parts[i].ptr, parts[i].len);
	}
	siphash_update(&h, &fields->cseq, sizeof(fields->cseq));
	sip_writer_init(&w, out, REPLY_TAG_LEN);
	sip_put_hex(&w, siphash_final(&h), REPLY_TAG_LEN);
	return sip_written(&w);
}

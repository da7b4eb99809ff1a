/* SPDX-License-Identifier: BSD-3-Clause */
#include "reply_tag.h"

#include "sip/writer.h"

uint64_t
reply_hash(struct siphash_key key, const struct sip_fields *fields, struct slice purpose)
{
	const struct slice parts[] = { fields->call_id, fields->from_tag, fields->via.host,
				       fields->via.branch };
	struct siphash h;

	siphash_init(&h, key, 0);
	siphash_update(&h, purpose.ptr, purpose.len);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		siphash_update(&h, &parts[i].len, sizeof(parts[i].len));
		siphash_update(&h, parts[i].ptr, parts[i].len);
	}
	siphash_update(&h, &fields->cseq, sizeof(fields->cseq));
	return siphash_final(&h);
}

struct slice
reply_tag_make(struct siphash_key key, const struct sip_fields *fields, char out[REPLY_TAG_LEN])
{
	struct sip_writer w;

	sip_writer_init(&w, out, REPLY_TAG_LEN);
	/* the purpose is also apart from branches, which are made with the same key */
	sip_put_hex(&w, reply_hash(key, fields, SLICE("To")), REPLY_TAG_LEN);
	return sip_written(&w);
}

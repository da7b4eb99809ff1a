/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "gruu/gruu.h"
#include "sip/field/syntax.h"

/* The key set of spec/gruu.md 3.2, so that its test vectors are good seeds. */
static void
make_keys(struct temp_gruu_keys *keys)
{
	uint8_t key[TEMP_GRUU_KEY_SIZE], previous[TEMP_GRUU_KEY_SIZE] = { 1 };

	for (unsigned int i = 0; i < TEMP_GRUU_KEY_SIZE; i++)
		key[i] = (uint8_t)(i < AES128_KEY_SIZE ? i : i + 16);
	temp_gruu_keys_init(keys, key, previous);
}

/* What was written comes back as `kind`. */
static void
check_written(const struct temp_gruu_keys *keys, const struct sip_writer *w, enum gruu_kind kind,
	      struct slice instance, uint64_t epoch)
{
	struct slice text = sip_written(w);
	struct sip_uri uri;
	struct gruu g;

	MUST(text.ptr != NULL && sip_uri_decode(text, &uri));
	for (size_t i = 0; i < text.len; i++)
		MUST(text.ptr[i] != '"' && text.ptr[i] != '\\' && (uint8_t)text.ptr[i] > ' ');
	MUST(gruu_of_uri(keys, &uri, &g) == kind);
	MUST(slice_eq(slice_of(g.instance, g.instance_len), instance) && g.epoch == epoch);
}

/* The canonical form of an instance-id is its own, and its GRUUs lead back to it. */
static void
check_instance(const struct temp_gruu_keys *keys, struct slice text)
{
	char out[INSTANCE_MAX + 1], again[INSTANCE_MAX + 1], gr[INSTANCE_GR_MAX + 1], room[1024];
	size_t n = instance_canonical(text, out), len;
	struct slice canonical = slice_of(out, n);
	struct sip_writer w;

	MUST(n <= INSTANCE_MAX && out[n] == '\0' && n <= text.len);
	if (n == 0)
		return;
	MUST(sip_uric_is_valid(canonical));
	MUST(instance_canonical(canonical, again) == n && memcmp(out, again, n) == 0);
	len = instance_to_gr(canonical, gr);
	MUST(len >= n && len <= INSTANCE_GR_MAX && gr[len] == '\0');
	MUST(instance_from_gr(slice_of(gr, len), again) == n && memcmp(out, again, n) == 0);
	sip_writer_init(&w, room, sizeof(room));
	gruu_put_public(&w, false, SLICE("b@example.com"), canonical);
	check_written(keys, &w, GRUU_PUBLIC, canonical, 0);
	sip_writer_init(&w, room, sizeof(room));
	gruu_put_draft(&w, true, SLICE("b@example.com"), canonical);
	MUST(w.refused == !instance_is_urn(canonical));
	if (!w.refused)
		check_written(keys, &w, GRUU_DRAFT, canonical, 0);
}

/* One made of the input opens; with one character changed it does not. */
static void
check_temp(const struct temp_gruu_keys *keys, const uint8_t *data, size_t size)
{
	char user[TEMP_GRUU_USER_LEN], room[256];
	uint64_t epoch = 0, got = 0;
	struct sip_writer w;
	char *changed;

	if (size < TEMP_GRUU_RANDOM_SIZE + 8)
		return;
	memcpy(&epoch, data + TEMP_GRUU_RANDOM_SIZE, 6);
	temp_gruu_make(keys, data, epoch, user);
	MUST(temp_gruu_looks_like(slice_of(user, sizeof(user))));
	sip_writer_init(&w, room, sizeof(room));
	gruu_put_temp(&w, false, slice_of(user, sizeof(user)), SLICE("example.com"));
	check_written(keys, &w, GRUU_TEMPORARY, SLICE(""), epoch);
	changed = &user[data[TEMP_GRUU_RANDOM_SIZE + 6] % TEMP_GRUU_USER_LEN];
	if (*changed == (char)data[TEMP_GRUU_RANDOM_SIZE + 7] || *changed == '-' || *changed == '_')
		return;
	*changed = (char)data[TEMP_GRUU_RANDOM_SIZE + 7];
	MUST(!temp_gruu_open(keys, slice_of(user, sizeof(user)), &got) && got == 0);
}

static void
check_uri(const struct temp_gruu_keys *keys, struct slice text)
{
	struct sip_uri uri;
	struct gruu g;
	enum gruu_kind kind;

	if (!sip_uri_decode(text, &uri))
		return;
	kind = gruu_of_uri(keys, &uri, &g);
	MUST(kind == g.kind && kind <= GRUU_TOO_LONG);
	MUST(g.instance_len <= INSTANCE_MAX && g.instance[g.instance_len] == '\0');
	MUST((g.instance_len > 0) == (kind == GRUU_PUBLIC || kind == GRUU_DRAFT));
	MUST(g.epoch < TEMP_GRUU_EPOCHS && (kind == GRUU_TEMPORARY || g.epoch == 0));
	must_lie_in(g.grid, uri.params);
	MUST(g.has_grid || g.grid.ptr == NULL);
	MUST(!g.has_grid || (kind != GRUU_NONE && gruu_status(kind) == 0));
	MUST(kind == GRUU_NONE || uri.scheme == SIP_SCHEME_SIP || uri.scheme == SIP_SCHEME_SIPS);
	MUST(kind != GRUU_TEMPORARY || temp_gruu_looks_like(uri.user));
	/* nobody's name is taken for a temporary GRUU's, nor the other way round */
	MUST(kind == GRUU_TEMPORARY || gruu_status(kind) != 0 || !temp_gruu_looks_like(uri.user) ||
	     (uri.scheme != SIP_SCHEME_SIP && uri.scheme != SIP_SCHEME_SIPS));
	check_instance(keys, slice_of(g.instance, g.instance_len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	static struct temp_gruu_keys keys;
	char out[INSTANCE_MAX + 1];
	static bool ready;
	uint64_t epoch;

	if (!ready) {
		make_keys(&keys);
		ready = true;
	}
	if (temp_gruu_open(&keys, text, &epoch))
		MUST(temp_gruu_looks_like(text) && epoch < TEMP_GRUU_EPOCHS);
	MUST(instance_from_gr(text, out) == strlen(out));
	check_instance(&keys, text);
	check_uri(&keys, text);
	check_temp(&keys, data, size);
	return 0;
}

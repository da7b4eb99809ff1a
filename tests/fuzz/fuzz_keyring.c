/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "flow/keyring.h"

/* A ring that is taken has one active key, and its text means the same ring. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct flow_keys keys;
	unsigned int line, again_line, active = 0, lines = 1;
	char text[KEYRING_TEXT_MAX];
	struct keyring ring, again;
	enum keyring_error error;
	size_t len;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	error = keyring_decode(slice_of((const char *)data, size), &ring, &line);
	if (error != KEYRING_OK) {
		MUST(line >= 1 && line <= lines + 1);
		MUST(keyring_error_text(error)[0] != '\0');
		return 0;
	}
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++)
		active += ring.slot[i].state == KEYRING_ACTIVE;
	MUST(active == 1);
	len = keyring_encode(&ring, text);
	MUST(len > 0 && len <= sizeof(text));
	MUST(keyring_decode(slice_of(text, len), &again, &again_line) == KEYRING_OK);
	MUST(memcmp(&ring, &again, sizeof(ring)) == 0);
	flow_keys_init(&keys, &ring);
	MUST(keys.usable[keys.active]);
	return 0;
}

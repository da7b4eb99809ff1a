/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "store/replay.h"

enum { FILE_MAX = 65536, SEQUENCES = 256 };

static char file[FILE_MAX];
static bool sealed[SEQUENCES]; /* numbers of frames that were written */

/* Sound as far as anybody who takes it over looks. */
static void
must_be_sound(const struct frame *f, struct slice whole)
{
	struct change c;
	size_t at = 0;

	must_lie_in(f->payload, whole);
	MUST(f->at % FRAME_ALIGN == 0 && f->next > f->at && f->next % FRAME_ALIGN == 0);
	for (uint32_t i = 0; i < f->changes; i++) {
		MUST(change_decode(f->payload, at, &c));
		must_lie_in(c.name, f->payload);
		must_lie_in(c.value, f->payload);
		MUST(c.name.len > 0 && c.name.len <= STORE_NAME_MAX);
		MUST(c.value.len <= STORE_VALUE_MAX);
		at += change_size(&c);
	}
	MUST(at == f->payload.len);
}

/* The octets as they are, at a place where frames are. */
static void
as_frames(struct slice input, uint64_t salt)
{
	struct slice whole = slice_of(file, FRAME_START + input.len);
	struct frame f;

	memcpy(file + FRAME_START, input.ptr, input.len);
	for (size_t at = FRAME_START; frame_find(whole, at, salt, &f); at = f.next)
		must_be_sound(&f, whole);
}

static void
as_head(struct slice input)
{
	struct journal_head h, again;
	char octets[FRAME_START];

	memset(octets, 0, sizeof(octets));
	memcpy(octets, input.ptr, input.len < sizeof(octets) ? input.len : sizeof(octets));
	if (journal_head_decode(slice_of(octets, sizeof(octets)), &h) != JOURNAL_HEAD_OK)
		return;
	journal_head_encode(&h, octets);
	MUST(journal_head_decode(slice_of(octets, sizeof(octets)), &again) == JOURNAL_HEAD_OK);
	MUST(memcmp(&h, &again, sizeof(h)) == 0);
}

/* Frames whose checksums are right and whose changes are the input's, then some octets changed. */
static size_t
write_frames(struct slice input, uint64_t salt)
{
	size_t at = FRAME_START, i = 0;

	memset(sealed, 0, sizeof(sealed));
	while (i + 4 <= input.len && at < FILE_MAX / 2) {
		const uint8_t *p = (const uint8_t *)input.ptr + i;
		size_t len = p[2] < input.len - i - 4 ? p[2] : input.len - i - 4;

		if (p[0] == 255) {
			file[FRAME_START + (p[1] << 8 | p[2]) % (at - FRAME_START + 1)] ^=
				(char)p[3];
			i += 4;
			continue;
		}
		memcpy(file + at + FRAME_HEADER, p + 4, len);
		frame_seal(file + at, len, salt, p[1], p[3]);
		sealed[p[1]] = true;
		at = frame_next(at, len);
		i += 4 + len;
	}
	return at;
}

static enum store_error
visit(const struct frame *f, void *context)
{
	uint64_t *last = context;

	MUST(f->sequence == *last + 1);
	MUST(f->sequence < SEQUENCES && sealed[f->sequence]);
	*last = f->sequence;
	return STORE_OK;
}

/* What is taken over has no gap, whatever the file looks like. */
static void
as_changes(struct slice input, uint64_t salt, uint64_t applied, uint64_t first)
{
	struct journal j = { .size = FILE_MAX };
	uint64_t last = applied;
	struct replay p;
	size_t end;

	for (unsigned int n = 0; n < JOURNAL_FILES; n++)
		j.file[n].fd = -1;
	j.file[0] = (struct journal_file){ .fd = 0, .state = JOURNAL_HEAD_OK };
	j.file[0].head = (struct journal_head){ .salt = salt, .ordinal = 1, .first = first };
	end = write_frames(input, salt);
	MUST(replay_begin(&p, &j, applied) == STORE_OK);
	if (replay_file(&p, 0, slice_of(file, end), visit, &last) != STORE_OK)
		MUST(p.wrong[0] != '\0');
	MUST(p.sequence == last && p.frames == last - applied);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input;
	uint64_t salt;

	if (size < sizeof(salt) + 2 || size > FILE_MAX / 4)
		return 0;
	memset(file, 0, sizeof(file));
	memcpy(&salt, data, sizeof(salt));
	input = slice_of((const char *)data + sizeof(salt) + 2, size - sizeof(salt) - 2);
	as_head(input);
	as_changes(input, salt, data[8] % 4, data[9] % 4);
	memset(file, 0, sizeof(file));
	as_frames(input, salt);
	return 0;
}

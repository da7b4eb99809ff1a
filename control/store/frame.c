/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/frame.h"

#include "store/crc32c.h"

#define MAGIC UINT64_C(0x4c4e524a54445601) /* changes when older versions cannot read the rest */
#define MAGIC_FAMILY(magic) ((magic) >> 8)

enum { COPIES = 2, COPY = FRAME_START / COPIES };

/* One copy of the head. */
struct head {
	uint64_t magic;
	struct journal_head head;
	uint32_t reserved, crc; /* of all before */
};

_Static_assert(sizeof(struct head) == 56, "the journal's layout");

struct frame_header {
	uint32_t mark, crc; /* crc: of what follows, payload included */
	uint64_t sequence;
	uint32_t length, changes;
};

_Static_assert(sizeof(struct frame_header) == FRAME_HEADER, "the journal's layout");

struct change_header {
	uint8_t kind, reserved;
	uint16_t name;
	uint32_t value;
};

_Static_assert(sizeof(struct change_header) == CHANGE_HEADER, "the journal's layout");

/* ---- heads ---- */

void
journal_head_encode(const struct journal_head *h, char out[FRAME_START])
{
	struct head copy = { .magic = MAGIC, .head = *h };

	copy.crc = crc32c(0, &copy, offsetof(struct head, crc));
	memset(out, 0, FRAME_START);
	for (size_t i = 0; i < COPIES; i++)
		memcpy(out + i * COPY, &copy, sizeof(copy));
}

static bool
is_zero(const void *data, size_t len)
{
	const char *p = data;

	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

static enum journal_head_state
decode_copy(const char *at, struct journal_head *h)
{
	struct head copy;

	memcpy(&copy, at, sizeof(copy));
	if (is_zero(&copy, sizeof(copy)))
		return JOURNAL_HEAD_EMPTY;
	if (copy.magic != MAGIC && MAGIC_FAMILY(copy.magic) == MAGIC_FAMILY(MAGIC))
		return JOURNAL_HEAD_NEWER;
	if (copy.magic != MAGIC || copy.crc != crc32c(0, &copy, offsetof(struct head, crc)))
		return JOURNAL_HEAD_DAMAGED;
	*h = copy.head;
	return JOURNAL_HEAD_OK;
}

/* Power loss may leave a new copy beside an old one: the new use of the file has begun then. */
enum journal_head_state
journal_head_decode(struct slice file, struct journal_head *h)
{
	enum journal_head_state state, worst = JOURNAL_HEAD_EMPTY;
	struct journal_head copy;
	bool found = false;

	if (file.len < FRAME_START)
		return JOURNAL_HEAD_DAMAGED;
	for (size_t i = 0; i < COPIES; i++) {
		state = decode_copy(file.ptr + i * COPY, &copy);
		if (state == JOURNAL_HEAD_OK && (!found || copy.ordinal > h->ordinal))
			*h = copy;
		found |= state == JOURNAL_HEAD_OK;
		worst = state > worst ? state : worst;
	}
	return found ? JOURNAL_HEAD_OK : worst;
}

/* ---- changes ---- */

void
change_encode(const struct change *c, char *out)
{
	struct change_header h = {
		.kind = (uint8_t)c->kind,
		.name = (uint16_t)c->name.len,
		.value = (uint32_t)c->value.len,
	};

	memcpy(out, &h, sizeof(h));
	memcpy(out + sizeof(h), c->name.ptr, c->name.len);
	if (c->value.len > 0)
		memcpy(out + sizeof(h) + c->name.len, c->value.ptr, c->value.len);
}

void
change_at(const char *octets, struct change *c)
{
	struct change_header h;

	memcpy(&h, octets, sizeof(h));
	c->kind = (enum change_kind)h.kind;
	c->name = slice_of(octets + sizeof(h), h.name);
	c->value = slice_of(octets + sizeof(h) + h.name, h.value);
}

bool
change_decode(struct slice octets, size_t at, struct change *c)
{
	struct change_header h;

	if (at > octets.len || octets.len - at < sizeof(h))
		return false;
	memcpy(&h, octets.ptr + at, sizeof(h));
	if (h.kind < CHANGE_PUT || h.kind > CHANGE_META || h.reserved != 0 || h.name == 0 ||
	    h.name > STORE_NAME_MAX || h.value > STORE_VALUE_MAX ||
	    (h.kind == CHANGE_REMOVE && h.value != 0) ||
	    octets.len - at - sizeof(h) < (size_t)h.name + h.value)
		return false;
	change_at(octets.ptr + at, c);
	return true;
}

/* ---- frames ---- */

static uint32_t
mark_of(uint64_t salt)
{
	return (uint32_t)(salt >> 32) | 1; /* not zero, which is what an unused file has */
}

static uint32_t
checksum(const char *frame, size_t payload, uint64_t salt)
{
	const size_t skip = offsetof(struct frame_header, sequence);

	return crc32c((uint32_t)salt, frame + skip, FRAME_HEADER - skip + payload);
}

void
frame_seal(char *frame, size_t payload, uint64_t salt, uint64_t sequence, uint32_t changes)
{
	struct frame_header h = {
		.mark = mark_of(salt),
		.sequence = sequence,
		.length = (uint32_t)payload,
		.changes = changes,
	};

	memcpy(frame, &h, sizeof(h));
	h.crc = checksum(frame, payload, salt);
	memcpy(frame + offsetof(struct frame_header, crc), &h.crc, sizeof(h.crc));
}

static bool
changes_are_sound(struct slice payload, uint32_t count)
{
	struct change c;
	size_t at = 0;

	for (; count > 0 && change_decode(payload, at, &c); count--)
		at += change_size(&c);
	return count == 0 && at == payload.len;
}

bool
frame_decode(struct slice file, size_t at, uint64_t salt, struct frame *f)
{
	struct frame_header h;

	if (at > file.len || file.len - at < sizeof(h))
		return false;
	memcpy(&h, file.ptr + at, sizeof(h));
	if (h.mark != mark_of(salt) || h.changes == 0 || h.length > file.len - at - sizeof(h) ||
	    h.crc != checksum(file.ptr + at, h.length, salt))
		return false;
	*f = (struct frame){
		.at = at,
		.next = frame_next(at, h.length),
		.sequence = h.sequence,
		.changes = h.changes,
		.payload = slice_of(file.ptr + at + sizeof(h), h.length),
	};
	return changes_are_sound(f->payload, h.changes);
}

bool
frame_find(struct slice file, size_t at, uint64_t salt, struct frame *f)
{
	for (at = (at + FRAME_ALIGN - 1) & ~(size_t)(FRAME_ALIGN - 1); at < file.len;
	     at += FRAME_ALIGN)
		if (frame_decode(file, at, salt, f))
			return true;
	return false;
}

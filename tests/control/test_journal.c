/* SPDX-License-Identifier: BSD-3-Clause */
/** Frames of the journal, octet by octet, and the order in which they are read. */
#include "control/store_support.h"
#include "store/crc32c.h"
#include "store/replay.h"

/* ---- CRC32C, RFC 3720 B.4 ---- */

static const struct crc_row {
	const char *label;
	int first, step; /* octets of the input */
	uint32_t crc;
} crcs[] = {
	{ "zeros", 0x00, 0, 0x8a9136aa },
	{ "ones", 0xff, 0, 0x62a8ab43 },
	{ "incrementing", 0x00, 1, 0x46dd794e },
	{ "decrementing", 0x1f, -1, 0x113fdb5c },
};

static void
check_crc(void **state)
{
	const struct crc_row *r = *state;
	uint8_t octets[32];

	for (int i = 0; i < 32; i++)
		octets[i] = (uint8_t)(r->first + i * r->step);
	assert_int_equal(crc32c(0, octets, sizeof(octets)), r->crc);
	assert_int_equal(crc32c_portable(0, octets, sizeof(octets)), r->crc);
	for (size_t i = 0; i <= sizeof(octets); i++)
		assert_int_equal(crc32c(crc32c(0, octets, i), octets + i, sizeof(octets) - i),
				 r->crc);
}
GTEST_ROWS(Crc32c, crcs, label, check_crc);

/* ---- frames ---- */

#define SALT UINT64_C(0x123456789abcdef0)

enum { FILE_SIZE = 16384 };

static char file[FILE_SIZE];

/* A frame with one change at `at`; returns where the next one goes. */
static size_t
add_frame(size_t at, uint64_t salt, uint64_t sequence, struct change c)
{
	change_encode(&c, file + at + FRAME_HEADER);
	frame_seal(file + at, change_size(&c), salt, sequence, 1);
	return frame_next(at, change_size(&c));
}

#define PUT(name, value) ((struct change){ CHANGE_PUT, SLICE(name), SLICE(value) })

static struct slice
whole(void)
{
	return slice_of(file, sizeof(file));
}

GTEST(Frame, round_trip)
{
	struct frame f;
	struct change c;
	size_t next;

	memset(file, 0, sizeof(file));
	next = add_frame(FRAME_START, SALT, 7, PUT("sip:a@example.com", "value"));
	assert_int_equal(next, FRAME_START + FRAME_ALIGN);
	assert_true(frame_decode(whole(), FRAME_START, SALT, &f));
	assert_int_equal(f.sequence, 7);
	assert_int_equal(f.changes, 1);
	assert_int_equal(f.next, next);
	assert_true(change_decode(f.payload, 0, &c));
	assert_int_equal(c.kind, CHANGE_PUT);
	assert_slice(c.name, "sip:a@example.com");
	assert_slice(c.value, "value");
	assert_false(frame_decode(whole(), FRAME_START, SALT + 1, &f));
	assert_false(frame_decode(whole(), next, SALT, &f));
	assert_false(frame_decode(slice_of(file, next - 20), FRAME_START, SALT, &f));
	assert_false(frame_decode(slice_of(file, FRAME_START), FRAME_START, SALT, &f));
	assert_false(frame_decode(whole(), FILE_SIZE + 64, SALT, &f));
}

GTEST(Frame, every_bit_counts)
{
	size_t len = FRAME_HEADER + CHANGE_HEADER + 1 + 5;
	struct frame f;

	memset(file, 0, sizeof(file));
	add_frame(FRAME_START, SALT, 7, PUT("a", "value"));
	for (size_t i = 0; i < 8 * len; i++) {
		char *octet = &file[FRAME_START + i / 8];

		*octet = (char)(*octet ^ 1 << i % 8);
		assert_false(frame_decode(whole(), FRAME_START, SALT, &f));
		*octet = (char)(*octet ^ 1 << i % 8);
	}
	assert_true(frame_decode(whole(), FRAME_START, SALT, &f));
}

/* Changes that cannot have been written, under a checksum that is right. */
static const struct bad_row {
	const char *label;
	uint8_t octets[16];
	size_t len;
	uint32_t changes;
} bad[] = {
	{ "kind-0", { 0, 0, 1, 0, 0, 0, 0, 0, 'a' }, 9, 1 },
	{ "kind-4", { 4, 0, 1, 0, 0, 0, 0, 0, 'a' }, 9, 1 },
	{ "reserved", { 1, 1, 1, 0, 0, 0, 0, 0, 'a' }, 9, 1 },
	{ "no-name", { 1, 0, 0, 0, 1, 0, 0, 0, 'a' }, 9, 1 },
	{ "long-name", { 1, 0, 0, 2, 1, 0, 0, 0, 'a' }, 9, 1 },
	{ "long-value", { 1, 0, 1, 0, 1, 128, 0, 0, 'a' }, 9, 1 },
	{ "huge-value", { 1, 0, 1, 0, 255, 255, 255, 255, 'a' }, 9, 1 },
	{ "remove-with-value", { 2, 0, 1, 0, 1, 0, 0, 0, 'a', 'b' }, 10, 1 },
	{ "cut", { 1, 0, 1, 0, 1, 0, 0, 0, 'a' }, 9, 1 },
	{ "header-cut", { 1, 0, 1, 0 }, 4, 1 },
	{ "more", { 1, 0, 1, 0, 0, 0, 0, 0, 'a', 0 }, 10, 1 },
	{ "too-few", { 1, 0, 1, 0, 0, 0, 0, 0, 'a' }, 9, 2 },
	{ "none", { 0 }, 0, 0 },
};

static void
check_bad(void **state)
{
	const struct bad_row *r = *state;
	struct frame f;

	memset(file, 0, sizeof(file));
	memcpy(file + FRAME_START + FRAME_HEADER, r->octets, r->len);
	frame_seal(file + FRAME_START, r->len, SALT, 1, r->changes);
	assert_false(frame_decode(whole(), FRAME_START, SALT, &f));
}
GTEST_ROWS(Frame, bad, label, check_bad);

/* ---- heads ---- */

GTEST(JournalHead, two_copies)
{
	const struct journal_head h = { { 1, 2, 3 }, SALT, 5, 77 };
	struct journal_head got;
	char other[FRAME_START];

	memset(file, 0, sizeof(file));
	assert_int_equal(journal_head_decode(whole(), &got), JOURNAL_HEAD_EMPTY);
	journal_head_encode(&h, file);
	assert_int_equal(journal_head_decode(whole(), &got), JOURNAL_HEAD_OK);
	assert_memory_equal(&got, &h, sizeof(h));
	/* only half of a new head was written: the new use has begun */
	journal_head_encode(&(struct journal_head){ { 1, 2, 3 }, SALT, 6, 99 }, other);
	memcpy(file, other, 4096);
	assert_int_equal(journal_head_decode(whole(), &got), JOURNAL_HEAD_OK);
	assert_int_equal(got.first, 99);
	journal_head_encode(&h, file);
	memcpy(file + 4096, other + 4096, 4096);
	assert_int_equal(journal_head_decode(whole(), &got), JOURNAL_HEAD_OK);
	assert_int_equal(got.first, 99);
	file[20] ^= 1;
	assert_int_equal(journal_head_decode(whole(), &got), JOURNAL_HEAD_OK);
	file[4096 + 20] ^= 1;
	assert_int_equal(journal_head_decode(whole(), &got), JOURNAL_HEAD_DAMAGED);
	journal_head_encode(&h, file);
	file[0] = file[4096] = 2; /* the number of the format comes first */
	assert_int_equal(journal_head_decode(whole(), &got), JOURNAL_HEAD_NEWER);
	assert_int_equal(journal_head_decode(slice_of(file, 8191), &got), JOURNAL_HEAD_DAMAGED);
}

/* ---- what is read of several files ---- */

/* A file: its head's `first`, and the numbers of its frames; 0 ends them, BAD is a damaged one. */
enum { BAD = 99, MOST = 6 };

struct file_row {
	uint64_t ordinal, first;
	unsigned int frames[MOST];
};

static const struct replay_row {
	const char *label;
	uint64_t applied;
	struct file_row files[3];
	uint64_t sequence; /* in the end */
	const char *wrong; /* or a part of what is said */
} replays[] = {
	{ "nothing", 0, { { 0 } }, 0, NULL },
	{ "one-file", 0, { { 1, 1, { 1, 2, 3 } } }, 3, NULL },
	{ "applied-already", 3, { { 1, 1, { 1, 2, 3 } } }, 3, NULL },
	{ "applied-in-part", 2, { { 1, 1, { 1, 2, 3 } } }, 3, NULL },
	{ "applied-more", 9, { { 1, 1, { 1, 2, 3 } } }, 9, NULL },
	{ "two-files", 0, { { 1, 1, { 1, 2 } }, { 2, 3, { 3, 4 } } }, 4, NULL },
	{ "two-files-the-other-way", 0, { { 2, 3, { 3, 4 } }, { 1, 1, { 1, 2 } } }, 4, NULL },
	{ "begun-and-empty", 0, { { 1, 1, { 1, 2 } }, { 2, 3, { 0 } } }, 2, NULL },
	{ "torn", 0, { { 1, 1, { 1, BAD } } }, 1, NULL },
	{ "torn-and-another-file", 0, { { 1, 1, { 1, BAD } }, { 2, 2, { 2 } } }, 2, NULL },
	{ "void", 0, { { 1, 1, { 1, 2 } }, { 2, 2, { 2, 3 } } }, 3, NULL },
	{ "void-and-nothing", 0, { { 1, 1, { 1, 2 } }, { 2, 2, { 0 } } }, 1, NULL },
	{ "void-twice", 0, { { 1, 1, { 1, 2 } }, { 2, 2, { 2 } }, { 3, 2, { 2, 3 } } }, 3, NULL },
	{ "damaged", 0, { { 1, 1, { 1, BAD, 3 } } }, 1, "journal.0: damaged at octet 8256" },
	{ "damaged-before-applied", 3, { { 1, 1, { 1, BAD, 3, 4 } } }, 4, NULL },
	{ "damaged-first", 0, { { 1, 1, { BAD, 2 } } }, 0, "journal.0: damaged at octet 8192" },
	{ "damaged-last-of-a-file",
	  0,
	  { { 1, 1, { 1, BAD } }, { 2, 3, { 3 } } },
	  1,
	  "journal.0: damaged at octet 8256: commit 2 is missing" },
	{ "damaged-before-a-file-begun",
	  0,
	  { { 1, 1, { 1, BAD } }, { 2, 3, { 0 } } },
	  1,
	  "journal.0: damaged at octet 8256: commit 2 is missing" },
	{ "file-is-gone", 0, { { 1, 3, { 3, 4 } } }, 0, "journal.0: damaged at octet 8192" },
};

static uint64_t visited;

static enum store_error
visit(const struct frame *f, void *context)
{
	(void)context;
	assert_int_equal(f->sequence, visited + 1);
	visited = f->sequence;
	return STORE_OK;
}

static void
fill_file(const struct file_row *r)
{
	size_t at = FRAME_START;

	memset(file, 0, sizeof(file));
	for (unsigned int i = 0; i < MOST && r->frames[i] != 0; i++) {
		size_t next = add_frame(at, SALT + r->ordinal, r->frames[i], PUT("a", "b"));

		if (r->frames[i] == BAD)
			file[at + FRAME_HEADER] ^= 1;
		at = next;
	}
}

static void
check_replay(void **state)
{
	const struct replay_row *r = *state;
	struct journal j = { .size = FILE_SIZE };
	enum store_error error;
	struct replay p;

	for (unsigned int n = 0; n < JOURNAL_FILES; n++)
		j.file[n].fd = -1;
	for (unsigned int n = 0; n < 3 && r->files[n].ordinal != 0; n++)
		j.file[n] = (struct journal_file){
			.fd = 0,
			.state = JOURNAL_HEAD_OK,
			.head = { { 0 },
				  SALT + r->files[n].ordinal,
				  r->files[n].ordinal,
				  r->files[n].first },
		};
	visited = r->applied;
	error = replay_begin(&p, &j, r->applied);
	for (unsigned int i = 0; i < p.count && error == STORE_OK; i++) {
		if (!replay_needs(&p, i))
			continue;
		fill_file(&r->files[p.order[i]]);
		error = replay_file(&p, p.order[i], whole(), visit, NULL);
	}
	assert_int_equal(p.sequence, r->sequence);
	assert_int_equal(error, r->wrong == NULL ? STORE_OK : STORE_ERR_DAMAGED);
	if (r->wrong != NULL && strstr(p.wrong, r->wrong) == NULL)
		fail_msg("%s", p.wrong);
}
GTEST_ROWS(Replay, replays, label, check_replay);

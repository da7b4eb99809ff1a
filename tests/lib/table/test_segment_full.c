/* SPDX-License-Identifier: BSD-3-Clause */
/** A file system that is full, or nearly: what large tables leave, and what is replaced all the
 * same. */
#include <errno.h>
#include <sys/statvfs.h>

#include "flow/keyring.h"
#include "lib/table/binding_support.h"
#include "table/hops.h"
#include "table/keys.h"
#include "table/orders.h"
#include "table/routes.h"

/* What the file system says of itself; blocks 0: the truth. */
static struct statvfs told;
static bool full;

int
statvfs(const char *path, struct statvfs *fs)
{
	(void)path;
	*fs = told;
	return told.f_blocks != 0 ? 0 : -1;
}

int
posix_fallocate(int fd, off_t offset, off_t len)
{
	return full ? ENOSPC : fallocate(fd, 0, offset, len) != 0 ? errno : 0;
}

static int
set_up(void **state)
{
	full = false;
	told = (struct statvfs){ 0 };
	return make_dir(state);
}

static void
tell(uint64_t all_mib, uint64_t free_mib)
{
	told = (struct statvfs){ .f_frsize = 4096,
				 .f_blocks = all_mib << 8,
				 .f_bavail = free_mib << 8 };
}

#define CASE(name) GTEST_F(SegmentFull, name, set_up, remove_dir)

static const struct {
	const char *label;
	uint64_t all_mib, free_mib, wanted_mib;
	bool has;
} rooms[] = {
	{ "8 MiB at least", 64, 10, 2, true },
	{ "less than 8 MiB", 64, 9, 2, false },
	{ "small", 27, 7, 0, false },
	{ "a sixteenth", 1024, 66, 2, true },
	{ "less than a sixteenth", 1024, 65, 2, false },
	{ "256 MiB at most", 65536, 258, 2, true },
	{ "less than 256 MiB", 65536, 257, 2, false },
	{ "none at all", 64, 0, 1, false },
	{ "no limit", 0, 0, 1000, true },
};

static void
check_room(void **state)
{
	const typeof(rooms[0]) *r = gtest_row();
	struct segment s = { .path = "/dev/shm/x/y" };

	(void)state;
	tell(r->all_mib, r->free_mib);
	assert_int_equal(segment_has_room(&s, r->wanted_mib << 20), r->has);
}
GTEST_ROWS_F(SegmentFull, rooms, label, check_room, set_up, remove_dir);

/* Not one page is left, and control starts again, addresses change, somebody drains. */
CASE(small_ones_can_be_replaced)
{
	struct routes_local local = { .bits = 24 };
	const struct routes_content routes = { .locals = &local, .local_count = 1 };
	const struct hops_content hops = { 0 };
	struct orders orders = { .state = ORDERS_OPEN };
	const struct keyring *seen;
	struct keyring ring;
	struct routes_table t;
	struct segment s;
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	for (int i = 0; i < 3; i++) {
		full = i == 1;
		orders.state = (uint32_t)i;
		local.bits = (uint8_t)(24 + i);
		assert_int_equal(keyring_rotate_gruu(&ring), KEYRING_OK);
		assert_int_equal(keys_publish(test_dir, &ring), SEGMENT_OK);
		assert_int_equal(routes_publish(test_dir, &routes), SEGMENT_OK);
		assert_int_equal(hops_publish(test_dir, &hops, NULL), SEGMENT_OK);
		assert_int_equal(orders_publish(test_dir, &orders), SEGMENT_OK);
		assert_int_equal(keys_attach(&s, test_dir, &seen), SEGMENT_OK);
		assert_memory_equal(seen, &ring, sizeof(ring));
		segment_detach(&s);
		assert_int_equal(routes_attach(&t, test_dir), SEGMENT_OK);
		assert_int_equal(t.locals[0].bits, 24 + i);
		routes_detach(&t);
		assert_int_equal(orders_read(test_dir, &orders, &s), SEGMENT_OK);
		assert_int_equal(orders.state, i);
	}
	/* and a spare is there again */
	full = true;
	assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	assert_int_equal(keys_publish(test_dir, &ring), SEGMENT_OK);
}

/* Keys that have not changed take no memory at all. */
CASE(unchanged_keys_stay)
{
	struct keyring ring;
	const struct keyring *seen;
	struct segment first;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	assert_int_equal(keys_publish(test_dir, &ring), SEGMENT_OK);
	assert_int_equal(keys_attach(&first, test_dir, &seen), SEGMENT_OK);
	full = true;
	unlink(in_dir("keys.spare"));
	assert_int_equal(keys_publish(test_dir, &ring), SEGMENT_OK);
	assert_false(segment_replaced(&first));
	segment_detach(&first);
}

/* A table goes on until what is left to the small ones begins, and from there when there is more.
 */
CASE(a_table_leaves_the_rest)
{
	const struct binding_capacity capacity = { 4000, 2000, false };
	enum segment_error error;
	unsigned int n = 0, more;

	now = 1000000;
	tell(64, 32);
	writer = binding_writer_open(test_dir, &capacity, test_clock, &error);
	assert_non_null(writer);
	assert_int_equal(binding_writer_publish(writer), SEGMENT_OK);
	assert_int_equal(put_numbered(n++, 1), BINDING_OK);
	tell(64, 8);
	while (n < 100000 && put_numbered(n, 1) == BINDING_OK)
		n++;
	/* what had memory already is used */
	assert_in_range(n, 1000, 30000);
	assert_int_equal(put_numbered(0, 2), BINDING_OK);
	tell(64, 32);
	now += 10000;
	more = n + 30000;
	while (n < more && put_numbered(n, 1) == BINDING_OK)
		n++;
	assert_int_equal(n, more);
	binding_writer_close(writer);
}

/* Nor is a new one larger than that allows; but a small one there is. */
CASE(a_new_table_is_smaller)
{
	const struct binding_capacity capacity = { 1000000, 0, false };
	enum segment_error error;

	now = 1000000;
	tell(64, 20);
	writer = binding_writer_open(test_dir, &capacity, test_clock, &error);
	assert_non_null(writer);
	assert_true(binding_writer_table(writer)->header->slab_off < (12 << 20));
	binding_writer_close(writer);
	tell(64, 1);
	writer = binding_writer_open(test_dir, &capacity, test_clock, &error);
	assert_non_null(writer);
	binding_writer_close(writer);
}

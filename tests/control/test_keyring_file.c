/* SPDX-License-Identifier: BSD-3-Clause */
/** The key ring on disk. */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyring_file.h"
#include "lib/table/support.h"

static char message[512];

static mode_t
mode_of(const char *name)
{
	struct stat st;

	return stat(in_dir(name), &st) == 0 ? st.st_mode & 0777 : 0;
}

static void
write_text(const char *text, mode_t mode)
{
	FILE *f = fopen(in_dir("keyring"), "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(in_dir("keyring"), mode), 0);
}

GTEST_F(KeyringFile, created, make_dir, remove_dir)
{
	struct keyring ring, again;

	(void)state;
	umask(0);
	assert_true(keyring_file_load(test_dir, &ring, message, sizeof(message)));
	assert_int_equal(mode_of("keyring"), 0600);
	assert_int_equal(mode_of("keyring.new"), 0);
	assert_true(keyring_file_load(test_dir, &again, message, sizeof(message)));
	assert_memory_equal(&ring, &again, sizeof(ring));
}

static const struct {
	const char *label;
	mode_t mode;
	bool fine;
} modes[] = {
	{ "0600", 0600, true }, { "0400", 0400, true }, { "0640", 0640, false },
	{ "0604", 0604, false }, { "0620", 0620, false }, { "0602", 0602, false },
	{ "0644", 0644, false }, { "0601", 0601, false },
};

static void
check_mode(void **state)
{
	const typeof(modes[0]) *r = gtest_row();
	struct keyring ring;

	(void)state;
	assert_true(keyring_file_load(test_dir, &ring, message, sizeof(message)));
	assert_int_equal(chmod(in_dir("keyring"), r->mode), 0);
	assert_int_equal(keyring_file_load(test_dir, &ring, message, sizeof(message)), r->fine);
	if (!r->fine)
		assert_non_null(strstr(message, "chmod 600"));
}
GTEST_ROWS_F(KeyringFile, modes, label, check_mode, make_dir, remove_dir);

GTEST_F(KeyringFile, damaged, make_dir, remove_dir)
{
	static const char *const texts[] = { "", "rubbish\n", "branch 00\n", "flow 0 active 00\n" };
	struct keyring ring;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_text(texts[i], 0600);
		assert_false(keyring_file_load(test_dir, &ring, message, sizeof(message)));
		assert_non_null(strstr(message, "keyring"));
	}
}

GTEST_F(KeyringFile, longer_than_any_ring, make_dir, remove_dir)
{
	static char text[KEYRING_TEXT_MAX * 2];
	struct keyring ring;

	(void)state;
	memset(text, '#', sizeof(text) - 1);
	write_text(text, 0600);
	assert_false(keyring_file_load(test_dir, &ring, message, sizeof(message)));
}

/* A ring that was good up to a power cut in the middle of a line. */
GTEST_F(KeyringFile, every_truncation, make_dir, remove_dir)
{
	char text[KEYRING_TEXT_MAX + 1];
	struct keyring ring, cut;
	size_t n;

	(void)state;
	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	n = keyring_encode(&ring, text);
	for (size_t len = 0; len + 1 < n; len++) {
		char c = text[len];

		text[len] = '\0';
		write_text(text, 0600);
		text[len] = c;
		assert_false(keyring_file_load(test_dir, &cut, message, sizeof(message)));
	}
}

GTEST_F(KeyringFile, replaced, make_dir, remove_dir)
{
	struct keyring ring, back;
	unsigned int id;
	ino_t before;
	struct stat st;

	(void)state;
	assert_true(keyring_file_load(test_dir, &ring, message, sizeof(message)));
	assert_int_equal(stat(in_dir("keyring"), &st), 0);
	before = st.st_ino;
	write_text("left behind", 0644); /* a torn one is overwritten by the whole one */
	assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	assert_true(keyring_file_store(test_dir, &ring, message, sizeof(message)));
	assert_int_equal(stat(in_dir("keyring"), &st), 0);
	assert_int_not_equal(st.st_ino, before);
	assert_true(keyring_file_load(test_dir, &back, message, sizeof(message)));
	assert_memory_equal(&ring, &back, sizeof(ring));
}

/* The new file cannot be written: the old one is still there. */
GTEST_F(KeyringFile, old_one_survives, make_dir, remove_dir)
{
	struct keyring ring, other, back;

	(void)state;
	assert_true(keyring_file_load(test_dir, &ring, message, sizeof(message)));
	assert_int_equal(mkdir(in_dir("keyring.new"), 0700), 0);
	assert_int_equal(keyring_generate(&other), KEYRING_OK);
	assert_false(keyring_file_store(test_dir, &other, message, sizeof(message)));
	assert_true(keyring_file_load(test_dir, &back, message, sizeof(message)));
	assert_memory_equal(&ring, &back, sizeof(ring));
	rmdir(in_dir("keyring.new"));
}

/* Nothing is left behind that has keys in it. */
GTEST_F(KeyringFile, failed_replacement_leaves_no_copy, make_dir, remove_dir)
{
	struct keyring ring;

	(void)state;
	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	assert_int_equal(mkdir(in_dir("keyring"), 0700), 0);
	assert_false(keyring_file_store(test_dir, &ring, message, sizeof(message)));
	assert_non_null(strstr(message, "keyring"));
	assert_int_equal(mode_of("keyring.new"), 0);
	rmdir(in_dir("keyring"));
}

/* Who comes second waits; a descriptor that is closed lets go. */
GTEST_F(KeyringFile, locked, make_dir, remove_dir)
{
	int fd = keyring_file_lock(test_dir, message, sizeof(message)), other;

	(void)state;
	assert_true(fd >= 0);
	other = open(test_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	close(fd);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	close(other);
	assert_int_equal(keyring_file_lock("/nonexistent", message, sizeof(message)), -1);
	assert_non_null(strstr(message, "/nonexistent"));
}

/* A copy that root made belongs to who owns the folder after that; others' copies stay. */
GTEST_F(KeyringFile, adopted, make_dir, remove_dir)
{
	struct keyring ring;
	struct stat st;

	(void)state;
	assert_false(keyring_file_adopt(test_dir, message, sizeof(message)));
	assert_true(keyring_file_load(test_dir, &ring, message, sizeof(message)));
	if (geteuid() == 0)
		assert_int_equal(chown(test_dir, 12345, 12345), 0);
	assert_true(keyring_file_adopt(test_dir, message, sizeof(message)));
	assert_int_equal(stat(in_dir("keyring"), &st), 0);
	assert_int_equal(st.st_uid, geteuid() == 0 ? 12345 : geteuid());
	assert_int_equal(mode_of("keyring"), 0600);
	assert_int_equal(unlink(in_dir("keyring")), 0);
	assert_int_equal(symlink("/etc/hostname", in_dir("keyring")), 0);
	assert_false(keyring_file_adopt(test_dir, message, sizeof(message)));
}

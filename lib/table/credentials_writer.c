/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/credentials_writer.h"

const char *
credentials_error_text(enum credentials_error error)
{
	static const char *const texts[] = {
		[CREDENTIALS_OK] = "no error",
		[CREDENTIALS_ERR_FULL] = "no memory left for the credentials table",
		[CREDENTIALS_ERR_TOO_LARGE] = "names and AORs of more than one user may have",
		[CREDENTIALS_ERR_ABSENT] = "no such user",
	};

	return texts[error];
}

struct credentials_writer *
credentials_writer_open(const char *dir, uint32_t users, uint64_t (*clock_ms)(void),
			enum segment_error *error)
{
	(void)dir;
	(void)users;
	(void)clock_ms;
	*error = SEGMENT_ERR_SPACE;
	return NULL;
}

enum segment_error
credentials_writer_publish(struct credentials_writer *w)
{
	(void)w;
	return SEGMENT_ERR_SPACE;
}

const struct credentials_table *
credentials_writer_table(const struct credentials_writer *w)
{
	(void)w;
	return NULL;
}

enum credentials_error
credentials_writer_put(struct credentials_writer *w, const struct credentials *c)
{
	(void)w;
	(void)c;
	return CREDENTIALS_ERR_FULL;
}

enum credentials_error
credentials_writer_remove(struct credentials_writer *w, struct slice username, struct slice realm)
{
	(void)w;
	(void)username;
	(void)realm;
	return CREDENTIALS_ERR_ABSENT;
}

bool
credentials_writer_step(struct credentials_writer *w, unsigned int records)
{
	(void)w;
	(void)records;
	return false;
}

void
credentials_writer_beat(struct credentials_writer *w)
{
	(void)w;
}

void
credentials_writer_close(struct credentials_writer *w)
{
	(void)w;
}

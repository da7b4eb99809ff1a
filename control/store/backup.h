/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_BACKUP_H
#define CONTROL_STORE_BACKUP_H

#include "store/binding_store.h"

/** What a copy has. */
struct store_copy {
	uint64_t aors, sequence;
	char kept[320]; /* restore: where the store is that was there before; empty: there was none
			 */
};

/**
 * Copy what LMDB has of the store in folder `dir` to `file` (mode 0600): to FILE.tmp first, which
 * takes the name once it is whole and synced. A store that is in use may be copied, by a process
 * that has not opened it otherwise; have it call checkpoint() before. An existing file is left
 * alone unless `force`. Waits at most `wait_ms` for a moment between two generations of changes.
 */
enum store_error store_backup(const char *dir, const char *file, bool force, unsigned int wait_ms,
			      struct store_copy *copy, char *message, size_t size);

/**
 * The same in steps, for who makes the file as somebody else than reads the store. First a new and
 * empty FILE.tmp: a descriptor, or -1 with a sentence.
 */
int store_backup_begin(const char *file, bool force, char *message, size_t size);

/** Then the copy into the empty file `path`. */
enum store_error store_backup_write(const char *dir, const char *path, unsigned int wait_ms,
				    struct store_copy *copy, char *message, size_t size);

/** At last its name. FILE.tmp is gone then, also when this fails, or is called with `write_error`.
 */
enum store_error store_backup_end(const char *file, bool force, enum store_error write_error,
				  char *message, size_t size);

/**
 * Put the store that `file` is a copy of into folder `dir`, under a new identity; what is there
 * becomes DIR.old-TIME. Everything that is new belongs to `owner_of`'s owner. Nobody may have the
 * store open: hold control's lock. The file is to have passed store_check_file().
 */
enum store_error store_restore(const char *dir, const char *file, const char *owner_of,
			       struct store_copy *copy, char *message, size_t size);

#endif

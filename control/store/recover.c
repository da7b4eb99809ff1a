/* SPDX-License-Identifier: BSD-3-Clause */
/* What the journal has and LMDB has not, after a death or power loss. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "store/replay.h"
#include "store/store_internal.h"

struct recovery {
	struct lmdb_store *store;
	struct overlay overlay; /* its image is the file */
};

static enum store_error
adopt(const struct frame *f, void *context)
{
	struct recovery *r = context;

	return overlay_adopt(&r->overlay, f) ? STORE_OK : STORE_ERR_FULL;
}

/* One file as a generation. */
static enum store_error
recover_file(struct recovery *r, struct replay *p, unsigned int n)
{
	const struct journal_file *file = &r->store->journal.file[n];
	enum store_error error;
	bool panic;

	if (!overlay_open(&r->overlay, file->size))
		return STORE_ERR_FULL;
	error = replay_read(file->fd, r->overlay.image, file->size);
	if (error == STORE_OK)
		error = replay_file(p, n, slice_of(r->overlay.image, file->size), adopt, r);
	if (error == STORE_OK && r->overlay.count > 0)
		error = overlay_apply(&r->store->base, &r->overlay, &panic);
	overlay_close(&r->overlay);
	return error;
}

enum store_error
lmdb_store_recover(struct lmdb_store *s, char *message, size_t size)
{
	struct recovery r = { .store = s };
	struct replay p;
	enum store_error error = replay_begin(&p, &s->journal, s->applied);

	for (unsigned int i = 0; i < p.count && error == STORE_OK; i++)
		if (replay_needs(&p, i))
			error = recover_file(&r, &p, p.order[i]);
	if (error == STORE_OK && p.sequence != s->applied) {
		s->applied = p.sequence;
		error = lmdb_store_read_anew(s);
	}
	if (error == STORE_OK)
		return STORE_OK;
	if (p.wrong[0] != '\0')
		snprintf(message, size,
			 "binding store %s/%s: `viaduct store check` tells more, `viaduct store "
			 "restore FILE` goes back to a backup",
			 s->path, p.wrong);
	else
		snprintf(message, size, "binding store %s: its journal cannot be taken over: %s",
			 s->path, store_error_text(error));
	return error;
}

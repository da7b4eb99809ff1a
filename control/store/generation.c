/* SPDX-License-Identifier: BSD-3-Clause */
/* Generations of changes, on their way from the journal to LMDB. */
#include "process/clock.h"
#include "store/store_internal.h"

enum { RETRY_MS = 500 };

/* All of it is in LMDB: read that instead. */
static void
merge(struct lmdb_store *s)
{
	if (lmdb_store_read_anew(s) != STORE_OK)
		return; /* the overlay is right as well; next time, then */
	s->applied = s->frozen->sequence;
	journal_release(&s->journal, s->frozen_files);
	overlay_clear(s->frozen);
	s->frozen = NULL;
	s->stat.apply_error = STORE_OK;
	s->stat.generations++;
	s->late = false;
}

/* Hand over what is committed. The next commit begins another file of the journal. */
static void
freeze(struct lmdb_store *s)
{
	s->frozen = s->active;
	s->frozen_files = journal_cut(&s->journal);
	s->active = s->frozen == &s->overlay[0] ? &s->overlay[1] : &s->overlay[0];
	applier_start(&s->applier, s->frozen);
}

/* The applier could not: its disk is full, or worse. All that waits for it is in the journal. */
static void
try_again(struct lmdb_store *s, uint64_t now)
{
	char message[256];

	s->stat.apply_error = s->applier.error;
	if (now < s->retry_ms)
		return;
	s->retry_ms = now + RETRY_MS;
	if (s->applier.panic) {
		lmdb_store_close_base(s);
		if (lmdb_store_open_base(s, message, sizeof(message)) != STORE_OK)
			return;
	}
	applier_start(&s->applier, s->frozen);
}

static void
see_applier(struct lmdb_store *s, unsigned int wait_ms)
{
	enum applier_state state = applier_wait(&s->applier, wait_ms);

	if (state == APPLIER_DONE)
		merge(s);
	else if (state == APPLIER_FAILED)
		try_again(s, clock_steady_ms());
}

/* No transaction of usual size may meet the end of the image, or of the journal's file. */
static bool
is_full(const struct lmdb_store *s)
{
	return s->active->used > s->active->size / 4 * 3 ||
	       s->active->count >= s->options.pending_max ||
	       !journal_has_room(&s->journal, s->active->size / 4);
}

void
generation_turn(struct lmdb_store *s)
{
	if (s->reader == NULL)
		lmdb_store_read_anew(s);
	if (s->frozen != NULL)
		see_applier(s, 0);
	if (s->frozen == NULL && s->active->count > 0 &&
	    (s->applied < s->checkpoint || is_full(s) ||
	     clock_steady_ms() - s->active_ms >= s->options.apply_ms))
		freeze(s);
}

/* The applier has had its time once: who comes after does not wait again for the same thing. */
static void
wait_for_applier(struct lmdb_store *s)
{
	uint64_t begin = clock_steady_ms();

	s->stat.waits++;
	see_applier(s, s->late ? 0 : s->options.wait_ms);
	s->stat.wait_us += (clock_steady_ms() - begin) * 1000;
	s->late = s->frozen != NULL;
}

enum store_error
generation_make_room(struct lmdb_store *s)
{
	if (!is_full(s))
		return STORE_OK;
	if (s->frozen != NULL)
		wait_for_applier(s);
	if (s->frozen != NULL)
		return s->stat.apply_error != STORE_OK ? s->stat.apply_error : STORE_ERR_FULL;
	if (s->active->count > 0)
		freeze(s);
	return STORE_OK;
}

void
generation_end(struct lmdb_store *s)
{
	bool panic;

	if (!s->applier.started)
		return;
	applier_close(&s->applier); /* finishes what it has begun */
	if (s->frozen != NULL && s->applier.state != APPLIER_DONE)
		return; /* what is newer may not go before it */
	if (s->active->count > 0 && s->base.env != NULL)
		overlay_apply(&s->base, s->active, &panic);
}

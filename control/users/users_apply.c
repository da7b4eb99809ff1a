/* SPDX-License-Identifier: BSD-3-Clause */
/* What the rows of the source change in the table, and which AORs come and go with them. */
#include <stdio.h>
#include <stdlib.h>

#include "process/clock.h"
#include "users/users_internal.h"

/* In the place of how many users an AOR has: nobody has had it since these seconds. */
#define LEAVING UINT32_C(0x80000000)

enum {
	GROW_RECORDS = 256, /* of a larger table, while this one is full */
	WALK_RECORDS = 64,  /* in one call; the caller looks at the clock between them */
	WALKS = 8,          /* a table that grows meanwhile may hide some from a walk */
	QUEUE_LEAST = 4096,
};

void
users_note_bad(struct users *u, uint64_t number, const char *fault)
{
	if (u->now.bad < USERS_BAD_KEPT)
		snprintf(u->now.bad_rows[u->now.bad], sizeof(u->now.bad_rows[0]), "%s %llu: %s",
			 u->loader != NULL ? user_loader_unit(u->loader) : "row",
			 (unsigned long long)number, fault);
	u->now.bad++;
}

/* ---- queues ---- */

/* The text is `prefix` and `text`. */
static bool
queue_put(struct users_queue *q, struct slice prefix, struct slice text)
{
	const uint16_t len = (uint16_t)(prefix.len + text.len);

	if (q->room - q->used < sizeof(len) + len && q->at > q->used / 2) {
		q->used -= q->at;
		memmove(q->octets, q->octets + q->at, q->used);
		q->at = 0;
	}
	if (q->room - q->used < sizeof(len) + len) {
		size_t room = q->room > 0 ? q->room * 2 : QUEUE_LEAST;
		char *larger = realloc(q->octets, room);

		if (larger == NULL)
			return false;
		q->octets = larger;
		q->room = room;
	}
	memcpy(q->octets + q->used, &len, sizeof(len));
	q->used += sizeof(len);
	if (prefix.len > 0)
		memcpy(q->octets + q->used, prefix.ptr, prefix.len);
	q->used += prefix.len;
	memcpy(q->octets + q->used, text.ptr, text.len);
	q->used += text.len;
	return true;
}

/* The first text; absent when there is none. It lives until the next one is put. */
static struct slice
queue_first(const struct users_queue *q)
{
	uint16_t len;

	if (q->at == q->used)
		return SLICE_ABSENT;
	memcpy(&len, q->octets + q->at, sizeof(len));
	return slice_of(q->octets + q->at + sizeof(len), len);
}

static void
queue_drop_first(struct users_queue *q)
{
	q->at += sizeof(uint16_t) + queue_first(q).len;
	if (q->at < q->used)
		return;
	free(q->octets);
	*q = (struct users_queue){ .octets = NULL };
}

/* ---- AORs ---- */

static void
tell(struct users *u, struct slice aor, bool exists)
{
	if (u->changed == NULL)
		return;
	/* in their order: one may be gone and come again */
	if (u->untold.used == 0 && u->changed(u->context, aor, exists))
		return;
	u->out_of_memory |= !queue_put(&u->untold, exists ? SLICE("+") : SLICE("-"), aor);
}

bool
users_tell_again(struct users *u)
{
	struct slice text;

	while ((text = queue_first(&u->untold)).len > 0) {
		if (!u->changed(u->context, slice_of(text.ptr + 1, text.len - 1), *text.ptr == '+'))
			return false;
		queue_drop_first(&u->untold);
	}
	return true;
}

static void
aor_up(struct users *u, struct slice aor)
{
	uint64_t hash = user_index_hash(u->aors, aor, SLICE_ABSENT);
	bool fresh;
	uint32_t *count = user_index_put(u->aors, hash, &fresh);

	if (count == NULL) {
		u->out_of_memory = true;
		return;
	}
	if ((*count & LEAVING) != 0) {
		*count = 0;
		u->leaving_count--;
	}
	++*count;
	/* one that was lost in this load, or is leaving, was never told of as gone */
	if (fresh)
		tell(u, aor, true);
}

static void
forget_aor(struct users *u, struct slice aor, uint64_t hash)
{
	user_index_remove(u->aors, hash);
	tell(u, aor, false);
}

static uint32_t
leaving_since(void)
{
	return LEAVING | (uint32_t)(clock_steady_ms() / 1000);
}

/* Nobody has it now. */
static void
leave(struct users *u, struct slice aor, uint64_t hash, uint32_t *count)
{
	const uint32_t since = leaving_since();

	if (u->forced ||
	    !queue_put(&u->leaving, slice_of((const char *)&since, sizeof(since)), aor)) {
		forget_aor(u, aor, hash);
		return;
	}
	*count = since;
	u->leaving_count++;
}

bool
users_leaving_held(const struct users *u)
{
	return users_too_many(u->leaving_count, user_index_count(u->aors));
}

bool
users_let_go(struct users *u)
{
	bool held = users_leaving_held(u);
	struct slice text;

	for (int i = 0; i < WALK_RECORDS && (text = queue_first(&u->leaving)).len > 0; i++) {
		struct slice aor =
			slice_of(text.ptr + sizeof(uint32_t), text.len - sizeof(uint32_t));
		uint64_t hash = user_index_hash(u->aors, aor, SLICE_ABSENT);
		const uint32_t *count = user_index_find(u->aors, hash);
		uint32_t since;
		bool leaves;

		memcpy(&since, text.ptr, sizeof(since));
		leaves = count != NULL && *count == since; /* or it came back, or left again */
		if (leaves && !u->forced && (held || leaving_since() - since < USERS_GRACE_S))
			return false;
		if (leaves) {
			u->leaving_count--;
			forget_aor(u, aor, hash);
		}
		queue_drop_first(&u->leaving);
	}
	return u->leaving.used > 0;
}

/* `sure`: nothing can bring it back in this load. */
static void
aor_down(struct users *u, struct slice aor, bool sure)
{
	uint64_t hash = user_index_hash(u->aors, aor, SLICE_ABSENT);
	uint32_t *count = user_index_find(u->aors, hash);

	if (count == NULL || *count == 0 || (*count & LEAVING) != 0 || --*count > 0)
		return;
	if (sure)
		leave(u, aor, hash, count);
	else
		u->out_of_memory |= !queue_put(&u->lost, SLICE_ABSENT, aor);
}

bool
users_forget(struct users *u)
{
	struct slice aor;

	for (int i = 0; i < WALK_RECORDS && (aor = queue_first(&u->lost)).len > 0; i++) {
		uint64_t hash = user_index_hash(u->aors, aor, SLICE_ABSENT);
		uint32_t *count = user_index_find(u->aors, hash);

		if (count != NULL && *count == 0)
			leave(u, aor, hash, count);
		queue_drop_first(&u->lost);
	}
	return u->lost.used > 0;
}

/* ---- rows ---- */

static bool
is_same(const struct credentials *a, const struct credentials *b)
{
	return a->have == b->have && slice_eq(a->aors, b->aors) &&
	       ((a->have & CREDENTIALS_MD5) == 0 || memcmp(a->md5, b->md5, sizeof(a->md5)) == 0) &&
	       ((a->have & CREDENTIALS_SHA_256) == 0 ||
		memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0) &&
	       ((a->have & CREDENTIALS_SHA_512_256) == 0 ||
		memcmp(a->sha512_256, b->sha512_256, sizeof(a->sha512_256)) == 0);
}

static enum credentials_error
put(struct users *u, const struct credentials *user)
{
	enum credentials_error error;

	do
		error = credentials_writer_put(u->writer, user);
	while (error == CREDENTIALS_ERR_FULL && credentials_writer_step(u->writer, GROW_RECORDS));
	return error;
}

/* The AORs of `these` that `those` has not. */
static void
each_missing(struct users *u, const struct credentials *these, const struct credentials *those,
	     bool up)
{
	struct slice list = these->aors;

	while (list.len > 0) {
		struct slice aor = slice_cut(&list, ' ');

		if (those != NULL && credentials_has_aor(those, aor))
			continue;
		if (up)
			aor_up(u, aor);
		else
			aor_down(u, aor, false);
	}
}

/* Put a user whom the load has not seen yet; `old` NULL: he is new. */
static bool
change(struct users *u, const struct user_item *item, const struct credentials *old)
{
	enum credentials_error error = put(u, &item->user);

	if (error != CREDENTIALS_OK) {
		users_note_bad(u, item->number, credentials_error_text(error));
		u->out_of_memory |= error == CREDENTIALS_ERR_FULL;
		return false;
	}
	each_missing(u, &item->user, old, true);
	if (old != NULL)
		each_missing(u, old, &item->user, false);
	*(old != NULL ? &u->now.changed : &u->now.added) += 1;
	return true;
}

static void
apply_fine(struct users *u, const struct user_item *item, uint64_t hash)
{
	static struct credentials_copy copy;
	struct credentials old;
	bool fresh, known;
	uint32_t *mark = user_index_put(u->names, hash, &fresh);

	if (mark == NULL) {
		u->out_of_memory = true;
		return;
	}
	if (*mark == (uint32_t)u->started) {
		users_note_bad(
			u, item->number,
			"a username that is there already in this realm: the first is taken");
		return;
	}
	*mark = (uint32_t)u->started;
	known = !fresh && credentials_find(credentials_writer_table(u->writer), item->user.username,
					   item->user.realm, &copy, &old);
	if (known && is_same(&old, &item->user)) {
		u->seen++;
		return;
	}
	if (change(u, item, known ? &old : NULL) || known)
		u->seen++;
	else
		user_index_remove(u->names, hash);
}

void
users_apply(struct users *u, const struct user_item *item)
{
	uint64_t hash = user_index_hash(u->names, item->user.username, item->user.realm);
	uint32_t *mark;

	u->now.rows++;
	if (item->fault == NULL) {
		apply_fine(u, item, hash);
		return;
	}
	users_note_bad(u, item->number, item->fault);
	/* who was fine before stays as he was: a slip of the pen locks nobody out */
	mark = item->user.username.len > 0 ? user_index_find(u->names, hash) : NULL;
	if (mark != NULL && *mark != (uint32_t)u->started) {
		*mark = (uint32_t)u->started;
		u->seen++;
	}
}

/* ---- those who are gone ---- */

static void
remove_user(struct users *u, const struct credentials *user, uint64_t hash)
{
	struct slice list = user->aors;

	credentials_writer_remove(u->writer, user->username, user->realm);
	user_index_remove(u->names, hash);
	while (list.len > 0)
		aor_down(u, slice_cut(&list, ' '), true);
	u->now.removed++;
}

bool
users_sweep(struct users *u)
{
	static struct credentials_copy copy;
	struct credentials user;

	for (int i = 0; i < WALK_RECORDS && user_index_count(u->names) > u->seen; i++) {
		const uint32_t *mark;
		uint64_t hash;

		if (!credentials_walk_next(credentials_writer_table(u->writer), &u->walk, &copy,
					   &user)) {
			memset(&u->walk, 0, sizeof(u->walk));
			if (++u->walks == WALKS)
				return false;
			continue;
		}
		hash = user_index_hash(u->names, user.username, user.realm);
		mark = user_index_find(u->names, hash);
		if (mark == NULL || *mark != (uint32_t)u->started)
			remove_user(u, &user, hash);
	}
	return user_index_count(u->names) > u->seen;
}

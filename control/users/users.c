/* SPDX-License-Identifier: BSD-3-Clause */
#include "users/users_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "process/clock.h"

enum {
	HANDLES = 4,
	SLICE_MS = 2,
	ROWS_BETWEEN_LOOKS = 32, /* at the clock */
	USERS_LEAST = 4096,      /* that the table is made for; it grows by itself */
	USERS_MOST = 1 << 24,
	GROW_PER_ROW = 4,
	WAIT_MS = 20,
	RETELL_MS = 500,
	RETRY_MS = 5000,
	RETRY_MOST_MS = 60000,
};

static bool
has_source(const struct users *u)
{
	return u->config->file->users.source != CONFIG_USERS_NONE;
}

/* ---- a load ---- */

static void
on_wake_up(void *context)
{
	struct users *u = context;

	uv_async_send(&u->wake);
}

static void
begin(struct users *u)
{
	u->started++;
	u->again = u->out_of_memory = false;
	u->forced = u->forced_next;
	u->forced_next = false;
	u->seen = 0;
	u->now = (struct users_load){ 0 };
	memcpy(u->error_before, u->error, sizeof(u->error));
	u->began_ms = clock_steady_ms();
	u->phase = USERS_READING;
	u->loader = user_loader_start(u->config, on_wake_up, u, u->error, sizeof(u->error));
}

static void on_timer(uv_timer_t *timer);

static void
schedule(struct users *u)
{
	uint64_t every = (uint64_t)u->config->file->users.reload_seconds * 1000, retry = RETRY_MS;

	for (unsigned int i = 1; i < u->failures && retry < RETRY_MOST_MS; i++)
		retry *= 2;
	if (retry > RETRY_MOST_MS)
		retry = RETRY_MOST_MS;
	if (u->failures > 0 && (every == 0 || retry < every))
		every = retry;
	uv_timer_stop(&u->timer);
	uv_update_time(u->timer.loop);
	if (every > 0)
		uv_timer_start(&u->timer, on_timer, every, 0);
}

/* Our table takes the place of our predecessor's. */
static bool
publish(struct users *u)
{
	enum segment_error error;

	if (u->loaded)
		return true;
	error = credentials_writer_publish(u->writer);
	if (error != SEGMENT_OK) {
		snprintf(u->error, sizeof(u->error), "users: the table cannot be published: %s",
			 segment_error_text(error));
		return false;
	}
	u->loaded = true;
	if (u->have_before)
		credentials_table_detach(&u->before);
	u->have_before = false;
	return true;
}

/* The load is over; `fine`: all users of the source are in force, and no others. */
static void
finish(struct users *u, bool fine)
{
	u->phase = USERS_IDLE;
	u->finished = u->started;
	u->now.ms = clock_steady_ms() - u->began_ms;
	u->failures = fine ? 0 : u->failures + 1;
	if (fine) {
		u->error[0] = '\0';
		u->read_ms = clock_steady_ms();
		u->forces += u->forced;
	}
	u->forced = false;
	users_log(u);
	u->last = u->now;
	if (u->again)
		begin(u);
	else
		schedule(u);
}

/*
 * Somebody may be writing it, or may have emptied it by mistake: with the users would go all that
 * they have registered.
 */
static bool
check_loss(struct users *u)
{
	uint64_t there = 0, gone = 0;

	if (u->loaded) {
		there = user_index_count(u->names) - u->now.added;
		gone = user_index_count(u->names) - u->seen;
	} else if (u->have_before) {
		there = atomic_load(&u->before.header->keys);
		gone = there > u->seen ? there - u->seen : 0;
	}
	if (u->forced || (u->seen > 0 && !users_too_many(gone, there)) || (u->loaded && there == 0))
		return true;
	if (u->seen == 0)
		snprintf(u->error, sizeof(u->error), "users: nobody is in the source");
	else
		snprintf(u->error, sizeof(u->error),
			 "users: %llu of %llu are not in the source any more",
			 (unsigned long long)gone, (unsigned long long)there);
	snprintf(u->error + strlen(u->error), sizeof(u->error) - strlen(u->error),
		 ": is it being written? It is tried again; if it is meant: viaduct users reload "
		 "--force");
	return false;
}

/* The source was read to its end, or not: what it had is in the table already. */
static void
finish_reading(struct users *u, bool fine)
{
	if (!fine && u->loader != NULL)
		snprintf(u->error, sizeof(u->error), "%s", user_loader_error(u->loader));
	user_loader_close(u->loader);
	u->loader = NULL;
	if (fine && u->out_of_memory) {
		fine = false;
		snprintf(u->error, sizeof(u->error), "users: no memory left for all of them");
	} else if (fine && u->seen == 0 && u->now.bad > 0) {
		/* another file, another query: nobody means to lock everybody out like this */
		fine = false;
		snprintf(u->error, sizeof(u->error), "users: no row can be used: %.180s",
			 u->now.bad_rows[0]);
	} else if (fine) {
		fine = check_loss(u);
	}
	if (!fine) {
		finish(u, false);
		return;
	}
	u->phase = USERS_SWEEPING;
	u->walks = 0;
	memset(&u->walk, 0, sizeof(u->walk));
}

/* Take some rows of the present batch. */
static void
apply_some(struct users *u)
{
	struct user_item item;

	for (int i = 0; i < ROWS_BETWEEN_LOOKS; i++) {
		if (user_batch_next(u->batch, &item)) {
			users_apply(u, &item);
			continue;
		}
		user_loader_release(u->loader, u->batch);
		u->batch = NULL;
		break;
	}
	credentials_writer_step(u->writer, ROWS_BETWEEN_LOOKS * GROW_PER_ROW);
}

/* False: there is nothing to do now. */
static bool
read_some(struct users *u, unsigned int patience_ms)
{
	enum user_load state = USER_LOAD_BATCH;

	if (u->loader == NULL)
		state = USER_LOAD_FAILED;
	else if (u->batch == NULL)
		state = user_loader_take(u->loader, patience_ms, &u->batch);
	switch (state) {
	case USER_LOAD_BATCH:
		apply_some(u);
		return true;
	case USER_LOAD_WAIT:
		return false;
	case USER_LOAD_DONE:
	case USER_LOAD_FAILED:
		finish_reading(u, state == USER_LOAD_DONE);
		return true;
	}
	return false;
}

static void on_retell(uv_timer_t *timer);

/* A little of what is to be done. False: there is nothing to do now. */
static bool
step(struct users *u, unsigned int patience_ms)
{
	if (!users_tell_again(u)) {
		uv_timer_start(&u->retell, on_retell, RETELL_MS, 0);
		return false;
	}
	switch (u->phase) {
	case USERS_READING:
		return read_some(u, patience_ms);
	case USERS_SWEEPING:
		if (!users_sweep(u))
			u->phase = USERS_FORGETTING;
		return true;
	case USERS_FORGETTING:
		if (!users_forget(u) && !(u->forced && users_let_go(u)))
			finish(u, publish(u));
		return true;
	case USERS_IDLE:
		return users_let_go(u) ||
		       credentials_writer_step(u->writer, ROWS_BETWEEN_LOOKS * GROW_PER_ROW);
	}
	return false;
}

/* ---- events ---- */

static void
on_work(uv_idle_t *work)
{
	struct users *u = work->data;
	uint64_t until = clock_steady_ms() + SLICE_MS;

	do
		if (!step(u, 0)) {
			uv_idle_stop(work);
			return;
		}
	while (clock_steady_ms() < until);
}

static void
on_wake(uv_async_t *wake)
{
	struct users *u = wake->data;

	uv_idle_start(&u->work, on_work);
}

static void
on_retell(uv_timer_t *timer)
{
	struct users *u = timer->data;

	uv_idle_start(&u->work, on_work);
}

static void
on_timer(uv_timer_t *timer)
{
	users_reload(timer->data, false);
}

uint64_t
users_reload(struct users *u, bool force)
{
	if (!has_source(u)) {
		u->forces += force;
		return 0;
	}
	uv_timer_stop(&u->timer);
	u->forced_next |= force;
	if (u->phase != USERS_IDLE) {
		u->again = true;
		return u->started + 1;
	}
	begin(u);
	uv_idle_start(&u->work, on_work);
	return u->started;
}

void
users_start(struct users *u, users_changed changed, void *context, unsigned int patience_ms)
{
	uint64_t until = clock_steady_ms() + patience_ms;

	u->changed = changed;
	u->context = context;
	if (users_reload(u, false) == 0)
		return;
	while (u->phase != USERS_IDLE && clock_steady_ms() < until && u->untold.used == 0)
		step(u, WAIT_MS);
}

/* ---- questions ---- */

bool
users_ready(const struct users *u)
{
	return u->loaded || u->have_before;
}

bool
users_loaded(const struct users *u)
{
	return u->loaded;
}

bool
users_find(const struct users *u, struct slice username, struct slice realm,
	   struct credentials_copy *copy, struct credentials *out)
{
	if (!users_ready(u))
		return false;
	return credentials_find(u->loaded ? credentials_writer_table(u->writer) : &u->before,
				username, realm, copy, out);
}

bool
users_know(struct users *u, struct slice aor)
{
	return u->loaded &&
	       user_index_find(u->aors, user_index_hash(u->aors, aor, SLICE_ABSENT)) != NULL;
}

uint64_t
users_forced(const struct users *u)
{
	return u->forces;
}

void
users_beat(struct users *u)
{
	if (!has_source(u))
		return;
	if (u->loaded)
		credentials_writer_beat(u->writer);
	/* a table that grew lately has things left to do */
	if (credentials_writer_step(u->writer, ROWS_BETWEEN_LOOKS) || u->leaving_count > 0)
		uv_idle_start(&u->work, on_work);
}

/* ---- opening ---- */

/* About as many as there are AORs: a table that need not grow is loaded faster. */
static uint32_t
users_expected(const struct config *config)
{
	uint32_t n = config->file->registrar.max_aors;

	return n < USERS_LEAST ? USERS_LEAST : n > USERS_MOST ? USERS_MOST : n;
}

static bool
open_set(struct users *u, char *message, size_t size)
{
	uint8_t source[CREDENTIALS_SOURCE_SIZE];
	enum segment_error error;

	u->names = user_index_open();
	u->aors = user_index_open();
	if (u->names == NULL || u->aors == NULL || !user_source_identity(u->config, source)) {
		snprintf(message, size, "users: no memory");
		return false;
	}
	u->have_before = credentials_table_attach(&u->before, u->config->shm_dir) == SEGMENT_OK;
	/* who was in force by another configuration need not be a user of this one */
	if (u->have_before && !credentials_table_is_of(&u->before, source)) {
		credentials_table_discard(&u->before);
		u->have_before = false;
	}
	u->writer = credentials_writer_open(u->config->shm_dir, users_expected(u->config),
					    clock_steady_ms, &error);
	if (u->writer == NULL)
		snprintf(message, size, "users: no table: %s", segment_error_text(error));
	else
		credentials_writer_set_source(u->writer, source);
	return u->writer != NULL;
}

static void
close_set(struct users *u)
{
	user_loader_close(u->loader);
	credentials_writer_close(u->writer);
	if (u->have_before)
		credentials_table_detach(&u->before);
	user_index_close(u->names);
	user_index_close(u->aors);
	free(u->lost.octets);
	free(u->leaving.octets);
	free(u->untold.octets);
}

struct users *
users_open(uv_loop_t *loop, const struct config *config, char *message, size_t size)
{
	struct users *u = calloc(1, sizeof(*u));

	if (u == NULL) {
		snprintf(message, size, "users: no memory");
		return NULL;
	}
	u->config = config;
	if (has_source(u) && !open_set(u, message, size)) {
		close_set(u);
		free(u);
		return NULL;
	}
	uv_idle_init(loop, &u->work);
	uv_async_init(loop, &u->wake, on_wake);
	uv_timer_init(loop, &u->timer);
	uv_timer_init(loop, &u->retell);
	u->work.data = u->wake.data = u->timer.data = u->retell.data = u;
	return u;
}

static void
on_closed(uv_handle_t *handle)
{
	struct users *u = handle->data;

	if (++u->handles == HANDLES)
		free(u);
}

void
users_close(struct users *u)
{
	if (u == NULL)
		return;
	close_set(u);
	uv_close((uv_handle_t *)&u->work, on_closed);
	uv_close((uv_handle_t *)&u->wake, on_closed);
	uv_close((uv_handle_t *)&u->timer, on_closed);
	uv_close((uv_handle_t *)&u->retell, on_closed);
}

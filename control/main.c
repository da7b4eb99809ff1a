/* SPDX-License-Identifier: BSD-3-Clause */
/* viaduct-control: registrar, netlink mirror, keys and control socket around one event loop. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <uv.h>

#include "admin/socket.h"
#include "admin/store.h"
#include "disabled.h"
#include "drain.h"
#include "keyring_file.h"
#include "messages.h"
#include "network/hops.h"
#include "network/netlink.h"
#include "process/folder.h"
#include "process/lock.h"
#include "process/privileges.h"
#include "registrar/exchange.h"
#include "registrar/registrar.h"
#include "registrar/report.h"
#include "store_config.h"
#include "table/keys.h"
#include "transaction_watch.h"
#include "users/users.h"

enum {
	RING_MS = 1,
	SWEEP_MS = 10,
	STEP_MS = 10,
	STEP_BUSY_US = 1000, /* of background work, with and without requests coming in */
	STEP_IDLE_US = 8000,
	EXPIRE_BATCHES = 64,
	HOPS_MS = 10,
	BEAT_MS = 100,
	SECOND_MS = 1000,
	USERS_MS = 1000,      /* how long a quick source is waited for at the start */
	MIRROR_DELAY_MS = 10, /* changes that come together make one snapshot */
	NEIGHBOUR_SECONDS = 10,
	RING_ELEMENTS = 65536, /* 4 MiB for each direction of each worker */
	BATCHES_AT_ONCE = 16,
};

struct control {
	struct config *config;
	struct binding_store *store;
	struct registrar *registrar;
	struct users *users;
	struct netlink *netlink;
	struct message_rings rings;
	struct hops *hops;
	struct messages messages;
	struct keyring ring;
	struct admin *admin;
	struct orders orders;
	struct disabled disabled;
	struct transaction_watch watch;
	int lock;
	uint64_t started_ms;
	pid_t parent;
	unsigned int seconds;
	bool mirror_failed;
	uv_loop_t loop;
	bool busy; /* requests came in since the last step */
	uv_timer_t ring_timer, sweep_timer, step_timer, hops_timer, beat_timer, second_timer,
		mirror_timer;
	uv_poll_t netlink_poll;
	uv_signal_t sigint, sigterm, sighup;
	char message[512];
};

static void
say(const char *text)
{
	fprintf(stderr, "viaduct-control: %s\n", text);
}

/* ---- events ---- */

static void
on_ring(uv_timer_t *timer)
{
	struct control *c = timer->data;

	for (int i = 0; i < BATCHES_AT_ONCE && messages_run(&c->messages) > 0; i++)
		c->busy = true;
}

static void
on_sweep(uv_timer_t *timer)
{
	struct control *c = timer->data;

	registrar_sweep_flows(c->registrar);
}

static void
on_step(uv_timer_t *timer)
{
	struct control *c = timer->data;

	registrar_step(c->registrar, c->busy ? STEP_BUSY_US : STEP_IDLE_US);
	c->busy = false;
}

static void
on_hops(uv_timer_t *timer)
{
	struct control *c = timer->data;

	hops_tick(c->hops);
}

static void
on_beat(uv_timer_t *timer)
{
	struct control *c = timer->data;

	segment_beat(&c->rings.segment);
	registrar_beat(c->registrar);
	users_beat(c->users);
	/* the supervisor is gone: its next one wants the store's lock */
	if (getenv("VIADUCT_SUPERVISED") != NULL && getppid() != c->parent)
		uv_stop(&c->loop);
}

static void
mirror(struct control *c)
{
	bool fine = netlink_mirror(c->netlink);

	if (!fine && !c->mirror_failed)
		say(netlink_message(c->netlink));
	c->mirror_failed = !fine;
}

static void
on_mirror(uv_timer_t *timer)
{
	mirror(timer->data);
}

static void
on_netlink(uv_poll_t *poll, int status, int events)
{
	struct control *c = poll->data;

	(void)status;
	(void)events;
	if (netlink_read(c->netlink) && !uv_is_active((uv_handle_t *)&c->mirror_timer))
		uv_timer_start(&c->mirror_timer, on_mirror, MIRROR_DELAY_MS, 0);
}

static void
on_second(uv_timer_t *timer)
{
	struct control *c = timer->data;

	for (int i = 0; i < EXPIRE_BATCHES && registrar_expire(c->registrar); i++)
		;
	registrar_flush_users(c->registrar);
	while (registrar_news(c->registrar, c->message, sizeof(c->message)))
		say(c->message);
	while (transaction_watch_news(&c->watch, c->message, sizeof(c->message)))
		say(c->message);
	if (c->mirror_failed)
		mirror(c);
	if (++c->seconds % NEIGHBOUR_SECONDS == 0)
		netlink_refresh_neighbours(c->netlink);
}

static void
on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	uv_stop(handle->loop);
}

static void
on_hangup(uv_signal_t *handle, int number)
{
	(void)number;
	users_reload(((struct control *)handle->data)->users, false);
}

/* ---- control socket ---- */

static json_t *
status(struct control *c)
{
	json_t *report = registrar_report(c->registrar);
	json_t *users = users_report(c->users);
	json_t *transactions = transaction_watch_report(&c->watch);

	json_t *answer = json_pack("{s:b, s:s, s:s, s:i, s:I}", "ok", 1, "instance",
				   c->config->file->instance, "state", drain_state_name(&c->orders),
				   "pid", (int)getpid(), "uptime_ms",
				   (json_int_t)(uv_now(&c->loop) - c->started_ms));

	if (c->orders.state != ORDERS_OPEN)
		json_object_set_new(answer, "drain", drain_report(&c->orders));
	if (users != NULL)
		json_object_set_new(answer, "users", users);
	if (transactions != NULL)
		json_object_set_new(answer, "transactions", transactions);
	json_object_update(answer, report);
	json_decref(report);
	return answer;
}

/* The key ring of the file is the one in use from now on; its GRUU keys with this store only. */
static bool
read_keys(struct control *c)
{
	enum segment_error error;
	struct keyring ring;

	if (!keyring_file_load(c->config->state_dir, &ring, c->message, sizeof(c->message)))
		return false;
	keyring_bind_gruu(&ring, c->store->ops->identity(c->store), STORE_IDENTITY_LEN);
	error = keys_publish(c->config->shm_dir, &ring);
	if (error == SEGMENT_OK)
		c->ring = ring;
	else
		snprintf(c->message, sizeof(c->message), "keys: %s", segment_error_text(error));
	OPENSSL_cleanse(&ring, sizeof(ring));
	return error == SEGMENT_OK;
}

static json_t *
reload_keys(struct control *c)
{
	if (!read_keys(c))
		return json_pack("{s:b, s:s}", "ok", 0, "error", c->message);
	hops_set_keys(c->hops, &c->ring);
	registrar_set_keys(c->registrar, &c->ring);
	return json_pack("{s:b}", "ok", 1);
}

static json_t *
reload_users(struct control *c, const json_t *request)
{
	bool force = json_is_true(json_object_get(request, "force"));
	uint64_t load = users_reload(c->users, force);

	if (load == 0 && !force)
		return json_pack("{s:b, s:s}", "ok", 0, "error",
				 "users.source is 'none': there is nothing to read");
	if (load == 0)
		return json_pack("{s:b}", "ok", 1);
	return json_pack("{s:b, s:I}", "ok", 1, "load", (json_int_t)load);
}

static json_t *
on_command(const char *name, const json_t *request, void *context)
{
	struct control *c = context;

	if (strcmp(name, "status") == 0)
		return status(c);
	if (strcmp(name, "drain") == 0 || strcmp(name, "resume") == 0)
		return drain_order(c->config, &c->orders, name, request);
	if (strcmp(name, "disable-aor") == 0 || strcmp(name, "enable-aor") == 0 ||
	    strcmp(name, "list-aors") == 0)
		return disabled_order(c->config, &c->disabled, name, request);
	if (strcmp(name, "list-transactions") == 0)
		return transaction_watch_list(&c->watch, request);
	if (strcmp(name, "export-bindings") == 0)
		return registrar_export(c->registrar, request);
	if (strcmp(name, "import-bindings") == 0)
		return registrar_import(c->registrar, request);
	if (strcmp(name, "reload-keys") == 0)
		return reload_keys(c);
	if (strcmp(name, "reload-users") == 0)
		return reload_users(c, request);
	return admin_store(c->store, name);
}

/* ---- opening ---- */

/* One control for an instance: two would write one table. */
static bool
lock_instance(struct control *c)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/control.lock", c->config->state_dir);
	c->lock = lock_take(path, LOCK_PATIENCE_MS);
	if (c->lock >= 0)
		return true;
	if (errno != EWOULDBLOCK)
		snprintf(c->message, sizeof(c->message), "lock file %s: %s", path, strerror(errno));
	else
		snprintf(c->message, sizeof(c->message),
			 "another control process of '%s' is running (%s)",
			 c->config->file->instance, path);
	return false;
}

static bool
open_folders(struct control *c)
{
	const char *dirs[] = { c->config->state_dir, c->config->run_dir, c->config->shm_dir };
	const char *user = c->config->file->user;

	for (size_t i = 0; i < 3; i++)
		if (!folder_make(dirs[i], 0700, user, c->message, sizeof(c->message)))
			return false;
	return privileges_drop_control(user, c->message, sizeof(c->message)) && lock_instance(c);
}

static bool
open_rings(struct control *c)
{
	enum segment_error error = message_rings_create(
		&c->rings, c->config->shm_dir, c->config->file->dataplane.workers, RING_ELEMENTS);

	if (error != SEGMENT_OK)
		snprintf(c->message, sizeof(c->message), "rings: %s", segment_error_text(error));
	return error == SEGMENT_OK;
}

static bool
open_registrar(struct control *c)
{
	const struct store_options options = store_config(c->config);
	char path[256];

	snprintf(path, sizeof(path), "%s/bindings", c->config->state_dir);
	c->store = binding_store_open(path, &options, NULL, c->message, sizeof(c->message));
	if (c->store == NULL || !read_keys(c))
		return false;
	c->registrar = registrar_open(c->config, c->store, c->message, sizeof(c->message));
	if (c->registrar == NULL)
		return false;
	registrar_set_keys(c->registrar, &c->ring);
	return true;
}

static bool
find_user(void *context, struct slice username, struct slice realm, struct credentials_copy *copy,
	  struct credentials *out)
{
	return users_find(context, username, realm, copy, out);
}

static bool
has_users(void *context)
{
	return users_ready(context);
}

static bool
has_all_users(void *context)
{
	return users_loaded(context);
}

static bool
has_user_with(void *context, struct slice aor)
{
	return users_know(context, aor);
}

static uint64_t
forced_loads(void *context)
{
	return users_forced(context);
}

static bool
on_user_changed(void *context, struct slice aor, bool exists)
{
	return registrar_user_changed(context, aor, exists);
}

static bool
open_users(struct control *c)
{
	struct registrar_users users = { .find = find_user,
					 .ready = has_users,
					 .loaded = has_all_users,
					 .knows = has_user_with,
					 .forced = forced_loads };

	c->users = users_open(&c->loop, c->config, c->message, sizeof(c->message));
	if (c->users == NULL)
		return false;
	users.context = c->users;
	registrar_set_users(c->registrar, &users);
	users_start(c->users, on_user_changed, c->registrar, USERS_MS);
	return true;
}

static bool
open_hops(struct control *c)
{
	c->hops = hops_open(&c->loop, c->config, &c->rings, c->message, sizeof(c->message));
	if (c->hops == NULL)
		return false;
	hops_set_keys(c->hops, &c->ring);
	c->messages =
		(struct messages){ .rings = &c->rings, .registrar = c->registrar, .hops = c->hops };
	return true;
}

static bool
open_admin(struct control *c)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/control.sock", c->config->run_dir);
	c->admin = admin_open(&c->loop, path, on_command, c, c->message, sizeof(c->message));
	return c->admin != NULL;
}

static bool
open_network(struct control *c)
{
	c->netlink = netlink_open(c->config, c->message, sizeof(c->message));
	if (c->netlink == NULL)
		return false;
	mirror(c);
	return true;
}

static void
start_timer(struct control *c, uv_timer_t *timer, uv_timer_cb callback, uint64_t every)
{
	uv_timer_init(&c->loop, timer);
	timer->data = c;
	if (every > 0)
		uv_timer_start(timer, callback, every, every);
}

static void
start_events(struct control *c)
{
	start_timer(c, &c->ring_timer, on_ring, RING_MS);
	start_timer(c, &c->sweep_timer, on_sweep, SWEEP_MS);
	start_timer(c, &c->step_timer, on_step, STEP_MS);
	start_timer(c, &c->hops_timer, on_hops, HOPS_MS);
	start_timer(c, &c->beat_timer, on_beat, BEAT_MS);
	start_timer(c, &c->second_timer, on_second, SECOND_MS);
	start_timer(c, &c->mirror_timer, on_mirror, 0);
	uv_poll_init(&c->loop, &c->netlink_poll, netlink_fd(c->netlink));
	c->netlink_poll.data = c;
	uv_poll_start(&c->netlink_poll, UV_READABLE, on_netlink);
	uv_signal_init(&c->loop, &c->sigint);
	uv_signal_start(&c->sigint, on_signal, SIGINT);
	uv_signal_init(&c->loop, &c->sigterm);
	uv_signal_start(&c->sigterm, on_signal, SIGTERM);
	uv_signal_init(&c->loop, &c->sighup);
	c->sighup.data = c;
	uv_signal_start(&c->sighup, on_hangup, SIGHUP);
}

static void
close_all(struct control *c)
{
	admin_close(c->admin);
	hops_close(c->hops);
	users_close(c->users);
	registrar_close(c->registrar);
	if (c->store != NULL)
		c->store->ops->close(c->store);
	netlink_close(c->netlink);
	transaction_watch_close(&c->watch);
	if (c->rings.segment.header != NULL)
		message_rings_detach(&c->rings);
	config_free(c->config);
}

int
main(int argc, char **argv)
{
	static struct control c;
	static struct config_errors errors;

	if (argc != 2 || argv[1][0] == '-') {
		say("usage: viaduct-control CONFIG (viaduct run starts it)");
		return EXIT_FAILURE;
	}
	c.parent = getppid();
	c.config = config_load(argv[1], &errors);
	if (c.config == NULL) {
		config_errors_print(&errors, argv[1], stderr);
		return EXIT_FAILURE;
	}
	c.watch.dir = c.config->shm_dir;
	signal(SIGPIPE, SIG_IGN);
	uv_loop_init(&c.loop);
	c.started_ms = uv_now(&c.loop);
	if (!open_folders(&c) || !drain_open(c.config, &c.orders, c.message, sizeof(c.message)) ||
	    !disabled_open(c.config, &c.disabled, c.message, sizeof(c.message)) ||
	    !open_rings(&c) || !open_network(&c) || !open_registrar(&c) || !open_users(&c) ||
	    !open_hops(&c) || !open_admin(&c)) {
		say(c.message);
		close_all(&c);
		return EXIT_FAILURE;
	}
	start_events(&c);
	printf("viaduct-control: %s: ready\n", c.config->file->instance);
	fflush(stdout);
	uv_run(&c.loop, UV_RUN_DEFAULT);
	close_all(&c);
	return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "admin/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LINE_MAX_LEN = 256 << 10,
	BACKLOG = 16,
	MAX_CONNECTIONS = 64,
	LINES_AT_ONCE = 16,     /* then it is others' turn */
	UNREAD_MAX = 256 << 10, /* octets of answers that nobody has read: no more of them then */
	HANDLES = 2,            /* of a connection */
};

struct admin {
	uv_pipe_t listener;
	admin_command command;
	void *context;
	char path[256];
	unsigned int connections;
};

struct connection {
	uv_pipe_t pipe;
	uv_idle_t turn; /* runs while lines wait for theirs */
	unsigned int handles;
	struct admin *admin;
	char line[LINE_MAX_LEN];
	size_t at, used; /* what is to be answered, and its end */
};

struct answer {
	uv_write_t request;
	char *text;
};

static void
on_closed(uv_handle_t *handle)
{
	struct connection *c = handle->data;

	if (++c->handles < HANDLES)
		return;
	c->admin->connections--;
	free(c);
}

static bool
is_ending(const struct connection *c)
{
	return uv_is_closing((const uv_handle_t *)&c->pipe);
}

static void
end(struct connection *c)
{
	if (is_ending(c))
		return;
	uv_close((uv_handle_t *)&c->pipe, on_closed);
	uv_close((uv_handle_t *)&c->turn, on_closed);
}

static bool
is_read(const struct connection *c)
{
	return uv_stream_get_write_queue_size((const uv_stream_t *)&c->pipe) <= UNREAD_MAX;
}

static void on_turn(uv_idle_t *turn);

static void
on_written(uv_write_t *request, int status)
{
	struct answer *a = (struct answer *)request;
	struct connection *c = request->handle->data;

	free(a->text);
	free(a);
	(void)status;
	if (!is_ending(c) && is_read(c))
		uv_idle_start(&c->turn, on_turn);
}

static void
send_line(struct connection *c, json_t *answer)
{
	struct answer *a = calloc(1, sizeof(*a));
	char *text = json_dumps(answer, JSON_COMPACT);
	uv_buf_t buffer;
	size_t len;

	json_decref(answer);
	if (a == NULL || text == NULL)
		goto out;
	len = strlen(text);
	a->text = realloc(text, len + 2);
	if (a->text == NULL)
		goto out;
	memcpy(a->text + len, "\n", 2);
	buffer = uv_buf_init(a->text, (unsigned int)len + 1);
	if (uv_write(&a->request, (uv_stream_t *)&c->pipe, &buffer, 1, on_written) == 0)
		return;
	text = a->text;
out:
	free(text);
	free(a);
}

static void
answer_line(struct connection *c, const char *line, size_t len)
{
	json_error_t error;
	json_t *request = json_loadb(line, len, 0, &error), *answer = NULL;
	const char *name;

	name = json_string_value(json_object_get(request, "command"));
	if (name != NULL)
		answer = c->admin->command(name, request, c->admin->context);
	if (answer == NULL)
		answer = json_pack("{s:b, s:s}", "ok", 0, "error",
				   name != NULL ? "unknown command"
						: "want a line such as {\"command\": \"status\"}");
	json_decref(request);
	send_line(c, answer);
}

static void
on_allocate(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
	struct connection *c = handle->data;

	(void)wanted;
	*buffer = uv_buf_init(c->line + c->used, (unsigned int)(sizeof(c->line) - c->used));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	struct connection *c = stream->data;

	(void)buffer;
	if (n < 0) {
		end(c);
		return;
	}
	c->used += (size_t)n;
	on_turn(&c->turn);
}

/* Answer some of the lines that are there. The rest wait for the next turn of the loop, or, when
 * nobody reads the answers, until somebody does; nothing more is read before they are done. */
static void
on_turn(uv_idle_t *turn)
{
	struct connection *c = turn->data;
	const char *newline = c->line;

	for (int i = 0; i < LINES_AT_ONCE && is_read(c); i++) {
		const char *line = c->line + c->at;

		newline = memchr(line, '\n', c->used - c->at);
		if (newline == NULL)
			break;
		answer_line(c, line, (size_t)(newline - line));
		c->at += (size_t)(newline + 1 - line);
	}
	if (newline != NULL) {
		uv_read_stop((uv_stream_t *)&c->pipe);
		if (is_read(c))
			uv_idle_start(turn, on_turn);
		else
			uv_idle_stop(turn);
		return;
	}
	c->used -= c->at;
	memmove(c->line, c->line + c->at, c->used);
	c->at = 0;
	uv_idle_stop(turn);
	if (c->used == sizeof(c->line))
		end(c);
	else
		uv_read_start((uv_stream_t *)&c->pipe, on_allocate, on_read);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct admin *a = listener->data;
	struct connection *c = status == 0 ? calloc(1, sizeof(*c)) : NULL;

	if (c == NULL)
		return;
	c->admin = a;
	c->pipe.data = c;
	c->turn.data = c;
	uv_pipe_init(listener->loop, &c->pipe, 0);
	uv_idle_init(listener->loop, &c->turn);
	a->connections++;
	if (uv_accept(listener, (uv_stream_t *)&c->pipe) != 0 || a->connections > MAX_CONNECTIONS)
		end(c);
	else
		uv_read_start((uv_stream_t *)&c->pipe, on_allocate, on_read);
}

struct admin *
admin_open(uv_loop_t *loop, const char *path, admin_command command, void *context, char *message,
	   size_t size)
{
	struct admin *a = calloc(1, sizeof(*a));
	mode_t mask;
	int error;

	if (a == NULL)
		return NULL;
	a->command = command;
	a->context = context;
	snprintf(a->path, sizeof(a->path), "%s", path);
	unlink(path);
	uv_pipe_init(loop, &a->listener, 0);
	a->listener.data = a;
	mask = umask(0177);
	error = uv_pipe_bind(&a->listener, path);
	umask(mask);
	if (error == 0)
		error = uv_listen((uv_stream_t *)&a->listener, BACKLOG, on_connection);
	if (error != 0) {
		snprintf(message, size, "control socket %s: %s", path, uv_strerror(error));
		uv_close((uv_handle_t *)&a->listener, NULL);
		uv_run(loop, UV_RUN_NOWAIT);
		free(a);
		return NULL;
	}
	return a;
}

void
admin_close(struct admin *a)
{
	if (a == NULL)
		return;
	unlink(a->path);
	if (!uv_is_closing((uv_handle_t *)&a->listener))
		uv_close((uv_handle_t *)&a->listener, NULL);
}

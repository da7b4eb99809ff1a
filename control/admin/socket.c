/* SPDX-License-Identifier: BSD-3-Clause */
#include "admin/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_LEN = 256 << 10, BACKLOG = 16, MAX_CONNECTIONS = 64 };

struct admin {
	uv_pipe_t listener;
	admin_command command;
	void *context;
	char path[256];
	unsigned int connections;
};

struct connection {
	uv_pipe_t pipe;
	struct admin *admin;
	char line[LINE_MAX_LEN];
	size_t used;
};

struct answer {
	uv_write_t request;
	char *text;
};

static void
on_closed(uv_handle_t *handle)
{
	struct connection *c = handle->data;

	c->admin->connections--;
	free(c);
}

static void
end(struct connection *c)
{
	if (!uv_is_closing((uv_handle_t *)&c->pipe))
		uv_close((uv_handle_t *)&c->pipe, on_closed);
}

static void
on_written(uv_write_t *request, int status)
{
	struct answer *a = (struct answer *)request;

	(void)status;
	free(a->text);
	free(a);
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
	char *newline;

	(void)buffer;
	if (n < 0) {
		end(c);
		return;
	}
	c->used += (size_t)n;
	while ((newline = memchr(c->line, '\n', c->used)) != NULL) {
		size_t len = (size_t)(newline - c->line);

		answer_line(c, c->line, len);
		c->used -= len + 1;
		memmove(c->line, newline + 1, c->used);
	}
	if (c->used == sizeof(c->line))
		end(c);
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
	uv_pipe_init(listener->loop, &c->pipe, 0);
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

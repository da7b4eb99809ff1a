/* SPDX-License-Identifier: BSD-3-Clause */
#include "network/dns_sockets.h"

#include <stdlib.h>

struct dns_watch {
	struct dns_sockets *sockets;
	uv_poll_t poll;
	ares_socket_t fd;
	struct dns_watch *next;
};

static void
on_socket(uv_poll_t *poll, int status, int events)
{
	struct dns_watch *w = poll->data;
	ares_socket_t none = ARES_SOCKET_BAD;

	if (status < 0)
		events = UV_READABLE | UV_WRITABLE; /* c-ares finds out */
	ares_process_fd(w->sockets->channel, (events & UV_READABLE) != 0 ? w->fd : none,
			(events & UV_WRITABLE) != 0 ? w->fd : none);
}

static void
on_watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
unwatch(struct dns_watch **at)
{
	struct dns_watch *w = *at;

	*at = w->next;
	uv_poll_stop(&w->poll);
	uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

static struct dns_watch *
watch(struct dns_sockets *s, ares_socket_t fd)
{
	struct dns_watch *w = calloc(1, sizeof(*w));

	if (w == NULL || uv_poll_init(s->loop, &w->poll, fd) != 0) {
		free(w);
		return NULL;
	}
	w->sockets = s;
	w->fd = fd;
	w->poll.data = w;
	w->next = s->watches;
	s->watches = w;
	return w;
}

void
dns_sockets_on_state(void *sockets, ares_socket_t fd, int readable, int writable)
{
	struct dns_sockets *s = sockets;
	struct dns_watch **at = &s->watches, *w;

	while (*at != NULL && (*at)->fd != fd)
		at = &(*at)->next;
	if (!readable && !writable) {
		if (*at != NULL)
			unwatch(at);
		return;
	}
	w = *at != NULL ? *at : watch(s, fd);
	if (w != NULL)
		uv_poll_start(&w->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0),
			      on_socket);
}

void
dns_sockets_close(struct dns_sockets *s)
{
	while (s->watches != NULL)
		unwatch(&s->watches);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "phone_wheel.h"
#include "phone_worker.h"

/* How much is done of one thing before the others get their turn; how long to sleep when idle. */
enum { EVENTS = 256, EXPIRE_BURST = 128, START_BURST = 64, IDLE_MS = 5, DATAGRAM_MAX = 4096 };

struct worker {
	const struct phone_plan *plan;
	struct phone_shared *shared;
	struct phone_counts *counts;
	struct phone_policy policy;
	struct phone_wheel wheel;
	struct phone *phone;
	int *fd;
	uint32_t first, count; /* phones of the run */
	uint32_t started;      /* in this wave */
	uint32_t wave;
	uint64_t wave_ms, now_ms;
	int epoll;
};

uint64_t
phone_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct flow_address
phone_local(const struct phone_plan *plan, uint32_t phone)
{
	uint32_t each = (plan->phones + plan->address_count - 1) / plan->address_count;
	struct flow_address a = plan->address[phone / each];

	a.port = (uint16_t)(a.port + phone % each);
	return a;
}

/** One writer: no read-modify-write is needed. */
static void
add(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

static void
add_state(struct worker *w, uint8_t state, uint32_t by)
{
	_Atomic uint32_t *counter = state == PHONE_REGISTERED ? &w->counts->registered
				    : state == PHONE_WAITING  ? &w->counts->waiting
							      : NULL;

	if (counter != NULL)
		atomic_store_explicit(counter,
				      atomic_load_explicit(counter, memory_order_relaxed) + by,
				      memory_order_relaxed);
}

/* ---- sockets ---- */

static socklen_t
to_socket_address(const struct flow_address *a, struct sockaddr_storage *out)
{
	*out = (struct sockaddr_storage){ 0 };
	if (a->family == 6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(a->port);
		memcpy(&in6->sin6_addr, a->ip, 16);
		return sizeof(*in6);
	}
	struct sockaddr_in *in = (struct sockaddr_in *)out;

	in->sin_family = AF_INET;
	in->sin_port = htons(a->port);
	memcpy(&in->sin_addr, a->ip, 4);
	return sizeof(*in);
}

/** Connected: what other addresses send is none of the phone's business. -1 with errno. */
static int
open_socket(const struct phone_plan *plan, uint32_t phone)
{
	struct flow_address local = phone_local(plan, phone);
	struct sockaddr_storage here, there;
	socklen_t here_size = to_socket_address(&local, &here);
	socklen_t there_size = to_socket_address(&plan->proxy, &there);
	int fd = socket(here.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && (bind(fd, (struct sockaddr *)&here, here_size) != 0 ||
			connect(fd, (struct sockaddr *)&there, there_size) != 0)) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static bool
open_sockets(struct worker *w)
{
	for (uint32_t i = 0; i < w->count; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		w->fd[i] = open_socket(w->plan, w->first + i);
		if (w->fd[i] < 0 || epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->fd[i], &event) != 0) {
			struct flow_address local = phone_local(w->plan, w->first + i);
			char text[FLOW_ADDRESS_TEXT_MAX];

			fprintf(stderr, "viaduct-phones: phone %u, %.*s: %s\n", w->first + i,
				SLICE_FMT(flow_address_text(&local, text)), strerror(errno));
			return false;
		}
	}
	return true;
}

/** A pending ICMP error comes with the send that follows it, which is then made again. */
static void
send_datagram(struct worker *w, uint32_t i, const void *data, size_t len)
{
	for (int tries = 0; tries < 2; tries++)
		if (send(w->fd[i], data, len, 0) == (ssize_t)len)
			return;
	add(&w->counts->not_sent);
}

/* ---- what phones do ---- */

static void
act(struct worker *w, uint32_t i, enum phone_act what)
{
	const struct phone_plan *plan = w->plan;
	struct phone *p = &w->phone[i];
	struct flow_address local;
	char text[PHONE_REGISTER_MAX];
	struct slice message = SLICE_ABSENT;

	switch (what) {
	case PHONE_NOTHING:
		return;
	case PHONE_PING:
		phone_write_ping(&plan->run, w->first + i + 1, p->ping, (uint8_t *)text);
		message = slice_of(text, PHONE_PING_SIZE);
		add(&w->counts->pings);
		break;
	case PHONE_REGISTER:
	case PHONE_REGISTER_AGAIN:
		local = phone_local(plan, w->first + i);
		message = phone_write_register(&plan->run, w->first + i + 1, &local, p->cseq, text);
		add(what == PHONE_REGISTER ? &w->counts->sent : &w->counts->retransmitted);
		break;
	}
	send_datagram(w, i, message.ptr, message.len);
}

/** Account for where the phone is now, and set its timer. */
static void
settle(struct worker *w, uint32_t i, uint8_t before)
{
	struct phone *p = &w->phone[i];

	if (p->state != before) {
		add_state(w, before, (uint32_t)-1);
		add_state(w, p->state, 1);
	}
	phone_wheel_set(&w->wheel, i, p->due_ms);
}

static void
start(struct worker *w, uint32_t i)
{
	uint8_t before = w->phone[i].state;

	act(w, i, phone_register(&w->phone[i], w->now_ms));
	settle(w, i, before);
}

static void
expire(struct worker *w, uint32_t i)
{
	struct phone *p = &w->phone[i];
	uint8_t before = p->state;
	enum phone_act what = phone_expired(p, &w->policy, w->now_ms);

	if (what == PHONE_NOTHING && p->state == PHONE_WAITING)
		add(&w->counts->timed_out);
	act(w, i, what);
	settle(w, i, before);
}

static void
count_response(struct phone_counts *counts, const struct phone_response *response)
{
	uint32_t seconds = response->retry_after_s;

	if (response->status < 200)
		return;
	add(&counts->status[response->status]);
	if (response->status == 503 && response->has_retry_after)
		add(&counts->retry_after[seconds < PHONE_RETRY_END ? seconds
								   : PHONE_RETRY_END - 1]);
}

static void
take_in(struct worker *w, uint32_t i, struct slice datagram)
{
	const struct phone_run *run = &w->plan->run;
	uint32_t number = w->first + i + 1;
	struct phone *p = &w->phone[i];
	uint8_t before = p->state;
	struct phone_response response;
	struct flow_address mapped;

	if (phone_read_response(run, number, p->cseq, datagram, &response)) {
		if (!phone_answered(p, &w->policy, &response, w->now_ms))
			return;
		count_response(w->counts, &response);
	} else if (phone_read_pong(run, number, p->ping, datagram, &mapped)) {
		add(&w->counts->pongs);
		act(w, i, phone_pong(p, &w->policy, &mapped, w->now_ms));
	} else {
		add(&w->counts->unexpected);
		return;
	}
	settle(w, i, before);
}

static void
receive(struct worker *w, uint32_t i)
{
	char datagram[DATAGRAM_MAX];
	ssize_t n = recv(w->fd[i], datagram, sizeof(datagram), 0);

	if (n > 0)
		take_in(w, i, slice_of(datagram, (size_t)n));
}

/* ---- the loop ---- */

/** A new wave: as if every phone had lost its power for a moment. */
static void
look_for_wave(struct worker *w)
{
	uint32_t wave = atomic_load_explicit(&w->shared->wave, memory_order_acquire);

	if (wave == w->wave)
		return;
	w->wave = wave;
	w->wave_ms = w->now_ms;
	w->started = 0;
	for (uint32_t i = 0; i < w->count; i++) {
		uint8_t before = w->phone[i].state;

		w->phone[i].state = PHONE_NEW;
		w->phone[i].failures = 0;
		w->phone[i].due_ms = PHONE_NEVER;
		settle(w, i, before);
	}
	atomic_store_explicit(&w->counts->wave, wave, memory_order_release);
}

/** Start phones as the rate has them by now. True while more of them are due already. */
static bool
start_some(struct worker *w)
{
	uint64_t due = w->count, elapsed_ms = w->now_ms - w->wave_ms;
	uint32_t end;

	if (w->wave == 0 || w->started == w->count)
		return false;
	if (w->plan->rate != 0)
		due = elapsed_ms * w->plan->rate * w->count / w->plan->phones / 1000;
	end = due < w->count ? (uint32_t)due : w->count;
	for (uint32_t n = 0; n < START_BURST && w->started < end; n++)
		start(w, w->started++);
	return w->started < end;
}

/** True while more may be due. */
static bool
expire_some(struct worker *w)
{
	uint32_t i;

	for (uint32_t n = 0; n < EXPIRE_BURST; n++) {
		if (!phone_wheel_next(&w->wheel, w->now_ms, &i))
			return false;
		expire(w, i);
	}
	return true;
}

static void
loop(struct worker *w)
{
	struct epoll_event event[EVENTS];
	bool busy = false;

	while (!atomic_load_explicit(&w->shared->stop, memory_order_relaxed)) {
		int n = epoll_wait(w->epoll, event, EVENTS, busy ? 0 : IDLE_MS);

		w->now_ms = phone_now_ms();
		for (int i = 0; i < n; i++)
			receive(w, event[i].data.u32);
		look_for_wave(w);
		busy = expire_some(w);
		busy = start_some(w) || busy;
	}
}

bool
phone_worker_run(const struct phone_plan *plan, struct phone_shared *shared, uint32_t index)
{
	struct worker w = {
		.plan = plan,
		.shared = shared,
		.counts = &shared->counts[index],
		.policy = { plan->ping_ms, plan->backoff, plan->run.id ^ index },
		.first = (uint32_t)((uint64_t)plan->phones * index / plan->workers),
		.now_ms = phone_now_ms(),
		.epoll = epoll_create1(EPOLL_CLOEXEC),
	};

	w.count = (uint32_t)((uint64_t)plan->phones * (index + 1) / plan->workers) - w.first;
	w.phone = calloc(w.count, sizeof(*w.phone));
	w.fd = calloc(w.count, sizeof(*w.fd));
	if (w.epoll < 0 || w.phone == NULL || w.fd == NULL ||
	    !phone_wheel_init(&w.wheel, w.count, w.now_ms)) {
		perror("viaduct-phones: worker");
		return false;
	}
	if (!open_sockets(&w))
		return false;
	atomic_store_explicit(&w.counts->ready, 1, memory_order_release);
	loop(&w);
	return true;
}

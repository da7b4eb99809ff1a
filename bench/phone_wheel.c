/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "phone_wheel.h"

bool
phone_wheel_init(struct phone_wheel *w, uint32_t phones, uint64_t now_ms)
{
	w->timer = calloc((size_t)PHONE_WHEEL_SLOTS + phones, sizeof(*w->timer));
	w->now_ms = now_ms;
	if (w->timer == NULL)
		return false;
	for (uint32_t i = 0; i < PHONE_WHEEL_SLOTS; i++)
		w->timer[i].next = w->timer[i].previous = i;
	for (uint32_t i = PHONE_WHEEL_SLOTS; i < PHONE_WHEEL_SLOTS + phones; i++)
		w->timer[i].next = w->timer[i].previous = i;
	return true;
}

void
phone_wheel_free(struct phone_wheel *w)
{
	free(w->timer);
	w->timer = NULL;
}

void
phone_wheel_clear(struct phone_wheel *w, uint32_t phone)
{
	uint32_t i = PHONE_WHEEL_SLOTS + phone;
	struct phone_timer *t = &w->timer[i];

	w->timer[t->previous].next = t->next;
	w->timer[t->next].previous = t->previous;
	t->next = t->previous = i;
}

void
phone_wheel_set(struct phone_wheel *w, uint32_t phone, uint64_t due_ms)
{
	uint32_t i = PHONE_WHEEL_SLOTS + phone;
	uint32_t head;

	phone_wheel_clear(w, phone);
	if (due_ms == UINT64_MAX)
		return;
	if (due_ms <= w->now_ms)
		due_ms = w->now_ms + 1;
	head = (uint32_t)(due_ms % PHONE_WHEEL_SLOTS);
	w->timer[i] = (struct phone_timer){ due_ms, head, w->timer[head].previous };
	w->timer[w->timer[head].previous].next = i;
	w->timer[head].previous = i;
}

bool
phone_wheel_next(struct phone_wheel *w, uint64_t now_ms, uint32_t *phone)
{
	while (w->now_ms < now_ms) {
		uint64_t tick = w->now_ms + 1;
		uint32_t head = (uint32_t)(tick % PHONE_WHEEL_SLOTS);

		for (uint32_t i = w->timer[head].next; i != head; i = w->timer[i].next) {
			if (w->timer[i].due_ms > tick)
				continue;
			*phone = i - PHONE_WHEEL_SLOTS;
			phone_wheel_clear(w, *phone);
			return true;
		}
		w->now_ms = tick;
	}
	return false;
}

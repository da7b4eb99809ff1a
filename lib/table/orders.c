/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/orders.h"

const struct segment_type orders_segment_type = {
	.kind = SEGMENT_ORDERS,
	.abi_major = 1,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct orders), ORDERS_CONTACT_MAX, 0),
	.name = "orders",
	.spare = true,
};

enum segment_error
orders_publish(const char *dir, const struct orders *orders)
{
	struct segment s;
	enum segment_error error;

	error = segment_create(&s, dir, &orders_segment_type, sizeof(struct orders_segment));
	if (error != SEGMENT_OK)
		return error;
	((struct orders_segment *)s.header)->orders = *orders;
	error = segment_publish(&s);
	segment_detach(&s);
	return error;
}

enum segment_error
orders_read(const char *dir, struct orders *out, struct segment *seen)
{
	enum segment_error error = segment_attach(seen, dir, &orders_segment_type, false);

	if (error != SEGMENT_OK)
		return error;
	if (seen->size < sizeof(struct orders_segment)) {
		segment_detach(seen);
		return SEGMENT_ERR_SHORT;
	}
	*out = ((const struct orders_segment *)seen->header)->orders;
	segment_detach(seen);
	if (out->state > ORDERS_CLOSED || out->contact_len > ORDERS_CONTACT_MAX) {
		out->state = ORDERS_OPEN;
		out->contact_len = 0;
	}
	return SEGMENT_OK;
}

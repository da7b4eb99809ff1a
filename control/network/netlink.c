/* SPDX-License-Identifier: BSD-3-Clause */
#include "network/netlink.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "network/request.h"
#include "table/routes.h"

enum { MAX_LOCALS = 1024, MAX_ROUTES = 65536, MAX_NEIGHBOURS = 65536, EVENTS = 65536 };

enum { USABLE = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT };

struct netlink {
	const struct config *config;
	struct mnl_socket *events;
	struct netlink_request request;
	unsigned int ifindex[CONFIG_MAX_PORTS]; /* of the twins; 0: not there */
	struct routes_local local[MAX_LOCALS];
	struct routes_route route[MAX_ROUTES];
	struct routes_neighbour neighbour[MAX_NEIGHBOURS];
	bool stale[MAX_NEIGHBOURS];
	uint32_t local_count, route_count, neighbour_count;
	char message[256];
};

const char *
netlink_message(const struct netlink *n)
{
	return n->message;
}

struct netlink *
netlink_open(const struct config *config, char *message, size_t size)
{
	struct netlink *n = calloc(1, sizeof(*n));
	const unsigned int groups = RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR |
				    RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
	int on = 1, room = 1 << 20;

	if (n == NULL)
		return NULL;
	n->config = config;
	n->events = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (n->events == NULL || mnl_socket_bind(n->events, groups, MNL_SOCKET_AUTOPID) < 0 ||
	    netlink_request_open(&n->request) != 0) {
		snprintf(message, size, "the kernel's routing socket cannot be opened: %s",
			 strerror(errno));
		netlink_close(n);
		return NULL;
	}
	/* events that overflow are no loss: everything is read anew after any of them */
	mnl_socket_setsockopt(n->events, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	setsockopt(mnl_socket_get_fd(n->events), SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return n;
}

void
netlink_close(struct netlink *n)
{
	if (n == NULL)
		return;
	if (n->events != NULL)
		mnl_socket_close(n->events);
	netlink_request_close(&n->request);
	free(n);
}

int
netlink_fd(const struct netlink *n)
{
	return mnl_socket_get_fd(n->events);
}

bool
netlink_read(struct netlink *n)
{
	static char buffer[EVENTS];
	bool any = false;

	for (int i = 0; i < 256 && mnl_socket_recvfrom(n->events, buffer, sizeof(buffer)) > 0; i++)
		any = true;
	return any;
}

/* ---- twins ---- */

static void
twin_name(const struct config_port *port, char out[IF_NAMESIZE])
{
	if (port->file->tap != NULL)
		snprintf(out, IF_NAMESIZE, "%s", port->file->tap);
	else
		snprintf(out, IF_NAMESIZE, "via-%.11s", port->file->name);
}

static void
write_sysctl(const char *interface, const char *key, const char *value)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", interface, key);
	f = fopen(path, "we");
	if (f == NULL)
		return; /* no IPv6 here */
	fputs(value, f);
	fclose(f);
}

static bool
complain(struct netlink *n, const char *interface, const char *what, int error)
{
	snprintf(n->message, sizeof(n->message), "%s: %s: %s", interface, what, strerror(-error));
	return false;
}

/* A twin that has appeared: up, MTU, addresses, routes. */
static bool
set_up_twin(struct netlink *n, const struct config_port *port, const char *name,
	    unsigned int ifindex)
{
	int error;

	/* we say what its addresses are; nobody on the link does */
	write_sysctl(name, "accept_ra", "0");
	write_sysctl(name, "accept_dad", "0");
	error = netlink_request_link_up(&n->request, ifindex, port->file->mtu);
	if (error != 0)
		return complain(n, name, "cannot be brought up", error);
	for (unsigned int i = 0; i < port->address_count; i++) {
		error = netlink_request_address(&n->request, ifindex, &port->address[i]);
		if (error != 0)
			return complain(n, name, "does not take an address", error);
	}
	for (unsigned int i = 0; i < port->route_count; i++) {
		error = netlink_request_route(&n->request, ifindex, &port->route[i]);
		if (error != 0)
			return complain(n, name,
					"does not take a route: is its gateway in a network "
					"of the port?",
					error);
	}
	return true;
}

static bool
find_twins(struct netlink *n)
{
	bool fine = true;

	for (unsigned int i = 0; i < n->config->port_count; i++) {
		const struct config_port *port = &n->config->port[i];
		char name[IF_NAMESIZE];
		unsigned int ifindex;

		twin_name(port, name);
		ifindex = if_nametoindex(name);
		if (ifindex == n->ifindex[i])
			continue;
		n->ifindex[i] = 0;
		if (ifindex == 0)
			continue;
		if (set_up_twin(n, port, name, ifindex))
			n->ifindex[i] = ifindex;
		else
			fine = false;
	}
	return fine;
}

static int
port_of(const struct netlink *n, unsigned int ifindex)
{
	for (unsigned int i = 0; i < n->config->port_count && ifindex != 0; i++)
		if (n->ifindex[i] == ifindex)
			return (int)i;
	return -1;
}

/* ---- reading the kernel's tables ---- */

static void
get_ip(const struct nlattr *attr, uint8_t family, struct flow_address *out)
{
	memset(out, 0, sizeof(*out));
	out->family = family == AF_INET6 ? 6 : 4;
	if (attr != NULL && mnl_attr_get_payload_len(attr) >= flow_ip_size(out->family))
		memcpy(out->ip, mnl_attr_get_payload(attr), flow_ip_size(out->family));
}

/* The first attribute of a type, or NULL. */
static const struct nlattr *
find_attr(const struct nlmsghdr *message, size_t body, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, message,
			  (unsigned int)body) if (mnl_attr_get_type(attr) == type) return attr;
	return NULL;
}

static int
address_row(const struct nlmsghdr *message, void *context)
{
	const struct ifaddrmsg *body = mnl_nlmsg_get_payload(message);
	const struct nlattr *local = find_attr(message, sizeof(*body), IFA_LOCAL);
	struct netlink *n = context;
	int port = port_of(n, body->ifa_index);
	struct routes_local *row;

	if (port < 0 || n->local_count == MAX_LOCALS ||
	    (body->ifa_family != AF_INET && body->ifa_family != AF_INET6))
		return MNL_CB_OK;
	row = &n->local[n->local_count++];
	*row = (struct routes_local){ .bits = body->ifa_prefixlen, .port = (uint8_t)port };
	get_ip(local != NULL ? local : find_attr(message, sizeof(*body), IFA_ADDRESS),
	       body->ifa_family, &row->address);
	return MNL_CB_OK;
}

static int
route_row(const struct nlmsghdr *message, void *context)
{
	const struct rtmsg *body = mnl_nlmsg_get_payload(message);
	const struct nlattr *oif = find_attr(message, sizeof(*body), RTA_OIF);
	const struct nlattr *gateway = find_attr(message, sizeof(*body), RTA_GATEWAY);
	struct netlink *n = context;
	struct routes_route *row;
	int port = oif != NULL ? port_of(n, mnl_attr_get_u32(oif)) : -1;

	if (port < 0 || n->route_count == MAX_ROUTES || body->rtm_table != RT_TABLE_MAIN ||
	    body->rtm_type != RTN_UNICAST ||
	    (body->rtm_family != AF_INET && body->rtm_family != AF_INET6))
		return MNL_CB_OK;
	row = &n->route[n->route_count++];
	*row = (struct routes_route){ .bits = body->rtm_dst_len, .port = (uint8_t)port };
	get_ip(find_attr(message, sizeof(*body), RTA_DST), body->rtm_family, &row->prefix);
	if (gateway != NULL)
		get_ip(gateway, body->rtm_family, &row->gateway);
	return MNL_CB_OK;
}

static int
neighbour_row(const struct nlmsghdr *message, void *context)
{
	const struct ndmsg *body = mnl_nlmsg_get_payload(message);
	const struct nlattr *mac = find_attr(message, sizeof(*body), NDA_LLADDR);
	struct netlink *n = context;
	struct routes_neighbour *row;
	int port = port_of(n, (unsigned int)body->ndm_ifindex);

	if (port < 0 || n->neighbour_count == MAX_NEIGHBOURS || mac == NULL ||
	    mnl_attr_get_payload_len(mac) != 6 || (body->ndm_state & USABLE) == 0 ||
	    (body->ndm_family != AF_INET && body->ndm_family != AF_INET6))
		return MNL_CB_OK;
	n->stale[n->neighbour_count] = (body->ndm_state & NUD_STALE) != 0;
	row = &n->neighbour[n->neighbour_count++];
	*row = (struct routes_neighbour){ .port = (uint8_t)port };
	memcpy(row->mac, mnl_attr_get_payload(mac), 6);
	get_ip(find_attr(message, sizeof(*body), NDA_DST), body->ndm_family, &row->address);
	return MNL_CB_OK;
}

static int
read_tables(struct netlink *n)
{
	int error;

	n->local_count = n->route_count = n->neighbour_count = 0;
	error = netlink_request_dump(&n->request, RTM_GETADDR, AF_UNSPEC, address_row, n);
	if (error == 0)
		error = netlink_request_dump(&n->request, RTM_GETROUTE, AF_INET, route_row, n);
	if (error == 0)
		error = netlink_request_dump(&n->request, RTM_GETROUTE, AF_INET6, route_row, n);
	if (error == 0)
		error = netlink_request_dump(&n->request, RTM_GETNEIGH, AF_UNSPEC, neighbour_row,
					     n);
	return error;
}

bool
netlink_mirror(struct netlink *n)
{
	bool fine = find_twins(n);
	int error = read_tables(n);
	enum segment_error segment;

	if (error != 0)
		return complain(n, "netlink", "cannot be read", error);
	segment = routes_publish(n->config->shm_dir, &(struct routes_content){
							     .locals = n->local,
							     .routes = n->route,
							     .neighbours = n->neighbour,
							     .local_count = n->local_count,
							     .route_count = n->route_count,
							     .neighbour_count = n->neighbour_count,
						     });
	if (segment != SEGMENT_OK) {
		snprintf(n->message, sizeof(n->message), "routes: %s", segment_error_text(segment));
		return false;
	}
	return fine;
}

void
netlink_refresh_neighbours(struct netlink *n)
{
	/* The kernel sees none of the packets that go to them, so it would let them lapse. */
	for (uint32_t i = 0; i < n->neighbour_count; i++)
		if (n->stale[i])
			netlink_request_use_neighbour(&n->request, n->ifindex[n->neighbour[i].port],
						      &n->neighbour[i].address);
}

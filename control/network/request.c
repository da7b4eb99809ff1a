/* SPDX-License-Identifier: BSD-3-Clause */
#include "network/request.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <time.h>

#include <linux/rtnetlink.h>

enum { BUFFER = 32768 };

int
netlink_request_open(struct netlink_request *r)
{
	r->sequence = (unsigned int)time(NULL);
	r->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (r->socket == NULL || mnl_socket_bind(r->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	return 0;
}

void
netlink_request_close(struct netlink_request *r)
{
	if (r->socket != NULL)
		mnl_socket_close(r->socket);
	r->socket = NULL;
}

/* Send a message and run its answers through `row` until the last. */
static int
talk(struct netlink_request *r, struct nlmsghdr *message, mnl_cb_t row, void *context)
{
	unsigned int port = mnl_socket_get_portid(r->socket);
	char buffer[BUFFER];
	ssize_t n;
	int more = MNL_CB_OK;

	message->nlmsg_seq = ++r->sequence;
	if (mnl_socket_sendto(r->socket, message, message->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(r->socket, buffer, sizeof(buffer));
		if (n < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)n, r->sequence, port, row, context);
	}
	return more < 0 ? -errno : 0;
}

int
netlink_request_dump(struct netlink_request *r, uint16_t type, uint8_t family, mnl_cb_t row,
		     void *context)
{
	char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtgenmsg *body;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	/* the longest of the bodies that the kernel may want */
	body = mnl_nlmsg_put_extra_header(message, sizeof(struct ndmsg));
	body->rtgen_family = family;
	return talk(r, message, row, context);
}

int
netlink_request_link_up(struct netlink_request *r, unsigned int ifindex, uint32_t mtu)
{
	char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *body;

	message->nlmsg_type = RTM_NEWLINK;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->ifi_family = AF_UNSPEC;
	body->ifi_index = (int)ifindex;
	body->ifi_flags = body->ifi_change = IFF_UP;
	mnl_attr_put_u32(message, IFLA_MTU, mtu);
	return talk(r, message, NULL, NULL);
}

static uint8_t
family_of(const struct flow_address *a)
{
	return a->family == 6 ? AF_INET6 : AF_INET;
}

static void
put_ip(struct nlmsghdr *message, uint16_t type, const struct flow_address *a)
{
	mnl_attr_put(message, type, flow_ip_size(a->family), a->ip);
}

int
netlink_request_address(struct netlink_request *r, unsigned int ifindex,
			const struct config_network *address)
{
	char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *body;

	message->nlmsg_type = RTM_NEWADDR;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->ifa_family = family_of(&address->prefix);
	body->ifa_prefixlen = address->bits;
	body->ifa_index = ifindex;
	body->ifa_flags = address->prefix.family == 6 ? IFA_F_NODAD : 0;
	put_ip(message, IFA_LOCAL, &address->prefix);
	put_ip(message, IFA_ADDRESS, &address->prefix);
	return talk(r, message, NULL, NULL);
}

int
netlink_request_route(struct netlink_request *r, unsigned int ifindex,
		      const struct config_port_route *route)
{
	char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *body;

	message->nlmsg_type = RTM_NEWROUTE;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->rtm_family = family_of(&route->to.prefix);
	body->rtm_dst_len = route->to.bits;
	body->rtm_table = RT_TABLE_MAIN;
	body->rtm_protocol = RTPROT_STATIC;
	body->rtm_scope = RT_SCOPE_UNIVERSE;
	body->rtm_type = RTN_UNICAST;
	put_ip(message, RTA_DST, &route->to.prefix);
	put_ip(message, RTA_GATEWAY, &route->via);
	mnl_attr_put_u32(message, RTA_OIF, ifindex);
	return talk(r, message, NULL, NULL);
}

int
netlink_request_use_neighbour(struct netlink_request *r, unsigned int ifindex,
			      const struct flow_address *address)
{
	char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ndmsg *body;

	message->nlmsg_type = RTM_NEWNEIGH;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_REPLACE;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->ndm_family = family_of(address);
	body->ndm_ifindex = (int)ifindex;
	body->ndm_flags = NTF_USE;
	put_ip(message, NDA_DST, address);
	return talk(r, message, NULL, NULL);
}

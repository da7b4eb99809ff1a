/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "network/dns_records.h"

enum { MOST = 3600 };

static void
check_services(const uint8_t *data, int size)
{
	struct dns_srv srv[DNS_SRV_MAX];
	bool refused;
	unsigned int n = dns_srv_read(data, size, srv, &refused);

	MUST(n <= DNS_SRV_MAX);
	MUST(n == 0 || !refused);
	for (unsigned int i = 0; i < n; i++) {
		MUST(srv[i].host[0] != '\0');
		MUST(memchr(srv[i].host, '\0', sizeof(srv[i].host)) != NULL);
		MUST(srv[i].port != 0 && srv[i].weight > 0);
		MUST(i == 0 || srv[i - 1].priority <= srv[i].priority);
	}
}

/* An answer of a name server that means no good. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[HOPS_NAME_MAX + 1];

	if (size > UINT16_MAX)
		return 0;
	MUST(dns_answer_ttl(data, (int)size, MOST) <= MOST);
	check_services(data, (int)size);
	memset(name, 'x', sizeof(name));
	if (dns_naptr_choose(data, (int)size, name))
		MUST(name[0] != '\0' && memchr(name, '\0', sizeof(name)) != NULL);
	return 0;
}

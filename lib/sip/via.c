/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/via.h"

bool
sip_branch_has_cookie(struct slice branch)
{
	size_t n = sizeof(SIP_BRANCH_COOKIE) - 1;

	return branch.len > n && slice_eq_nocase(slice_of(branch.ptr, n), SLICE(SIP_BRANCH_COOKIE));
}

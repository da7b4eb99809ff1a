# SPDX-License-Identifier: BSD-3-Clause
"""The same the other way round: user agents with IPv6 only, a home network with IPv4 only."""

from test_interworking import (WORLD, test_calls, test_edges_of_the_mtu, test_large, test_register,
                               test_sipp, test_softphones, test_via)

OPTIONS = {"access": 6}

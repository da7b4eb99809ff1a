# SPDX-License-Identifier: BSD-3-Clause
"""Scenario 16 of the attacks of RFC 5393: what left one worker comes in at another one."""

from proxies import Proxies
from test_attack import A1, ACCOUNT, MUTUAL, each_to_all, r
from testing import equal, true

ENGINE_ONLY = True


class TwoWorkers(Proxies):
    """Two proxies of two workers each; which of them gets a datagram follows from its addresses."""

    workers = 2


WORLD = TwoWorkers

PORTS = range(5080, 5088)  # of the caller: some lead to one worker, some to the other


def test_loop_through_both(w):
    """The loop is found by whichever worker gets the request the second time, and responses find
    the worker that has their transaction."""
    w.register(MUTUAL)
    handed = []
    for port in PORTS:
        got = w.attack(A1, port=port)
        equal((got["branches"], got["transactions"], got["loops"], got["finals"]),
              (14, 7, 8, [482]), f"forwarded, forks, 482, final; {got}")
        handed.append(got["handed_over"])
    true(any(handed), f"messages handed from worker to worker: {handed}")


def test_one_account(w):
    """The same where a proxy sends to itself."""
    w.register(ACCOUNT)
    for port in PORTS[:4]:
        got = w.attack(A1, port=port)
        equal((got["branches"], got["loops"], got["finals"]), (10, 6, [482]),
              f"forwarded, 482, final; {got}")


def test_each_to_all(w):
    """Five AORs, each bound to all."""
    w.register(each_to_all(5))
    got = w.attack(A1)
    equal((got["branches"], got["transactions"], got["finals"]), (r(5), r(5) // 5, [482]),
          f"forwarded, forks, final; {got}")

# SPDX-License-Identifier: BSD-3-Clause
"""Forked calls while every tenth datagram is lost, between caller and engine and between engine and
phones, both ways: every call ends as it is to, at every side, and nothing is left of it.

10,000 calls; VIADUCT_FORK_CALLS says otherwise. The user agents repeat themselves once a second, so
that chance ends no call within 64 × T1: an ACK, which nobody repeats on the way, has to get through
four links together with the 2xx that asks for it.
"""

import os
import time

from bindings import bind, left, nothing_left, settled, since
from calls import DOMAIN, aor, target
from clients import Sipp
from testing import equal, true
from topology import Local

ENGINE_ONLY = True

CALLS = int(os.environ.get("VIADUCT_FORK_CALLS", "10000")) // 20 * 20
RATE = max(100, CALLS // 200)  # a second
LOSS = 10  # percent
SECONDS = CALLS / RATE + 150
LATE_MS = 16000  # how long a side answers copies after its end

# Where the phones are, by what they do; and which of them an AOR has.
PORTS = {"answers": 5101, "rings": 5102, "busy": 5103, "missing": 5104, "too": 5105}
BOUND = {
    "two": ["answers", "busy"],
    "three": ["answers", "busy", "rings"],
    "four": ["answers", "busy", "rings", "missing"],
    "next": [("busy", 1.0), ("answers", 0.5)],
    "nobody": ["busy", "too"],
}
CONNECTED = ["two", "three", "four", "next"]
REFUSED = CALLS // 5  # calls to `nobody`


class Lossy(Local):
    """One engine with default timers, and room for the calls of half a minute."""

    guard = Local.guard | {"source": {"rate": 0}, "invite_source": {"rate": 0},
                           "requests": {"rate": 0}}


WORLD = Lossy


def names(user):
    """What an AOR's phones do."""
    return [c if isinstance(c, str) else c[0] for c in BOUND[user]]


def expected():
    """Calls for each phone."""
    count = dict.fromkeys(PORTS, 0)
    for user in BOUND:
        for name in names(user):
            count[name] += REFUSED if user == "nobody" else (CALLS - REFUSED) // len(CONNECTED)
    return count


def sipp(w, name, scenario, calls, rate, **options):
    """A sipp that puts up with loss."""
    return Sipp(w.net, name, scenario, w.addresses[name], calls=calls, rate=rate, limit=100000,
                seconds=int(SECONDS), patience=60000, tolerant=True,
                options=("-T2", "1000", "-max_invite_retrans", "60", "-max_non_invite_retrans",
                         "60"), **options)


def phones(w):
    """All of them, by what they do."""
    table = {}
    for user, bound in BOUND.items():
        pairs = [(c, 1.0) if isinstance(c, str) else c for c in bound]
        table[aor(user)] = [(f"sip:{user}@{target(w.addresses['b'], PORTS[c])}", q)
                            for c, q in pairs]
    bind(w.engines["home"], table)
    does = {"answers": ("uas_late", {"DELAY": 300, "LINGER": LATE_MS}),
            "rings": ("uas_rings", None)}
    made = {}
    for name, count in expected().items():
        code = 404 if name == "missing" else 486
        scenario, values = does.get(name, ("uas_refuses", {"CODE": code, "DELAY": 0, "LINGER": 4000,
                                                           "FIELD": "Server: sipp"}))
        made[name] = sipp(w, "b", scenario, count, RATE, port=PORTS[name], values=values,
                          label=name)
    return made


def callers(w):
    """Those who are connected, and those who are not."""
    keys = {"remote": target(*w.home), "keys": [("domain", DOMAIN)]}
    connected = sipp(w, "a", "loss_uac", CALLS - REFUSED, RATE * 4 // 5, port=5070, users=CONNECTED,
                     label="connected", **keys)
    refused = sipp(w, "a", "uac_refused", REFUSED, RATE // 5, port=5071, users=["nobody"],
                   values={"CODE": 486, "LINGER": LATE_MS}, label="refused", **keys)
    return {"connected": connected, "refused": refused}


def test_loss(w):
    """Calls to two, three and four contacts at once, and to one after the other."""
    home = w.engines["home"]
    before, started = settled(home), time.monotonic()
    serving = phones(w)
    w.net.lose("switch", "lan", LOSS)
    calling = callers(w)
    done = {name: side.wait(SECONDS) for name, side in (calling | serving).items()}
    took, peak = time.monotonic() - started, left(home)
    for name, count in (expected() | {"connected": CALLS - REFUSED, "refused": REFUSED}).items():
        equal((done[name]["created"], done[name]["succeeded"]), (count, count), f"calls: {name}")
    nothing_left([home])
    found = since(before, settled(home))
    report(w, done, took, peak, found)
    equal(found["transactions"], CALLS, f"transactions; {found}")
    equal(found["branches"], sum(expected().values()), f"branches; {found}")
    equal((found["transactions_full"], found["branch_timeouts"]), (0, 0), f"in vain; {found}")
    equal(found["cancels"], expected()["rings"], f"CANCELs; {found}")


def report(w, done, took, peak, found):
    """What it took."""
    lost = w.net.lost("switch")
    sent = found["rx"] + found["forwarded_requests"] + found["forwarded_responses"]
    copies = sum(side["retransmitted"] for side in done.values())
    print(f"      {CALLS} calls, {RATE} a second, {found['branches']} branches, {took:.0f} s: "
          f"{lost} datagrams lost; {found['retransmitted']} sent again by the engine, {copies} by "
          f"the user agents; {found['copies_absorbed']} copies absorbed; {peak['peak']} transactions and "
          f"{peak['branches_peak']} branches at most", flush=True)
    true(lost > sent * LOSS / 200, f"{lost} datagrams lost, {sent} sent")

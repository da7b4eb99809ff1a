# SPDX-License-Identifier: BSD-3-Clause
"""Every phone of an edge comes back in the same moment (RFC 5626 section 4.5, PR-24).

20,000 phones; the variable VIADUCT_PHONES says otherwise. The series stay beside the logs, and
bench/plot.py draws them.
"""

import os

from bindings import adds_up, counters, since
from clients import Phones
from testing import disrupts, equal, true
from topology import EdgeAndHome

ENGINE_ONLY = True

COUNT = int(os.environ.get("VIADUCT_PHONES", "20000"))
ADDRESSES = [f"203.0.113.{100 + i}" for i in range(4)]

# The registrar takes all, and so does the edge until it is told otherwise: thousands of phones
# behind each address are no attack here.
OPEN = {key: {"rate": 0} for key in ("source", "register_source", "register_aor", "registers")}

# What the edge lets through when it sheds: the rest, told to come back in 1 to 30 s, fits in.
RATE = max(COUNT // 20, 100)
SHED = OPEN | {"registers": {"rate": RATE, "burst": RATE}, "retry_after_min": 1,
               "retry_after_max": 30}


class Avalanche(EdgeAndHome):
    """An edge and a registrar with room for all of them, and four addresses to call from."""

    guard = OPEN

    def cables(self):
        super().cables()
        for address in ADDRESSES:
            self.net.address("phone1", "eth0", f"{address}/24")

    def edge_sections(self, core):
        sections = super().edge_sections(core)
        sections["edge"]["flows"] = 2 * COUNT
        return sections

    def home_sections(self, trusted):
        return super().home_sections(trusted) | {"registrar": {"max_aors": 2 * COUNT}}


WORLD = Avalanche


def phones(w, label, *options):
    """All phones, once; the summary of it."""
    made = Phones(w, "phone1", w.edge, ADDRESSES, COUNT, "--backoff", "0.1", "--seconds", "75",
                  *options, label=label)
    summary = made.wave(90)
    made.process.wait(30)
    return summary


def avalanche(w, label, **sections):
    """All are registered; the edge dies and comes back, with further sections in its file, and so
    do the phones: all register at once. Returns the summary, and what the registrar counted."""
    edge = w.engines["edge"]
    equal(phones(w, f"{label}-before", "--rate", str(4 * RATE))["lost"], 0,
          "phones that did not even register before the crash")
    before = counters(w.engines["home"])
    edge.crash()
    edge.sections.update(sections)
    edge.start()
    summary = phones(w, label)
    print(f"      {label}: {summary}", flush=True)
    equal(summary["lost"], 0, "phones lost")
    home = counters(w.engines["home"])
    home = since(before, home)
    check_ledger(summary, counters(edge), home)
    equal(len(w.engines["home"].show("bindings")), COUNT, "AORs with bindings")
    return summary, home


def check_ledger(summary, edge, home):
    """What the phones saw is what the edge and the registrar say they did."""
    shed = summary["status"].get("503", 0)
    equal(summary["status"].get("200"), COUNT, "phones' 200s")
    equal(summary["status"].keys() - {"200", "503"}, set(), "other statuses")
    equal(summary["sent"], COUNT + shed + summary["timed_out"], "REGISTERs of the phones")
    adds_up(edge, "edge")
    adds_up(home, "home")
    offered = summary["sent"] + summary["retransmitted"]
    true(edge["tokens_made"] + edge["register_limit"] <= offered,
         f"the edge forwarded {edge['tokens_made']} and shed {edge['register_limit']} of {offered}")
    replied = edge["replied"] + home["replied"]
    true(replied >= shed, f"{shed} 503s out of {replied}")
    equal(sum(summary["retry_after"].values()), shed, "503s with Retry-After")
    true(COUNT <= home["punted"] <= edge["tokens_made"], f"{home['punted']} REGISTERs at the "
         f"registrar of {edge['tokens_made']} that the edge sent")
    true(COUNT <= home["injected"] <= home["punted"], f"{home['injected']} answers of the registrar")
    true(COUNT <= edge["forwarded_responses"] <= home["injected"] + home["replied"],
         "responses through the edge")


@disrupts
def test_all_at_once(w):
    """Without a limit at the edge: what the registrar cannot take is lost on the way, or shed by
    the registrar itself; every phone is registered again in the end."""
    avalanche(w, "avalanche")


@disrupts
def test_excess_is_shed(w):
    """PR-24: what is over guard.registers gets a 503 with a Retry-After between 1 and 30 s, spread
    over all of them; every phone comes in within the minute, and the registrar is not overrun."""
    summary, home = avalanche(w, "avalanche-shed", guard=SHED)
    after = {int(k): v for k, v in summary["retry_after"].items()}
    shed = summary["status"].get("503", 0)
    true(shed > COUNT // 2, f"{shed} of {COUNT} were told to come later")
    equal(sorted(after), list(range(1, 31)), "seconds of Retry-After")
    true(max(after.values()) < 2 * shed / 30 + 50, f"Retry-After is not spread evenly: {after}")
    true(home["replied"] < COUNT // 50, f"the registrar had to shed {home['replied']} itself")
    true(summary["seconds"]["100"] < 60, f"the last one came after {summary['seconds']['100']} s")

# SPDX-License-Identifier: BSD-3-Clause
"""A NAT that forgets its mappings: clients notice by STUN on the SIP port, or by their next
registration, and are reached again over the flow that is there then."""

import time

from calls import aor, outbound_register, persist, phone, whole_call
from clients import Phones
from network import wait_until
from sip import Dialog
from testing import equal, status, true
from topology import EdgeAndHome

ENGINE_ONLY = True

FLOW_TIMER = 10     # seconds; keepalives come at 80 to 100 % of it
KEEPALIVE = 29      # the longest that a keepalive can take while Flow-Timer cannot be set
RETRY = 60          # the longest that RFC 5626 4.5 has a client wait when its flow has failed


class Rebinding(EdgeAndHome):
    """An edge that wants keepalives often, a registrar that takes short registrations."""

    def edge_sections(self, core):
        sections = super().edge_sections(core)
        sections["edge"]["flow_timer"] = FLOW_TIMER
        return sections

    def home_sections(self, trusted):
        sections = super().home_sections(trusted)
        sections["registrar"]["min_expires"] = 5
        return sections


WORLD = Rebinding


def paths(w):
    """The Paths of all bindings."""
    shown = w.engines["home"].show("bindings")
    rows = shown if isinstance(shown, list) else [shown]
    return {r["aor"]: [b["path"] for b in r["bindings"]] for r in rows if r}


def rebind(w, ports):
    """The NAT forgets all mappings, and new ones have other ports."""
    w.net.masquerade("nat", "out0", ports)
    w.net.forget_mappings("nat")


def unreachable(w, caller, user):
    """The old mapping is gone: a request does not arrive."""
    caller.send(caller.request("OPTIONS", aor(user)), w.home)
    caller.expect_nothing(0.5)


def reachable(w, caller, softphone):
    """A call arrives at once, and is hung up."""
    answer, _, _ = persist(caller, softphone.aor, w.home, seconds=2)
    dialog = Dialog.caller(caller, status(answer, 200))
    caller.send(dialog.request("ACK", max_forwards="70"), w.home)
    softphone.wait_event("CALL_ESTABLISHED")
    caller.send(dialog.request("BYE"), w.home)
    status(caller.expect(status=200, call=answer.get("call-id")), 200)


def test_softphone_keepalive(w):
    """baresip sees another XOR-MAPPED-ADDRESS in the answer to its next keepalive, registers anew
    after the back-off of RFC 5626 4.5, and is called."""
    softphone, caller = phone(w, "phone2", "nora", w.edge), w.agent("callee")
    reachable(w, caller, softphone)
    before = paths(w)[softphone.aor]
    rebind(w, "40000-44999")
    unreachable(w, caller, "nora")
    softphone.wait_registered(KEEPALIVE + RETRY + 5, times=2)
    true(paths(w)[softphone.aor] != before, "the Path is as before")
    equal(len(before), 1, "bindings")
    reachable(w, caller, softphone)


def test_refresh(w):
    """A client without keepalives: the REGISTER of its next refresh comes by the new mapping, takes
    the place of the old flow, and the client is called by it."""
    client, caller = w.agent("phone2"), w.agent("callee")
    status(outbound_register(client, "rita", w.edge), 200)
    before = paths(w)[aor("rita")]
    rebind(w, "45000-49999")
    unreachable(w, caller, "rita")
    status(outbound_register(client, "rita", w.edge), 200)
    now = paths(w)[aor("rita")]
    equal(len(now), 1, "bindings")
    true(now != before, "the Path is as before")
    client.close()
    caller.close()
    whole_call(w.agent("callee"), w.agent("phone2"), aor("rita"), w.home, w.edge)


def test_many_phones(w):
    """200 phones behind the NAT: each sees its own new address, and registers at once."""
    phones = Phones(w, "phone2", w.edge, [w.addresses["phone2"]], 200,
                    "--stun", "2", "--stay")
    equal(phones.wave()["lost"], 0, "phones not registered")
    before = paths(w)
    time.sleep(2.5)  # a keepalive of each
    rebind(w, "50000-59999")
    wait_until(lambda: _all_moved(before, paths(w)), 8, "every phone has another Path")
    equal(phones.end(), 0, "exit status")


def _all_moved(before, now):
    mine = [a for a in before if a.startswith("sip:p")]
    return len(mine) == 200 and all(len(now[a]) == 1 and now[a] != before[a] for a in mine)

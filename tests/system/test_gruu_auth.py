# SPDX-License-Identifier: BSD-3-Clause
"""GRUUs where the home proxy knows who is calling."""

import digest
from calls import aor
from gruu import X
from sip import quoted_parameter, unique
from testing import equal, status, true
from topology import Local

ENGINE_ONLY = True
USERS = {name: f"secret-{name}" for name in ("anna", "bela")}


class Guarded(Local):
    """Digest for everybody."""

    users = USERS

    def sections(self):
        base = super().sections()
        base["registrar"]["gruu"] = "rfc5627"
        base["networks"]["peers"] = [self.addresses["c"]]
        return base | {"auth": {"registers": True, "requests": True},
                       "proxy": {"record_route": False}}


WORLD = Guarded


def gruu_of(w, agent, user):
    """Register with credentials; the public GRUU."""
    text = agent.request("REGISTER", "sip:example.com", to=aor(user), expires="300",
                         contact=f"<sip:{user}@{agent.here}>;+sip.instance=\"<{X}>\"",
                         from_=f"<{aor(user)}>;tag={unique('f')}", extra=["Supported: gruu"])
    answer, _ = digest.ask(agent, text, w.home, digest.Credentials(user, USERS[user]))
    return quoted_parameter(status(answer, 200).get("contact"), "pub-gruu")


def invite(w, sender, contact):
    """anna calls bela by way of an edge, with a Contact of her choice. The text of the INVITE with
    credentials."""
    text = sender.request("INVITE", aor("bela"), contact=f"<{contact}>",
                          from_=f"<{aor('anna')}>;tag={unique('f')}",
                          extra=[f"Record-Route: <sip:{sender.here};lr>"])
    answer = status(sender.ask(text, w.home), (407, 403))
    sender.ack(text, answer, w.home)
    if answer.status == 403:  # what is refused anyway need not be asked for credentials
        return text
    return digest.again(text, answer, digest.Credentials("anna", USERS["anna"]))


def test_own_gruu(w):
    """GR-58: the sender's own GRUU as Contact, and a Record-Route from the edge: the home proxy
    stays on the path of the dialog."""
    a, b, edge = w.agent("a"), w.agent("b"), w.agent("c")
    mine = gruu_of(w, a, "anna")
    gruu_of(w, b, "bela")
    edge.send(invite(w, edge, mine), w.home)
    got = b.expect(method="INVITE")
    true(any(w.home_address in r for r in got.values("record-route")),
         f"no Record-Route of the home proxy in\n{got}")
    equal(len(got.values("record-route")), 2, "Record-Route values")
    b.reply(got, 486, "Busy Here")


def test_gruu_of_another(w):
    """Scenario 11 (GR-59): somebody else's GRUU as Contact: 403."""
    a, b, edge = w.agent("a"), w.agent("b"), w.agent("c")
    gruu_of(w, a, "anna")
    stolen = gruu_of(w, b, "bela")
    text = invite(w, edge, stolen)
    edge.ack(text, status(edge.ask(text, w.home), 403), w.home)
    b.expect_nothing(0.4)

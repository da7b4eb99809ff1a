# SPDX-License-Identifier: BSD-3-Clause
"""GRUUs as draft-ietf-sip-gruu-04 writes them (scenario 12 of spec GR)."""

from calls import aor
from gruu import X, Phone, delivered, refused
from sip import quoted_parameter
from testing import equal, status, true
from topology import Local

ENGINE_ONLY = True


class DraftForm(Local):
    """A registrar of the draft's form."""

    def sections(self):
        base = super().sections()
        base["registrar"]["gruu"] = "draft04"
        return base


WORLD = DraftForm


def test_mint(w):
    """Example 3.5 (GR-22, GR-37): the Contact parameter gruu with opaque, and Require: gruu."""
    who = Phone(w.agent("b"), "draft", X, w.home)
    answer = status(who.ask(), 200)
    equal(quoted_parameter(answer.get("contact"), "gruu"),
          f"{aor('draft')};opaque={X}", "gruu")
    true("gruu" in answer.get("require"), f"Require: {answer.get('require')}")
    for name in ("pub-gruu", "temp-gruu"):
        equal(quoted_parameter(answer.get("contact"), name), "", name)


def test_grid(w):
    """GR-48: grid goes with the request to the phone; no other parameter does."""
    a, who = w.agent("a"), Phone(w.agent("b"), "grid", X, w.home)
    status(who.ask(), 200)
    gruu = f"{aor('grid')};opaque={X}"
    delivered(a, gruu, w.home, who.agent, who.contact)
    delivered(a, f"{gruu};grid=99a", w.home, who.agent, f"{who.contact};grid=99a")


def test_unknown(w):
    """GR-41: an instance that never registered: 480; a user that never did: 404."""
    a, who = w.agent("a"), Phone(w.agent("b"), "unknown", X, w.home)
    status(who.ask(), 200)
    refused(a, f"{aor('unknown')};opaque=urn:uuid:00000000-0000-4000-8000-000000000000", w.home,
            480)
    refused(a, f"{aor('nobody')};opaque={X}", w.home, 404)

# SPDX-License-Identifier: BSD-3-Clause
"""One engine that is edge and registrar: the bindings of a flow that died are removed."""

from calls import aor, outbound_register, register
from network import wait_until
from sip import Message
from testing import equal, status, true
from topology import Local

ENGINE_ONLY = True


class Combined(Local):
    """Edge, registrar and home proxy in one."""

    def sections(self):
        base = super().sections()
        base["edge"] = {"enabled": True}
        return base


WORLD = Combined


def bindings(w, user):
    """How many bindings the engine shows for a user."""
    rows = w.engines["home"].show("bindings")
    rows = rows if isinstance(rows, list) else [rows]
    return sum(len(r["bindings"]) for r in rows if r["aor"] == aor(user))


def test_binding_removed(w):
    """A client that registered a flow is gone: its binding goes, and another user's stays."""
    a, b, c = w.agent("a"), w.agent("b"), w.agent("c")
    status(outbound_register(b, "lost", w.home), 200)
    status(outbound_register(c, "kept", w.home), 200)
    register(c, "lost", w.home)
    equal((bindings(w, "lost"), bindings(w, "kept")), (2, 1), "bindings")
    # what a caller sends goes to the binding that was updated last
    status(outbound_register(b, "lost", w.home), 200)
    b.close()
    a.send(a.request("MESSAGE", aor("lost")), w.home)
    wait_until(lambda: bindings(w, "lost") == 1, 5, "the binding of the dead flow removed")
    equal(bindings(w, "kept"), 1, "bindings of another user")
    text = a.request("MESSAGE", aor("lost"))
    a.send(text, w.home)
    c.expect(method="MESSAGE", call=Message(text.encode()).get("call-id"))


def test_user_comes_back(w):
    """All flows dead: 480; after the next REGISTER the user is reached again."""
    a, b = w.agent("a"), w.agent("b")
    status(outbound_register(b, "back", w.home), 200)
    b.close()
    a.send(a.request("MESSAGE", aor("back")), w.home)
    wait_until(lambda: bindings(w, "back") == 0, 5, "the binding of the dead flow removed")
    status(a.ask(a.request("MESSAGE", aor("back")), w.home), 480)
    b = w.agent("b")
    status(outbound_register(b, "back", w.home), 200)
    equal(bindings(w, "back"), 1, "bindings")
    text = a.request("MESSAGE", aor("back"))
    a.send(text, w.home)
    true(b.expect(method="MESSAGE", call=Message(text.encode()).get("call-id")), "delivery")

# SPDX-License-Identifier: BSD-3-Clause
"""Digest authentication by real clients, with MD5 alone: baresip 1.0 gives up at a challenge for
anything else, sipp and sipsak know no other algorithm."""

import digest
from calls import DOMAIN, aor, phones_call, target
from clients import Baresip, Linphone, Sipp, Sipsak
from network import NetworkError
from sip import inner_uri
from test_digest import register_text
from testing import equal, status, true
from topology import Local

USERS = {name: f"secret-{name}" for name in ("anna", "bela", "cleo", "dora", "lina")}
CALLS = 500


class Guarded(Local):
    """A registrar and home proxy that asks for MD5."""

    users = USERS

    def sections(self):
        base = super().sections()
        base["auth"] = {"registers": True, "requests": True, "algorithms": ["MD5"]}
        return base


WORLD = Guarded


def baresip(w, name, user, **options):
    """A baresip that registers at home."""
    options.setdefault("password", USERS[user])
    return Baresip(w.net, name, w.addresses[name], user, target(*w.home), **options)


def linphone(w, name, user, **options):
    """A linphone that registers at home."""
    options.setdefault("password", USERS[user])
    return Linphone(w.net, name, w.addresses[name], user, target(*w.home), **options)


def bindings(w, user):
    """Contacts of a user."""
    answer, _ = digest.ask(agent := w.agent("c", 5099),
                           register_text(agent, user, contact=None, expires=None), w.home,
                           digest.Credentials(user, USERS[user]))
    agent.close()
    return [inner_uri(c) for c in status(answer, 200).values("contact")]


def authentication(user, password):
    """What sipp writes as credentials."""
    return f"[authentication username={user} password={password}]"


def sipp(w, name, scenario, users, label, calls=1, auth_uri=DOMAIN, **options):
    """sipp that knows its password."""
    return Sipp(w.net, name, scenario, w.addresses[name], remote=target(*w.home), users=users,
                calls=calls, label=label, auth_uri=auth_uri,
                keys=[("domain", DOMAIN), ("contact", target(w.addresses[name])),
                      ("expires", 300)], **options)


# --- refused ---

def test_baresip_wrong_password(w):
    """baresip with a wrong password is refused."""
    baresip(w, "a", "anna", password="wrong").wait_refused("40[13]")
    equal(bindings(w, "anna"), [], "bindings")


def test_baresip_unknown_user(w):
    """baresip with a user that does not exist is refused."""
    baresip(w, "a", "anna", password="wrong", auth_user="nobody").wait_refused("40[13]")
    equal(bindings(w, "anna"), [], "bindings")


def test_baresip_another_users_aor(w):
    """OB-62: baresip with the password of somebody else gets 403."""
    baresip(w, "a", "anna", password=USERS["bela"], auth_user="bela").wait_refused(403)
    equal(bindings(w, "anna"), [], "bindings")


def test_linphone_wrong_password(w):
    """linphone with a wrong password is refused."""
    linphone(w, "a", "lina", password="wrong").wait_refused()
    equal(bindings(w, "lina"), [], "bindings")


def test_sipp_wrong_password(w):
    """sipp with a wrong password is refused."""
    client = sipp(w, "a", "register_digest", [("anna", authentication("anna", "wrong"))], "wrong")
    true(client.process.wait(20) != 0, f"sipp is registered: {client.counters()}")
    equal(bindings(w, "anna"), [], "bindings")


def test_sipsak_wrong_password(w):
    """sipsak with a wrong password is refused."""
    sipsak = Sipsak(w.net, "a", w.addresses["a"], "anna", w.home_address, "wrong")
    try:
        true(not sipsak.wait(), "sipsak is registered")
    except NetworkError:
        pass  # it may go on asking
    equal(bindings(w, "anna"), [], "bindings")


# --- registered ---

def test_baresip(w):
    """baresip registers with its password."""
    baresip(w, "a", "anna").wait_registered()
    equal(len(bindings(w, "anna")), 1, "bindings")


def test_linphone(w):
    """linphone registers with its password."""
    linphone(w, "a", "lina").wait_registered()
    equal(len(bindings(w, "lina")), 1, "bindings")


def test_sipsak(w):
    """sipsak registers with its password."""
    sipsak = Sipsak(w.net, "a", w.addresses["a"], "cleo", w.home_address, USERS["cleo"])
    true(sipsak.wait(), f"not registered; log: {sipsak.process.log}")
    equal(bindings(w, "cleo"), [f"sip:cleo@{target(w.addresses['a'])}"], "bindings")


def test_call(w):
    """baresip and linphone call each other; each INVITE is asked for credentials."""
    first, second = baresip(w, "a", "anna"), linphone(w, "b", "lina")
    first.wait_registered()
    second.wait_registered()
    first.command("dial", aor("lina"))
    second.wait_call()
    first.wait_event("CALL_ESTABLISHED")
    first.command("hangup")
    second.wait_call("Released")
    second.command(f"call {aor('anna')}")
    first.wait_event("CALL_ESTABLISHED")
    invites = second.messages("INVITE sip:anna@")
    true(any(m.get("proxy-authorization") for m in invites), "linphone's INVITE had no credentials")
    second.command("terminate")
    first.wait_event("CALL_CLOSED")


def test_softphones(w):
    """Two baresips, with passwords."""
    first, second = baresip(w, "a", "anna"), baresip(w, "b", "bela")
    first.wait_registered()
    second.wait_registered()
    phones_call(first, second, second)


# --- load ---

def test_registers(w):
    """500 registrations at 250 a second, each of them challenged."""
    users = [(u, authentication(u, USERS[u])) for u in ("anna", "cleo")]
    client = sipp(w, "a", "register_digest", users, "registers", calls=CALLS, rate=250)
    equal(client.wait()["succeeded"], CALLS, "registered")


def test_calls(w):
    """500 calls at 100 a second, each of them challenged."""
    status(digest.ask(agent := w.agent("b", 5099),
                      register_text(agent, "dora", contact=f"<sip:dora@{target(w.addresses['b'])}>"),
                      w.home, digest.Credentials("dora", USERS["dora"]))[0], 200)
    server = Sipp(w.net, "b", "uas", w.addresses["b"], calls=CALLS, rate=100, label="calls-uas")
    client = sipp(w, "a", "uac_digest", [("dora", "anna", authentication("anna", USERS["anna"]))],
                  "calls-uac", calls=CALLS, rate=100, auth_uri=f"dora@{DOMAIN}")
    equal(client.wait()["succeeded"], CALLS, "calls")
    server.wait(20)

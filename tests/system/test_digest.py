# SPDX-License-Identifier: BSD-3-Clause
"""Digest authentication (RFC 7616, RFC 8760) by bare agents: what is asked for, what is taken, and
what an attacker tries. Real clients: test_digest_clients.py."""

import time

import digest
from calls import SDP, aor, establish, in_dialog, invite_through, target
from clients import Linphone
from digest import Credentials
from sip import Message, inner_uri, unique
from testing import disrupts, engine_only, equal, status, true
from topology import Local

USERS = {"anna": "secret-anna", "bela": "secret-bela", "vera": "secret-vera", "cleo": 'back\\slash "quoted"'}
NONCE_SECONDS = 5


class Guarded(Local):
    """A registrar and home proxy that wants to know who everybody is."""

    users = USERS

    def sections(self):
        base = super().sections()
        base["auth"] = {"registers": True, "requests": True, "algorithms": ["SHA-256", "MD5"],
                        "qop": ["auth", "auth-int"], "nonce_seconds": NONCE_SECONDS}
        return base


WORLD = Guarded


def credentials(user):
    """What a user of ours has."""
    return Credentials(user, USERS[user])


def register_text(agent, user, **known):
    """A REGISTER as text."""
    known.setdefault("contact", f"<sip:{user}@{agent.here}>")
    known.setdefault("expires", "300")
    return agent.request("REGISTER", "sip:example.com", to=aor(user),
                         from_=f"<{aor(user)}>;tag={unique('f')}", **known)


def registered(agent, w, user, **options):
    """Register with credentials; the 200, and the request that it answers."""
    answer, text = digest.ask(agent, register_text(agent, user), w.home, credentials(user),
                              **options)
    return status(answer, 200), text


def bindings(agent, w, user):
    """Contacts that a user has, by a fetch with credentials."""
    answer, _ = digest.ask(agent, register_text(agent, user, contact=None, expires=None), w.home,
                           credentials(user))
    return [inner_uri(c) for c in status(answer, 200).values("contact")]


def challenged(agent, w, user):
    """A REGISTER and its 401."""
    text = register_text(agent, user)
    return text, status(agent.ask(text, w.home), 401)


def refused(agent, w, user, text, codes=(401,)):
    """A REGISTER that must not be taken; the answer."""
    answer = status(agent.ask(text, w.home), codes)
    equal(bindings(agent, w, user), [], f"bindings of {user}")
    return answer


# --- REGISTER ---

@engine_only
def test_challenge(w):
    """RFC 8760 2.4, RFC 7616 3.3: a 401 with a challenge for each algorithm, the best one first."""
    _, answer = challenged(w.agent("a"), w, "anna")
    offered = digest.challenges(answer)
    equal([c["algorithm"] for c in offered], ["SHA-256", "MD5"], "algorithms")
    for challenge in offered:
        equal(challenge["realm"], "example.com", "realm")
        equal({q.strip() for q in challenge["qop"].split(",")}, {"auth", "auth-int"}, "qop")
        true(len(challenge["nonce"]) >= 16, f"nonce {challenge['nonce']!r}")
        true(challenge.get("stale", "false").lower() == "false", "stale in a first challenge")
    equal(bindings(w.agent("a", 5070), w, "anna"), [], "bindings")


def test_nonces_differ(w):
    """RFC 7616 3.3: no nonce comes twice."""
    agent = w.agent("a")
    nonces = [digest.choose(challenged(agent, w, "anna")[1])["nonce"] for _ in range(20)]
    equal(len(set(nonces)), 20, "different nonces")


def test_sha256(w):
    """RFC 8760: registered with SHA-256."""
    agent = w.agent("a")
    answer, _ = registered(agent, w, "anna", algorithm="SHA-256")
    equal([inner_uri(c) for c in answer.values("contact")], [f"sip:anna@{agent.here}"], "Contact")


@engine_only
def test_md5(w):
    """RFC 8760 2.4: a client that knows MD5 alone is registered, too."""
    registered(w.agent("a"), w, "anna", algorithm="MD5")


@engine_only
def test_auth_int(w):
    """RFC 7616 3.4.3: qop auth-int, whose hash has the body."""
    registered(w.agent("a"), w, "anna", algorithm="MD5", qop="auth-int")
    registered(w.agent("b"), w, "anna", algorithm="SHA-256", qop="auth-int")


@engine_only
def test_auth_int_body(w):
    """RFC 7616 3.4.3: a body that is not the one which was hashed: 407."""
    caller, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    text = message(caller, "anna", "bela", body="pay bela ten")
    first = status(caller.ask(text, w.home), 407)
    good = digest.again(text, first, credentials("anna"), qop="auth-int")
    status(caller.ask(good.replace("pay bela ten", "pay cleo ten"), w.home), 407)
    callee.expect_nothing(0.3)
    caller.send(good, w.home)
    equal(callee.expect(method="MESSAGE").body, b"pay bela ten", "body")


@engine_only
def test_rfc2069(w):
    """RFC 7616 3.4.1: without qop, as a client of RFC 2069 answers."""
    registered(w.agent("a"), w, "anna", algorithm="MD5", qop=None)


@engine_only
def test_quoted_password(w):
    """A password with a quote and a backslash."""
    registered(w.agent("a"), w, "cleo")


def test_linphone(w):
    """RFC 8760 2.4: linphone, which knows both, takes SHA-256."""
    phone = Linphone(w.net, "a", w.addresses["a"], "anna", target(*w.home), password=USERS["anna"])
    phone.wait_registered()
    said = [digest.parameters(m.get("authorization")) for m in phone.messages("REGISTER")]
    equal(said[-1]["algorithm"], "SHA-256", "algorithm")


def test_wrong_password(w):
    """RFC 3261 22.1: a wrong password is challenged again or refused; nothing is bound."""
    agent = w.agent("a")
    text, answer = challenged(agent, w, "vera")
    refused(agent, w, "vera", digest.again(text, answer, Credentials("vera", "secret-anna")),
            (401, 403))


def test_unknown_user(w):
    """A user that does not exist gets what one with a wrong password gets: nobody learns who
    exists."""
    agent = w.agent("a")
    codes = []
    for user in ("vera", "nobody"):
        text, answer = challenged(agent, w, user)
        wrong = digest.again(text, answer, Credentials(user, "wrong"))
        codes.append((answer.status, agent.ask(wrong, w.home).status))
    equal(codes[0], codes[1], "answers to a wrong password and to an unknown user")


def test_empty_password(w):
    """A user that does not exist has not the empty password either."""
    agent = w.agent("a")
    text, answer = challenged(agent, w, "nobody")
    status(agent.ask(digest.again(text, answer, Credentials("nobody", "")), w.home), (401, 403))


def test_another_users_aor(w):
    """RFC 3261 10.3 item 4, OB-62: the right password of somebody else: 403, and no binding."""
    agent = w.agent("a")
    text, answer = challenged(agent, w, "vera")
    refused(agent, w, "vera", digest.again(text, answer, credentials("anna")), (403,))


def test_another_method(w):
    """RFC 7616 3.4.3: credentials that were made for another method."""
    agent = w.agent("a")
    text, answer = challenged(agent, w, "vera")
    value = credentials("vera").answer(digest.choose(answer), "INVITE", "sip:example.com")
    refused(agent, w, "vera", digest.with_credentials(digest.next_cseq(text), value))


@engine_only
def test_another_uri(w):
    """RFC 7616 3.4.6: credentials that were made for another Request-URI."""
    agent = w.agent("a")
    text, answer = challenged(agent, w, "vera")
    value = credentials("vera").answer(digest.choose(answer), "REGISTER", "sip:elsewhere.example.net")
    refused(agent, w, "vera", digest.with_credentials(digest.next_cseq(text), value), (400, 401, 403))


def test_another_realm(w):
    """Credentials for another realm: as none at all, 401."""
    agent = w.agent("a")
    text, answer = challenged(agent, w, "vera")
    other = dict(digest.choose(answer), realm="example.net")
    value = credentials("vera").answer(other, "REGISTER", "sip:example.com")
    refused(agent, w, "vera", digest.with_credentials(digest.next_cseq(text), value))


@engine_only
def test_realm_among_others(w):
    """RFC 3261 22.3: credentials of several realms; those of ours are looked for."""
    agent = w.agent("a")
    text, answer = challenged(agent, w, "anna")
    ours = digest.again(text, answer, credentials("anna"))
    other = ('Authorization: Digest username="anna", realm="example.net", nonce="1", uri="sip:x", '
             'response="00000000000000000000000000000000"\r\n')
    at = ours.index("Authorization:")
    status(agent.ask(ours[:at] + other + ours[at:], w.home), 200)


@engine_only
def test_malformed_credentials(w):
    """Credentials that are none: 400 or 401, and nothing is bound."""
    agent = w.agent("a")
    for value in ('Digest', 'Digest username="vera"', 'Basic YmVsYTpzZWNyZXQ=', 'Digest ,,,',
                  'Digest username="vera", realm="example.com", nonce="", uri="", response=""',
                  'Digest username="vera", realm="example.com", nonce="' + "A" * 3000 + '", '
                  'uri="sip:example.com", response="' + "0" * 64 + '"'):
        text = digest.with_credentials(register_text(agent, "vera"), value)
        refused(agent, w, "vera", text, (400, 401))


# --- nonces ---

def test_tampered_nonce(w):
    """RFC 7616 3.3, 5.5: a nonce that we did not make, with a response that fits it: 401."""
    agent = w.agent("a")
    text, answer = challenged(agent, w, "vera")
    challenge = digest.choose(answer)
    for at in range(0, len(challenge["nonce"]), 7):
        nonce = challenge["nonce"]
        forged = dict(challenge, nonce=nonce[:at] + ("B" if nonce[at] == "A" else "A")
                      + nonce[at + 1:])
        value = credentials("vera").answer(forged, "REGISTER", "sip:example.com")
        refused(agent, w, "vera", digest.with_credentials(digest.next_cseq(text), value))


def test_stale(w):
    """RFC 7616 3.3: after nonce_seconds a 401 with stale=true, so that nobody is asked for his
    password; with the new nonce 200."""
    agent = w.agent("a")
    who = credentials("vera")
    text, answer = challenged(agent, w, "vera")
    time.sleep(NONCE_SECONDS + 1.5)
    late = digest.again(text, answer, who)
    again = status(agent.ask(late, w.home), 401)
    if w.engines["home"].kind == "viaduct":
        equal(digest.choose(again).get("stale", "").lower(), "true", "stale")
    status(agent.ask(digest.again(late, again, who), w.home), 200)
    status(digest.ask(agent, register_text(agent, "vera", expires="0"), w.home, who)[0], 200)


@engine_only
def test_wrong_is_not_stale(w):
    """RFC 7616 3.3: no stale=true where the nonce is good: the user has to be asked."""
    agent = w.agent("a")
    text, answer = challenged(agent, w, "vera")
    again = refused(agent, w, "vera", digest.again(text, answer, Credentials("vera", "no")),
                    (401, 403))
    if again.status == 401:
        true(digest.choose(again).get("stale", "false").lower() == "false", f"stale in {again}")


@engine_only
@disrupts
def test_after_a_crash(w):
    """Control is killed: a challenge that is given at once afterwards can be answered, by a client
    that takes a second 401 for a refusal. Those given before are stale, and what was overheard is
    of no use."""
    agent, engine, who = w.agent("a"), w.engines["home"], credentials("anna")
    for _ in range(2):
        _, heard = registered(agent, w, "anna")
        text, answer = challenged(agent, w, "anna")
        engine.wait_back("control", engine.kill("control"), 5)
        registered(agent, w, "anna")
        for old in (heard, digest.again(text, answer, who)):
            refusal = status(agent.ask(digest.next_cseq(old), w.home), 401)
            equal(digest.choose(refusal).get("stale", "").lower(), "true", "stale")
        status(agent.ask(digest.again(text, refusal, who), w.home), 200)


def test_nonce_again(w):
    """RFC 7616 3.4: a nonce serves for further requests, with the next nonce count."""
    agent = w.agent("a")
    who = credentials("anna")
    text, answer = challenged(agent, w, "anna")
    for _ in range(5):
        text = digest.again(text, answer, who)
        status(agent.ask(text, w.home), 200)


def test_replay(w):
    """RFC 7616 5.4: an Authorization that was overheard, in another REGISTER from elsewhere: 401,
    and nothing changes."""
    agent, thief = w.agent("a"), w.agent("b")
    _, heard = registered(agent, w, "anna")
    before = sorted(bindings(agent, w, "anna"))
    value = Message(heard.encode()).get("authorization")
    stolen = digest.with_credentials(register_text(thief, "anna").replace("anna@" + thief.here,
                                                                          "thief@" + thief.here),
                                     value)
    status(thief.ask(stolen, w.home), 401)
    equal(sorted(bindings(agent, w, "anna")), before, "bindings after the replay")


@engine_only
def test_replay_out_of_order(w):
    """RFC 7616 3.4: of two requests that were sent at once the second may arrive first; each count
    is taken once."""
    agent, who = w.agent("a"), credentials("anna")
    text, answer = challenged(agent, w, "anna")
    first = digest.again(text, answer, who)
    second = digest.next_cseq(digest.again(text, answer, who))
    status(agent.ask(second, w.home), 200)
    agent.send(digest.next_cseq(digest.next_cseq(first)), w.home)
    late = agent.expect(status=None, call=Message(text.encode()).get("call-id"))
    status(late, (200, 401))
    status(agent.ask(digest.next_cseq(digest.next_cseq(digest.next_cseq(first))), w.home), 401)


@engine_only
def test_retransmission(w):
    """RFC 3261 17.2.2: the very same REGISTER once more is no replay; its answer was lost."""
    agent = w.agent("a")
    _, text = registered(agent, w, "anna")
    for _ in range(2):
        status(agent.ask(text, w.home), 200)


# --- other requests ---

def message(agent, user, callee, body="", method="MESSAGE", **known):
    """A request from a user of ours to another one."""
    extra = ["Content-Type: text/plain"] if body and method == "MESSAGE" else []
    return agent.request(method, aor(callee), from_=f"<{aor(user)}>;tag={unique('f')}", body=body,
                         extra=extra, **known)


def authorized_invite(w, agent, user, callee):
    """An INVITE that was challenged, acknowledged, and is answered now: its text."""
    text = message(agent, user, callee, method="INVITE")
    answer = status(agent.ask(text, w.home), 407)
    agent.ack(text, answer, w.home)
    return digest.again(text, answer, credentials(user))


def test_invite(w):
    """RFC 3261 22.3: 407; with credentials the INVITE arrives."""
    caller, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    text = authorized_invite(w, caller, "anna", "bela")
    caller.send(text, w.home)
    got = callee.expect(method="INVITE")
    callee.reply(got, 486, "Busy Here")
    status(caller.expect(status=486), 486)


@engine_only
def test_credentials_stay_here(w):
    """RFC 3261 22.3: credentials for our realm are of no use to the callee and are not shown."""
    caller, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    other = 'Digest username="anna", realm="example.net", nonce="1", uri="sip:x", response="00"'
    text = authorized_invite(w, caller, "anna", "bela")
    at = text.index("Proxy-Authorization:")
    caller.send(text[:at] + f"Proxy-Authorization: {other}\r\n" + text[at:], w.home)
    got = callee.expect(method="INVITE")
    equal([digest.parameters(v)["realm"] for v in got.all("proxy-authorization")],
          ["example.net"], "realms of the credentials that the callee sees")
    callee.reply(got, 486, "Busy Here")


def test_invite_wrong(w):
    """A wrong password: 407 again (or 403); the callee hears nothing."""
    caller, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    text = message(caller, "anna", "bela", method="INVITE")
    answer = status(caller.ask(text, w.home), 407)
    caller.ack(text, answer, w.home)
    wrong = digest.again(text, answer, Credentials("anna", "wrong"))
    caller.ack(wrong, status(caller.ask(wrong, w.home), (407, 403)), w.home)
    callee.expect_nothing(0.5)


@engine_only
def test_invite_for_another_uri(w):
    """RFC 7616 3.4.6: credentials for another Request-URI are refused, not passed over in
    silence."""
    caller, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    text = message(caller, "anna", "bela", method="INVITE")
    answer = status(caller.ask(text, w.home), 407)
    caller.ack(text, answer, w.home)
    value = credentials("anna").answer(digest.choose(answer), "INVITE", "sip:example.com")
    other = digest.with_credentials(digest.next_cseq(text), value, "Proxy-Authorization")
    caller.ack(other, status(caller.ask(other, w.home), (400, 403, 407)), w.home)
    callee.expect_nothing(0.3)


def test_ack_of_407(w):
    """RFC 3261 17.1.1.3: the ACK of a 407 ends here: no answer, and the callee hears nothing."""
    caller, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    text = message(caller, "anna", "bela", method="INVITE")
    answer = status(caller.ask(text, w.home), 407)
    caller.ack(text, answer, w.home)
    caller.expect_nothing(0.4)
    callee.expect_nothing(0.1)


def test_from_of_another(w):
    """auth.check_from, RFC 3261 22.1: who calls in the name of somebody else gets 403."""
    caller, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    text = message(caller, "bela", "bela", method="INVITE")
    answer = status(caller.ask(text, w.home), 407)
    caller.ack(text, answer, w.home)
    forged = digest.again(text, answer, credentials("anna"))
    caller.ack(forged, status(caller.ask(forged, w.home), 403), w.home)
    callee.expect_nothing(0.5)


def test_message_and_options(w):
    """Other requests out of dialogs are asked for credentials, too."""
    caller, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    for method in ("MESSAGE", "OPTIONS", "SUBSCRIBE"):
        text = message(caller, "anna", "bela", method=method)
        answer = status(caller.ask(text, w.home), 407)
        caller.send(digest.again(text, answer, credentials("anna")), w.home)
        callee.reply(callee.expect(method=method), 200)
        status(caller.expect(status=200, call=answer.get("call-id")), 200)


def test_strangers_call(w):
    """auth.requests: a call from another domain to a user of ours is not asked: it has no password
    here."""
    caller, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    _, got = invite_through(caller, callee, aor("bela"), w.home,
                            from_=f"<sip:someone@example.net>;tag={unique('f')}")
    callee.reply(got, 486, "Busy Here")
    status(caller.expect(status=486), 486)


def test_cancel(w):
    """RFC 3261 22.1: no CANCEL is challenged."""
    caller, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    text = authorized_invite(w, caller, "anna", "bela")
    caller.send(text, w.home)
    got = callee.expect(method="INVITE")
    callee.reply(got, 180, "Ringing")
    caller.expect(status=180)
    m = Message(text.encode())
    cancel = caller.request("CANCEL", m.uri, via=m.get("via"), from_=m.get("from"),
                            to_=m.get("to"), call_id=m.get("call-id"), contact=None,
                            cseq=f"{m.get('cseq').split()[0]} CANCEL")
    caller.send(cancel, w.home)
    callee.reply(callee.expect(method="CANCEL"), 200)
    callee.reply(got, 487, "Request Terminated")
    caller.expect(status=487)


@engine_only
def test_in_dialog(w):
    """RFC 3261 22.1, 22.3: in a dialog both sides are asked again, but for ACK and BYE."""
    caller, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    registered(caller, w, "anna")
    text = message(caller, "anna", "bela", method="INVITE", body=SDP)
    answer = status(caller.ask(text, w.home), 407)
    caller.ack(text, answer, w.home)
    value = credentials("anna").answer(digest.choose(answer), "INVITE", aor("bela"))
    m = Message(text.encode())
    here, there, _ = establish(caller, callee, aor("bela"), w.home, from_=m.get("from"),
                               extra=[f"Proxy-Authorization: {value}"])
    in_dialog("INVITE", here, there, w.home, SDP, credentials("anna"))
    in_dialog("INVITE", there, here, w.home, SDP, credentials("bela"))
    in_dialog("INFO", there, here, w.home, "", credentials("bela"))
    in_dialog("BYE", here, there, w.home)


@engine_only
def test_dialog_of_a_stranger(w):
    """A stranger who has called bela knows the Record-Route of his call: with it he is neither anna
    nor bela, wherever he sends."""
    stranger, callee = w.agent("a"), w.agent("b")
    registered(callee, w, "bela")
    here, _, got = establish(stranger, callee, aor("bela"), w.home,
                             from_=f"<sip:m@evil.example>;tag={unique('f')}")
    true(";vd=" in got.get("record-route"), "no mark in the Record-Route")
    for uri in (here.target, aor("bela")):
        for user in ("anna", "bela"):
            here.target = uri
            text = here.request("MESSAGE", body="boo", from_=f"<{aor(user)}>;tag={unique('f')}")
            status(stranger.ask(text, w.home), 407)
    callee.expect_nothing(0.3)

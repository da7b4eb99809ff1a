# SPDX-License-Identifier: BSD-3-Clause
"""Calls that several test files make, with bare agents and with real clients."""

import time

import digest
from clients import Baresip, Sipp
from sip import Dialog, Message, inner_uri, parameter, unique
from testing import equal, status, true

DOMAIN = "example.com"
T1 = 0.5  # seconds (RFC 3261 17.1.1.1)
SDP = ("v=0\r\no=- 1 1 IN IP4 192.0.2.99\r\ns=-\r\nc=IN IP4 192.0.2.99\r\nt=0 0\r\n"
       "m=audio 6000 RTP/AVP 0\r\n")


def aor(user):
    """The address of record of a user of ours."""
    return f"sip:{user}@{DOMAIN}"


def register(agent, user, proxy, **options):
    """Register and insist on 200."""
    return status(agent.register(aor(user), proxy, **options), 200)


def register_server(w, name, user):
    """Register a user at port 5060 of a namespace, where sipp is going to listen."""
    agent = w.agent(name, 5099)
    register(agent, user, w.home, contact=f"<sip:{user}@{target(w.addresses[name])}>")
    agent.close()


def outbound_register(agent, user, proxy, instance=None, reg_id=1, extra=()):
    """A REGISTER as RFC 5626 wants it from a client behind NAT."""
    instance = instance or f"urn:uuid:00000000-0000-4000-8000-{abs(hash(user)) % 16**12:012x}"
    contact = (f"<sip:{user}@{agent.here};ob>;reg-id={reg_id};+sip.instance=\"<{instance}>\"")
    return agent.register(aor(user), proxy, contact=contact,
                          extra=["Supported: path, outbound", *extra])


def invite_through(caller, callee, uri, proxy, body=SDP, extra=(), **known):
    """Send an INVITE; return its text and what the callee got."""
    text = caller.request("INVITE", uri, body=body,
                          extra=["Content-Type: application/sdp", *extra], **known)
    caller.send(text, proxy)
    got = callee.expect(method="INVITE", call=Message(text.encode()).get("call-id"))
    return text, got


def persist(caller, uri, proxy, phone=None, seconds=32):
    """An INVITE that is repeated until something comes back (RFC 3261 17.1.1.2, timers A and B). A
    scripted phone answers it at once. Returns the final response, the INVITE as the phone got it,
    and its text; the ACK of a failure is sent."""
    text = caller.request("INVITE", uri, body=SDP, extra=["Content-Type: application/sdp"])
    end, again, wait = time.monotonic() + seconds, 0, T1
    got = None
    while (now := time.monotonic()) < end:
        if again is not None and now >= again:
            caller.send(text, proxy)
            again, wait = now + wait, wait * 2
        if phone is not None and (request := phone.receive(0.01)) is not None:
            if request.method == "INVITE" and request.status == 0:
                got = request
                phone.reply(got, 200, "OK", body=SDP, extra=["Content-Type: application/sdp"])
        if (answer := caller.receive(0.02)) is None:
            continue
        again = None
        if answer.status >= 200:
            if answer.status >= 300:
                caller.ack(text, answer, proxy)
            return answer, got, text
    raise AssertionError(f"{caller.here}: no final response to an INVITE within {seconds} s; the "
                         f"phone {'has' if got else 'does not have'} it\n{text}")


def establish(caller, callee, uri, proxy, **options):
    """A whole call set up: both dialogs, and the INVITE as the callee got it."""
    text, got = invite_through(caller, callee, uri, proxy, **options)
    call = got.get("call-id")
    callee.reply(got, 180, "Ringing")
    status(caller.expect(status=180, call=call), 180)
    answer = callee.response(got, 200, "OK", body=SDP, extra=["Content-Type: application/sdp"])
    callee.send(answer, got.source)
    ok = caller.expect(status=200, call=call)
    equal(len(ok.all("via")), 1, "Via values of the 200 at the caller")
    equal(ok.body, SDP.encode(), "body of the 200")
    here = Dialog.caller(caller, ok)
    caller.send(here.request("ACK", max_forwards="70"), proxy)
    ack = callee.expect(method="ACK", call=call)
    equal(ack.uri, here.target, "Request-URI of the ACK")
    equal(ack.all("route"), [], "Route of the ACK at the callee")
    return here, Dialog.callee(callee, got, answer), got


def in_dialog(method, sender, receiver, proxy, body="", credentials=None):
    """A request in a dialog, and its 200. With credentials it has to be asked for them first."""
    extra = ["Content-Type: application/sdp"] if body else []
    text = sender.request(method, body=body, extra=extra)
    if credentials is not None:
        answer = status(sender.agent.ask(text, proxy), 407)
        if method == "INVITE":
            sender.agent.ack(text, answer, proxy)
        text = digest.again(text, answer, credentials)
        sender.cseq += 1
    sender.agent.send(text, proxy)
    got = receiver.agent.expect(method=method, call=sender.call_id)
    equal(got.uri, sender.target, f"Request-URI of the {method}")
    equal(got.all("route"), [], f"Route of the {method} at the receiver")
    equal(len(got.all("max-breadth")), 1, f"Max-Breadth values of the {method}")
    equal(got.body.decode(), body, f"body of the {method}")
    receiver.agent.reply(got, 200, "OK")
    ok = sender.agent.expect(status=200, call=sender.call_id)
    if method == "INVITE":
        sender.agent.send(sender.request("ACK"), proxy)
        receiver.agent.expect(method="ACK", call=sender.call_id)
    return ok


def next_hop(dialog, default):
    """Where a side of a dialog sends: the first Route's host and port, if those are addresses."""
    if not dialog.routes:
        return default
    uri = inner_uri(dialog.routes[0]).split(";")[0].partition(":")[2]
    host = uri.rpartition("@")[2]
    if host.startswith("["):
        address, _, port = host[1:].partition("]")
        return address, int(port.lstrip(":") or 5060)
    address, _, port = host.partition(":")
    return (address, int(port or 5060)) if address[:1].isdigit() else default


def whole_call(caller, callee, uri, proxy, callee_proxy, **options):
    """Set up, re-INVITE and BYE, in both directions; the caller hangs up, and in a second call the
    callee does."""
    for last in ("caller", "callee"):
        here, there, got = establish(caller, callee, uri, proxy, **options)
        in_dialog("INVITE", here, there, proxy, SDP)
        in_dialog("INVITE", there, here, callee_proxy, SDP)
        if last == "caller":
            in_dialog("BYE", here, there, proxy)
        else:
            in_dialog("BYE", there, here, callee_proxy)
    return got


def refused(agent, request, proxy, code, reason=None):
    """A request that gets an error; the ACK of an INVITE is sent as a real client would."""
    answer = status(agent.ask(request, proxy), code, reason)
    true(parameter(answer.get("to"), "tag"), f"no To tag in {answer.start}")
    if request.startswith("INVITE"):
        agent.ack(request, answer, proxy)
    return answer


def target(address, port=5060):
    """host:port as sipp and baresip take it."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def sipp_pair(w, uac, uas, caller, callee, user, proxy, calls=1, rate=10, hold=None, **options):
    """sipp calls sipp; the user has to be registered at callee:5060. Returns both counters."""
    server = Sipp(w.net, callee, uas, w.addresses[callee], calls=calls, rate=rate,
                  label=f"{callee}-{uas}-{unique('')[-4:]}")
    client = Sipp(w.net, caller, uac, w.addresses[caller], port=5070, calls=calls, rate=rate,
                  remote=target(*proxy), users=[user], keys=[("domain", DOMAIN)],
                  label=f"{caller}-{uac}-{unique('')[-4:]}", **options)
    return client.wait(), server.wait(20)


def phone(w, name, user, *proxies, **options):
    """A registered baresip."""
    made = Baresip(w.net, name, w.addresses[name], user, [target(*p) for p in proxies], **options)
    made.wait_registered(times=len(proxies))
    return made


def phones_call(first, second, hang_up):
    """One baresip calls another; `hang_up` is the one of the two who ends it."""
    first.command("dial", second.aor)
    for side in (first, second):
        side.wait_event("CALL_ESTABLISHED")
    hang_up.command("hangup")
    other = second if hang_up is first else first
    other.wait_event("CALL_CLOSED")

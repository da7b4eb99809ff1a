# SPDX-License-Identifier: BSD-3-Clause
"""What test files about GRUUs share: instances, registrations, requests to GRUUs."""

from calls import DOMAIN, aor
from sip import Message, inner_uri, quoted_parameter, unique
from testing import equal, status, true

X, Y = (f"urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d2{i}" for i in (1, 2))


class Phone:
    """A user agent with an instance: it keeps its Call-ID over its registrations."""

    def __init__(self, agent, user, instance, proxy):
        self.agent, self.user, self.instance, self.proxy = agent, user, instance, proxy
        self.reboot()

    def reboot(self):
        """It has forgotten its Call-ID."""
        self.call_id, self.cseq = unique("c"), 0

    @property
    def contact(self):
        """Its Contact URI."""
        return f"sip:{self.user}@{self.agent.here}"

    def ask(self, supported="gruu", contact=None, parameters="", expires=600, extra=(), **known):
        """Register; the answer, whatever it is."""
        self.cseq += 1
        if contact is None:
            contact = f"<{self.contact}>;+sip.instance=\"<{self.instance}>\"{parameters}"
        known.setdefault("call_id", self.call_id)
        known.setdefault("cseq", f"{self.cseq} REGISTER")
        return self.agent.register(
            aor(self.user), self.proxy, contact=contact, expires=expires,
            extra=[*([f"Supported: {supported}"] if supported else []), *extra], **known)

    def register(self, **options):
        """Register; (public, temporary) GRUU."""
        return gruus(status(self.ask(**options), 200), self.instance)

    def remove(self):
        """Take the binding away."""
        status(self.ask(expires=0), 200)


def own(answer, instance):
    """A Contact of an instance in a 200: any of them, where a phone has been at two addresses."""
    found = [c for c in answer.values("contact")
             if quoted_parameter(c, "+sip.instance").strip("<>").lower() == instance.lower()]
    true(found, f"no Contact of {instance} in\n{answer}")
    return found[0]


def gruus(answer, instance):
    """(public, temporary) GRUU of an instance in a 200; "" where there is none."""
    contact = own(answer, instance)
    return quoted_parameter(contact, "pub-gruu"), quoted_parameter(contact, "temp-gruu")


def fetch(agent, user, proxy, supported="gruu"):
    """A REGISTER that only asks."""
    return status(agent.register(aor(user), proxy, contact="", expires=None,
                                 extra=[f"Supported: {supported}"] if supported else []), 200)


def delivered(caller, uri, proxy, callee, contact=None, method="OPTIONS", **options):
    """A request to a URI arrives at an agent, addressed to its Contact and to nothing else of the
    GRUU (GR-43, GR-44); it is answered. The request as it arrived."""
    text = caller.request(method, uri, **options)
    call = Message(text.encode()).get("call-id")
    caller.send(text, proxy)
    got = callee.expect(method=method, call=call)
    if contact is not None:
        equal(got.uri, contact, "Request-URI")
    equal(inner_uri(got.get("to")), uri, "To")
    callee.reply(got, 200)
    status(caller.expect(status=200, call=call), 200)
    return got


def refused(caller, uri, proxy, code, **options):
    """A request to a URI gets an error."""
    return status(caller.ask(caller.request("OPTIONS", uri, **options), proxy), code)


def at_domain(user_part, parameters=";gr"):
    """A URI of our domain."""
    return f"sip:{user_part}@{DOMAIN}{parameters}"

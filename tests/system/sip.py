# SPDX-License-Identifier: BSD-3-Clause
"""SIP on a bare UDP socket, for tests that look at every octet.

Deliberately knows nothing that a SIP stack knows: it sends what it is told, answers only when
told, and retransmits nothing by itself.
"""

import itertools
import os
import re
import socket
import time

_serial = itertools.count(1)

COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact",
           "l": "content-length", "k": "supported", "c": "content-type"}


def unique(stem="z9hG4bK"):
    """A value that was not used before: branch, tag, Call-ID."""
    return f"{stem}{os.getpid():x}x{time.monotonic_ns():x}x{next(_serial)}"


class Message:
    """A received message: its octets, and the header fields in order."""

    def __init__(self, raw, source=None):
        self.raw = raw
        self.source = source
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        self.start = lines[0]
        self.fields = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.fields.append((COMPACT.get(name, name), value.strip()))

    @property
    def status(self):
        """Status code; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def reason(self):
        """Reason phrase of a response."""
        return self.start.split(" ", 2)[2]

    @property
    def method(self):
        """Method of a request; of CSeq for a response."""
        return self.get("cseq").split()[1] if self.status else self.start.split()[0]

    @property
    def uri(self):
        """Request-URI."""
        return self.start.split()[1]

    def all(self, name):
        """Every value line of a header field."""
        return [v for n, v in self.fields if n == name.lower()]

    def values(self, name):
        """Every value of a header field that may be a list; quotes and <> are honoured."""
        found = []
        for line in self.all(name):
            found += [v.strip() for v in
                      re.findall(r'(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^,"<])+', line)]
        return found

    def get(self, name, default=""):
        """The first value line."""
        return next(iter(self.all(name)), default)

    def __str__(self):
        return self.raw.decode("utf-8", "replace")


def parameter(value, name):
    """A header parameter of a Via, From or To value: its value, "" without one, None if absent."""
    outside = re.sub(r"<[^>]*>", "", value)
    found = re.search(rf";\s*{re.escape(name)}\s*(?:=\s*([^;\s]*))?(?=;|\s|$)", outside, re.I)
    return None if found is None else found.group(1) or ""


def quoted_parameter(value, name):
    """A header parameter that is a quoted string, without the quotes; "" if it is not there."""
    found = re.search(rf';\s*{re.escape(name)}\s*=\s*"((?:\\.|[^"\\])*)"', value, re.I)
    return re.sub(r"\\(.)", r"\1", found.group(1)) if found else ""


def inner_uri(value):
    """The URI of a name-addr."""
    found = re.search(r"<([^>]*)>", value)
    return found.group(1) if found else value.split(";")[0].strip()


def sent_by(address, port):
    """host:port as in Via and URIs."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Agent:
    """A user agent on one UDP socket in a namespace."""

    def __init__(self, net, name, address, port=5060, advertised=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = net.socket(name, family)
        # Tell the kernel to fragment what is larger than the MTU instead of refusing it.
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_IP, 10, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind((address, port))
        self.address, self.port = address, port
        self.here = advertised or sent_by(address, port)

    def close(self):
        """Give the address back."""
        self.socket.close()

    # --- octets ---

    def send(self, data, to):
        """Send text or octets to (address, port)."""
        if isinstance(data, Message):
            data = data.raw
        if isinstance(data, str):
            data = data.encode()
        self.socket.sendto(data, to)
        return data

    def receive(self, seconds=3.0):
        """The next message, or None."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            data, source = self.socket.recvfrom(65535)
        except (TimeoutError, ConnectionError):
            return None
        return Message(data, source[:2])

    def drain(self):
        """Forget what has arrived."""
        while self.receive(0.001) is not None:
            pass

    def expect(self, seconds=3.0, status=None, method=None, call=None):
        """The next message that fits; others are passed over. AssertionError if none comes."""
        end = time.monotonic() + seconds
        seen = []
        while (left := end - time.monotonic()) > 0:
            m = self.receive(left)
            if m is None:
                break
            seen.append(m.start)
            if call is not None and m.get("call-id") != call:
                continue
            if status is not None and m.status != status:
                continue
            if method is not None and (m.status or m.method != method):
                continue
            return m
        want = f"status {status}" if status else f"a {method or 'message'}"
        raise AssertionError(f"{self.here}: want {want} within {seconds} s, "
                             f"have {seen or 'nothing'}")

    def expect_nothing(self, seconds=0.7, call=None):
        """AssertionError if anything (of this call) arrives."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            m = self.receive(left)
            if m is not None and (call is None or m.get("call-id") == call):
                raise AssertionError(f"{self.here}: want nothing, have {m.start!r}\n{m}")

    # --- messages ---

    def request(self, method, uri, to=None, extra=(), body="", **known):
        """The text of a request. `known` replaces a field (Python names: call_id, max_forwards,
        from_, via ...); None leaves it out. `extra` are whole lines."""
        branch = known.pop("branch", unique())
        fields = {
            "Via": f"SIP/2.0/UDP {self.here};rport;branch={branch}",
            "Max-Forwards": "70",
            "From": f"<sip:agent@{self.here}>;tag={unique('f')}",
            "To": f"<{to or uri}>",
            "Call-ID": unique("c"),
            "CSeq": f"1 {method}",
            "Contact": f"<sip:agent@{self.here}>",
        }
        for name, value in known.items():
            fields[name.strip("_").replace("_", "-").title().replace("Id", "ID")
                   .replace("Cseq", "CSeq")] = value
        lines = [f"{method} {uri} SIP/2.0"]
        lines += [f"{n}: {v}" for n, v in fields.items() if v is not None]
        lines += list(extra)
        lines.append(f"Content-Length: {len(body.encode())}")
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def reply(self, request, status, reason="OK", extra=(), body="", tag=None):
        """Send a response to a request by the rules: to the topmost Via's received and rport."""
        return self.send(self.response(request, status, reason, extra, body, tag), request.source)

    def response(self, request, status, reason="OK", extra=(), body="", tag=None):
        """The text of a response."""
        lines = [f"SIP/2.0 {status} {reason}"]
        lines += [f"Via: {v}" for v in request.all("via")]
        lines += [f"Record-Route: {v}" for v in request.all("record-route")]
        to = request.get("to")
        if status > 100 and parameter(to, "tag") is None:
            to += f";tag={tag or 'srv-' + request.get('call-id')[-6:]}"
        lines += [f"From: {request.get('from')}", f"To: {to}",
                  f"Call-ID: {request.get('call-id')}", f"CSeq: {request.get('cseq')}"]
        if status >= 200 and request.method == "INVITE":
            lines.append(f"Contact: <sip:agent@{self.here}>")
        lines += list(extra)
        lines.append(f"Content-Length: {len(body.encode())}")
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def ask(self, text, to, seconds=3.0):
        """Send a request and return its final response; the request is retransmitted by T1."""
        call = Message(text.encode()).get("call-id")
        end, wait = time.monotonic() + seconds, 0.5
        seen = []
        while time.monotonic() < end:
            self.send(text, to)
            again = min(end, time.monotonic() + wait)
            wait *= 2
            while (left := again - time.monotonic()) > 0:
                m = self.receive(left)
                if m is None or m.get("call-id") != call:
                    continue
                seen.append(m.start)
                if m.status >= 200:
                    return m
        raise AssertionError(f"{self.here}: no final response within {seconds} s to\n{text}\n"
                             f"have {seen or 'nothing'}")

    def register(self, aor, to, contact=None, expires=3600, extra=(), seconds=3.0, **known):
        """Send a REGISTER for `aor` and return the final response. contact "" is a fetch."""
        domain = aor.partition("@")[2]
        known.setdefault("from_", f"<{aor}>;tag={unique('f')}")
        known["contact"] = (None if contact == "" else
                            contact or f"<sip:{aor.split(':')[1].split('@')[0]}@{self.here}>")
        if expires is not None:
            known["expires"] = str(expires)
        return self.ask(self.request("REGISTER", f"sip:{domain}", to=aor, extra=extra, **known),
                        to, seconds)

    def ack(self, request, response, to):
        """ACK for a non-2xx final response: same branch, and To of the response."""
        m = Message(request.encode() if isinstance(request, str) else request)
        lines = [f"ACK {m.uri} SIP/2.0", f"Via: {m.get('via')}", "Max-Forwards: 70",
                 f"From: {m.get('from')}", f"To: {response.get('to')}",
                 f"Call-ID: {m.get('call-id')}", f"CSeq: {m.get('cseq').split()[0]} ACK"]
        lines += [f"Route: {r}" for r in m.all("route")]
        return self.send("\r\n".join(lines) + "\r\nContent-Length: 0\r\n\r\n", to)


class Dialog:
    """One side of an established dialog: enough to send requests in it."""

    def __init__(self, agent, local, remote, call_id, target, routes, cseq):
        self.agent, self.local, self.remote = agent, local, remote
        self.call_id, self.target, self.routes, self.cseq = call_id, target, routes, cseq

    @classmethod
    def caller(cls, agent, response):
        """From the 2xx that the caller received."""
        return cls(agent, response.get("from"), response.get("to"), response.get("call-id"),
                   inner_uri(response.get("contact")), response.values("record-route")[::-1],
                   int(response.get("cseq").split()[0]))

    @classmethod
    def callee(cls, agent, request, response):
        """From the INVITE that the callee received and the text of the 2xx it sent."""
        sent = Message(response if isinstance(response, bytes) else response.encode())
        return cls(agent, sent.get("to"), sent.get("from"), sent.get("call-id"),
                   inner_uri(request.get("contact")), request.values("record-route"), 100)

    def request(self, method, extra=(), body="", **known):
        """The text of a request in the dialog."""
        if method != "ACK":
            self.cseq += 1
        known.setdefault("from_", self.local)
        extra = [f"Route: {r}" for r in self.routes] + list(extra)
        return self.agent.request(method, self.target, extra=extra, body=body, to=None,
                                  **{"to_": self.remote, "call_id": self.call_id,
                                     "cseq": f"{self.cseq} {method}", **known})

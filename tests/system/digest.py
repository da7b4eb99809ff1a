# SPDX-License-Identifier: BSD-3-Clause
"""Digest authentication from the client's side (RFC 7616, RFC 8760), for bare agents."""

import hashlib
import re

from sip import Message, unique

HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
CHALLENGES = {401: ("www-authenticate", "Authorization"),
              407: ("proxy-authenticate", "Proxy-Authorization")}


def digest_of(algorithm, text):
    """The hash of text or octets, in hexadecimal digits."""
    data = text.encode() if isinstance(text, str) else text
    return hashlib.new(HASHES[algorithm], data).hexdigest()


def parameters(value):
    """{name: value} of a challenge or of credentials; quotes taken off."""
    found = re.findall(r'([\w-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s,]+))', value)
    return {name.lower(): quoted or plain for name, quoted, plain in found}


def challenges(response):
    """The Digest challenges of a 401 or 407, in order, as {name: value}."""
    field, _ = CHALLENGES[response.status]
    found = []
    for line in response.all(field):
        found += [parameters(part) for part in re.split(r"(?i)(?:^|,\s*)Digest\s+", line) if part]
    return [dict(c, algorithm=c.get("algorithm", "MD5")) for c in found]


class Credentials:
    """A user's name and password, and what was said with them last."""

    def __init__(self, user, password):
        self.user, self.password = user, password
        self.counts = {}

    def answer(self, challenge, method, uri, body="", qop="auth", **changed):
        """The value of an Authorization. `changed` replaces parameters after the response was
        computed, which is what an attacker does; qop None is RFC 2069's form."""
        algorithm, nonce = challenge["algorithm"], challenge["nonce"]
        a1 = f"{self.user}:{challenge['realm']}:{self.password}"
        a2 = f"{method}:{uri}"
        if qop == "auth-int":
            a2 += ":" + digest_of(algorithm, body)
        said = {"username": self.user, "realm": challenge["realm"], "nonce": nonce, "uri": uri,
                "algorithm": algorithm}
        middle = [nonce]
        if qop:
            self.counts[nonce] = self.counts.get(nonce, 0) + 1
            said.update(qop=qop, nc=f"{self.counts[nonce]:08x}", cnonce=unique("n"))
            middle += [said["nc"], said["cnonce"], qop]
        if "opaque" in challenge:
            said["opaque"] = challenge["opaque"]
        said["response"] = digest_of(algorithm, ":".join(
            [digest_of(algorithm, a1), *middle, digest_of(algorithm, a2)]))
        return write(said | changed)


def write(said):
    """The text of credentials; those parameters that are tokens are not quoted."""
    plain = ("algorithm", "qop", "nc")
    return "Digest " + ", ".join(f"{k}={v}" if k in plain else f'{k}="{v}"'
                                 for k, v in said.items())


def choose(response, algorithm=None):
    """The first challenge, or the one of an algorithm. AssertionError if there is none."""
    for challenge in challenges(response):
        if algorithm in (None, challenge["algorithm"]):
            return challenge
    raise AssertionError(f"no challenge for {algorithm or 'Digest'}\n{response}")


def again(text, response, credentials, algorithm=None, qop="auth", **changed):
    """A request once more, as a client sends it after a challenge: with credentials, the next CSeq
    and another branch."""
    _, field = CHALLENGES[response.status]
    return with_credentials(next_cseq(text), credentials.answer(
        choose(response, algorithm), *text.split(" ")[:2], text.partition("\r\n\r\n")[2], qop,
        **changed), field)


def with_credentials(text, value, field="Authorization"):
    """A request with an Authorization (or Proxy-Authorization) in place of the one it has."""
    text = re.sub(rf"(?im)^{field}:.*\r\n", "", text)
    return text.replace("\r\nContent-Length:", f"\r\n{field}: {value}\r\nContent-Length:", 1)


def next_cseq(text):
    """A request as a new one of the same client."""
    text = re.sub(r"branch=[^;\s]+", f"branch={unique()}", text, count=1)
    return re.sub(r"(?m)^CSeq: (\d+)", lambda m: f"CSeq: {int(m[1]) + 1}", text, count=1)


def ask(agent, text, to, credentials, algorithm=None, qop="auth", seconds=3.0):
    """Send a request; when it is challenged, once more with credentials. The final response, and
    the request that it answers."""
    first = agent.ask(text, to, seconds)
    if first.status not in CHALLENGES:
        return first, text
    if Message(text.encode()).method == "INVITE":
        agent.ack(text, first, to)
    text = again(text, first, credentials, algorithm, qop)
    return agent.ask(text, to, seconds), text

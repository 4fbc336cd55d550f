"""Who may come in: sign-in in both forms, sessions, tokens, and what the service may ask for on top."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY, SECONDS_PER_MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kwork_etxt_sdk.sandbox.kwork.market import Market

Demand = Literal["captcha", "phone"]
DEMANDS: tuple[Demand, ...] = ("captcha", "phone")

TOKEN_LIVES = 30 * SECONDS_PER_DAY
"""How long a token is good for, on both wires."""
SESSION_LIVES = 30 * SECONDS_PER_DAY
ONE_TIME_TOKEN_LIVES = 5 * SECONDS_PER_MINUTE
WRONG_LOGIN, CAPTCHA, PHONE = 105, 118, 192


class SignInRefused(Exception):  # noqa: N818 - it is an answer, not a failure of the sandbox
    """Somebody is not let in, yet or at all.

    Args:
        code: The number of the reason.
        message: The reason in the service's words.
        pass_token: Spares the next attempt the captcha.
    """

    def __init__(self, code: int, message: str, pass_token: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.pass_token = pass_token


@dataclass
class Door:
    """Checks names and passwords, and hands out sessions and tokens."""

    market: Market
    login: str
    password: str
    demands: set[Demand] = field(default_factory=set)
    """What the next sign-in has to answer on top of the password."""
    pass_tokens: set[str] = field(default_factory=set)
    one_time: dict[str, int] = field(default_factory=dict)
    """Tokens that open a web session once, and when each expires."""
    targets: dict[str, str] = field(default_factory=dict)
    """The page to which each of them leads."""

    def demand(self, what: Demand) -> str:
        """Makes the next sign-ins ask for something until it is answered; returns the right answer."""
        if what not in DEMANDS:
            raise ValueError(f"Kwork's sign-in can demand {' or '.join(DEMANDS)}, not {what!r}")
        self.demands.add(what)
        return self.answer_to(what)

    def answer_to(self, what: Demand) -> str:
        """The answer that is right: the captcha's solution, or the last four digits of the telephone number."""
        if what == "captcha":
            return hashlib.sha256(f"captcha {self.market.seed}".encode()).hexdigest()[:24]
        return "".join(letter for letter in self.market.actor.phone if letter.isdigit())[-4:]

    def check(self, login: str, password: str, extra: Mapping[str, str]) -> str | None:
        """Lets in whoever knows name, password and what is demanded.

        Returns:
            A token that spares the next sign-in the captcha, if one has been solved.

        Raises:
            SignInRefused: Something is wrong or missing.
        """
        pass_token = self._pass_captcha(extra)
        if login not in (self.login, self.market.actor.email) or password != self.password:
            raise SignInRefused(WRONG_LOGIN, "Неверный логин или пароль", pass_token)
        if "phone" in self.demands:
            if extra.get("phone_last") != self.answer_to("phone"):
                raise SignInRefused(PHONE, "Введите последние 4 цифры номера телефона", pass_token)
            self.demands.remove("phone")
        self.market.actor.is_online = True
        return pass_token

    def _pass_captcha(self, extra: Mapping[str, str]) -> str | None:
        if "captcha" not in self.demands:
            return None
        if extra.get("recaptcha_pass_token") in self.pass_tokens:
            self.demands.remove("captcha")
            return None
        if extra.get("g-recaptcha-response") != self.answer_to("captcha"):
            raise SignInRefused(CAPTCHA, "Подтвердите, что вы не робот")
        self.demands.remove("captcha")
        pass_token = self.issue("pass")
        self.pass_tokens.add(pass_token)
        return pass_token

    def issue(self, purpose: str) -> str:
        """A new secret. The market counts them, so that a state that is taken up again repeats none."""
        number = self.market.number("secret", 1)
        return hashlib.sha256(f"{self.market.seed}:{purpose}:{number}".encode()).hexdigest()[:40]

    def open_session(self) -> str:
        """A new session cookie."""
        session = self.issue("session")
        _keep(self.market.sessions, session, self.market.now, SESSION_LIVES)
        return session

    def open_token(self) -> str:
        """A new token for calls."""
        token = self.issue("token")
        _keep(self.market.tokens, token, self.market.now, TOKEN_LIVES)
        return token

    def knows(self, token: str) -> bool:
        """Whether a token is good for calls now."""
        return self.market.tokens.get(token, 0) > self.market.now

    def knows_session(self, session: str) -> bool:
        """Whether a session cookie is good now."""
        return self.market.sessions.get(session, 0) > self.market.now

    def open_one_time(self, target: str) -> tuple[str, int]:
        """A new token that turns into a web session, and when it expires."""
        token = self.issue("one-time")
        expiry = _keep(self.one_time, token, self.market.now, ONE_TIME_TOKEN_LIVES)
        self.targets = {known: page for known, page in self.targets.items() if known in self.one_time}
        self.targets[token] = target
        return token, expiry

    def take_one_time(self, token: str) -> str | None:
        """Uses a one-time token up; returns the page to which it leads, or None if it is no good."""
        is_good = self.one_time.pop(token, 0) > self.market.now
        return self.targets.pop(token) if is_good else None


def _keep(kept: dict[str, int], secret: str, now: int, lives: int) -> int:
    for old in [known for known, expiry in kept.items() if expiry <= now]:
        del kept[old]
    kept[secret] = now + lives
    return kept[secret]

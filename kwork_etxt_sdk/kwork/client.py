"""``KworkClient``: Kwork for one account."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from kwork_etxt_sdk.kwork.groups import Groups
from kwork_etxt_sdk.kwork.market import Credentials, Wire
from kwork_etxt_sdk.kwork.reference_cache import ReferenceCache
from kwork_etxt_sdk.kwork.wires import account_of, check_account, expiry_of, market_for, wire_for
from kwork_etxt_sdk.options import DEFAULT, DEFAULT_PROFILE, CallOptions, Limits, Retry, Timeouts
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.transport.address import check_base_url
from kwork_etxt_sdk.transport.clock import Clock
from kwork_etxt_sdk.transport.session import Session

if TYPE_CHECKING:
    import requests

    from kwork_etxt_sdk.config import Settings
    from kwork_etxt_sdk.effect import Effect
    from kwork_etxt_sdk.kwork.auth import Login, OnChallenge
    from kwork_etxt_sdk.kwork.endpoint import Endpoint
    from kwork_etxt_sdk.transport.journal import Journal

#: Seconds of the documented client; they stand for the SDK's own defaults (5 s to connect, 30 s to read).
DEFAULT_TIMEOUT = 30.0

#: Returns name and password when they are needed, so that the SDK does not have to keep them.
Relogin = Callable[[], "tuple[str, str | Secret]"]


class KworkClient(Groups):
    """Kwork for one account. Safe to share between threads; close it, or use it in ``with``.

    Sign in with :meth:`login`, or restore an earlier sign-in: ``KworkClient(token=...)``,
    ``KworkClient(**credentials)``, :meth:`from_session`.

    Args:
        token: The token of an earlier sign-in.
        cookies: Its cookies; they belong to the documented wire.
        timeout: Seconds for connecting and for each wait for bytes, or :class:`~kwork_etxt_sdk.Timeouts`.
        base_url: Moves all addresses to another host (the sandbox).
        app_authorization: The value of the header ``Authorization`` by which the app names itself to the live service.
            You supply it; it is never stored.
        wire: ``"app"`` (the live service) or ``"documented"`` (the published client). Left out: app if
            `app_authorization` is given and no cookies are, else documented.
        expires_at: When the token runs out.
        relogin: Allows one quiet sign-in when the token has run out: called then, it returns name and password.
        account: Any text of yours that stands for this account, the same in all runs: by it limits, ``once_key`` and
            mirrors know the account again when it has another token. :meth:`login` uses the name one signs in with.
            Left out, the token itself has to do.
        limits: How fast calls may leave; one a second with a burst of three unless given. A server on this machine (the
            sandbox) is not limited unless they are.
        retry: How often a call is tried.
        session: A ``requests.Session`` of your own; it must not retry by itself.
        proxy: URL of a proxy for all requests.
        verify: False, or the path of a CA bundle.
        options: How all calls of this client are made.
        clock: Time; for tests.
        journal: Remembers calls made with a ``once_key``.

    Raises:
        ConfigurationError: Something given can't work.

    Example:
        >>> with KworkClient.login("name", "password") as client:  # doctest: +SKIP
        ...     catalog = client.catalog.get_list(page=1)
    """

    #: Where calls go.
    BASE_URL: ClassVar[str] = "https://api.kwork.ru"
    #: Where name and password go, on the documented wire.
    LOGIN_URL: ClassVar[str] = "https://kwork.ru/signIn"
    #: Where session cookies are exchanged for a token, on the documented wire.
    TOKEN_URL: ClassVar[str] = "https://kwork.ru/getWebAuthToken"  # noqa: S105 - an address

    def __init__(
        self,
        token: str | Secret | None = None,
        cookies: Mapping[str, str | Secret] | None = None,
        timeout: float | Timeouts = DEFAULT_TIMEOUT,
        base_url: str | None = None,
        *,
        app_authorization: str | Secret | None = None,
        wire: Wire | None = None,
        expires_at: datetime | str | None = None,
        relogin: Relogin | None = None,
        account: str | None = None,
        limits: Limits | None = None,
        retry: Retry | None = None,
        session: requests.Session | None = None,
        proxy: str | Secret | None = None,
        verify: bool | str = True,
        options: CallOptions = DEFAULT,
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> None:
        # Under their own names, so that a traceback with the values of variables does not show them.
        token = Secret.of(token) if token else None
        app_authorization = Secret.of(app_authorization) if app_authorization else None
        proxy = Secret.of(proxy) if proxy else None
        secrets = {name: Secret.of(value) for name, value in (cookies or {}).items()}
        cookies = None
        self._app_authorization = app_authorization
        self._moved = None if base_url is None else check_base_url(base_url)
        self._market = market_for(
            wire_for(wire, app_authorization, has_cookies=bool(secrets)),
            Credentials(token=token, cookies=secrets, expires_at=expiry_of(expires_at)),
            app_authorization,
            self._urls(),
            check_account(account),
        )
        super().__init__(
            Session(
                self._market,
                limits=limits,
                retry=retry,
                timeouts=Timeouts() if timeout == DEFAULT_TIMEOUT else Timeouts.of(timeout),
                http_session=session,
                proxy=proxy.reveal() if proxy else None,
                verify=verify,
                clock=clock,
                journal=journal,
            ),
            options,
        )
        self.timeout = timeout
        self._reference = ReferenceCache(f"{self.wire} {self._urls()['api']}", self._session.clock.wall)
        self.base_url = self._urls()["api"]
        if relogin is not None:
            from kwork_etxt_sdk.kwork.auth import Login

            self._allow_relogin(lambda: Login.of(*relogin()))

    @classmethod
    def login(
        cls,
        username: str,
        password: str | Secret,
        timeout: float | Timeouts = DEFAULT_TIMEOUT,
        *,
        base_url: str | None = None,
        app_authorization: str | Secret | None = None,
        wire: Wire | None = None,
        phone_last: str | Secret | None = None,
        on_challenge: OnChallenge | None = None,
        keep_password: bool = False,
        relogin: Relogin | None = None,
        limits: Limits | None = None,
        retry: Retry | None = None,
        session: requests.Session | None = None,
        proxy: str | Secret | None = None,
        verify: bool | str = True,
        options: CallOptions = DEFAULT,
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> KworkClient:
        """Sign in with name and password.

        On the documented wire in two steps: ``POST /signIn`` brings session cookies, ``POST /getWebAuthToken``
        exchanges them for a token. On the app wire in one, in which Kwork may want to know more. Sign in seldom and
        keep :attr:`credentials` or :meth:`save_session`: frequent sign-ins bring captchas and bans.

        Args:
            username: Name of the account, or e-mail.
            password: Password; forgotten after the sign-in unless `keep_password` is set.
            timeout: As for the class.
            base_url: As for the class.
            app_authorization: As for the class.
            wire: As for the class.
            phone_last: Last four digits of the account's phone number, if Kwork wants them (app wire).
            on_challenge: Called with a :class:`~kwork_etxt_sdk.kwork.Challenge` if Kwork wants digits or a captcha
                answered by a person (app wire); returns the answer, or None to give up. The SDK solves no captcha.
            keep_password: Keep the password in memory, and sign in anew, once and quietly, when the token has run out.
            relogin: The same without keeping it: as for the class.
            limits: As for the class.
            retry: As for the class.
            session: As for the class.
            proxy: As for the class.
            verify: As for the class.
            options: As for the class; the sign-in is made so, too.
            clock: As for the class.
            journal: As for the class.

        Returns:
            A signed-in client.

        Raises:
            KworkAuthError: Name or password are wrong, or no token came.
            KworkPhoneError: Kwork wants digits of the phone number, and nobody gave them.
            KworkCaptchaError: Kwork wants a captcha answered, and nobody did.
            KworkNetworkError: Kwork could not be reached.

        Example:
            >>> client = KworkClient.login("name", "password")  # doctest: +SKIP

        Source: Kwork client reference, KworkClient.login.
        """
        from kwork_etxt_sdk.kwork.auth import Login, sign_in

        password = Secret.of(password)  # so that a traceback with the values of variables does not show it
        phone_last = Secret.of(phone_last) if phone_last else None
        app_authorization = Secret.of(app_authorization) if app_authorization else None
        credentials = Login.of(username, password, phone_last)
        client = cls(
            timeout=timeout,
            base_url=base_url,
            app_authorization=app_authorization,
            wire=wire,
            relogin=relogin,
            account=account_of(username) if isinstance(username, str) else None,  # the sign-in refuses any other
            limits=limits,
            retry=retry,
            session=session,
            proxy=proxy,
            verify=verify,
            options=options,
            clock=clock,
            journal=journal,
        )
        try:
            sign_in(client, client._market, credentials, on_challenge)
        except BaseException:
            client.close()
            raise
        if keep_password:
            client._allow_relogin(lambda: credentials)
        return client

    @classmethod
    def from_env(
        cls,
        *,
        limits: Limits | None = None,
        retry: Retry | None = None,
        options: CallOptions = DEFAULT,
        journal: Journal | None = None,
    ) -> KworkClient:
        """Make a client from ``KWORK_TOKEN``, or sign in with ``KWORK_LOGIN`` and ``KWORK_PASSWORD``.

        ``KWORK_APP_AUTHORIZATION`` and ``KWORK_WIRE`` choose the wire; ``KWORK_BASE_URL`` moves all addresses to
        another host. What they leave open is taken from the profile that ``KWORK_ETXT_PROFILE`` names.

        Raises:
            ConfigurationError: A variable is missing or wrong; the message names it.
        """
        from kwork_etxt_sdk.config import environment_settings

        given = {"limits": limits, "retry": retry, "options": options, "journal": journal}
        return cls._from_settings(environment_settings("kwork"), given)

    @classmethod
    def from_profile(
        cls,
        name: str = DEFAULT_PROFILE,
        *,
        timeout: float | Timeouts | None = None,
        base_url: str | None = None,
        on_challenge: OnChallenge | None = None,
        limits: Limits | None = None,
        retry: Retry | None = None,
        session: requests.Session | None = None,
        proxy: str | Secret | None = None,
        verify: bool | str | None = None,
        options: CallOptions = DEFAULT,
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> KworkClient:
        """Make a client from a profile: the table ``[name.kwork]`` of the profile file.

        In this order: its token; the sign-in that was kept for it (:meth:`save_session`, ``kwork-etxt login kwork``);
        its login and password, and what that sign-in brings is kept. Where login and password are set up, a token that
        ran out is replaced quietly, once, and the new one is kept.

        Args:
            name: The profile.
            timeout: As for the class, as are most others; what is given here comes before the profile.
            base_url: As for the class.
            on_challenge: As for :meth:`login`.
            limits: As for the class.
            retry: As for the class.
            session: As for the class.
            proxy: As for the class.
            verify: As for the class.
            options: As for the class. Without a ``max_spend`` of their own, that of the profile holds.
            clock: As for the class.
            journal: As for the class.

        Raises:
            ConfigurationError: There is no such profile, something in it is wrong, or others can read the file.
            KworkAuthError: The sign-in was refused.

        Example:
            >>> client = KworkClient.from_profile("work")  # doctest: +SKIP
        """
        from kwork_etxt_sdk.config import profile_settings

        given = {
            "timeout": timeout,
            "base_url": base_url,
            "on_challenge": on_challenge,
            "limits": limits,
            "retry": retry,
            "session": session,
            "proxy": proxy,
            "verify": verify,
            "options": options,
            "clock": clock,
            "journal": journal,
        }
        return cls._from_settings(profile_settings("kwork", name), given)

    @classmethod
    def _from_settings(cls, settings: Settings, overrides: Mapping[str, Any]) -> KworkClient:
        from kwork_etxt_sdk.kwork.opening import open_from

        return open_from(cls, settings, overrides)

    @classmethod
    def from_session(
        cls,
        path: str | os.PathLike[str] | None = None,
        *,
        profile: str = DEFAULT_PROFILE,
        timeout: float | Timeouts = DEFAULT_TIMEOUT,
        base_url: str | None = None,
        app_authorization: str | Secret | None = None,
        relogin: Relogin | None = None,
        limits: Limits | None = None,
        retry: Retry | None = None,
        session: requests.Session | None = None,
        proxy: str | Secret | None = None,
        verify: bool | str = True,
        options: CallOptions = DEFAULT,
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> KworkClient:
        """Restore a sign-in that :meth:`save_session` stored.

        Args:
            path: The file; the usual place of the profile if left out.
            profile: Whose session, where there are several accounts.
            timeout: As for the class.
            base_url: As for the class; left out, the address the session belongs to.
            app_authorization: As for the class; sessions of the app wire need it, and never store it.
            relogin: As for the class.
            limits: As for the class.
            retry: As for the class.
            session: As for the class.
            proxy: As for the class.
            verify: As for the class.
            options: As for the class.
            clock: As for the class.
            journal: As for the class.

        Raises:
            ConfigurationError: There is no such file, it is damaged, or `app_authorization` is missing.

        Example:
            >>> client = KworkClient.from_session(profile="shop")  # doctest: +SKIP
        """
        from kwork_etxt_sdk.store import StoredSession, session_path

        app_authorization = Secret.of(app_authorization) if app_authorization else None
        stored = StoredSession.load(path or session_path("kwork", profile), site="kwork")
        return cls(
            stored.token,
            stored.cookies,
            timeout,
            base_url or stored.base_url,
            app_authorization=app_authorization,
            wire=stored.wire,
            expires_at=stored.expires_at,
            relogin=relogin,
            account=stored.account,
            limits=limits,
            retry=retry,
            session=session,
            proxy=proxy,
            verify=verify,
            options=options,
            clock=clock,
            journal=journal,
        )

    def save_session(self, path: str | os.PathLike[str] | None = None, *, profile: str = DEFAULT_PROFILE) -> Path:
        """Store this sign-in, for :meth:`from_session`: token, cookies, wire, address, expiry and account.

        Only you can read the file. Passwords and the app authorization are never in it, nor is the name you sign in
        with: a digest of it stands for the account.

        Args:
            path: The file; the usual place of the profile if left out.
            profile: Whose session, where there are several accounts.

        Returns:
            Where it is.

        Raises:
            ConfigurationError: Nobody is signed in, or the file can't be written.

        Example:
            >>> client.save_session(profile="shop")  # doctest: +SKIP
            PosixPath('/home/me/.local/state/kwork_etxt_sdk/sessions/kwork-shop.json')
        """
        from kwork_etxt_sdk.kwork.opening import session_of
        from kwork_etxt_sdk.store import session_path

        return session_of(self).save(path or session_path("kwork", profile))

    @property
    def wire(self) -> Wire:
        """The wire this client is on: ``"app"`` or ``"documented"``."""
        return self._market.wire

    @property
    def token(self) -> str | None:
        """The token: a credential, keep it as you keep a password."""
        token = self._market.credentials.token
        return token.reveal() if token else None

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that are sent, the token among them: credentials. Empty on the app wire."""
        return {name: value.reveal() for name, value in self._market.credentials.cookies.items()}

    @property
    def expires_at(self) -> datetime | None:
        """When the token runs out, if the service said so; it does on the app wire."""
        return self._market.credentials.expires_at

    @property
    def needs_second_proof(self) -> bool | None:
        """Whether Kwork wants a second proof of who you are, if the sign-in on the app wire said so."""
        return self._market.needs_second_proof

    @property
    def credentials(self) -> dict[str, Any]:
        """What restores the sign-in later: ``KworkClient(**credentials)``. Plain data that JSON can hold."""
        expires_at = self.expires_at
        return {
            "token": self.token,
            "cookies": self.cookies,
            "wire": self.wire,
            "expires_at": expires_at.isoformat() if expires_at else None,
            "account": self._market.account,
        }

    def _raw_endpoint(self, name: str, parameters: Mapping[str, Any], effect: Effect, result: Any) -> Endpoint[Any]:
        from kwork_etxt_sdk.kwork.raw import raw_endpoint

        return raw_endpoint(name, parameters, effect, result, is_signed_in=self._market.credentials.token is not None)

    def _made_with(self) -> tuple[dict[str, Any], dict[str, Any]]:
        header = self._app_authorization
        secrets = {**self.credentials, "app_authorization": header.reveal() if header else None}
        settings = {name: secrets.pop(name) for name in ("wire", "account")}
        return {"base_url": self._moved, **settings, **self._session.settings()}, secrets

    @classmethod
    def _without_secrets(cls, settings: dict[str, Any]) -> KworkClient:
        from kwork_etxt_sdk.kwork.opening import without_secrets

        return without_secrets(cls, settings)

    def _urls(self) -> dict[str, str]:
        moved = self._moved
        return {
            "api": moved or self.BASE_URL,
            "login": f"{moved}/signIn" if moved else self.LOGIN_URL,
            "token": f"{moved}/getWebAuthToken" if moved else self.TOKEN_URL,
        }

    def _allow_relogin(self, login: Callable[[], Login]) -> None:
        from kwork_etxt_sdk.kwork.auth import quiet_sign_in

        self._market.sign_in_again = quiet_sign_in(self, self._market, login)

    def _own_id(self, options: CallOptions) -> int:
        """Return the id of the user who is signed in; asked for once."""
        market = self._market
        if market.user_id is None:
            from kwork_etxt_sdk.kwork.auth import WHO_AM_I

            market.user_id = self._make(WHO_AM_I, {}, options).value
        return market.user_id

    def __repr__(self) -> str:
        if "base_url" not in vars(self):
            return "<KworkClient, not made>"  # what a debugger sees if something given was refused
        state = "signed in" if self._market.credentials.token else "not signed in"
        return f"<KworkClient {self.base_url}, {state}>"

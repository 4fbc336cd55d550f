"""``EtxtClient``: eTXT for one account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.client import Client
from kwork_etxt_sdk.etxt.market import BASE_URL, EtxtMarket
from kwork_etxt_sdk.options import DEFAULT, DEFAULT_PROFILE, CallOptions, Limits, Retry, Timeouts
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.transport.clock import Clock, SystemClock
from kwork_etxt_sdk.transport.session import Session

if TYPE_CHECKING:
    import requests

    from kwork_etxt_sdk.config import Settings
    from kwork_etxt_sdk.effect import Effect
    from kwork_etxt_sdk.etxt.articles import Articles
    from kwork_etxt_sdk.etxt.articles_archive import ArticlesArchive
    from kwork_etxt_sdk.etxt.bwgroups import BwGroups
    from kwork_etxt_sdk.etxt.categories import Categories
    from kwork_etxt_sdk.etxt.correction import Correction
    from kwork_etxt_sdk.etxt.diff import Diff
    from kwork_etxt_sdk.etxt.endpoint import Endpoint
    from kwork_etxt_sdk.etxt.files import Files
    from kwork_etxt_sdk.etxt.folders import Folders
    from kwork_etxt_sdk.etxt.messages import Messages
    from kwork_etxt_sdk.etxt.options import Options
    from kwork_etxt_sdk.etxt.rating import Rating
    from kwork_etxt_sdk.etxt.tasks import Tasks
    from kwork_etxt_sdk.etxt.tasks_archive import TasksArchive
    from kwork_etxt_sdk.etxt.users import Users
    from kwork_etxt_sdk.transport.journal import Journal


class EtxtClient(Client):
    """eTXT for one account. Safe to share between threads; close it, or use it in ``with``.

    Args:
        token: The API key of the profile.
        api_pass: The API password of the profile.
        base_url: Address of the API; ``https://www.etxt.biz/api/json/`` serves the same.
        timeout: Seconds for connecting and for each wait for bytes, or :class:`~kwork_etxt_sdk.Timeouts`.
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
        >>> with EtxtClient("token", "password") as client:  # doctest: +SKIP
        ...     print(client.users.get_balance().balance)
    """

    def __init__(
        self,
        token: str | Secret,
        api_pass: str | Secret,
        *,
        base_url: str = BASE_URL,
        timeout: float | Timeouts | None = None,
        limits: Limits | None = None,
        retry: Retry | None = None,
        session: requests.Session | None = None,
        proxy: str | Secret | None = None,
        verify: bool | str = True,
        options: CallOptions = DEFAULT,
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> None:
        clock = clock if clock is not None else SystemClock()
        # The variables get new values, so that a traceback that shows variables shows none of them.
        token, api_pass = Secret.of(token), Secret.of(api_pass)
        proxy = Secret.of(proxy) if proxy else None
        market = EtxtMarket(token, api_pass, base_url=base_url, clock=clock)
        super().__init__(
            Session(
                market,
                limits=limits,
                retry=retry,
                timeouts=None if timeout is None else Timeouts.of(timeout),
                http_session=session,
                proxy=proxy.reveal() if proxy else None,
                verify=verify,
                clock=clock,
                journal=journal,
            ),
            options,
        )
        self._base_url = market.base_url
        self._market = market

    def _made_with(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"base_url": self._base_url, **self._session.settings()}, self._market.credentials()

    @classmethod
    def _without_secrets(cls, settings: dict[str, Any]) -> EtxtClient:
        from kwork_etxt_sdk.config import environment_secret

        token, api_pass = environment_secret("etxt", "token"), environment_secret("etxt", "api_pass")
        if token is not None and api_pass is not None:
            return cls(token, api_pass, **settings)
        client = cls("none", "none", **settings)
        client._session.unusable = (
            "this client was pickled without its credentials, and ETXT_TOKEN and ETXT_API_PASS are not set in this "
            "process; set them, or pickle client.with_pickled_secrets()"
        )
        return client

    @classmethod
    def from_env(
        cls,
        *,
        limits: Limits | None = None,
        retry: Retry | None = None,
        options: CallOptions = DEFAULT,
        journal: Journal | None = None,
    ) -> EtxtClient:
        """Make a client from ``ETXT_TOKEN``, ``ETXT_API_PASS`` and, if set, ``ETXT_BASE_URL``.

        What they leave open is taken from the profile that ``KWORK_ETXT_PROFILE`` names.

        Raises:
            ConfigurationError: A variable is missing; the message names it.
        """
        from kwork_etxt_sdk.config import environment_settings

        given = {"limits": limits, "retry": retry, "options": options, "journal": journal}
        return cls._from_settings(environment_settings("etxt"), given)

    @classmethod
    def from_profile(
        cls,
        name: str = DEFAULT_PROFILE,
        *,
        base_url: str | None = None,
        timeout: float | Timeouts | None = None,
        limits: Limits | None = None,
        retry: Retry | None = None,
        session: requests.Session | None = None,
        proxy: str | Secret | None = None,
        verify: bool | str | None = None,
        options: CallOptions = DEFAULT,
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> EtxtClient:
        """Make a client from a profile: the table ``[name.etxt]`` of the profile file.

        Args:
            name: The profile.
            base_url: As for the class, as are all others; what is given here comes before the profile.
            timeout: As for the class.
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

        Example:
            >>> client = EtxtClient.from_profile("work")  # doctest: +SKIP
        """
        from kwork_etxt_sdk.config import profile_settings

        given = {
            "base_url": base_url,
            "timeout": timeout,
            "limits": limits,
            "retry": retry,
            "session": session,
            "proxy": proxy,
            "verify": verify,
            "options": options,
            "clock": clock,
            "journal": journal,
        }
        return cls._from_settings(profile_settings("etxt", name), given)

    @classmethod
    def _from_settings(cls, settings: Settings, overrides: Mapping[str, Any]) -> EtxtClient:
        from kwork_etxt_sdk.config import NEEDED

        missing = settings.lacks(*NEEDED["etxt"])
        if missing:
            raise settings.incomplete(*missing)
        token, api_pass = settings.fetched("token"), settings.fetched("api_pass")
        return cls(token, api_pass, **settings.arguments(overrides))

    @property
    def categories(self) -> Categories:
        """Subjects of orders and articles."""
        from kwork_etxt_sdk.etxt.categories import Categories

        return self._topic(Categories)

    @property
    def folders(self) -> Folders:
        """Folders for orders, articles and corrections."""
        from kwork_etxt_sdk.etxt.folders import Folders

        return self._topic(Folders)

    @property
    def users(self) -> Users:
        """Your account, authors, lists, reviews."""
        from kwork_etxt_sdk.etxt.users import Users

        return self._topic(Users)

    @property
    def tasks(self) -> Tasks:
        """Your orders, the applications for them and their results."""
        from kwork_etxt_sdk.etxt.tasks import Tasks

        return self._topic(Tasks)

    @property
    def tasks_archive(self) -> TasksArchive:
        """Orders that were moved to the archive, and their results."""
        from kwork_etxt_sdk.etxt.tasks_archive import TasksArchive

        return self._topic(TasksArchive)

    @property
    def options(self) -> Options:
        """What can be chosen from."""
        from kwork_etxt_sdk.etxt.options import Options

        return self._topic(Options)

    @property
    def articles(self) -> Articles:
        """Ready-made articles, for sale and bought."""
        from kwork_etxt_sdk.etxt.articles import Articles

        return self._topic(Articles)

    @property
    def articles_archive(self) -> ArticlesArchive:
        """Bought articles that were moved to the archive."""
        from kwork_etxt_sdk.etxt.articles_archive import ArticlesArchive

        return self._topic(ArticlesArchive)

    @property
    def bwgroups(self) -> BwGroups:
        """Groups within your white and black lists."""
        from kwork_etxt_sdk.etxt.bwgroups import BwGroups

        return self._topic(BwGroups)

    @property
    def messages(self) -> Messages:
        """News from the service, and private messages."""
        from kwork_etxt_sdk.etxt.messages import Messages

        return self._topic(Messages)

    @property
    def rating(self) -> Rating:
        """Orders that authors failed, and the rating it cost them."""
        from kwork_etxt_sdk.etxt.rating import Rating

        return self._topic(Rating)

    @property
    def diff(self) -> Diff:
        """How much alike two texts are."""
        from kwork_etxt_sdk.etxt.diff import Diff

        return self._topic(Diff)

    @property
    def correction(self) -> Correction:
        """Proof-reading, a paid service."""
        from kwork_etxt_sdk.etxt.correction import Correction

        return self._topic(Correction)

    @property
    def files(self) -> Files:
        """Download of results."""
        from kwork_etxt_sdk.etxt.files import Files

        return self._topic(Files)

    def _raw_endpoint(self, name: str, parameters: Mapping[str, Any], effect: Effect, result: Any) -> Endpoint[Any]:
        from kwork_etxt_sdk.etxt.raw import raw_endpoint

        return raw_endpoint(name, parameters, effect, result)

    def __repr__(self) -> str:
        return f"<EtxtClient {self._base_url}>"

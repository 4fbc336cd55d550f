"""The six groups of the documented client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.client import Client

if TYPE_CHECKING:
    from kwork_etxt_sdk.kwork.catalog import CatalogAPI
    from kwork_etxt_sdk.kwork.notifications import NotificationsAPI
    from kwork_etxt_sdk.kwork.other import OtherAPI
    from kwork_etxt_sdk.kwork.projects import ProjectsAPI
    from kwork_etxt_sdk.kwork.reference import ReferenceAPI
    from kwork_etxt_sdk.kwork.user import UserAPI


class Groups(Client):
    """The six groups, each loaded when it is first asked for."""

    @property
    def catalog(self) -> CatalogAPI:
        """Services on offer."""
        from kwork_etxt_sdk.kwork.catalog import CatalogAPI

        return self._topic(CatalogAPI)

    @property
    def projects(self) -> ProjectsAPI:
        """What customers want done."""
        from kwork_etxt_sdk.kwork.projects import ProjectsAPI

        return self._topic(ProjectsAPI)

    @property
    def user(self) -> UserAPI:
        """Your account, reviews, favourites."""
        from kwork_etxt_sdk.kwork.user import UserAPI

        return self._topic(UserAPI)

    @property
    def reference(self) -> ReferenceAPI:
        """Places, time zones, options."""
        from kwork_etxt_sdk.kwork.reference import ReferenceAPI

        return self._topic(ReferenceAPI)

    @property
    def notifications(self) -> NotificationsAPI:
        """What happened, and dialogs."""
        from kwork_etxt_sdk.kwork.notifications import NotificationsAPI

        return self._topic(NotificationsAPI)

    @property
    def other(self) -> OtherAPI:
        """Settings, state and what fits nowhere else."""
        from kwork_etxt_sdk.kwork.other import OtherAPI

        return self._topic(OtherAPI)

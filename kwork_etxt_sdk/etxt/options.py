"""``client.options``: what can be chosen from."""

from __future__ import annotations

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import Endpoint, Shape
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.options import DEFAULT, CallOptions

GET_LANGS: Endpoint[dict[int, str]] = Endpoint(
    "options.getLangs", effect=Effect.READ, result=dict[int, str], shape=Shape.MAPPING, markers=()
)


class Options(EtxtTopic):
    """What can be chosen from."""

    def get_langs(self, *, options: CallOptions = DEFAULT) -> dict[int, str]:
        """Return the languages of the service.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            ``{id of the language: its name}``.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> client.options.get_langs()  # doctest: +SKIP
            {1: 'Русский', 2: 'Английский', 5: 'Немецкий'}

        Source: eTXT API manual, section options.getLangs.
        """
        return self._call(GET_LANGS, options)

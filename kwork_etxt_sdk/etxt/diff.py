"""``client.diff``: how much alike two texts are."""

from __future__ import annotations

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import Endpoint
from kwork_etxt_sdk.etxt.models.diff import Comparison
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Text

#: Shortest and longest text that is compared, in characters (manual).
MIN_TEXT = 30
MAX_TEXT = 20_000

COMPARE_TEXT = Endpoint(
    "diff.compareText",
    effect=Effect.READ,
    result=Comparison,
    markers=("result",),
    params=(
        Text("source", required=True, least=MIN_TEXT, most=MAX_TEXT),
        Text("text", required=True, least=MIN_TEXT, most=MAX_TEXT),
    ),
)


class Diff(EtxtTopic):
    """How much alike two texts are."""

    def compare_text(self, source: str, text: str, *, options: CallOptions = DEFAULT) -> Comparison:
        """Compare two texts.

        Effect: READ.

        Args:
            source: The source text, 30 to 20000 characters.
            text: The text to compare with it, 30 to 20000 characters.
            options: How the call is made.

        Returns:
            How much is the same, and where.

        Raises:
            EtxtValidationError: A text is too short or too long.

        Example:
            >>> client.diff.compare_text(original, rewritten).result  # doctest: +SKIP
            87.5

        Source: eTXT API manual, section diff.compareText.
        """
        return self._call(COMPARE_TEXT, options, source=source, text=text)

"""``client.rating``: orders that authors failed, and the rating it cost them."""

from __future__ import annotations

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import Endpoint, Shape
from kwork_etxt_sdk.etxt.models.rating import BackFilter, ReturnedRating, TaskFail
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Choice, identifier

LIST_TASKS_FAILS = Endpoint(
    "rating.listTasksFails",
    effect=Effect.READ,
    result=TaskFail,
    shape=Shape.RECORDS,
    markers=("id_task",),
    params=(
        identifier("task_id", "id_task"),
        identifier("user_id", "id_user"),
        Choice("back", values=tuple(BackFilter)),
    ),
)
RATING_USER_BACK = Endpoint(
    "rating.ratingUserBack",
    effect=Effect.ONCE,
    result=ReturnedRating,
    markers=("id_task",),
    check="rating.list_tasks_fails",
    ask=lambda client, arguments: client.rating.list_tasks_fails(
        task_id=arguments["task_id"], user_id=arguments["user_id"]
    ),
    params=(identifier("task_id", "id_task", required=True), identifier("user_id", "id_user", required=True)),
)


class Rating(EtxtTopic):
    """Orders that authors failed, and the rating it cost them. For customers."""

    def list_tasks_fails(
        self,
        *,
        task_id: int | None = None,
        user_id: int | None = None,
        back: BackFilter | int | None = None,
        options: CallOptions = DEFAULT,
    ) -> Records[TaskFail]:
        """List the orders that authors failed.

        Effect: READ.

        Args:
            task_id: Only this order.
            user_id: Only orders of this author.
            back: Only those for which the rating was given back, or was not.
            options: How the call is made.

        Returns:
            The failed orders.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> [fail.task_id for fail in client.rating.list_tasks_fails(back=2)]  # doctest: +SKIP
            [1000007]

        Source: eTXT API manual, section rating.listTasksFails.
        """
        return self._list(LIST_TASKS_FAILS, options, task_id=task_id, user_id=user_id, back=back)

    def rating_user_back(self, *, task_id: int, user_id: int, options: CallOptions = DEFAULT) -> ReturnedRating:
        """Give an author the rating back that a failed order cost.

        Effect: ONCE: it can't be taken back. Whether it happened tells ``rating.list_tasks_fails``: ``fail.back``.

        Args:
            task_id: Id of the order.
            user_id: Id of the author.
            options: How the call is made.

        Returns:
            How much rating was given back.

        Raises:
            EtxtNotFoundError: This author did not fail this order.
            EtxtAccessError: The rating can't be given back, for example because it was before.
            OutcomeUnknown: Sent, and nobody knows whether it was given back.

        Example:
            >>> client.rating.rating_user_back(task_id=1000007, user_id=700021).rate_back  # doctest: +SKIP
            15

        Source: eTXT API manual, section rating.ratingUserBack.
        """
        return self._call(RATING_USER_BACK, options, task_id=task_id, user_id=user_id)

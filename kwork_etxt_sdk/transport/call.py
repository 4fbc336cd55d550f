"""The life of one call: limiter, credentials, send, envelope, decision, and again if that is allowed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import (
    AlreadyDoneError,
    ConfigurationError,
    DeadlineError,
    NetworkError,
    OutcomeUnknown,
    RateLimitError,
    RefusedError,
    SdkError,
    UnexpectedResponseError,
)
from kwork_etxt_sdk.mapping import MappingError, default_converter
from kwork_etxt_sdk.options import BadItems, Retry, Timeouts
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.transport.decide import AMBIGUOUS, Happened, Step, decide, nominal_pause, with_jitter
from kwork_etxt_sdk.transport.exchange import Answered, Reading, Refused, Reply, Request, Result
from kwork_etxt_sdk.transport.limiter import Grant, LimitWait
from kwork_etxt_sdk.transport.phase import Trace
from kwork_etxt_sdk.transport.retry_after import parse_retry_after
from kwork_etxt_sdk.transport.telling import Teller
from kwork_etxt_sdk.transport.verdict import CUT_SHORT, NO_REFUSAL, classify, describe

if TYPE_CHECKING:
    from decimal import Decimal

    from kwork_etxt_sdk.spending import Budget
    from kwork_etxt_sdk.transport.endpoint import Endpoint
    from kwork_etxt_sdk.transport.events import Event
    from kwork_etxt_sdk.transport.http import Attempt
    from kwork_etxt_sdk.transport.journal import Entry
    from kwork_etxt_sdk.transport.once import Once
    from kwork_etxt_sdk.transport.session import Session

logger = logging.getLogger("kwork_etxt_sdk")
#: The shortest time, in seconds, given to a request of a call whose deadline is near: zero would mean "none".
_SHORTEST_TIMEOUT = 0.05
#: Deleting twice ends in "there is no such thing", if the first answer was lost.
_EARLIER = "An earlier attempt of this call, whose answer was lost, may have done it already."


class _Again(Exception):  # noqa: N818 - a signal to the loop, never seen outside
    """Try again after :attr:`delay` seconds: the decision has allowed it and it fits into the deadline."""

    def __init__(self, delay: float, reason: str) -> None:
        super().__init__(reason)
        self.delay = delay


class Call:
    """One call: its attempts, waits and deadline.

    Args:
        session: What all calls share.
        endpoint: What is called.
        arguments: With what, by Python names.
        request: The request without credentials.
        retry: How often.
        timeouts: How long each step may take.
        deadline: Seconds over all attempts and waits, None for no deadline.
        bad_items: What to do with items that don't fit.
        on_event: Told of every event.
        ask: Finds out whether the call took effect.
        once: Its claim on a ``once_key``.
        spending: Its price, and from what budget it is paid.
    """

    def __init__(
        self,
        session: Session,
        endpoint: Endpoint[Any],
        arguments: Mapping[str, Any],
        request: Request,
        *,
        retry: Retry,
        timeouts: Timeouts,
        deadline: float | None,
        bad_items: BadItems,
        on_event: Callable[[Event], None] | None,
        ask: Callable[[], Any] | None,
        once: Once | None = None,
        spending: tuple[Budget, Decimal] | None = None,
    ) -> None:
        self._session = session
        self._market = session.market
        self._clock = session.clock
        self._endpoint = endpoint
        self._arguments = arguments
        self._request = request
        self._retry = retry
        self._timeouts = timeouts
        self._deadline = None if deadline is None else self._clock.now() + round(deadline * SECOND)
        self._deadline_seconds = deadline
        self._bad_items = bad_items
        self._ask = ask
        self._once = once
        self._spending = spending
        self.name = f"{self._market.site} {endpoint.name}"
        self._tell = Teller(self.name, on_event)
        self.effect = endpoint.effect_for(arguments)
        self._sends = 0
        self._renewed = False
        self._waited = 0
        self._sent_at: datetime | None = None
        self._last_error: SdkError | None = None
        self._may_be_done = False

    def run(self) -> Result:
        """Make the call.

        Returns:
            What it came to.

        Raises:
            OutcomeUnknown: A ONCE or MONEY call was sent and nobody knows whether it took effect.
            SdkError: Anything else that kept it from being done, by meaning.
        """
        if self._once is not None:
            earlier = self._once.look()
            if earlier is not None:
                return self._answer_of(earlier)
        if self._spending is None:
            return self._try()
        budget, price = self._spending
        budget.take(price, self.name)
        try:
            result = self._try()
        except OutcomeUnknown:
            raise
        except SdkError:
            budget.give_back(price)
            raise
        if not result.attempts:  # another run with this key was faster, and spent it
            budget.give_back(price)
        return result

    def _try(self) -> Result:
        try:
            return self._attempt()
        except _Again as again:
            first = again
        return self._keep_trying(first)

    def _keep_trying(self, first: _Again) -> Result:
        # tenacity is imported only here: most calls, and most cron jobs, never need it.
        from tenacity import Retrying, retry_if_exception_type

        self._pause(first.delay)
        loop = Retrying(
            retry=retry_if_exception_type(_Again),
            wait=_delay_of,
            sleep=self._pause,
            reraise=True,
        )
        return loop(self._attempt)

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self._tell.waiting(self._sends + 1, seconds, "a pause before the next attempt")
            self._waited += round(seconds * SECOND)
            self._clock.sleep(round(seconds * SECOND))

    def _attempt(self) -> Result:
        grant = self._wait_for_slot()
        trace = Trace()
        try:
            faster = self._once.claim() if self._once is not None else None
            if faster is not None:
                return self._answer_of(faster)
            return self._conclude(self._send(grant, trace))
        except OutcomeUnknown:
            raise
        except (SdkError, _Again):
            self._free_key()
            raise
        except BaseException as interrupt:
            if self.effect.may_repeat or trace.phase.is_unsent:
                self._free_key()
            self._tell_interrupted(interrupt, trace)
            raise

    def _free_key(self) -> None:
        if self._once is not None:
            self._once.free()

    def _note_done(self, answer: Any) -> None:
        if self._once is None:
            return
        try:
            self._once.done(answer)
        except ConfigurationError as failure:
            # The call is done and its result must reach the caller. The key stays as "outcome unknown": the safe side.
            key = self._once.key
            logger.warning("%s was done, but the journal was not told (once_key %r): %s", self.name, key, failure)

    def _answer_of(self, entry: Entry) -> Result:
        """Return the answer that an earlier call with the same key was given."""
        from kwork_etxt_sdk.transport.journal import EntryState

        if entry.state is EntryState.SENT:
            raise self._unknown_before(entry)
        if entry.answer is None:
            error = AlreadyDoneError(
                f"a call with the once_key {entry.key!r} was done before ({entry.sent_at:%Y-%m-%d %H:%M} UTC), but its "
                "answer is not known; nothing was sent."
            )
            raise self._with_context(error)
        try:
            value = self._market.convert(self._endpoint, entry.answer, default_converter(), self._bad_items)
        except MappingError as misfit:
            words = self._market.redactor("; ".join(misfit.problems[:3]))
        else:
            return Result(
                value=value, paging=None, effect=self.effect, attempts=0, waited=0.0, sent_at=entry.sent_at, reply=None
            )
        raise self._with_context(
            AlreadyDoneError(
                f"a call with the once_key {entry.key!r} was done before ({entry.sent_at:%Y-%m-%d %H:%M} UTC), but the "
                f"answer kept does not fit the types of today: {words}; nothing was sent."
            )
        )

    def _unknown_before(self, entry: Entry) -> SdkError:
        check = self._endpoint.check
        error = OutcomeUnknown(
            f"a call with the once_key {entry.key!r} was sent at {entry.sent_at:%Y-%m-%d %H:%M:%S} UTC by another run, "
            "which is still at it or ended before it heard the answer. Nobody knows whether it took effect; it was not "
            "sent again.",
            effect=self.effect.name,
            sent_at=entry.sent_at,
            reason="another run sent it and did not note the answer",
            check=check,
            parameters=self._market.redactor.tree(dict(self._arguments)),
            ask=self._ask,
        )
        ask = f"Ask with {check}, then" if check else "Find out, then"
        error.hint = f"{ask} journal.mark_done({entry.key!r}, answer) or journal.forget({entry.key!r})."
        return self._with_context(error)

    def _conclude(self, attempt: Attempt) -> Result:
        reading = None if attempt.reply is None else self._market.read(self._endpoint, attempt.reply)
        happened = classify(attempt, reading)
        value: Any = None
        problems: tuple[str, ...] = ()
        if happened is Happened.ANSWERED and isinstance(reading, Answered):
            try:
                value = self._market.convert(self._endpoint, reading.data, default_converter(), self._bad_items)
            except MappingError as misfit:
                happened, problems = Happened.MISFIT, tuple(map(self._market.redactor, misfit.problems))
        retry_after = self._retry_after(attempt)
        held = self._tell_pressure(happened, retry_after, reading)
        step = decide(self.effect, happened, self._tries, self._retry, renewed=self._renewed)
        if step is Step.RETURN and isinstance(reading, Answered) and attempt.reply is not None:
            self._note_done(reading.data)
            return self._result(value, reading, attempt.reply)
        if step is Step.UNKNOWN:
            raise self._unknown(happened, attempt, reading, problems)
        error = self._error(happened, attempt, reading, problems, retry_after)
        if happened is Happened.REFUSED and self._may_be_done:
            error.hint = f"{error.hint or ''} {_EARLIER}".lstrip()
        if step is Step.RENEW and self._market.renew():
            self._renewed = True
            self._tell.retried(self._sends, "signed in anew")
            raise _Again(0.0, "signed in anew")
        if step is not Step.AGAIN:
            raise self._late(error) if happened in CUT_SHORT and self._is_late() else error
        self._last_error = error
        self._may_be_done |= happened in AMBIGUOUS and self.effect is not Effect.READ
        raise self._again_or_error(happened, error, held, retry_after)

    def _tell_pressure(self, happened: Happened, retry_after: float | None, reading: Reading | None) -> float | None:
        if happened in CUT_SHORT and self._is_late():
            return None  # our own deadline ended it: no sign of an outage that everybody should wait for
        if isinstance(reading, Refused) and reading.postpone is not None:
            self._session.pressure.postpone(self._endpoint.groups, reading.postpone)
        return self._session.pressure.note(happened, retry_after, self._endpoint.groups)

    @property
    def _tries(self) -> int:
        # The attempt that found the sign-in expired does not count: it was refused before anything was tried.
        return self._sends - (1 if self._renewed else 0)

    def _wait_for_slot(self) -> Grant:
        def told(nanoseconds: int, group: str) -> None:
            limit = f"the limit of {group!r}" if group else "the rate limit"
            self._tell.waiting(self._sends + 1, nanoseconds / SECOND, limit)

        self._session.check_open()  # nobody shall wait first to hear that
        left = None if self._deadline is None else max(0, self._deadline - self._clock.now())
        try:
            grant = self._session.limiter.acquire(self._endpoint.groups, max_wait=left, on_wait=told)
        except LimitWait as wait:
            error = self._no_slot(wait)
        else:
            self._waited += grant.waited
            return grant
        raise error  # outside of `except`, so that it stands alone

    def _no_slot(self, wait: LimitWait) -> SdkError:
        retry_in = wait.retry_in_ns / SECOND
        if self._last_error is not None:
            self._last_error.retry_in = retry_in
            return self._last_error
        error = self._market.error(DeadlineError)(
            f"the rate limit has no free slot within the deadline of {self._deadline_seconds:g} s; nothing was sent."
        )
        error.hint = f"A slot is free in {retry_in:.1f} s."
        error.retry_in = retry_in
        return self._with_context(error)

    def _send(self, grant: Grant, trace: Trace) -> Attempt:
        http = self._session.http
        request = self._market.authorize(self._request)
        self._sends += 1
        self._tell.sent(self._sends, self.effect.name)
        self._sent_at = self._clock.wall()
        try:
            attempt = http.send(
                request,
                fresh=not self.effect.may_repeat,
                timeout=self._attempt_timeout(),
                trace=trace,
                within=self._attempt_limit(),
            )
        finally:
            self._session.limiter.responded(grant)
        reply = attempt.reply
        if reply is not None:
            self._tell.answered(self._sends, status=reply.status, seconds=reply.seconds, size=len(reply.body))
        return attempt

    def _attempt_timeout(self) -> tuple[float, float]:
        read = self._timeouts.read if self.effect.may_repeat else self._timeouts.unsafe_read
        if self._deadline is None:
            return self._timeouts.connect, read
        left = max(_SHORTEST_TIMEOUT, (self._deadline - self._clock.now()) / SECOND)
        # Once sent, a write keeps its full time: cutting it short would only make more unknown outcomes.
        return min(self._timeouts.connect, left), min(read, left) if self.effect.may_repeat else read

    def _attempt_limit(self) -> float | None:
        """Return the seconds the whole attempt may take."""
        if self._deadline is None:
            return None
        left = max(_SHORTEST_TIMEOUT, (self._deadline - self._clock.now()) / SECOND)
        return left if self.effect.may_repeat else left + self._timeouts.unsafe_read

    def _retry_after(self, attempt: Attempt) -> float | None:
        value = attempt.headers.get("retry-after")
        if value is None:  # nearly always
            return None
        return parse_retry_after(value, date=attempt.headers.get("date"), wall=self._clock.wall())

    def _again_or_error(
        self, happened: Happened, error: SdkError, held: float | None, retry_after: float | None
    ) -> Exception:
        if retry_after is not None and retry_after > self._session.limits.max_hold:
            return error  # told to stay away for longer than any call waits
        delay = 0.0
        if held is None:
            delay = with_jitter(nominal_pause(happened, self._tries, self._retry), self._clock.chance())
        if self._deadline is not None:
            now = self._clock.now()
            if now + round(max(delay, held or 0.0) * SECOND) >= self._deadline:
                return self._late(error) if now >= self._deadline else error
        self._tell.retried(self._sends, error.message)
        return _Again(delay, error.message)

    def _is_late(self) -> bool:
        return self._deadline is not None and self._clock.now() >= self._deadline

    def _late(self, error: SdkError) -> SdkError:
        late = self._market.error(DeadlineError)(
            f"the deadline of {self._deadline_seconds:g} s passed; the last attempt ended so: {error.message}",
            response=error.response,
        )
        return self._with_context(late)

    def _result(self, value: Any, reading: Answered, reply: Reply) -> Result:
        return Result(
            value=value,
            paging=reading.paging,
            effect=self.effect,
            attempts=self._sends,
            waited=self._waited / SECOND,
            sent_at=self._sent_at,
            reply=reply,
        )

    def _error(
        self,
        happened: Happened,
        attempt: Attempt,
        reading: Reading | None,
        problems: tuple[str, ...],
        retry_after: float | None,
    ) -> SdkError:
        error: SdkError
        response = None if attempt.reply is None else attempt.reply.snapshot(self._market.redactor)
        if happened is Happened.THROTTLED:
            words = f" It says: {reading.error.message}" if isinstance(reading, Refused) else ""
            error = self._market.error(RateLimitError)(
                f"the service says: too many requests.{words}", response=response
            )
            error.retry_after = retry_after  # type: ignore[attr-defined]
            error.retry_in = max(map(self._session.limiter.wait_time, self._endpoint.groups or ("",)))
        elif isinstance(reading, Refused) and happened not in NO_REFUSAL:
            error = reading.error
            error.response = error.response or response
        elif happened is Happened.REFUSED:
            error = self._market.error(RefusedError)(f"refused with HTTP status {attempt.status}.", response=response)
        elif attempt.reply is None and happened in {Happened.LOST, Happened.UNSENT, Happened.GARBLED}:
            error = self._market.error(NetworkError)(f"{attempt.reason}.")
            error.phase = attempt.phase.label  # type: ignore[attr-defined]
        else:
            words = describe(happened, attempt, reading, problems)
            error = self._market.error(UnexpectedResponseError)(words, response=response)
            error.problems = problems  # type: ignore[attr-defined]
        if attempt.status is not None:
            error.status_code = attempt.status
        return self._with_context(error)

    def _unknown(
        self, happened: Happened, attempt: Attempt, reading: Reading | None, problems: tuple[str, ...]
    ) -> OutcomeUnknown:
        reason = describe(happened, attempt, reading, problems).rstrip(".")
        check = self._endpoint.check
        sent_at = (self._sent_at or datetime.now(timezone.utc)).astimezone(timezone.utc)
        response = None if attempt.reply is None else attempt.reply.snapshot(self._market.redactor)
        error = OutcomeUnknown(
            f"sent at {sent_at:%H:%M:%S} UTC, then: {reason}. Nobody knows whether it took effect; "
            "it was not sent again.",
            response,
            effect=self.effect.name,
            phase=attempt.phase.label,
            sent_at=sent_at,
            reason=reason,
            check=check,
            parameters=self._market.redactor.tree(dict(self._arguments)),
            ask=self._ask,
        )
        error.hint = self._advice
        error.status_code = attempt.status
        self._with_context(error)
        return error

    @property
    def _advice(self) -> str:
        check = self._endpoint.check
        return f"Ask with {check} before trying again." if check else "Look on the site before trying again."

    def _with_context(self, error: SdkError) -> SdkError:
        error.call = self.name
        error.attempts = self._sends
        error.waited = self._waited / SECOND
        return error

    def _tell_interrupted(self, interrupt: BaseException, trace: Trace) -> None:
        if self.effect.may_repeat or trace.phase.is_unsent:
            return
        text = (
            f"{self.name} ({self.effect.name}) was interrupted after it began to be sent (phase {trace.phase.label}): "
            f"nobody knows whether it took effect. {self._advice}"
        )
        logger.error("%s", text)
        if hasattr(interrupt, "add_note"):  # Python 3.11
            interrupt.add_note(text)


def _delay_of(state: Any) -> float:
    failure = state.outcome.exception()
    return failure.delay if isinstance(failure, _Again) else 0.0

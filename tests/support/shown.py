"""All that a person, a file or another process may see of an error."""

from __future__ import annotations

import pickle
import traceback


def everything_shown(error: BaseException) -> str:
    """Messages, attributes and pickles of an error and its causes, and the variables of the SDK's own frames."""
    chain, seen, lines = [error], [], []
    while chain:
        link = chain.pop()
        if link is None or link in seen:
            continue
        seen.append(link)
        chain += [link.__cause__, link.__context__]
        frames = [frame for frame, _ in traceback.walk_tb(link.__traceback__)]
        own = [frame for frame in frames if "kwork_etxt_sdk" in frame.f_code.co_filename]
        assert own or link is not error
        lines += [f"{name} = {value!r}" for frame in own for name, value in frame.f_locals.items()]
        lines += [f"{link} {link!r} {vars(link)}"]
    return "\n".join([*lines, str(pickle.dumps(error))])

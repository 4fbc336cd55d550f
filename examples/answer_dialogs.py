"""Draft answers to the people who wrote to you at eTXT; send them only when told to, and each only once.

    python examples/answer_dialogs.py
    python examples/answer_dialogs.py --text "Спасибо, посмотрю сегодня до вечера." --yes

Without --yes it shows what it would send, and sends nothing. With it every answer goes out under a once_key made of the
person and of the time of the message that is answered, and the journal remembers it: run twice, or killed in between,
nobody gets two answers to one message. Messages are read without marking them as read. Exit status 4 means: some answer
was sent, and nobody knows whether it arrived.

eTXT lets only users with a rating above 10000 write, and one message a minute: ten answers take ten minutes.

Credentials: ETXT_TOKEN and ETXT_API_PASS. To try it without an account, in the sandbox, where some people wrote (and
where nothing waits, so that a second message within a minute is refused):

    import os, subprocess, sys
    from kwork_etxt_sdk.sandbox import Sandbox

    with Sandbox() as box:
        command = [sys.executable, "examples/answer_dialogs.py", "--most", "1", "--yes"]
        subprocess.run(command, env={**os.environ, **box.environment()}, check=True)
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from kwork_etxt_sdk import CallOptions, Effect, EtxtClient, Journal, OutcomeUnknown, SdkError
from kwork_etxt_sdk.etxt.models.messages import PrivateMessage

UNKNOWN = 4
TEXT = "Здравствуйте! Спасибо за сообщение, отвечу подробно сегодня до вечера."


def waiting(client: EtxtClient) -> Iterator[PrivateMessage]:
    """Yield the latest message of everybody who wrote something that was not read."""
    reader = client.with_options(allow=Effect.READ)
    for author in reader.messages.get_count_unread().users:
        messages = [
            message
            for message in reader.messages.read_private(author.author_id).limit(100)
            if message.author_id == author.author_id and message.date is not None
        ]
        if messages:
            yield max(messages, key=lambda message: message.date)


def answer(client: EtxtClient, message: PrivateMessage, text: str, key: str) -> bool:
    """Send one answer; tells whether it is known to have gone out."""
    try:
        client.messages.write_private(message.author_id, text, options=CallOptions(once_key=key))
    except OutcomeUnknown as unknown:
        print(f"{key}: {unknown}", file=sys.stderr)
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description="Draft answers to those who wrote to you at eTXT; send with --yes.")
    parser.add_argument("--text", default=TEXT, help="the answer")
    parser.add_argument("--most", type=int, metavar="N", help="answer no more than N people in this run")
    parser.add_argument("--yes", action="store_true", help="send the answers")
    parser.add_argument("--journal", type=Path, default=Path("answers.journal"), metavar="FILE", help="what was sent")
    arguments = parser.parse_args()
    unknown = 0
    try:
        journal = Journal(arguments.journal)
        answered = {entry.key for entry in journal.entries()}
        with EtxtClient.from_env(journal=journal) as client:
            messages = {
                f"answer {message.author_id} {message.date.isoformat()}": message for message in waiting(client)
            }
            for key in [key for key in messages if key not in answered][: arguments.most]:
                print(f"{messages[key].author_id} wrote: {messages[key].text}")
                print(f"  {'answer' if arguments.yes else 'draft'}: {arguments.text}", flush=True)
                if arguments.yes:
                    unknown += not answer(client, messages[key], arguments.text, key)
            print(f"answered before: {len(answered & messages.keys())}")
    except SdkError as error:
        print(error, file=sys.stderr)
        return 1
    return UNKNOWN if unknown else 0


if __name__ == "__main__":
    sys.exit(main())

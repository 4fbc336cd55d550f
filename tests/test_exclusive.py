from __future__ import annotations

import stat
import subprocess
import sys

import pytest

from kwork_etxt_sdk import ConfigurationError
from kwork_etxt_sdk.exclusive import AlreadyRunningError, only_run

HOLD = """
import sys
from pathlib import Path
from kwork_etxt_sdk.exclusive import only_run
with only_run(Path(sys.argv[1]), "the diary"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of ``diary``."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "diary")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_run_is_told_and_the_next_one_works(tmp_path, holder):
    path = tmp_path / "diary"
    with (
        pytest.raises(AlreadyRunningError, match="another run works on the diary") as told,
        only_run(path, "the diary"),
    ):
        pass
    assert str(told.value).endswith("try again when it has ended.")
    holder.communicate("")

    with only_run(path, "the diary"):
        assert stat.S_IMODE(path.with_name("diary.lock").stat().st_mode) == 0o600


def test_a_killed_run_holds_nothing(tmp_path, holder):
    holder.kill()
    holder.wait()

    with only_run(tmp_path / "diary", "the diary"):
        pass


def test_waits_for_as_long_as_it_may(tmp_path, holder):
    with (
        pytest.raises(AlreadyRunningError, match=r"did not end within 0\.05 s"),
        only_run(tmp_path / "diary", "the diary", wait=0.05),
    ):
        pass


def test_two_in_one_process_exclude_each_other_too(tmp_path):
    with (
        only_run(tmp_path / "diary", "the diary"),
        pytest.raises(AlreadyRunningError),
        only_run(tmp_path / "diary", "the diary"),
    ):
        pass


def test_the_folder_is_made_for_the_owner_only(tmp_path):
    with only_run(tmp_path / "new" / "diary", "the diary"):
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize("content", ["something else " * 100])
def test_a_file_of_something_else_is_no_lock(tmp_path, content):
    (tmp_path / "diary.lock").write_text(content)

    with pytest.raises(ConfigurationError, match="is no lock"), only_run(tmp_path / "diary", "the diary"):
        pass
    assert (tmp_path / "diary.lock").read_text() == content


def test_a_place_where_no_file_can_be(tmp_path):
    (tmp_path / "file").touch()

    with (
        pytest.raises(ConfigurationError, match=r"can't be opened: (Not a directory|File exists)$"),
        only_run(tmp_path / "file" / "diary", "the diary"),
    ):
        pass

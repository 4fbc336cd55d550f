"""Files that appear whole or not at all, and whom they let read."""

from __future__ import annotations

import os
import stat

import pytest

from kwork_etxt_sdk.whole_file import whole_file

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes of this kind")


@pytest.fixture(params=[0o022, 0o027, 0o077])
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def write(path, content=b"new", **options):
    with whole_file(path, **options) as file:
        file.write(content)


def test_a_new_file_follows_the_umask_a_private_one_does_not(tmp_path, umask):
    write(tmp_path / "a")
    write(tmp_path / "b", private=True, durable=True)
    assert (mode(tmp_path / "a"), mode(tmp_path / "b")) == (0o666 & ~umask, 0o600)
    assert (tmp_path / "b").read_bytes() == b"new"


def test_who_could_read_the_older_file_can_read_the_new_one_and_no_other(tmp_path, umask):
    path = tmp_path / "a"
    for given in (0o600, 0o640, 0o664):
        path.write_bytes(b"old")
        path.chmod(given)
        write(path)
        assert (mode(path), path.read_bytes()) == (given, b"new")
    write(path, private=True)
    assert mode(path) == 0o600


@pytest.mark.parametrize("error", [OSError("lost"), KeyboardInterrupt()])
def test_what_breaks_leaves_no_trace(tmp_path, error):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def write_half():
        with whole_file(path) as file:
            file.write(b"new")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert [(item.name, item.read_bytes()) for item in tmp_path.iterdir()] == [("a", b"old")]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "missing" / "a", tmp_path / "folder"):
        with pytest.raises(OSError, match=path.name if path.name == "folder" else "missing"):
            write(path)
    assert [item.name for item in tmp_path.iterdir()] == ["folder"]

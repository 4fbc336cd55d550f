from __future__ import annotations

import pytest

from kwork_etxt_sdk.testing import sample, sample_names


def test_samples_are_found_by_method_and_by_shape():
    assert sample("etxt", "tasks.paidTask") == {"status": 1, "ids": ["1000002"]}
    assert sample("etxt", "tasks.listTasks.only_id") != sample("etxt", "tasks.listTasks")
    assert sample("etxt", "tasks.listTasks") == sample("etxt", "tasks.listTasks.list")
    assert sample("etxt", "error.bad_sign") == "Подпись не верна"
    assert sample("kwork", "projects.page")["success"] is True


def test_every_name_has_its_sample():
    for site in ("etxt", "kwork"):
        assert len(sample_names(site)) > 10
        for name in sample_names(site):
            assert sample(site, name) is not None


def test_a_sample_is_fresh_each_time():
    sample("etxt", "tasks.paidTask")["ids"].append("7")
    assert sample("etxt", "tasks.paidTask")["ids"] == ["1000002"]


@pytest.mark.parametrize(
    ("site", "name", "nearest"), [("etxt", "tasks.payTask", "tasks."), ("kwork", "project", "projects.")]
)
def test_an_unknown_name_is_told_the_nearest(site, name, nearest):
    with pytest.raises(LookupError, match=f"has no sample '{name}'; the nearest is '{nearest}"):
        sample(site, name)

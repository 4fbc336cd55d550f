"""That ``make mutants`` breaks what it means to break; whether the tests notice, it shows itself."""

from __future__ import annotations

import pytest

from tools.mutants import MUTATIONS, ROOT, TESTS, mutated


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_every_mutation_has_one_place_and_leaves_a_program(mutation):
    source = (ROOT / mutation.file).read_text(encoding="utf-8")
    broken = mutated(source, mutation)
    assert broken != source
    compile(broken, mutation.file, "exec")


def test_no_mutation_is_there_twice_and_each_file_has_tests():
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
    assert {mutation.file for mutation in MUTATIONS} == set(TESTS)
    for tests in TESTS.values():
        assert all((ROOT / name).is_file() for name in tests if name.endswith(".py"))


def test_a_mutation_that_no_longer_fits_is_told():
    with pytest.raises(SystemExit, match="0 places"):
        mutated("", MUTATIONS[0])

"""The rows from which the reference is written, and that they are complete."""

from __future__ import annotations

import re
from enum import Enum

import pytest

from kwork_etxt_sdk.etxt.models.common import Processed
from kwork_etxt_sdk.etxt.models.tasks import Note, Task, TaskStatus
from kwork_etxt_sdk.kwork.models.projects import Project
from kwork_etxt_sdk.registry import TOPICS, endpoints

SITES = sorted(TOPICS)


def entry(site, path):
    from reference_tables import method_entries

    (found,) = [entry for group in method_entries(site).values() for entry in group if entry.path == path]
    return found


def all_entries():
    from reference_tables import method_entries

    return [entry for site in SITES for group in method_entries(site).values() for entry in group]


class TestParameters:
    def test_names_limits_and_meanings(self):
        rows = {row.name: row for row in entry("etxt", "tasks.save_task").parameters}

        assert next(iter(rows)) == "title"
        assert "options" not in rows
        title = rows["title"]
        assert (title.wires, title.required, title.limits) == (("title",), True, "1 to 512 characters")
        assert title.meaning == "Title, at most 512 characters."
        assert rows["category_id"].wires == ("id_category",)
        assert rows["deadline"].wires == ("deadline", "timeline")
        assert (rows["public"].required, rows["public"].limits) == (False, "")

    def test_ids_are_written_with_brackets(self):
        (row,) = entry("etxt", "tasks.view_notes").parameters
        assert (row.name, row.wires, row.required) == ("task_ids", ("id[]",), True)

    def test_kwork_without_an_endpoint_of_its_own(self):
        iter_list = entry("kwork", "projects.iter_list")
        assert iter_list.registered is None
        assert [row.name for row in iter_list.parameters] == ["category_id", "page"]
        assert iter_list.signature == (
            "client.projects.iter_list(*, category_id: int | None = None, page: int = 1) -> Pager[Project]"
        ) or iter_list.signature.startswith("client.projects.iter_list(\n    *,\n    category_id: int | None = None,\n")


class TestFields:
    def test_types_wire_names_and_the_texts_below(self):
        from reference_tables import field_rows

        rows = {row.name: row for row in field_rows(Task)}

        assert "extra" not in rows
        task_id = rows["task_id"]
        assert (task_id.type, task_id.wires, task_id.required) == ("int", ("id",), True)
        assert task_id.meaning == "Id of the order."
        assert (rows["status"].type, rows["status"].required) == ("TaskStatus | None", False)

    def test_several_wire_names(self):
        from reference_tables import field_rows

        (budget,) = [row for row in field_rows(Project) if row.name == "budget"]
        assert budget.wires == ("budget", "price")

    def test_what_the_sdk_makes_itself_has_no_wire_name(self):
        from reference_tables import field_rows

        made = {row.name: row for row in [*field_rows(Processed), *field_rows(Note)] if not row.wires}
        assert sorted(made) == ["asked", "is_application", "missing"]
        assert made["is_application"].type == "bool"
        assert made["is_application"].meaning == "Whether it can be accepted, and is not only a comment."

    def test_codes_come_from_the_source_and_not_from_what_was_met(self):
        from reference_tables import code_rows

        TaskStatus(4711)  # an unknown code, as an answer may bring it
        rows = code_rows(TaskStatus)
        assert [(row.value, row.name) for row in rows] == [(code.value, code.name) for code in TaskStatus]
        assert rows[0].meaning == "Waiting for an author to be chosen."

    def test_parts_are_found_inside(self):
        from reference_tables import with_parts

        found = [cls.__name__ for cls in with_parts([Task])]
        assert found[0] == "Task"
        assert {"TaskStatus", "PriceType", "Access"} <= set(found)
        assert len(found) == len(set(found))


class TestMethods:
    def test_every_endpoint_is_told_at_its_method(self):
        told = {(one.site, one.registered.endpoint.name) for one in all_entries() if one.registered}
        assert told == {(site, registered.endpoint.name) for site in SITES for registered in endpoints(site)}

    def test_effect_check_and_source(self):
        from reference_text import method_lines

        text = "\n".join(method_lines(entry("etxt", "tasks.save_task"), {}))

        assert ":Effect: :money:`MONEY` or less, by its arguments. " in text
        assert ":After OutcomeUnknown: ask :ref:`tasks.list_tasks <etxt-tasks-list-tasks>`. ``error.ask()``" in text
        assert ":At the service: ``tasks.saveTask``" in text
        assert ":Source: eTXT API manual, section tasks.saveTask (documented)" in text
        assert "* - ``EtxtFileError``" in text

    def test_a_model_is_told_once(self):
        from reference_text import site_lines

        text = "\n".join(site_lines("etxt"))

        assert text.count("\n.. _etxt-tasks-model-task:\n") == 1
        assert text.count("\n.. _etxt-common-model-processed:\n") == 1
        assert text.count(":ref:`Processed <etxt-common-model-processed>` are told there.") > 1

    @pytest.mark.parametrize("site", SITES)
    def test_every_link_leads_to_a_label(self, site):
        from reference_text import site_lines

        text = "\n".join(site_lines(site))

        labels = re.findall(r"(?m)^\.\. _(\S+):$", text)
        assert len(labels) == len(set(labels))
        assert set(re.findall(r":ref:`[^`<]+<([^`>]+)>`", text)) <= set(labels)


class TestNothingIsUntold:
    """The reference would show an empty cell."""

    def test_methods_parameters_and_errors(self):
        gaps = []
        for one in all_entries():
            gaps += [f"{one.call}: summary"] * (not one.doc.summary)
            gaps += [f"{one.call}: returns"] * (not one.doc.returns and one.returns != "None")
            gaps += [f"{one.call}: example"] * (not one.doc.example)
            gaps += [f"{one.call}: {row.name}" for row in one.parameters if not row.meaning]
        assert gaps == []

    def test_parameters_that_do_not_exist_are_not_told(self):
        wrong = [
            f"{one.call}: {name}"
            for one in all_entries()
            for name in one.doc.arguments
            if name != "options" and name not in {row.name for row in one.parameters}
        ]
        assert wrong == []

    def test_fields(self):
        from reference_tables import field_rows, with_parts

        types = with_parts(cls for one in all_entries() for cls in one.types)
        gaps = [
            f"{cls.__name__}.{row.name}"
            for cls in types
            if not issubclass(cls, Enum)
            for row in field_rows(cls)
            if not row.meaning
        ]
        assert gaps == []

"""The WSGI application: turns what the web framework received into plain requests and hands them to the services."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from kwork_etxt_sdk.sandbox.control import CONTROL_PATH, Control
from kwork_etxt_sdk.sandbox.etxt.php import read_pairs
from kwork_etxt_sdk.sandbox.front import Front
from kwork_etxt_sdk.sandbox.http import Incoming, UploadedFile
from kwork_etxt_sdk.sandbox.serving import DELIVERY

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.faults import Faults
    from kwork_etxt_sdk.sandbox.http import Outgoing
    from kwork_etxt_sdk.sandbox.world import World

FORM_TYPE = "application/x-www-form-urlencoded"
ANY_VERB = ("GET", "POST", "PUT", "PATCH", "DELETE")


def build_app(world: World, faults: Faults) -> Flask:
    """The application that answers for a world, with the faults that were asked for."""
    app = Flask("kwork_etxt_sdk.sandbox", static_folder=None)
    front = Front(world, faults)
    control = Control(world, faults)

    @app.route("/", defaults={"path": ""}, methods=ANY_VERB)
    @app.route("/<path:path>", methods=ANY_VERB)
    def everything(path: str) -> Response:
        head = _head(f"/{path}")
        if head.path.startswith(CONTROL_PATH):
            return _response(control.answer(_with_body(head)))
        return _response(front.answer(head, lambda: _with_body(head)))

    return app


def _response(outgoing: Outgoing) -> Response:
    response = Response(outgoing.body, outgoing.status, content_type=outgoing.content_type)
    for name, value in outgoing.headers:
        response.headers.add(name, value)
    if outgoing.delivery is not None:
        request.environ[DELIVERY] = outgoing.delivery
    return response


def _head(path: str) -> Incoming:
    return Incoming(
        verb=request.method,
        path=path,
        query=request.query_string,
        headers=dict(request.headers.items()),
        cookies=request.cookies,
    )


def _with_body(head: Incoming) -> Incoming:
    if request.mimetype == "multipart/form-data":
        form = list(request.form.items(multi=True))
        files = [UploadedFile(name, file.filename or "", file.read()) for name, file in request.files.items(multi=True)]
        return replace(head, form=form, files=files)
    body = request.get_data()
    return replace(head, body=body, form=read_pairs(body) if request.mimetype == FORM_TYPE else [])

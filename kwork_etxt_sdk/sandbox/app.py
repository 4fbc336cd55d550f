"""The WSGI application: turns what the web framework received into plain requests and hands them to the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, request

from kwork_etxt_sdk.sandbox.etxt.php import read_pairs
from kwork_etxt_sdk.sandbox.http import Incoming, UploadedFile

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.world import World

FORM_TYPE = "application/x-www-form-urlencoded"
ANY_VERB = ("GET", "POST", "PUT", "PATCH", "DELETE")


def build_app(world: World) -> Flask:
    """The application that answers for a world."""
    app = Flask("kwork_etxt_sdk.sandbox", static_folder=None)

    @app.route("/", defaults={"path": ""}, methods=ANY_VERB)
    @app.route("/<path:path>", methods=ANY_VERB)
    def everything(path: str) -> Response:
        outgoing = world.answer(_incoming(f"/{path}"))
        response = Response(outgoing.body, outgoing.status, content_type=outgoing.content_type)
        for name, value in outgoing.headers:
            response.headers.add(name, value)
        return response

    return app


def _incoming(path: str) -> Incoming:
    files: list[UploadedFile] = []
    form: list[tuple[str, str]] = []
    body = b""
    if request.mimetype == "multipart/form-data":
        form = list(request.form.items(multi=True))
        files = [UploadedFile(name, file.filename or "", file.read()) for name, file in request.files.items(multi=True)]
    else:
        body = request.get_data()
        if request.mimetype == FORM_TYPE:
            form = read_pairs(body)
    return Incoming(
        verb=request.method,
        path=path,
        query=request.query_string,
        headers=dict(request.headers.items()),
        cookies=request.cookies,
        body=body,
        form=form,
        files=files,
    )

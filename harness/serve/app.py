"""HTTP application of the page: routes, host check, security headers, errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from harness.errors import HarnessError, ParameterError
from harness.printable import printable
from harness.report.documents import environment
from harness.rules import FIRST_CHALLENGE_PID
from harness.serve.draft import Draft, number

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from harness.serve.explorer import Explorer

HOSTS = ("127.0.0.1", "localhost")
"""Accepted values of the header Host; any other one may be a name that an attacker resolves to this machine."""

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
"""Headers of every response: no scripts, no external resources, no frames."""

TEMPLATES = Path(__file__).parent / "templates"
_LAST_SEED = 1_000_000
_PIDS = 2**31


def application(explorer: Explorer) -> Starlette:
    """Application for one corpus and its recommenders; all pages are read by GET and change nothing."""
    pages = _Pages(explorer)
    return Starlette(
        routes=[
            Route("/", pages.playlist),
            Route("/radio", pages.radio),
            Route("/tracks.csv", pages.csv),
            Route("/submission-line.csv", pages.submission_line),
            Route("/page.css", pages.style),
        ],
        middleware=[
            Middleware(_SecurityHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False),
        ],
        exception_handlers={HarnessError: pages.error},
    )


class _SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _Pages:
    """One method per route; Starlette runs them in threads."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._templates = environment(TEMPLATES)
        self._templates.finalize = lambda value: printable(value) if type(value) is str else value
        self._style = (TEMPLATES / "page.css").read_text(encoding="utf-8")

    def playlist(self, request: Request) -> Response:
        """The playlist, the search and the continuations."""
        draft = self._draft(request)
        if "add" in request.query_params or "remove" in request.query_params:
            changed = draft.without_search() if "add" in request.query_params else draft
            return RedirectResponse(changed.address(), status_code=303)
        explorer = self._explorer
        return self._page(
            "playlist.html.jinja",
            draft=draft,
            matches=explorer.matches(draft.words) if draft.words else None,
            remark=explorer.title_remark(draft),
            tracks=explorer.tracks_of(draft),
            continuations=[] if draft.is_empty else explorer.continuations(draft),
            first_pid=FIRST_CHALLENGE_PID,
        )

    def radio(self, request: Request) -> Response:
        """A radio from one track, with the track that is played now."""
        query, explorer = request.query_params, self._explorer
        start = number(query.get("start", ""), "start", explorer.lookup.n_tracks)
        chosen, seed = self._chosen(request), number(query.get("seed", "0"), "seed", _LAST_SEED)
        walk = explorer.radio(chosen, start, seed)
        place = min(number(query.get("place", "0"), "place", _LAST_SEED), len(walk) - 1)
        return self._page(
            "radio.html.jinja",
            draft=self._draft(request),
            start=start,
            chosen=chosen,
            seed=seed,
            walk=walk,
            place=place,
            names=explorer.names,
        )

    def csv(self, request: Request) -> Response:
        """Download of a recommender's list."""
        return _download(self._explorer.csv(self._chosen(request), self._filled(request)), "tracks.csv")

    def submission_line(self, request: Request) -> Response:
        """Download of a recommender's list as a line of a submission."""
        pid = number(request.query_params.get("pid", ""), "pid", _PIDS)
        text = self._explorer.submission_line(self._chosen(request), self._filled(request), pid)
        return _download(text, f"submission-line-{pid}.csv")

    def style(self, _: Request) -> Response:
        """The style sheet."""
        return Response(self._style, media_type="text/css")

    def error(self, _: Request, error: Exception) -> Response:
        """One line with what, where and the remedy."""
        return PlainTextResponse(f"error: {printable(str(error))}\n", status_code=400)

    def _draft(self, request: Request) -> Draft:
        return Draft.of(request.query_params, self._explorer.lookup.n_tracks)

    def _filled(self, request: Request) -> Draft:
        draft = self._draft(request)
        if draft.is_empty:
            raise ParameterError("the playlist is empty: give it a title or a track")
        return draft

    def _chosen(self, request: Request) -> int:
        return number(request.query_params.get("by", "0"), "by", len(self._explorer.names))

    def _page(self, template: str, **values: Any) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(data=self._explorer.data, **values))


def _download(text: str, name: str) -> Response:
    return Response(text, media_type="text/csv", headers={"content-disposition": f'attachment; filename="{name}"'})

"""All routes of the desk, put into the application where there is one."""

from __future__ import annotations

from fastapi import FastAPI

from api.routes.workbench import acts, audit, counting, drafts, people, policies, reading, standings


def mount(app: FastAPI) -> None:
    """Add them to `app`."""
    for noun in (drafts, reading, acts, standings, policies, counting, audit, people):
        app.include_router(noun.router)

"""All policies that serve, with search and filters."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from api.console.pages import Signed

router = APIRouter()


@router.get("/catalogue")
def catalogue(visit: Signed) -> Response:
    return visit.page("pages/catalogue.html")

"""The one place where failures become answers: application/problem+json (RFC 9457), in the caller's language.

`title` is in the caller's language, `detail` and `next_step` in English, `code` is for programs. What a caller cannot
mend (a damaged file, a database that is down, a bug) is told to the log in full and to the caller in general.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from api.language import language_of
from domain.errors import DuixianError
from domain.facts import Label

logger = logging.getLogger("duixian.api")

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_S = 30

TITLES: Mapping[str, Label] = {
    "bad-request": Label("请求无法识别", "The request cannot be read"),
    "body-too-large": Label("请求内容过大", "The request body is too large"),
    "catalogue-invalid": Label("政策文本有误", "The policy's text has faults"),
    "consultation-draft": Label("征求意见稿不能发布", "A draft for consultation is never published"),
    "draft-changed": Label("草案已被他人修改", "Somebody else saved this draft"),
    "draft-invalid": Label("草案填写有误", "The draft cannot be kept"),
    "draft-moved": Label("草案状态已变化，不能执行此操作", "The draft has moved on"),
    "draw-refused": Label("现在不能抽签", "No lots can be drawn"),
    "illegal-transition": Label("申领状态已变化，不能执行此操作", "The claim has moved on"),
    "impact-stale": Label("影响分析已失效", "The impact is no longer what was read"),
    "internal-error": Label("系统出现错误", "Something went wrong here"),
    "life-event-invalid": Label("事件信息有误", "The life event cannot be accepted"),
    "method-not-allowed": Label("不支持此请求方法", "This method is not allowed here"),
    "not-claimable": Label("此事项不能在线申领", "This policy cannot be claimed here"),
    "not-allowed": Label("没有此项权限", "Your roles do not allow that"),
    "not-eligible": Label("目前不符合条件", "The conditions are not met"),
    "not-found": Label("页面不存在", "There is nothing here"),
    "nothing-to-roll-back": Label("没有可回退的版本", "Nothing served before"),
    "officer-invalid": Label("人员信息有误", "The officer cannot be kept"),
    "own-draft": Label("不能复核本人经手的草案", "Nobody approves their own draft"),
    "parameter-expired": Label("政策标准待更新", "A policy's parameter has no value in force"),
    "policy-version-fixed": Label("该版本已有另一文本", "This version has another text already"),
    "profile-invalid": Label("信息填写有误", "A fact's value is not valid"),
    "push-to-everyone": Label("发送量过大，须确认条数", "So many messages must be confirmed by number"),
    "release-invalid": Label("发布设置有误", "It cannot be released so"),
    "request-invalid": Label("请求填写有误", "The request is not valid"),
    "review-invalid": Label("评价填写有误", "The review is not valid"),
    "scope-missing": Label("没有此项权限", "This token does not allow that"),
    "standing-moved": Label("生效状态已变化", "What serves has changed"),
    "token-invalid": Label("请重新登录", "Sign in again"),
    "unknown-agency": Label("没有这个主管部门", "There is no such agency"),
    "unknown-claim": Label("没有找到这笔申领", "There is no such claim"),
    "unknown-draft": Label("没有找到这份草案", "There is no such draft"),
    "unknown-fact": Label("没有这个信息项", "There is no such fact"),
    "unknown-impact": Label("没有找到这次影响分析", "There is no such impact"),
    "unknown-message": Label("没有找到这条消息", "There is no such message"),
    "unknown-officer": Label("没有这位工作人员", "There is no such officer"),
    "unknown-parameter": Label("没有这个参数", "There is no such parameter"),
    "unknown-policy": Label("没有找到这项政策", "There is no such policy"),
    "unknown-subject": Label("没有找到这个主体", "There is no such subject"),
    "wide-table-stale": Label("全量画像须重新生成", "The wide table must be built again"),
}
_UNAVAILABLE = Label("服务暂时不可用", "The service is not available at the moment")
_OTHER = Label("请求未能完成", "The request could not be completed")

_HTTP_CODES = {400: "bad-request", 404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_HTTP_NEXT_STEPS = {
    400: "Send a body that is valid JSON in UTF-8.",
    404: "The addresses are listed at /docs.",
    405: "Use one of the methods of the 'Allow' header.",
    413: "Send less in one request.",
}


class _ProblemResponse(JSONResponse):
    media_type = PROBLEM_TYPE

    def render(self, content: Any) -> bytes:
        """As JSON; half a surrogate pair, which a caller's JSON may hold and UTF-8 cannot, becomes a question mark."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", errors="replace")


def problem(
    status: int,
    code: str,
    detail: str,
    next_step: str,
    language: str,
    data: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An answer that says what is wrong and what to do next; `data` is what it is about."""
    fallback = _UNAVAILABLE if status == HTTPStatus.SERVICE_UNAVAILABLE else _OTHER
    body = {
        "type": f"urn:duixian:problem:{code}",
        "title": TITLES.get(code, fallback).text(language),
        "status": status,
        "code": code,
        "detail": detail,
        "next_step": next_step,
        "data": {name: _plain(value) for name, value in (data or {}).items()},
    }
    return _ProblemResponse(body, status, headers=dict(headers or {}))


def internal_problem(language: str) -> JSONResponse:
    """The answer to a failure of ours."""
    return problem(
        500,
        "internal-error",
        "This is our mistake, not yours; nothing was changed.",
        "Try again; if it stays so, tell us the time of this answer.",
        language,
    )


def install(app: FastAPI) -> None:
    """Answer every failure of `app` with a problem."""
    app.add_exception_handler(DuixianError, _duixian)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)


def _duixian(request: Request, error: Exception) -> Response:
    assert isinstance(error, DuixianError)
    language = language_of(request)
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # These speak of files, hosts and commands: of use to an operator, none of the caller's business.
        logger.error("%s %s: %s: %s", request.method, request.url.path, error.code, error, exc_info=error)
        if error.http_status != HTTPStatus.SERVICE_UNAVAILABLE:
            return internal_problem(language)
        return problem(
            error.http_status,
            error.code,
            "A part of the service is not available; nothing was changed.",
            f"Try again in {RETRY_AFTER_S} seconds.",
            language,
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )
    headers = {}
    data = dict(error.data)
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        # RFC 6750, 3.1: no error code when there was no token at all.
        missing = data.pop("missing", False)
        headers["WWW-Authenticate"] = 'Bearer realm="duixian"' + ("" if missing else ', error="invalid_token"')
    return problem(error.http_status, error.code, error.message, error.next_step, language, data, headers)


def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Where and what, but not the input itself: it may be long, and it is somebody's.
    found = [{"where": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors()]
    return problem(
        422,
        "request-invalid",
        "; ".join(f"{one['where']}: {one['message']}" for one in found[:3]),
        "Mend what 'data.errors' lists and send it again; nothing was changed.",
        language_of(request),
        {"errors": found},
    )


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    return problem(
        status,
        _HTTP_CODES.get(status, "http-error"),
        f"{request.method} {request.url.path[:200]}: {HTTPStatus(status).phrase}.",
        _HTTP_NEXT_STEPS.get(status, "Check the request against /docs."),
        language_of(request),
        headers=_allowing(request) or error.headers if status == HTTPStatus.METHOD_NOT_ALLOWED else error.headers,
    )


def _allowing(request: Request) -> dict[str, str]:
    """The methods of every route with this path: left to itself, the first one names only its own.

    Empty below a folder of files, which knows its methods itself.
    """
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    methods = [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return {"Allow": ", ".join(methods)} if methods else {}


def _plain(value: object) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case None | bool() | int() | float() | str():
            return value
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
    return str(value)

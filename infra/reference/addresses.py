"""Addresses that programs call and that are not endpoints of the API, as the document describes them."""

from typing import Any

_CODE_LIST = {
    "type": "object",
    "title": "ErrorCodes",
    "description": "Every code that a call may be refused with, in their order.",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "array",
            "description": "the codes",
            "items": {"$ref": "#/components/schemas/ErrorCode"},
        }
    },
}
SCHEMAS: dict[str, Any] = {
    "ErrorCode": {
        "type": "object",
        "title": "ErrorCode",
        "description": "A code that a call may be refused with.",
        "required": ["code", "status", "meaning"],
        "properties": {
            "code": {"type": "string", "description": "the code", "examples": ["link_not_found"]},
            "status": {"type": "integer", "description": "its HTTP status", "examples": [404]},
            "meaning": {
                "type": "string",
                "description": "what it means",
                "examples": ["There is no link with this ID."],
            },
        },
    },
    "ErrorCodes": _CODE_LIST,
    "Health": {
        "type": "object",
        "title": "Health",
        "description": "That the service answers, and which version does.",
        "required": ["status", "version"],
        "properties": {
            "status": {"type": "string", "enum": ["ok"], "description": "that it answers", "examples": ["ok"]},
            "version": {"type": "string", "description": "which version answers", "examples": ["0.1.0"]},
        },
    },
}

_TEXT = {"type": "string"}
_HEALTH = {"status": "ok", "version": "0.1.0"}
_CODES = {"data": [{"code": "link_not_found", "status": 404, "meaning": "There is no link with this ID."}]}
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="33mm" height="33mm"></svg>'


def _answer(description: str, content: dict[str, Any]) -> dict[str, Any]:
    headers = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    return {"200": {"description": description, "headers": headers, "content": content}}


def _json(name: str, example: Any) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"application/json": {"schema": schema, "examples": {"example": {"value": example}}}}


def _script(example: str) -> dict[str, Any]:
    return {"text/javascript": {"schema": _TEXT, "examples": {"example": {"value": example}}}}


# By path: what its GET is called, what it answers, what it is asked with, and what it may be refused with.
OPERATIONS: dict[str, dict[str, Any]] = {
    "/healthz": {
        "operationId": "getHealth",
        "responses": _answer("The service answers.", _json("Health", _HEALTH)),
    },
    "/openapi.json": {
        "operationId": "getOpenapiDocument",
        "responses": _answer(
            "This document.",
            {
                "application/json": {
                    "schema": {"type": "object", "description": "an OpenAPI 3.1 document"},
                    "examples": {"example": {"value": {"openapi": "3.1.0"}}},
                }
            },
        ),
    },
    "/v1/errors": {
        "operationId": "listErrorCodes",
        "responses": _answer("Every code.", _json("ErrorCodes", _CODES)),
    },
    "/v1/qr/{id}": {
        "operationId": "getQrCode",
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "description": "a link's code, a dot, and `svg` or `png`",
                "schema": {"type": "string", "minLength": 1, "maxLength": 104},
                "example": "tea-with-ada.svg",
            }
        ],
        "responses": _answer(
            "A QR code of the link.",
            {
                "image/svg+xml": {"schema": _TEXT, "examples": {"example": {"value": _SVG}}},
                "image/png": {"schema": {"type": "string", "contentMediaType": "image/png"}},
            },
        ),
        "refusals": {"link_not_found": 404},
    },
    "/goodword.js": {
        "operationId": "getWebsiteScript",
        "parameters": [
            {
                "name": "program",
                "in": "query",
                "required": False,
                "description": "the program whose days and choices the script keeps to",
                "schema": {"type": "string", "maxLength": 104},
                "example": "prg_01KB4Z8V3HMXQ2T7N5R9C6J0FD",
            }
        ],
        "responses": {
            **_answer("A script.", _script("var goodword=function(){return{}}();")),
            "404": {
                "description": "There is no such program; the script says so.",
                "content": _script("/* Goodword: name the program: goodword.js?program=prg_... */"),
            },
        },
    },
}

"""All that a plugin author imports: `from gateway.adapter import ...`."""

from gateway.adapter.contract import Adapter, AdapterContext, AdapterType, Call, Drafter, Found, Reply, Setting, Wire
from gateway.adapter.hookspecs import hookimpl
from gateway.adapter.replies import check_definite, has_answer, retry_after
from gateway.adapter.settings import (
    SEARCH_FIELDS,
    AdapterSettings,
    FieldName,
    FieldTemplate,
    TenantFile,
    TenantSecret,
    check_field,
    fill,
    holes,
)
from gateway.core.beside import more_beside
from gateway.core.errors import (
    EmptyReply,
    HtmlPage,
    Misconfigured,
    RateLimited,
    Redirected,
    ReportedError,
    ServerError,
    SourceError,
    TooLarge,
    Truncated,
    Unauthorised,
    UnexpectedStatus,
    Unreachable,
    Unreadable,
)
from gateway.core.folding import fold, fold_name
from gateway.core.model import Json, Query, RawRecord, SearchKey, SourceRef
from gateway.core.nobody import Nobody
from gateway.core.paths import Path, PathError, compile_path
from gateway.core.redaction import Secret

__all__ = [
    "SEARCH_FIELDS",
    "Adapter",
    "AdapterContext",
    "AdapterSettings",
    "AdapterType",
    "Call",
    "Drafter",
    "EmptyReply",
    "FieldName",
    "FieldTemplate",
    "Found",
    "HtmlPage",
    "Json",
    "Misconfigured",
    "Nobody",
    "Path",
    "PathError",
    "Query",
    "RateLimited",
    "RawRecord",
    "Redirected",
    "Reply",
    "ReportedError",
    "SearchKey",
    "Secret",
    "ServerError",
    "Setting",
    "SourceError",
    "SourceRef",
    "TenantFile",
    "TenantSecret",
    "TooLarge",
    "Truncated",
    "Unauthorised",
    "UnexpectedStatus",
    "Unreachable",
    "Unreadable",
    "Wire",
    "check_definite",
    "check_field",
    "compile_path",
    "fill",
    "fold",
    "fold_name",
    "has_answer",
    "holes",
    "hookimpl",
    "more_beside",
    "retry_after",
]

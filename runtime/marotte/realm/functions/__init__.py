"""Host functions: the one way by which scripts reach Python."""

from marotte.realm.functions.binding import Binding
from marotte.realm.functions.callbacks import Callbacks
from marotte.realm.functions.calls import CallStatistics, Frames, HostCalls, PendingCall
from marotte.realm.functions.declaration import Effect, HostFunction, host_function
from marotte.realm.functions.declared import (
    DeclaredClass,
    DeclaredMember,
    declared_class,
    js_name,
)
from marotte.realm.functions.faces import (
    CompletedBy,
    FaceValue,
    Signature,
    TypeArguments,
    TypedAs,
    TypeScript,
    face_source,
)
from marotte.realm.functions.gate import Gate, OpenGate
from marotte.realm.functions.lifts import Lifts
from marotte.realm.functions.members import (
    ClassSpec,
    Member,
    host_iterator,
    host_method,
    host_property,
)
from marotte.realm.functions.registry import Registry
from marotte.realm.functions.types import Bridge, Callback, Caller, HostObject

__all__ = [
    "Binding",
    "Bridge",
    "CallStatistics",
    "Callback",
    "Callbacks",
    "Caller",
    "ClassSpec",
    "CompletedBy",
    "DeclaredClass",
    "DeclaredMember",
    "Effect",
    "FaceValue",
    "Frames",
    "Gate",
    "HostCalls",
    "HostFunction",
    "HostObject",
    "Lifts",
    "Member",
    "OpenGate",
    "PendingCall",
    "Registry",
    "Signature",
    "TypeArguments",
    "TypeScript",
    "TypedAs",
    "declared_class",
    "face_source",
    "host_function",
    "host_iterator",
    "host_method",
    "host_property",
    "js_name",
]

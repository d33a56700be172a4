"""The JavaScript engine, its realms and the thread they live on; knows nothing of agents."""

from marotte.realm.engine import EngineLimits, EngineStatistics
from marotte.realm.errors import (
    InvalidValueError,
    JavaScriptError,
    LoopClosedError,
    ModuleAccessError,
    NestingError,
    RealmClosedError,
    RealmError,
    ScriptInterrupted,
    SourcePosition,
)
from marotte.realm.functions import (
    Binding,
    Callback,
    Caller,
    CallStatistics,
    Gate,
    HostFunction,
    HostObject,
    OpenGate,
    Registry,
    TypeScript,
    face_source,
    host_function,
    host_iterator,
    host_method,
    host_property,
)
from marotte.realm.hostloop import HostLoop, HostTask
from marotte.realm.loop import LoopStatistics, LoopThread, Timer
from marotte.realm.modules import ScriptRoot
from marotte.realm.realm import Realm, RealmObserver, RealmStatistics
from marotte.realm.scope import Limit, Scope

__all__ = [
    "Binding",
    "CallStatistics",
    "Callback",
    "Caller",
    "EngineLimits",
    "EngineStatistics",
    "Gate",
    "HostFunction",
    "HostLoop",
    "HostObject",
    "HostTask",
    "InvalidValueError",
    "JavaScriptError",
    "Limit",
    "LoopClosedError",
    "LoopStatistics",
    "LoopThread",
    "ModuleAccessError",
    "NestingError",
    "OpenGate",
    "Realm",
    "RealmClosedError",
    "RealmError",
    "RealmObserver",
    "RealmStatistics",
    "Registry",
    "Scope",
    "ScriptInterrupted",
    "ScriptRoot",
    "SourcePosition",
    "Timer",
    "TypeScript",
    "face_source",
    "host_function",
    "host_iterator",
    "host_method",
    "host_property",
]

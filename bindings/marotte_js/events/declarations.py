"""What the face implements, with types."""

from __future__ import annotations

from typing import Annotated, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from marotte.realm import TypeScript

__all__ = [
    "AddEventListenerOptions",
    "CustomEvent",
    "CustomEventInit",
    "Event",
    "EventInit",
    "EventListener",
    "EventListenerOptions",
    "EventTarget",
    "GlobalEventListener",
    "GlobalEventType",
]

EventListener = Annotated[
    object,
    TypeScript(
        "((event: E) => void) | { handleEvent(event: E): void } | null",
        ("E extends Event = Event",),
    ),
]
_OF_GLOBAL = (
    "const K extends keyof GlobalEventMap | (string & {})",
    "E extends Event = K extends keyof GlobalEventMap ? GlobalEventMap[K] : Event",
)
GlobalEventType = Annotated[str, TypeScript("K", _OF_GLOBAL)]
GlobalEventListener = Annotated[
    object,
    TypeScript("((event: E) => void) | { handleEvent(event: E): void } | null", _OF_GLOBAL),
]
EventTargetOrNull = Annotated[object, TypeScript("EventTarget | null")]
Detail = Annotated[object, TypeScript("T")]
SignalOption = Annotated[object, TypeScript("AbortSignal")]


class EventInit(BaseModel):
    """What an event is."""

    model_config = ConfigDict(frozen=True)

    bubbles: bool = Field(default=False, description="Whether it bubbles; here nothing does.")
    cancelable: bool = Field(default=False, description="Whether its default can be prevented.")
    composed: bool = Field(default=False, description="Whether it crosses shadow roots.")


class CustomEventInit(EventInit):
    """What a custom event is."""

    detail: Annotated[object, TypeScript("T", ("T = unknown",))] = Field(
        default=None, description="Anything; absent: null."
    )


class EventListenerOptions(BaseModel):
    """Which listener is meant."""

    model_config = ConfigDict(frozen=True)

    capture: bool = Field(
        default=False, description="Whether it is called before those that do not capture."
    )


class AddEventListenerOptions(EventListenerOptions):
    """How to listen."""

    once: bool = Field(default=False, description="Whether it is removed when it is called.")
    passive: bool = Field(default=False, description="Whether it cannot prevent the default.")
    signal: SignalOption = Field(default=None, description="Removes the listener when it aborts.")


class Event(Protocol):
    """Something that happened, on its way to listeners.

    Attributes:
        NONE: The phase of an event that is not being dispatched.
        CAPTURING_PHASE: The phase on the way down to the target; here there is none.
        AT_TARGET: The phase in which the target's listeners hear of it.
        BUBBLING_PHASE: The phase on the way up from the target; here there is none.
    """

    NONE: ClassVar[int]
    CAPTURING_PHASE: ClassVar[int]
    AT_TARGET: ClassVar[int]
    BUBBLING_PHASE: ClassVar[int]

    def __init__(self, type: str, event_init_dict: EventInit | None = None) -> None:
        """Make an event that `dispatchEvent` takes.

        Args:
            type: What happened; what listeners name.
            event_init_dict: What else it is.
        """

    @property
    def type(self) -> str:
        """What happened."""

    @property
    def target(self) -> EventTargetOrNull:
        """The object to which it was dispatched."""

    @property
    def src_element(self) -> EventTargetOrNull:
        """As `target`."""

    @property
    def current_target(self) -> EventTargetOrNull:
        """The object whose listener is being called."""

    def composed_path(self) -> Annotated[object, TypeScript("EventTarget[]")]:
        """The objects on its path: its target, while it is being dispatched."""

    @property
    def event_phase(self) -> int:
        """`NONE`, or `AT_TARGET` while it is being dispatched."""

    def stop_propagation(self) -> None:
        """Spare the listeners that do not capture, if one that captures calls this."""

    @property
    def cancel_bubble(self) -> bool:
        """Whether its propagation was stopped; setting it to true stops it."""

    @cancel_bubble.setter
    def cancel_bubble(self, value: bool) -> None: ...

    def stop_immediate_propagation(self) -> None:
        """Spare all listeners that are still to come."""

    @property
    def bubbles(self) -> bool:
        """Whether it bubbles."""

    @property
    def cancelable(self) -> bool:
        """Whether its default can be prevented."""

    @property
    def return_value(self) -> bool:
        """The opposite of `defaultPrevented`; setting it to false prevents the default."""

    @return_value.setter
    def return_value(self, value: bool) -> None: ...

    def prevent_default(self) -> None:
        """Prevent the default, if the event is cancelable and the listener not passive."""

    @property
    def default_prevented(self) -> bool:
        """Whether the default was prevented."""

    @property
    def composed(self) -> bool:
        """Whether it crosses shadow roots."""

    @property
    def time_stamp(self) -> float:
        """When it was made, in milliseconds of `performance.now()`."""

    def init_event(self, type: str, bubbles: bool = False, cancelable: bool = False) -> None:
        """Make it another event, unless it is being dispatched.

        Args:
            type: What happened; what listeners name.
            bubbles: Whether it bubbles; here nothing does.
            cancelable: Whether its default can be prevented.
        """


class CustomEvent(Event, Protocol):
    """An event of a script's own, with anything as its detail.

    Example:
        const moved = new CustomEvent("moved", { detail: { x: 1 } });
        console.log(moved.detail.x);
    """

    js_generic: ClassVar[str] = "T = unknown"

    def __init__(self, type: str, event_init_dict: CustomEventInit | None = None) -> None:
        """Make an event that `dispatchEvent` takes.

        Args:
            type: What happened; what listeners name.
            event_init_dict: Its detail, and what else it is.
        """

    @property
    def detail(self) -> Detail:
        """What came with it."""

    def init_custom_event(
        self, type: str, bubbles: bool = False, cancelable: bool = False, detail: Detail = None
    ) -> None:
        """Make it another event, unless it is being dispatched.

        Args:
            type: What happened; what listeners name.
            bubbles: Whether it bubbles; here nothing does.
            cancelable: Whether its default can be prevented.
            detail: Anything.
        """


class EventTarget(Protocol):
    """An object that sends events to listeners."""

    def __init__(self) -> None:
        """Make a target, or the base of one's own."""

    def add_event_listener(
        self,
        type: str,
        callback: EventListener,
        options: AddEventListenerOptions | bool | None = None,
    ) -> None:
        """Listen; the same listener is not added twice.

        Args:
            type: Of the events to hear.
            callback: What to call with each; what it throws is reported and disturbs nobody.
            options: How; `true` means `{capture: true}`.
        """

    def remove_event_listener(
        self,
        type: str,
        callback: EventListener,
        options: EventListenerOptions | bool | None = None,
    ) -> None:
        """Listen no more; what was never added is ignored.

        Args:
            type: Of the events that were heard.
            callback: What was called.
            options: Only `capture` matters.
        """

    def dispatch_event(self, event: Event) -> bool:
        """Call the listeners of an event's type, one after the other.

        Args:
            event: What happened.

        Returns:
            False if a listener prevented the default of a cancelable event.
        """

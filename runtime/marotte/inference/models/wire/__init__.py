"""What imports pydantic-ai: blocks as its messages and back, and one exchange with a provider."""

from marotte.inference.models.wire.codec import answer_blocks, blocks_of, messages_of
from marotte.inference.models.wire.exchange import exchange

__all__ = ["answer_blocks", "blocks_of", "exchange", "messages_of"]

"""Connections that bring no request: they are closed after a while, and when there are many, to make room.

Whoever reaches the port can open connections and say nothing, or a byte now and then. Such a connection costs a place
until its time is over; none of it may keep the owner out.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""How long the head of a request may take to arrive, from its connection or its first byte on."""
IDLE_MAX = 50
"""Connections that may wait for a request at once; of more, the one that waits longest is closed."""


class Connection(H11Protocol):
    """Speak HTTP/1.1 with somebody who has to come to the point."""

    _late: asyncio.TimerHandle | None = None
    _idle_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection; the time for its first request begins."""
        super().connection_made(transport)
        self._idle_since = self.loop.time()
        self._hurry()
        idle = [one for one in self.connections if isinstance(one, Connection) and one.is_idle]
        if len(idle) > IDLE_MAX:
            min(idle, key=lambda one: one._idle_since).transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what has come; a request that has begun has to be whole in time."""
        super().data_received(data)
        self._hurry()

    def on_response_complete(self) -> None:
        """Wait for the next request: for as long as `timeout_keep_alive` says, until its first byte."""
        self._idle_since = self.loop.time()
        super().on_response_complete()
        self._hurry(begun=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._relax()
        super().connection_lost(exc)

    @property
    def is_idle(self) -> bool:
        """Whether nobody is at work for this connection: no request, or the rest of one that was answered already."""
        return not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete)

    def _hurry(self, *, begun: bool = True) -> None:
        if not self.is_idle:
            self._relax()
        elif begun and self._late is None:
            # Not begun anew by what comes in: a byte now and then holds no connection.
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _relax(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

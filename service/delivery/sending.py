"""One parcel and its target -> what came of one attempt, over whichever channel the target has.

A channel takes a parcel and returns a Reply; claiming, retrying and remembering are done around it, in the courier.
"""

from __future__ import annotations

from datetime import datetime
from types import TracebackType

from service.delivery.addresses import Resolve, resolve
from service.delivery.calls import Caller
from service.delivery.messages import send_message
from service.delivery.replies import Parcel, Reply
from service.delivery.rest import call_api
from service.delivery.streams import Streams
from service.delivery.webhooks import send_webhook
from service.targets import MessageChannel, RestChannel, StreamChannel, Target, WebhookChannel


class Sender:
    """The connections to every target, kept open between attempts."""

    def __init__(self, resolve: Resolve = resolve) -> None:
        self._caller = Caller(resolve)
        self._streams = Streams()

    async def __aenter__(self) -> Sender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._caller.close()
        await self._streams.close()

    async def send(self, target: Target, parcel: Parcel, now: datetime) -> Reply:
        """Send *parcel* to *target*; never raises for what the network or the receiver does."""
        match target.channel:
            case WebhookChannel() as channel:
                return await send_webhook(self._caller, target, channel, parcel, now)
            case RestChannel() as channel:
                return await call_api(self._caller, target, channel, parcel, now)
            case MessageChannel() as channel:
                return await send_message(target, channel, parcel)
            case StreamChannel() as channel:
                return await self._streams.add(target, channel, parcel)

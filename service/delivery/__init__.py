"""Deliveries on their way: claimed from the outbox, signed, sent, tried again for days, and never lost."""

from service.delivery.courier import Courier, CourierPace
from service.delivery.signature import sign

__all__ = ["Courier", "CourierPace", "sign"]

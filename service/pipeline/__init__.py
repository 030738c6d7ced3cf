"""Posts -> facts -> decisions -> one commit -> answers: the one writer of a partition."""

from service.pipeline.evaluation import Doors, engine_doors
from service.pipeline.posts import Posted, QueueFull
from service.pipeline.writer import Writer

__all__ = ["Doors", "Posted", "QueueFull", "Writer", "engine_doors"]

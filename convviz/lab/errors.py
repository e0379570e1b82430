"""What can go wrong while a network is trained or a run is kept: each says what happened, and what to do."""


class TrainingError(RuntimeError):
    """A training that cannot go on, with the way out in its sentence."""


class DivergedError(TrainingError):
    """The loss is no number any more."""


class CancelledError(TrainingError):
    """Somebody wanted it to end."""


class GaveWayError(TrainingError):
    """It was held for so long that others had to have its place."""


class StoreError(RuntimeError):
    """A run cannot be kept, read or changed, with the way out in the sentence."""


class FullError(StoreError):
    """There is no room: on the disk, or within the store's own limit."""


class OwnerError(StoreError):
    """It belongs to somebody else."""


class WeightsError(StoreError):
    """A file holds no weights, or those of another network."""


class PreviewError(RuntimeError):
    """A picture that could not be changed, with the way out in the sentence."""

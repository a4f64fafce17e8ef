"""Every exception that byhand raises on purpose.

ByhandError
├── DataError          a data set or a folder is not what it should be
│   ├── IdxError       an IDX file is malformed
│   └── DownloadError  a data set could not be fetched
├── PictureError       a picture cannot be opened or holds nothing
├── ReadError          an invalid option of reading
├── FormError          a form's file is not what it should be
├── ClusterError       no cluster answers, or it stops answering
├── ModelError         a model file or a checkpoint cannot be opened
├── ShapeError         an array has the wrong shape for a layer or a loss
├── RecipeError        a recipe or one of its settings does not exist
├── PluginError        a plug-in is missing or cannot be used
├── DivergedError      the loss is no longer finite
├── TrainingStopped   training was asked to stop; names the checkpoint
├── TargetError        BYHAND_ISA is no instruction set of this processor
└── MissingExtraError  an optional library is not installed
"""

from __future__ import annotations

from pathlib import Path


class ByhandError(Exception):
    """Base of every error that a user can cause and cure; one line, no traceback."""


class DataError(ByhandError):
    """A data set is not what it should be."""


class IdxError(DataError):
    """An IDX file is malformed: wrong magic number, or a body that does not fit."""


class DownloadError(DataError):
    """A data set could not be fetched from any of its mirrors."""


class PictureError(ByhandError):
    """A picture cannot be opened, or has nothing in it."""


class ReadError(ByhandError):
    """An invalid option of reading."""


class FormError(ByhandError):
    """A form's file, or its blank form, is not what it should be."""


class ClusterError(ByhandError):
    """No Dask cluster answers at an address, or it stops answering."""


class ModelError(ByhandError):
    """A model file or a checkpoint cannot be opened."""


class ShapeError(ByhandError):
    """An array has the wrong shape for the layer or loss that was given it."""


class RecipeError(ByhandError):
    """A recipe, or one of its settings, does not exist."""


class PluginError(ByhandError):
    """A plug-in, or a part that one gives, is missing or cannot be used."""


class TargetError(ByhandError):
    """BYHAND_ISA names no instruction set that kernels can be compiled for here."""


class DivergedError(ByhandError):
    """The loss is no longer finite."""


class TrainingStopped(ByhandError):  # noqa: N818  not a fault: the user asked for it
    """Training was asked to stop.

    Attributes:
        checkpoint: where the state was saved, to be resumed; None if nowhere.
    """

    def __init__(self, message: str, checkpoint: Path | None) -> None:
        super().__init__(message)
        self.checkpoint = checkpoint


class MissingExtraError(ByhandError):
    """An optional library is not installed; the message says how to install it."""

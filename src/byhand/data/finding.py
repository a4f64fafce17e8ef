"""Which kind of data set a folder or a file holds, and what to say where it is none."""

from __future__ import annotations

from pathlib import Path

from byhand.data.archives import PICKLED, read_npy, read_npy_folder, read_npz
from byhand.data.class_folders import has_pictures, read_class_folders
from byhand.data.formats import Parts, find_idx, read_idx
from byhand.data.prepared import Loading, prepared_parts
from byhand.data.sources import SOURCES
from byhand.data.tables import read_csv
from byhand.data.zips import read_zip
from byhand.errors import DataError
from byhand.files import irregular
from byhand.types import Array
from byhand.words import shortened

TABLES = (".csv", ".tsv", ".txt")
FILES = (".npz", ".npy", ".csv", ".tsv", ".zip")
PICKLES = (".pkl", ".pickle", ".p", ".joblib", ".pt", ".pth", ".ckpt")
SAVE = "numpy.savez('data.npz', x=images, y=labels)"


def read_path(path: Path, loading: Loading) -> Parts:
    """Return what a folder or a file holds, prepared if so asked."""
    if path.is_dir():
        return _read_folder(path, loading)
    return _read_file(path, loading)


def _read_file(path: Path, loading: Loading) -> Parts:
    _check_file(path)
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return read_zip(path, lambda folder: _read_folder(folder, loading))
    if suffix == ".npz":
        parts = read_npz(path)
    elif suffix == ".npy":
        parts = _read_npy(path)
    elif suffix in TABLES:
        parts = _emnist(read_csv(path, loading.label_column), path)
    else:
        raise DataError(f"{path}: {_unknown(path)}")
    return prepared_parts(parts, loading.size) if loading.prepare else parts


def _check_file(path: Path) -> None:
    """Refuse what is no regular file: to read it may take for ever."""
    if kind := irregular(path):
        raise DataError(f"{path}: expected a folder or a regular file, got {kind}")
    if not path.exists():
        raise DataError(
            f"{shortened(str(path))}: expected a folder, a .npz or .csv file or one of "
            f"{', '.join(SOURCES)}, got nothing of that name"
        )


def _unknown(path: Path) -> str:
    """Return what to say of a file that is none of ours."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if any(suffix in PICKLES for suffix in suffixes):
        return f"expected plain arrays, got a pickle: {PICKLED}"
    expected = "expected a .npz or .csv file, "
    found = shortened("".join(suffixes[-1:]), 40) or "no ending"
    if found == ".gz":
        return f"{expected}got .gz; try unpacking it, or the folder it is in"
    if found in (".mat", ".h5", ".hdf5", ".parquet", ".arff", ".feather"):
        return f"{expected}got {found}; in Python, save its arrays: {SAVE}"
    return f"{expected}got {found}; try the folder it is in"


def _emnist(parts: Parts, path: Path) -> Parts:
    """Number EMNIST's letters from 0, as in its IDX files; they count from 1."""
    name = path.name.lower()
    if not name.startswith("emnist-"):
        return parts
    images, labels = parts.train.images.swapaxes(1, 2), parts.train.labels
    said = ["EMNIST's images have rows and columns exchanged: exchanged again"]
    if name.startswith("emnist-letters") and labels.dtype.kind in "iuf":
        if labels.min() >= 1:
            labels = labels - 1
            said.append("EMNIST's letters count from 1: numbered from 0")
    train = parts.train._replace(images=images, labels=labels)
    return parts._replace(train=train, warnings=(*parts.warnings, *said))


def _read_npy(path: Path) -> Parts:
    """Read a .npy file and its partner beside it, such as x.npy and y.npy."""
    beside = [p for p in path.parent.iterdir() if p.suffix.lower() == ".npy"]
    beside = [p for p in beside if not irregular(p)]
    try:
        return read_npy_folder(path.parent, beside)
    except DataError as error:
        shape = read_npy(path).shape
        raise DataError(
            f"{path}: expected images and labels, got one array of shape "
            f"{shortened(shape, 60)}; try a folder with x.npy and y.npy, or {SAVE}"
        ) from error


def _read_folder(folder: Path, loading: Loading) -> Parts:
    """Read whichever kind of data set the folder holds."""
    if files := find_idx(folder):
        parts = read_idx(files)
    elif found := read_class_folders(folder, loading):
        return found
    else:
        return _read_files(folder, loading)
    return prepared_parts(parts, loading.size) if loading.prepare else parts


def _read_files(folder: Path, loading: Loading) -> Parts:
    """Read the one file of a folder, or a pair of tables or arrays."""
    inside = sorted(path for path in folder.iterdir() if path.is_file())
    files = [path for path in inside if path.suffix.lower() in FILES]
    files = [path for path in files if not path.name.startswith(".")]
    tables = [path for path in files if path.suffix.lower() in TABLES]
    if tables and (parts := _read_tables(tables, loading)):
        return parts
    if len(files) == 1:
        return _read_file(files[0], loading)
    arrays = [path for path in files if path.suffix.lower() == ".npy"]
    if arrays and len(arrays) == len(files):
        parts = read_npy_folder(folder, arrays)
        return prepared_parts(parts, loading.size) if loading.prepare else parts
    raise DataError(f"{folder}: {_nothing(folder)}")


def _nothing(folder: Path) -> str:
    """Return what to say of a folder without a data set."""
    names = sorted(path.name for path in folder.iterdir())
    shown = shortened(", ".join(names[:5]), 200)
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    hint = ""
    if has_pictures(folder):
        hint = "; pictures need one folder a class; 'byhand predict' recognises them"
    return (
        "expected four IDX files, one folder a class or one .npz or .csv file, "
        f"got {shown or 'nothing'}{more}{hint}"
    )


def _read_tables(tables: list[Path], loading: Loading) -> Parts | None:
    """Read train.csv and test.csv; None where the names do not say which is which.

    Kaggle's competitions have a test.csv without labels and a sample_submission.csv.
    """
    submissions = [path for path in tables if "submission" in path.stem.lower()]
    others = [path for path in tables if path not in submissions]
    train = [path for path in others if "train" in path.stem.lower()]
    test = [path for path in others if "test" in path.stem.lower()]
    said = [f"{path.name} is left out" for path in submissions]
    if len(others) == 1 and (said or train):
        parts = _read_file(others[0], loading)
        return parts._replace(warnings=(*parts.warnings, *said))
    if not (len(train) == len(test) == 1 and len(others) == 2):
        return None
    parts = _read_file(train[0], loading)
    try:
        tested = _read_file(test[0], loading)
    except DataError as error:
        if "without a label" not in str(error):
            raise
        said.append(
            f"{train[0].name} is the data set: {test[0].name} has no labels; "
            f"'byhand predict {test[0].name} --csv' answers it"
        )
        return parts._replace(warnings=(*parts.warnings, *said))
    return parts._replace(test=tested.train, warnings=(*parts.warnings, *said))


def read_unlabelled(path: Path) -> Array:
    """Return the images of a file whose rows need no labels, for predict.

    Args:
        path: a table, a .npz or .npy file, or an IDX file of images.

    Raises:
        DataError: no such file, or no images in it.
    """
    from byhand.data.archives import read_npz_images
    from byhand.data.idx import load_idx
    from byhand.data.tables import read_pixels

    _check_file(path)
    suffix = path.suffix.lower()
    if suffix in TABLES:
        return read_pixels(path)
    if suffix == ".npz":
        return read_npz_images(path)
    return read_npy(path) if suffix == ".npy" else load_idx(path)

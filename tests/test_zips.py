import io
import stat
import zipfile

import numpy as np
import pytest
from PIL import Image

from byhand.data.datasets import load_dataset
from byhand.data.idx import save_idx
from byhand.errors import DataError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 5, 5), np.uint8)
LABELS = np.arange(12) % 3


def png(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def pack(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def folders(top):
    pairs = zip(IMAGES, LABELS, strict=True)
    return {f"{top}{n}/{k:02}.png": png(image) for k, (image, n) in enumerate(pairs)}


def idx(tmp_path, top):
    names = ("train-images", "train-labels", "t10k-images", "t10k-labels")
    found = {}
    for name, array in zip(names, (IMAGES, LABELS.astype(np.uint8)) * 2, strict=True):
        save_idx(tmp_path / "one", array)
        found[top + name] = (tmp_path / "one").read_bytes()
    return found


def table(top):
    rows = np.column_stack([LABELS, IMAGES.reshape(12, -1)])
    lines = [",".join(map(str, row)) for row in rows.tolist()]
    return {f"{top}train.csv": "\n".join(lines)}


def arrays(top):
    found = {}
    for name, array in (("x", IMAGES), ("y", LABELS)):
        file = io.BytesIO()
        np.save(file, array)
        found[f"{top}{name}.npy"] = file.getvalue()
    return found


@pytest.mark.parametrize("top", ["", "digits/", "a/b/"])
@pytest.mark.parametrize("kind", ["folders", "idx", "table", "arrays"])
def test_a_zip_is_read_like_the_folder_in_it(tmp_path, top, kind):
    members = idx(tmp_path, top) if kind == "idx" else globals()[kind](top)
    useless = {"__MACOSX/._a.png": b"x", f"{top}.DS_Store": b"x"}
    dataset = load_dataset(pack(tmp_path / "d.zip", useless | members))
    assert dataset.image_shape == (5, 5)
    assert dataset.class_names == ("0", "1", "2")
    for image, label in zip(*dataset.train, strict=True):
        assert LABELS[(IMAGES == image).all(axis=(1, 2))] == [label]
    assert not isinstance(dataset.train.images, np.memmap)  # its file is gone


def test_pictures_in_a_zip_can_be_prepared(tmp_path):
    dataset = load_dataset(pack(tmp_path / "d.zip", folders("")), prepare=True)
    assert dataset.image_shape == (28, 28)


@pytest.mark.parametrize(
    "name", ["../a.png", "a/../../b.png", "/etc/a.png", "..\\a.png", "C:\\a.png"]
)
def test_a_path_that_leads_outside_is_refused(tmp_path, name):
    path = pack(tmp_path / "d.zip", {name: b"x"})
    with pytest.raises(DataError, match=r"d\.zip: expected files inside .* outside"):
        load_dataset(path)
    assert [p.name for p in tmp_path.iterdir()] == ["d.zip"]


def test_a_link_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        info = zipfile.ZipInfo("train.csv")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(DataError, match=r"got a link, 'train\.csv'"):
        load_dataset(tmp_path / "d.zip")


def test_a_zip_that_unpacks_to_far_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("byhand.data.zips.MUCH", 100_000)
    path = pack(tmp_path / "d.zip", {"a.npz": bytes(1_000_000)})
    with pytest.raises(DataError, match="unpack to 1000000, which no images do"):
        load_dataset(path)


@pytest.mark.parametrize(("name", "most"), [("MOST_FILES", 3), ("MOST_BYTES", 1000)])
def test_a_zip_beyond_the_limits_is_refused(tmp_path, monkeypatch, name, most):
    monkeypatch.setattr(f"byhand.data.zips.{name}", most)
    path = pack(tmp_path / "d.zip", {f"{k}.bin": bytes(1000) for k in range(4)})
    with pytest.raises(DataError, match="got 4 files"):
        load_dataset(path)


def test_errors_and_warnings_name_the_zip_and_no_temporary_folder(tmp_path):
    members = folders("") | {"0/broken.png": b"no picture"}
    path = pack(tmp_path / "d.zip", members)
    with pytest.raises(DataError) as caught:
        load_dataset(path)
    assert str(caught.value).startswith(f"{path}/0/broken.png: expected")


@pytest.mark.parametrize("content", [b"", b"PK\3\4 but no more", bytes(100)])
def test_a_broken_zip_is_refused(tmp_path, content):
    (tmp_path / "d.zip").write_bytes(content)
    with pytest.raises(DataError, match=r"d\.zip: expected a zip file, got: "):
        load_dataset(tmp_path / "d.zip")


def test_any_damage_gives_a_data_set_or_a_data_error(tmp_path):
    path = pack(tmp_path / "d.zip", table(""))
    intact, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(100):
        broken = bytearray(intact)
        for place in rng.integers(0, len(broken), 3):
            broken[place] = rng.integers(256)
        path.write_bytes(broken)
        try:
            load_dataset(path)
        except DataError as error:
            assert "\n" not in str(error) and len(str(error)) < 500

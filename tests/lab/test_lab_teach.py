"""What a person teaches: drawings kept as a data set, the model trained further."""

from __future__ import annotations

import http.client
import io
import json
import time
import zipfile
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest
from tests.lab.test_lab_runs import Client

import byhand
from byhand.data.datasets import load_dataset
from byhand.lab.collected import MOST, class_name
from byhand.lab.security import Refused

SECONDS = 60
SHAPE = (8, 8)


@pytest.fixture(scope="module")
def base(tmp_path_factory, module_patch):
    """A small model and its data, in a folder of its own, in plain NumPy."""
    module_patch.setenv("BYHAND_KERNELS", "reference")
    module_patch.chdir(tmp_path_factory.mktemp("teach"))
    rng = np.random.default_rng(1)
    y = np.arange(120) % 4
    x = np.zeros((120, *SHAPE), np.uint8)
    for image, label in zip(x, y, strict=True):
        image[2 * label : 2 * label + 2, 1:7] = 255
        image[:] = np.clip(image - rng.integers(0, 60, SHAPE), 0, 255)
    np.savez("toy.npz", x_train=x, y_train=y, x_test=x[:40], y_test=y[:40])
    data = load_dataset(Path("toy.npz").absolute())
    recipe = "pixels 1/255 | flatten | dense 24 | relu | dense {classes}"
    model = byhand.train(
        "mlp", data, architecture=recipe, epochs=12, batch=20, shard=10, lr=0.1,
        threads=1, progress=False, **{"augmentation.shift": 0},
    ).model  # fmt: skip
    return model, data


@pytest.fixture(scope="module")
def module_patch():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture
def client(base, serve, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    base[1].train  # noqa: B018  loaded
    return Client(serve(*base, "toy"))


def sign(number: int) -> bytes:
    """Return a drawing of a cross, each another one."""
    image = np.zeros(SHAPE, np.uint8)
    image[np.arange(8), np.arange(8)] = image[np.arange(8), 7 - np.arange(8)] = 255
    image[number % 8, number // 8] = 90 + number
    return image.tobytes()


def post(client, where, **wanted):
    return client.ask(f"/api/{where}", json.dumps(wanted))


def add(client, name, pixels):
    pixels = b64encode(pixels).decode()
    return post(client, "drawings/add", name=name, pixels=pixels)


def zipped(client, form):
    port = client.lab.access.port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    path = f"/api/drawings/export?form={form}"
    connection.request("GET", path, headers=client.headers)
    answer = connection.getresponse()
    found = answer.read()
    connection.close()
    kind = answer.headers["content-disposition"]
    assert (answer.status, kind) == (200, f'attachment; filename="drawings-{form}.zip"')
    return found


def taught(client):
    for _ in range(SECONDS * 10):
        found = client.ask("/api/teach")[1]["teaching"]
        if found.get("ended"):
            return found
        time.sleep(0.1)
    pytest.fail(f"still at work: {found}")


def test_drawings_are_a_data_set_on_the_disk_at_any_time(client, tmp_path):
    assert client.ask("/api/drawings")[1]["drawings"] == []
    for number in range(3):
        assert add(client, "cross", sign(number))[0] == 200
    code, found = add(client, " 3", bytes(range(64)))
    assert (code, found["drawing"]["name"]) == (200, "3")
    (tmp_path / "drawings" / "cross" / "mine.png").write_text("no picture")
    listed = client.ask("/api/drawings")[1]["drawings"]
    assert [d["name"] for d in listed] == ["cross"] * 3 + ["3"]
    numbers = [d["number"] for d in listed]
    assert numbers == sorted(set(numbers))
    (tmp_path / "drawings" / "cross" / "mine.png").unlink()
    data = load_dataset(tmp_path / "drawings")
    assert data.class_names == ("3", "cross") and len(data.train) + len(data.test) == 4
    images = {image.tobytes() for s in (data.train, data.test) for image in s.images}
    assert images == {bytes(range(64)), *map(sign, range(3))}
    code, found = post(client, "drawings/remove", numbers=[numbers[3], 5])
    assert (code, found["count"]) == (200, 1)
    assert not (tmp_path / "drawings" / "3").exists()


def test_exports_are_read_as_data(client, tmp_path):
    for number in range(12):
        add(client, "cross" if number % 2 else "2", sign(number))
    for form, names in (("png", ("2", "cross")), ("idx", (*"01234",))):
        path = tmp_path / f"{form}.zip"
        path.write_bytes(zipped(client, form))
        data = load_dataset(path)
        assert data.class_names == names and len(data.train) + len(data.test) == 12
        labels = {*data.train.labels.tolist(), *data.test.labels.tolist()}
        assert labels == ({0, 1} if form == "png" else {2, 4})  # 4 is new
    with zipfile.ZipFile(io.BytesIO(zipped(client, "png"))) as archive:
        assert archive.namelist()[0].startswith("2/")


@pytest.mark.parametrize(
    "name",
    ["", " ", "..", "a/b", "a\\b", "a.b", "Test", "con", "__x", "a\nb", "x" * 31],
)  # fmt: skip
def test_a_class_that_would_be_no_folder_is_refused(name):
    with pytest.raises(Refused, match="expected 1 to 30 letters"):
        class_name(name)


def test_classes_are_letters_and_signs_of_any_script():
    for name in ("7", "A", "a", "ä", "é", "α", "字", "+", "half moon", "%"):
        assert class_name(name) == name
    assert class_name("é") == "é"


@pytest.mark.parametrize(
    ("path", "wanted", "code"),
    [
        ("drawings/add", {"name": "../x", "pixels": b64encode(bytes(64))}, 422),
        ("drawings/add", {"name": "x", "pixels": b64encode(bytes(63))}, 422),
        ("drawings/add", {"name": "x", "pixels": b"no base64!"}, 422),
        ("drawings/add", {"name": "x", "pixels": "", "path": "/etc"}, 422),
        ("drawings/remove", {"numbers": []}, 422),
        ("drawings/remove", {"numbers": [1] * (MOST + 1)}, 422),
        ("drawings/remove", {"numbers": [-1]}, 422),
        ("teach", {"model": "/etc/passwd"}, 422),
        ("teach", {}, 409),
        ("teach/use", {}, 409),
        ("teach/undo", {}, 409),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    client, tmp_path, path, wanted, code
):
    given = {k: v.decode() if isinstance(v, bytes) else v for k, v in wanted.items()}
    status, answer = post(client, path, **given)
    assert status == code and answer.keys() == {"start", "error"}
    assert len(answer["error"]) < 200 and "/etc" not in answer["error"]
    assert not [*tmp_path.iterdir()]


def test_a_sign_is_taught_used_and_undone(client, base, tmp_path):
    for number in range(20):
        add(client, "cross", sign(number))
    code, _ = post(client, "teach")
    assert code == 202
    assert post(client, "teach")[0] == 409  # one at a time
    found = taught(client)
    assert found["state"] == "done", found
    yours, before = found["gains"]
    assert (yours["new"], yours["before"], yours["after"]) == (True, 0.0, 1.0)
    assert before["before"] - before["after"] <= 0.05

    file = tmp_path / "runs" / "drawings-from-toy" / "model.safetensors"
    assert (found["file"], found["in_use"]) == (
        "runs/drawings-from-toy/" + file.name,
        False,
    )
    model = byhand.load(file)
    assert model.class_names == ("0", "1", "2", "3", "cross")
    new = np.frombuffer(sign(30) + sign(40), np.uint8).reshape(2, *SHAPE)
    assert model.predict(new).tolist() == [4, 4]

    each = client.ask("/api/teach/compared")[1]["drawings"]
    assert len(each) == 20 and sum(d["held_out"] for d in each) == yours["count"]
    assert {d["after"]["name"] for d in each} == {"cross"}
    assert "cross" not in {d["before"]["name"] for d in each}

    assert post(client, "teach/use")[1]["teaching"]["in_use"]
    about = client.ask("/api/lab")[1]["model"]
    assert (about["name"], about["classes"]) == (
        "drawings-from-toy", [*"0123", "cross"]
    )  # fmt: skip
    assert client.ask("/api/accuracy", json.dumps({"job": 1}))[0] == 202
    back = post(client, "teach/undo")[1]["teaching"]
    assert (back["name"], back["undo"], back["in_use"]) == ("toy", 0, False)
    assert client.ask("/api/lab")[1]["model"]["classes"] == [*"0123"]
    assert file.exists()  # `predict --model` has it all the same

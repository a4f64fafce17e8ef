import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byhand.data.tables import read_csv, read_pixels
from byhand.errors import DataError

fuzz = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

ROWS = "5,0,1,2,255\n7,9,8,7,6\n"


@pytest.mark.parametrize(
    "text",
    [
        "label,pixel0,pixel1,pixel2,pixel3\n" + ROWS,
        ROWS,
        ROWS.replace("\n", "\r\n"),
        ROWS.rstrip("\n") + "\n\n",
        "\ufeff" + ROWS,
        "\ufefflabel,a,b,c,d\n" + ROWS,
        '"label","a","b","c","d"\n' + ROWS.replace("5,", '"5",'),
        "a,b,Label,c,d\n0,1,5,2,255\n9,8,7,7,6\n",
        "label,a,b,c,d\n5.0,0,1.0,2,255\n7,9,8,7,6\n",
    ],
)
def test_a_table_is_read_with_and_without_a_header(tmp_path, text):
    (tmp_path / "set.csv").write_bytes(text.encode())
    part = read_csv(tmp_path / "set.csv").train
    assert part.labels.tolist() == [5, 7]
    assert part.images.tolist() == [[[0, 1], [2, 255]], [[9, 8], [7, 6]]]


def test_fractions_in_a_table_are_kept(tmp_path):
    (tmp_path / "set.csv").write_text("5,0,0.5\n5.5,1,0.25\n".replace(",0.", ",0,0,0."))
    part = read_csv(tmp_path / "set.csv").train
    assert part.labels.tolist() == [5, 5.5]
    assert part.images[1].tolist() == [[1, 0], [0, 0.25]]


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "got 0 rows"),
        (b"label,a,b,c,d\n", "got 0 rows"),
        (b"\n\n", "got 0 rows"),
        (b"1\n2\n", "got 2 rows of 1 numbers"),
        (b"1,2,3\n", "got 1 rows of 3 numbers"),
        (b"1,2,3,4,5\n1,2\n", "table of numbers, got: "),
        (b"label,a\n1,x\n", "table of numbers, got: "),
        (b"\xff\xfe\0\1", "table of numbers, got: "),
        (b"1,2\0\n", "table of numbers, got: "),
    ],
)
def test_what_is_not_a_table_of_square_images_is_refused(tmp_path, content, got):
    (tmp_path / "set.csv").write_bytes(content)
    with pytest.raises(DataError, match=rf"set\.csv: expected .*({got})"):
        read_csv(tmp_path / "set.csv")


@fuzz
@given(text=st.text("0123456789.,-\n\"' elabn\t;#\0é", max_size=80))
def test_any_text_gives_a_table_or_a_data_error(tmp_path, text):
    (tmp_path / "set.csv").write_bytes(text.encode())
    try:
        read_csv(tmp_path / "set.csv")
    except DataError as error:
        assert str(error).startswith(f"{tmp_path}")
        assert "\n" not in str(error)


RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (40, 9))
PIXELS[:, [0, 8]] = 0  # the edges of digits are blank
LABELS = np.arange(40) % 10


def rows(labels=LABELS, pixels=PIXELS, last=False):
    column = np.asarray(labels).astype(str)[:, None]
    pixels = pixels.astype(str)
    return np.hstack([pixels, column] if last else [column, pixels]).tolist()


def write(path, cells, separator=",", header=None):
    lines = [separator.join(row) for row in cells]
    path.write_text("\n".join([*([header] if header else []), *lines]))
    return path


def check(parts, labels=LABELS):
    assert parts.train.labels.tolist() == list(labels)
    np.testing.assert_array_equal(parts.train.images.reshape(-1, 9), PIXELS)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", "   "])
@pytest.mark.parametrize("last", [False, True])
def test_tables_of_every_separator_are_read(tmp_path, separator, last):
    parts = read_csv(write(tmp_path / "d.csv", rows(last=last), separator))
    check(parts)
    said = ["labels were taken from the last column, 9"] if last else []
    assert [line.partition(";")[0] for line in parts.warnings] == said


def test_decimal_commas_are_read(tmp_path):
    cells = [[str(k), "0,5", "0", "1,0", "0,25"] for k in range(4)]
    parts = read_csv(write(tmp_path / "d.csv", cells, ";"))
    assert parts.train.images[0].tolist() == [[0.5, 0], [1, 0.25]]
    assert parts.train.labels.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["label", "Class", "TARGET", "y", "digit"])
@pytest.mark.parametrize("place", [0, 4, 9])
def test_the_column_of_labels_is_found_by_its_name(tmp_path, name, place):
    names = [f"pixel{k}" for k in range(9)]
    names.insert(place, name)
    cells = [[*p[:place], str(n), *p[place:]] for n, p in labelled()]
    parts = read_csv(write(tmp_path / "d.csv", cells, header=",".join(names)))
    check(parts)
    assert parts.warnings == ()


def labelled():
    return zip(LABELS, PIXELS.astype(str).tolist(), strict=True)


@pytest.mark.parametrize("asked", ["4", "-6", "kind", "KIND "])
def test_the_column_of_labels_can_be_given(tmp_path, asked):
    names = [f"pixel{k}" for k in range(9)]
    names.insert(4, "kind")
    cells = [[*p[:4], str(n), *p[4:]] for n, p in labelled()]
    path = write(tmp_path / "d.csv", cells, header=",".join(names))
    check(read_csv(path, asked))
    for wrong in ("10", "-11", "sort", ""):
        with pytest.raises(DataError, match="expected --label-column as a number"):
            read_csv(path, wrong)


@pytest.mark.parametrize("offset", [0, 1, 5])
def test_labels_in_the_middle_are_found_if_nothing_else_looks_like_them(
    tmp_path, offset
):
    cells = [[*p[:4], str(n + offset), *p[4:]] for n, p in labelled()]
    parts = read_csv(write(tmp_path / "d.csv", cells))
    check(parts, LABELS + offset)
    assert "a middle column, 4" in parts.warnings[0]


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("header", [None, "{},label,a,b,c,d,e,f,g,h,i"])
@pytest.mark.parametrize("name", ["", "id", "Unnamed: 0"])
def test_a_column_that_numbers_the_rows_is_left_out(tmp_path, start, header, name):
    cells = [[str(k + start), *row] for k, row in enumerate(rows())]
    header = header and header.format(name)
    parts = read_csv(write(tmp_path / "d.csv", cells, header=header))
    check(parts)
    assert parts.warnings == ("the first column numbers the rows: left out",)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("header", [False, True])
def test_labels_may_be_words(tmp_path, last, header):
    words = np.array(["cat", "a dog", "owl 2"])[np.arange(40) % 3]
    names = ["a"] * 10
    names[9 if last else 0] = "label"
    cells = rows(words, last=last)
    path = write(tmp_path / "d.csv", cells, header=",".join(names) if header else None)
    check(read_csv(path), words)


def test_numbers_and_letters_may_both_be_classes(tmp_path):
    words = np.array(["7", "A", "b"])[np.arange(40) % 3]
    check(read_csv(write(tmp_path / "d.csv", rows(words))), words)


@pytest.mark.parametrize("row", [0, 1, 17, 39])
@pytest.mark.parametrize("word", ["x", "?", "seven", "1O", "--"])
def test_a_row_whose_label_is_no_number_is_never_dropped(tmp_path, row, word):
    labels = LABELS.astype(object)
    labels[row] = word
    with pytest.raises(DataError, match=rf"as labels.* in row {row + 1}$") as caught:
        read_csv(write(tmp_path / "d.csv", rows(labels)))
    assert word in str(caught.value)


@pytest.mark.parametrize("row", [0, 1, 17])
@pytest.mark.parametrize("column", [1, 5])
def test_a_pixel_that_is_no_number_is_refused(tmp_path, row, column):
    cells = rows()
    cells[row][column] = "x"
    with pytest.raises(DataError, match=r"d\.csv: expected"):
        read_csv(write(tmp_path / "d.csv", cells))


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", ["label", "0"])
def test_columns_that_are_counted_are_no_row(tmp_path, start, name):
    counted = [str(k + start) for k in range(9)]
    names = [*counted, "label"] if name == "label" else [str(k) for k in range(10)]
    cells = rows(last=name == "label")
    check(read_csv(write(tmp_path / "d.csv", cells, header=",".join(names))))


def test_rows_without_labels_are_refused_and_can_be_read_as_pixels(tmp_path):
    path = write(tmp_path / "d.csv", PIXELS.astype(str).tolist())
    with pytest.raises(DataError, match="9 pixels without a label; 'byhand predict"):
        read_csv(path)
    np.testing.assert_array_equal(read_pixels(path).reshape(-1, 9), PIXELS)
    np.testing.assert_array_equal(
        read_pixels(write(path, rows())).reshape(-1, 9), PIXELS
    )


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("byhand.data.tables.LINE", 1000)
    (tmp_path / "d.csv").write_text("1," * 1000)
    with pytest.raises(DataError, match="got a line of over"):
        read_csv(tmp_path / "d.csv")

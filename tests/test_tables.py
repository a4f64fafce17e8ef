import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byhand.data.tables import read_csv
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

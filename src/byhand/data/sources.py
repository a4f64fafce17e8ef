"""The data sets known by name: what each is, where it lies, what its bytes must be.

Every checksum is copied from the published source cited above it. A second publication
agrees with each: docs/data.md lists both.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Archive(NamedTuple):
    """A zip file with the files of several sets inside."""

    name: str  # at each mirror
    checksum: str  # "sha256:...", as in Source.files


@dataclass(frozen=True)
class Source:
    """A data set that has a name.

    Attributes:
        summary: one line.
        licence: of the images, as their makers state it.
        homepage: where the makers describe it.
        train: number of training images.
        test: number of test images.
        class_names: one for each label, in order.
        download: bytes to fetch.
        mirrors: addresses that end in "/", tried in order; none: it is in the package.
        files: the names of its files, each with "algorithm:digest" of its bytes.
        archive: what to fetch and unpack, where the files do not lie singly.
    """

    summary: str
    licence: str
    homepage: str
    train: int
    test: int
    class_names: tuple[str, ...] = tuple(string.digits)
    download: int = 0
    mirrors: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    archive: Archive | None = None


MNIST = Source(
    summary="handwritten digits, 28×28, in the package",
    licence="CC BY-SA 3.0",
    homepage="http://yann.lecun.com/exdb/mnist/",
    train=60_000,
    test=10_000,
)

# Checksums: tensorflow/datasets,
# tensorflow_datasets/url_checksums/fashion_mnist.txt (333639b).
FASHION_MNIST = Source(
    summary="clothes and shoes, 28×28, ten kinds",
    licence="MIT",
    homepage="https://github.com/zalandoresearch/fashion-mnist",
    train=60_000,
    test=10_000,
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    download=30_878_645,
    mirrors=(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    files={
        "train-images-idx3-ubyte.gz": "sha256:"
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "sha256:"
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "sha256:"
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "sha256:"
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
)

# Checksums: tensorflow/datasets,
# tensorflow_datasets/url_checksums/kmnist.txt (333639b).
KMNIST = Source(
    summary="Kuzushiji-MNIST: cursive Japanese characters, 28×28, ten kinds",
    licence='CC BY-SA 4.0, "KMNIST Dataset" (created by CODH), doi:10.20676/00000341',
    homepage="https://github.com/rois-codh/kmnist",
    train=60_000,
    test=10_000,
    class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    download=21_240_888,
    mirrors=(
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ),
    files={
        "train-images-idx3-ubyte.gz": "sha256:"
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "train-labels-idx1-ubyte.gz": "sha256:"
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "t10k-images-idx3-ubyte.gz": "sha256:"
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "t10k-labels-idx1-ubyte.gz": "sha256:"
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    },
)

# Checksums: tensorflow/datasets,
# tensorflow_datasets/url_checksums/qmnist.txt (67aba81).
QMNIST = Source(
    summary="MNIST rebuilt from NIST's scans, with all 60,000 test digits, 28×28",
    licence="BSD 3-Clause",
    homepage="https://github.com/facebookresearch/qmnist",
    train=60_000,
    test=60_000,
    download=20_436_162,
    mirrors=(
        "https://raw.githubusercontent.com/facebookresearch/qmnist/master/",
        "https://github.com/facebookresearch/qmnist/raw/master/",
    ),
    files={
        "qmnist-train-images-idx3-ubyte.gz": "sha256:"
        "9e26a7bf1683614e065d7b76460ccd52807165b3f22561fb782bd9f38c52b51d",
        "qmnist-train-labels-idx2-int.gz": "sha256:"
        "2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f",
        "qmnist-test-images-idx3-ubyte.gz": "sha256:"
        "43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375",
        "qmnist-test-labels-idx2-int.gz": "sha256:"
        "9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06",
    },
)

# Checksum: tensorflow/datasets,
# tensorflow_datasets/url_checksums/emnist.txt (333639b).
EMNIST_ARCHIVE = Archive(
    "gzip.zip",
    "sha256:fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
)
EMNIST_BYTES = 561_753_746
EMNIST_LICENCE = (
    "none stated; made from NIST Special Database 19, cite arXiv:1702.05373"
)
EMNIST_HOMEPAGE = "https://www.nist.gov/itl/products-and-services/emnist-dataset"
EMNIST_MIRRORS = (
    "https://biometrics.nist.gov/cs_links/EMNIST/",
    "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
)

# Nobody publishes SHA-256 of all the files inside the archive, which is checked as a
# whole. These MD5 only reveal a file that was damaged later, in the cache.
# Checksums: pczarnik/mnists, mnists/_emnist.py (1a1a82b).
EMNIST_DIGITS = Source(
    summary="280,000 handwritten digits of NIST, 28×28",
    licence=EMNIST_LICENCE,
    homepage=EMNIST_HOMEPAGE,
    train=240_000,
    test=40_000,
    download=EMNIST_BYTES,
    mirrors=EMNIST_MIRRORS,
    files={
        "emnist-digits-train-images-idx3-ubyte.gz": "md5:"
        "d2662ecdc47895a6bbfce25de9e9a677",
        "emnist-digits-train-labels-idx1-ubyte.gz": "md5:"
        "2223fcfee618ac9c89ef20b6e48bcf9e",
        "emnist-digits-test-images-idx3-ubyte.gz": "md5:"
        "a159b8b3bd6ab4ed4793c1cb71a2f5cc",
        "emnist-digits-test-labels-idx1-ubyte.gz": "md5:"
        "8afde66ea51d865689083ba6bb779fac",
    },
    archive=EMNIST_ARCHIVE,
)
EMNIST_LETTERS = Source(
    summary="handwritten letters of NIST, 28×28, capitals and small ones as one class",
    licence=EMNIST_LICENCE,
    homepage=EMNIST_HOMEPAGE,
    train=124_800,
    test=20_800,
    class_names=tuple(string.ascii_uppercase),
    download=EMNIST_BYTES,
    mirrors=EMNIST_MIRRORS,
    files={
        "emnist-letters-train-images-idx3-ubyte.gz": "md5:"
        "8795078f199c478165fe18db82625747",
        "emnist-letters-train-labels-idx1-ubyte.gz": "md5:"
        "c16de4f1848ddcdddd39ab65d2a7be52",
        "emnist-letters-test-images-idx3-ubyte.gz": "md5:"
        "382093a19703f68edac6d01b8dfdfcad",
        "emnist-letters-test-labels-idx1-ubyte.gz": "md5:"
        "d4108920cd86601ec7689a97f2de7f59",
    },
    archive=EMNIST_ARCHIVE,
)

SOURCES: dict[str, Source] = {
    "mnist": MNIST,
    "fashion-mnist": FASHION_MNIST,
    "kmnist": KMNIST,
    "qmnist": QMNIST,
    "emnist-digits": EMNIST_DIGITS,
    "emnist-letters": EMNIST_LETTERS,
}


def known() -> dict[str, Source]:
    """Return the data sets that have names, by name."""
    return dict(SOURCES)

"""A network among scikit-learn's estimators; needs the extra `sklearn`."""

from byhand.errors import MissingExtraError

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError as error:
    raise MissingExtraError(
        "sklearn: expected scikit-learn 1.6 or later, found none; try"
        " pip install 'byhand[sklearn]'"
    ) from error

from byhand.sklearn.classifier import DigitClassifier

__all__ = ["DigitClassifier"]

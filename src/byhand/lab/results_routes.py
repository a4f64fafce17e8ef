"""The addresses of the results on the test images: each is computed in the child."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query

from byhand.data.datasets import Split
from byhand.lab import facts
from byhand.lab.answers import SAFE
from byhand.lab.maps import layers_shown
from byhand.lab.results_answers import (
    MOST_IMAGES,
    ImagesAnswer,
    MapAnswer,
    PruningAnswer,
    ResultKind,
    RobustnessAnswer,
    ScoresAnswer,
    ShareAnswer,
    UnitsAnswer,
)
from byhand.lab.run_list import Runs
from byhand.lab.security import Refused
from byhand.lab.worker import Worker

Layer = Annotated[int, Query(ge=-1, le=10_000)]
Index = Annotated[int, Query(ge=0, le=SAFE)]


def add_results(
    app: FastAPI,
    start: int,
    worker: Worker,
    test_images: Callable[[], Split],
    runs: Runs,
) -> None:
    """Serve what the model makes of the test images; test_images may refuse."""

    async def found(of: str, **by: Any) -> dict[str, Any]:
        test_images()
        answer: dict[str, Any] = await worker.ask("result", {"of": of, "by": by})
        return {"start": start, **answer}

    @app.get("/api/scores")
    async def scores() -> ScoresAnswer:
        return ScoresAnswer(**await found("scores"))

    @app.get("/api/images")
    async def images(
        index: Annotated[list[Index], Query(min_length=1, max_length=MOST_IMAGES)],
    ) -> ImagesAnswer:
        test = test_images()
        if max(index) >= len(test):
            raise Refused(422, f"index: expected numbers below {len(test)}")
        return ImagesAnswer(start=start, images=facts.examples(test, index))

    @app.get("/api/map")
    async def map_(layer: Layer, method: Literal["pca", "tsne"] = "pca") -> MapAnswer:
        shown = layers_shown(worker.model.network.layers, worker.model.image_shape)
        if layer not in [each["layer"] for each in shown]:
            raise Refused(422, "layer: expected one of those that /api/scores lists")
        return MapAnswer(**await found("map", layer=layer, method=method))

    @app.get("/api/units")
    async def units(layer: Layer) -> UnitsAnswer:
        layers = worker.model.network.layers
        if not 0 <= layer < len(layers) or "w" not in layers[layer].params:
            raise Refused(422, "layer: expected the number of one with weights")
        return UnitsAnswer(**await found("units", layer=layer))

    @app.get("/api/robustness")
    async def robustness(
        degrees: Annotated[float, Query(ge=-180, le=180)] = 0,
        right: Annotated[float, Query(ge=-1000, le=1000)] = 0,
        down: Annotated[float, Query(ge=-1000, le=1000)] = 0,
        scale: Annotated[float, Query(ge=0.1, le=10)] = 1,
        thickness: Annotated[float, Query(ge=-2, le=2)] = 0,
        noise: Annotated[float, Query(ge=0, le=255)] = 0,
        run: Annotated[str | None, Query(max_length=300)] = None,
    ) -> RobustnessAnswer:
        by = dict(degrees=degrees, right=right, down=down, scale=scale)
        by |= dict(thickness=thickness, noise=noise)
        model = None if run is None else str(runs.model_file(run))
        return RobustnessAnswer(**await found("robustness", change=by, model=model))

    @app.get("/api/pruning")
    async def pruning(share: Annotated[float, Query(ge=0, le=1)]) -> PruningAnswer:
        return PruningAnswer(**await found("pruning", share=share))

    @app.get("/api/share")
    async def share(of: ResultKind) -> ShareAnswer:
        return ShareAnswer(start=start, share=worker.share(of))

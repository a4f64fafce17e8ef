"""The laboratory: a page on this machine where networks read what is drawn.

The page computes by itself, in plain JavaScript (`static`). The server gives it the
model, examples and what is heavy. Only this room imports FastAPI and uvicorn, which the
extra ``lab`` installs.
"""

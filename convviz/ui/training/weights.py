"""Weights as a file: taken along, and loaded again."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from convviz.lab.errors import StoreError
from convviz.lab.header import MOST_BYTES
from convviz.ui.training import deeds
from convviz.ui.training.owner import may_train
from convviz.ui.training.state import LabPage
from convviz.ui.training.watched import Watched


def show_weights(page: LabPage, now: Watched | None, token: str) -> None:
    """Of the run that is watched to the left, from a file to the right."""
    mine, other = st.columns(2, gap="large")
    with mine:
        st.subheader("Take them along", anchor=False)
        _download(now)
    with other:
        st.subheader("Load them again", anchor=False)
        _upload(page, token)


def _download(now: Watched | None) -> None:
    if now is None:
        st.markdown("There are weights once a run has an epoch: press *Train*, or choose a run under *Compare runs*.")
        return
    try:
        content = now.run.weights()
    except StoreError as error:
        st.markdown(f"{error}.")
        return
    table = now.settings.network().table()
    st.markdown(
        f"`{now.run.id}` after epoch {now.epochs}: {table.parameters:,} weights and {table.buffers:,} running statistics, "
        f"{len(content):,} bytes, as safetensors: names, shapes and numbers, and no code."
    )
    st.download_button(
        "Download the weights",
        content,
        f"{now.run.id}.safetensors",
        "application/octet-stream",
        on_click="ignore",
        type="primary",
        help="The file says which network and which data it belongs to.",
    )
    st.code(
        "from safetensors.torch import load_file\n\n"
        "# `network` as in the tab Code\n"
        f'network.load_state_dict(load_file("{now.run.id}.safetensors"))',
        language="python",
    )


def _upload(page: LabPage, token: str) -> None:
    st.markdown(
        "A file that was downloaded here is tested once more, and shown like a run: its filters, and what it takes for what."
    )
    if not may_train(token):
        st.markdown("That computes, so it takes the lecturer's key.")
        return
    key = page.key(f"upload.{page.uploads}")
    file = st.file_uploader(
        "Weights", type="safetensors", key=key, label_visibility="collapsed", max_upload_size=MOST_BYTES // 2**20
    )
    if file is None:
        return
    content = file.getvalue()
    act = deeds.load(token, content)
    st.button(
        "Load it",
        type="primary",
        on_click=page.deed(lambda old: _after(act(old))),
        help="In a run of its own.",
    )


def _after(change: deeds.Change) -> deeds.Change:
    """The file is taken over, or refused: the next one gets a new place."""
    return lambda page: replace(change(page), uploads=page.uploads + 1)

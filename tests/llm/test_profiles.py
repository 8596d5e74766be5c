"""Which profile a file gets: the metadata decide, the name hardly ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scripts.llm.metadata import read_metadata
from scripts.llm.profiles import choose_profile, sampling_for
from scripts.tables.models import ModelMetadata
from scripts.temporary import application, exporting, profiles, prompting
from tests import tiny_gguf

STARTER = Path(__file__).resolve().parents[2] / "models" / application.STARTER_MODEL
NAMES = (
    "model", "ILM3-8B-Ruby-Music.Q6_K", "ScrapeGoat-Music-Stage2.Q6_K", "llama-midi.Q6_K",
    "music_generation_model.Q6_K", "ChatMusician.Q6_K", "Llm-Music-Gen-Starter.Q8_0", "ggml",
)  # fmt: skip


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelMetadata]:
    folder = tmp_path_factory.mktemp("tiny")
    return {
        model.name: read_metadata(tiny_gguf.build(folder / f"{number}.gguf", model))
        for number, model in enumerate(tiny_gguf.ALL)
    }


@pytest.fixture
def base(metadata: dict[str, ModelMetadata]) -> ModelMetadata:
    return metadata[tiny_gguf.BASE.name]


@pytest.mark.parametrize("model", tiny_gguf.ALL, ids=lambda model: model.name)
def test_metadata_decide_under_any_file_name(
    model: tiny_gguf.TinyModel, metadata: dict[str, ModelMetadata]
) -> None:
    if model is tiny_gguf.BASE:  # its metadata tell no family: only here the name may hint
        return
    chosen = {choose_profile(metadata[model.name], name).name for name in NAMES}
    assert chosen == {model.profile}


@pytest.mark.parametrize("model", (tiny_gguf.ILM3, tiny_gguf.MUSIC_GENERATION))
def test_a_chat_model_without_a_template_is_known_by_its_words(
    model: tiny_gguf.TinyModel, metadata: dict[str, ModelMetadata]
) -> None:
    bare = replace(metadata[model.name], chat_template="", name="")
    assert choose_profile(bare, "x").name == model.profile


def test_a_codec_model_is_known_by_the_size_of_its_vocabulary(base: ModelMetadata) -> None:
    bare = replace(base, marker_tokens=frozenset(), vocabulary=profiles.YUE_VOCABULARY)
    assert choose_profile(bare, "x").name == "codec"


def test_a_name_hints_only_where_the_tokenizer_fits(base: ModelMetadata) -> None:
    assert choose_profile(base, "ChatMusician.Q6_K").name == "chatmusician"
    assert choose_profile(base, "llama-midi").name == "completion"
    assert choose_profile(replace(base, tokenizer="gpt2"), "llama-midi").name == "llama-midi"
    assert choose_profile(replace(base, chat_template="x"), "llama-midi").name == "chat"


def test_a_music_model_may_bring_a_template(base: ModelMetadata) -> None:
    template = "Human: {{ messages[0].content }} </s> Assistant: "
    assert choose_profile(replace(base, chat_template=template), "x").name == "chatmusician"


def test_every_profile_is_whole() -> None:
    for name, profile in profiles.PROFILES.items():
        assert profile.name == name
        assert profile.song_format in exporting.SONG_FORMATS
        assert name in prompting.PROMPT_TEMPLATES or profile.is_chat
        assert profile.expectation.endswith(".")
        assert len(f"Spoken to {profile.label}.") <= application.SCREEN_COLUMNS - 7
        # A line of the Options screen.
        assert len(profile.expectation) <= application.SCREEN_COLUMNS - 7
        assert not profile.can_plan or profile.is_chat


@pytest.mark.parametrize("name", sorted(profiles.PROFILES))
def test_the_users_setting_scales_the_profiles_own_temperature(name: str) -> None:
    profile = profiles.PROFILES[name]
    usual = sampling_for(profile, 7, 1.0)
    assert (usual.seed, usual.temperature) == (7, profile.sampling.temperature)
    assert replace(usual, seed=profile.sampling.seed) == profile.sampling
    low, wild = (
        sampling_for(profile, 7, application.TEMPERATURE_RANGE[0]),
        sampling_for(profile, 7, application.TEMPERATURE_RANGE[1]),
    )
    assert application.TEMPERATURE_RANGE[0] <= low.temperature < usual.temperature
    assert usual.temperature < wild.temperature <= application.TEMPERATURE_RANGE[1]


def test_the_cards_own_figures_are_kept() -> None:
    musician = profiles.PROFILES["chatmusician"].sampling
    figures = (musician.temperature, musician.top_k, musician.top_p, musician.repeat_penalty)
    assert figures == (0.2, 40, 0.9, 1.1)
    assert profiles.PROFILES["chatmusician"].add_bos is False
    ruby = profiles.PROFILES["chatml"].sampling
    dry = (ruby.dry_multiplier, ruby.dry_base, ruby.dry_allowed_length, ruby.dry_last_n)
    assert (ruby.temperature, *dry) == (1.0, 0.5, 1.75, 5, 1024)
    chat = profiles.PROFILES["openchat"].sampling
    assert (chat.temperature, chat.top_k, chat.top_p) == (0.7, 50, 0.95)
    notes = profiles.PROFILES["llama-midi"].sampling
    assert (notes.temperature, notes.top_p, notes.min_p) == (1.0, 1.0, 0.0)


def test_every_dialect_has_its_profile(base: ModelMetadata) -> None:
    names = {dialect: choose_profile(replace(base, dialect=dialect), "x").name
             for dialect in ("1", "2", "3")}  # fmt: skip
    assert names == {"1": "first starter", "2": "second starter", "3": "starter"}


def test_the_starter_that_comes_along_is_the_starter() -> None:
    assert choose_profile(read_metadata(STARTER), "anything").name == "starter"

"""Models: find, describe, load and decode; with real files, some of them hostile."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts import models
from scripts.llm.chat import chat_frame
from scripts.llm.metadata import read_metadata
from scripts.music.leadsheet import read_lead_sheet
from scripts.music.take_score import score_part
from scripts.prompts import build_job
from scripts.tables.models import Sampling
from scripts.tables.plans import SongPlan
from scripts.tables.program import ModelError, Settings
from scripts.temporary import application, profiles, prompting
from tests.band_measures import clashes
from tests.song_factory import job_for, plan, with_ornaments
from tests.tiny_gguf import ALL as TINY_MODELS
from tests.tiny_gguf import BASE, BERT, MAMBA, NO_BOS, TinyModel, build, words_of

MODELS = Path(__file__).resolve().parents[1] / "models"
STARTER = MODELS / application.STARTER_MODEL


@pytest.fixture(scope="module")
def starter() -> Iterator[models.LoadedModel]:
    model = models.LoadedModel(models.describe(STARTER, MODELS), 1)
    yield model
    model.close()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tiny")
    return {
        tiny.name: build(folder / f"{number}.gguf", tiny) for number, tiny in enumerate(TINY_MODELS)
    }


def test_the_starter_is_known_by_its_metadata() -> None:
    info = models.describe(STARTER, MODELS)
    assert (info.profile, info.quantisation, info.problem) == ("starter", "Q8_0", "")
    assert info.size_bytes <= 12_000_000


@pytest.mark.parametrize("name", [tiny.name for tiny in TINY_MODELS])
def test_a_model_is_known_under_any_name_and_writes_legal_bars(
    name: str, tiny: dict[str, Path]
) -> None:
    expected = next(model.profile for model in TINY_MODELS if model.name == name)
    info = models.describe(tiny[name], tiny[name].parent)
    assert (info.profile, info.problem) == (expected, "")
    model = models.LoadedModel(info, 1)
    try:
        song = plan("Chill, Dubstep", 3, 30)
        job, notices = build_job(song, model.profile, model.frame)
        assert not notices
        text = "".join(model.write(job, Sampling(seed=1)))
    finally:
        model.close()
    if model.profile.song_format == "abc":
        rubbing, leaning, _ = clashes(read_lead_sheet(text, song))
        assert rubbing == 0
        assert not leaning or model.profile.control_codes
    else:
        from scripts.music.note_list import read_notes

        assert sum(len(track.notes) for track in read_notes(text, song).tracks) > 20


def test_the_same_seed_writes_the_same_and_another_does_not(starter: models.LoadedModel) -> None:
    song = plan("Celtic", 2, 30)
    texts = ["".join(starter.write(job_for(song), Sampling(seed=seed))) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_songs_in_one_batch_are_whole_songs(starter: models.LoadedModel) -> None:
    plans = [plan("Celtic", seed, 30) for seed in (1, 2, 3)]
    jobs = [(job_for(song), Sampling(seed=song.seed)) for song in plans]
    decoder = starter.open_decoder(jobs)
    while not all(decoder.finished(slot) for slot in range(3)):
        decoder.step()
        assert all(0 <= decoder.fraction(slot) <= 1 for slot in range(3))
    together = [decoder.text(slot) for slot in range(3)]
    decoder.close()
    for song, text in zip(plans, together):
        assert clashes(read_lead_sheet(text, song))[0] == 0
    assert len(set(together)) == 3


def score_nth(songs: Sequence[SongPlan], number: int, text: str) -> float:
    """Score a part of the song with this number, as a decoder asks."""
    return score_part(text, songs[number])


def test_more_takes_are_not_worse_by_their_score(starter: models.LoadedModel) -> None:
    def points(takes: int) -> float:
        total = 0.0
        for seed in range(6):
            song = plan("Waltz", seed, 40)
            jobs = [(job_for(song), Sampling(seed=seed))]
            decoder = starter.open_decoder(jobs, takes, partial(score_nth, [song]))
            while not decoder.finished(0):
                decoder.step()
            parts = [f"[P:{part}" for part in decoder.text(0).split("[P:")[1:]]
            decoder.close()
            read_lead_sheet(decoder.text(0), song)
            total += sum(score_part(part, song) for part in parts) / len(parts)
        return total / 6

    assert points(6) > points(1)


def test_loading_can_be_cancelled_and_tells_how_far_it_is(starter: models.LoadedModel) -> None:
    info = models.describe(STARTER, MODELS)
    loading = models.load_model(info, 1)
    assert 0 <= next(loading) <= 1
    loading.close()
    loading = models.load_model(info, 1)
    try:
        while True:
            assert 0 <= next(loading) <= 1
    except StopIteration as finished:
        assert finished.value.profile.name == "starter"
        finished.value.close()


def test_a_model_that_is_loaded_before_the_first_look_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(models, "LoadedModel", lambda *_: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(threading.Thread, "is_alive", lambda _: False)
    loading = models.load_model(models.describe(STARTER, MODELS), 1)
    assert 0 <= next(loading) <= 1
    loading.close()


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.01, 0.3, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "cut.gguf"
    whole = STARTER.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    info = models.describe(path, tmp_path)
    assert "cut.gguf" in info.problem
    with pytest.raises(ModelError, match=r"cut\.gguf"):
        models.LoadedModel(info, 1)


def test_a_text_file_is_refused_and_a_folder_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("no model at all\n" * 100)
    (tmp_path / "folder.gguf").mkdir()
    (info,) = models.find_models(tmp_path)
    assert "not a GGUF" in info.problem
    with pytest.raises(ModelError, match="There is no model"):
        models.choose_model(Settings(), tmp_path)


def test_models_lie_at_any_depth_and_behind_links(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    shutil.copy(STARTER, tmp_path / "a" / "b" / "Deep.GGUF")
    (tmp_path / "a" / "b" / "round").symlink_to(tmp_path / "a")
    assert any(info.name == "Deep" for info in models.find_models(tmp_path))


def test_a_model_that_does_not_fit_is_refused_with_the_figures() -> None:
    info = models.describe(STARTER, MODELS)
    models.check_memory(info, 2048, 10**12)
    with pytest.raises(ModelError, match=r"needs about 0\.3 GB .* 0\.1 GB are free"):
        models.check_memory(info, 2048, 10**8)


def test_takes_that_do_not_fit_are_refused_before_the_memory_is_taken(
    starter: models.LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = (job_for(plan("rock", 1, 30)), Sampling(1, 1))
    starter.open_decoder([job], 16, lambda number, text: 0.0).close()
    assert starter.info.metadata is not None
    one = starter.info.metadata.kv_bytes_per_token * 2048
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=one))
    starter.open_decoder([job]).close()
    with pytest.raises(ModelError, match=r"no room in memory .* fewer takes"):
        starter.open_decoder([job], 16, lambda number, text: 0.0)


def test_a_file_replaced_after_listing_is_met_with_a_sentence(
    tmp_path: Path, tiny: dict[str, Path]
) -> None:
    path = tmp_path / "model.gguf"
    shutil.copy(STARTER, path)
    info = models.describe(path, tmp_path)
    shutil.copy(next(iter(tiny.values())), path)
    with pytest.raises(ModelError, match="replaced"):
        models.LoadedModel(info, 1)


# Metadata at which llama.cpp aborts its process: key of a tiny model -> value.
CRASHES = (
    {"llama.expert_count": 8},
    {"llama.expert_count": 2000},
    {"llama.expert_used_count": 9},
    {"llama.rope.scaling.type": "x"},
)


@pytest.mark.parametrize("lies", CRASHES, ids=str)
def test_metadata_that_end_the_process_end_another_one(
    lies: dict[str, Any], tmp_path: Path
) -> None:
    liar = replace(BASE, extra=lies)
    info = models.describe(build(tmp_path / "liar.gguf", liar), tmp_path)
    assert not info.problem
    with pytest.raises(ModelError, match=r'"liar\.gguf" cannot be used \(its metadata'):
        models.LoadedModel(info, 1)


@pytest.mark.parametrize("architecture", ["nonsense", "bert", "t5", "clip", "mamba"])
def test_a_kind_that_cannot_write_is_refused(architecture: str, tmp_path: Path) -> None:
    stranger = replace(BASE, architecture=architecture)
    info = models.describe(build(tmp_path / "stranger.gguf", stranger), tmp_path)
    with pytest.raises(ModelError, match=r'"stranger\.gguf" cannot be used'):
        models.LoadedModel(info, 1)


def test_an_encoder_is_refused(tmp_path: Path) -> None:
    info = models.describe(build(tmp_path / "encoder.gguf", BERT), tmp_path)
    assert "made to read texts, not to write them" in info.problem
    with pytest.raises(ModelError, match=r'"encoder\.gguf" is made to read'):
        models.LoadedModel(info, 1)


def test_tables_of_a_kind_that_ends_the_process_end_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests import tiny_gguf

    monkeypatch.setattr(tiny_gguf, "_EXACT", ())  # half precision where llama.cpp adds in full
    extra = {key: value for key, value in BERT.extra.items() if "causal" not in key}
    path = build(tmp_path / "wrong.gguf", replace(BERT, extra=extra))
    with pytest.raises(ModelError, match=r'"wrong\.gguf" cannot be used \(its metadata'):
        models.LoadedModel(models.describe(path, tmp_path), 1)


@pytest.mark.parametrize("missing", ["ABCDEFGabcdefg", "g", "|", "248", '"', "["])
def test_a_vocabulary_without_what_abc_needs_is_named(missing: str, tmp_path: Path) -> None:
    words = [f"<unused{n}>" if word in missing else word
             for n, word in enumerate(words_of(NO_BOS))]  # fmt: skip
    path = build(tmp_path / "mute.gguf", NO_BOS, tokenizer__ggml__tokens=words)
    song = plan("rock", 1, 30)
    try:
        model = models.LoadedModel(models.describe(path, tmp_path), 1)
        job, _ = build_job(song, model.profile, model.frame)
        text = "".join(model.write(job, Sampling(seed=1)))
    except ModelError as error:
        assert re.search("vocabulary (that cannot be used|lacks letters or signs)", str(error))
    else:
        read_lead_sheet(text, song)  # what is missing was not needed


@pytest.mark.parametrize("tiny_model", [MAMBA, NO_BOS], ids=lambda model: model.name)
def test_recurrent_models_and_those_without_a_beginning_write_in_takes(
    tiny_model: TinyModel, tmp_path: Path
) -> None:
    song = with_ornaments(plan("jazz", 2, 20))
    model = models.LoadedModel(models.describe(build(tmp_path / "m.gguf", tiny_model), tmp_path), 1)
    texts = []
    try:
        job, _ = build_job(song, model.profile, model.frame)
        for _ in range(2):
            decoder = model.open_decoder(
                [(job, Sampling(seed=1))], 3, lambda _, text: score_part(text, song)
            )
            while not decoder.finished(0):
                decoder.step()
            texts.append(decoder.text(0))
            decoder.close()
    finally:
        model.close()
    assert texts[0] == texts[1]
    assert clashes(read_lead_sheet(texts[0], song))[0] == 0


def test_a_vocabulary_without_kinds_is_refused(tmp_path: Path) -> None:
    path = build(tmp_path / "model.gguf", BASE, tokenizer__ggml__token_type=None)
    with pytest.raises(ModelError, match="vocabulary that cannot be used"):
        models.LoadedModel(models.describe(path, tmp_path), 1)


def test_a_model_in_parts_is_one_model(tmp_path: Path) -> None:
    build(tmp_path / "Big.gguf", BASE, tensors_in_a_file=10)
    (info,) = models.find_models(tmp_path)
    parts = sorted(tmp_path.iterdir())
    assert len(parts) == 3
    assert info.size_bytes == sum(part.stat().st_size for part in parts)
    models.LoadedModel(info, 1).close()
    whole = parts[1].read_bytes()
    parts[1].write_bytes(whole[:-200])
    assert "is damaged" in models.describe(parts[0], tmp_path).problem
    parts[1].unlink()
    assert "is missing" in models.describe(parts[0], tmp_path).problem
    parts[1].write_bytes(whole)
    parts[0].rename(tmp_path / "renamed.gguf")
    assert "own names" in models.describe(tmp_path / "renamed.gguf", tmp_path).problem


def test_a_loading_that_is_cancelled_leaves_no_thread(tiny: dict[str, Path]) -> None:
    before = threading.active_count()
    path = next(iter(tiny.values()))
    loading = models.load_model(models.describe(path, path.parent), 1)
    next(loading)
    loading.close()
    assert threading.active_count() == before


HOSTILE = {
    "raises": "{{ raise_exception('no') }}",
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "runs code": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "imports": "{% import 'os' as os %}{{ os.system('true') }}",
    "is broken": "{% for %}",
    "says nothing": "hello",
    "says too much": "{{ 'x' * 10000000 }}",
    "doubles itself": "{% set n = namespace(x='x') %}{% for i in range(99) %}"
    "{% set n.x = n.x ~ n.x %}{% endfor %}",
    "leaves things out": "{{ messages[-1]['role'] }}",
    "says things twice": "{{ messages }}{{ messages }}",
    "is huge": "{# " + "x" * 2**20 + " #}",
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_a_hostile_chat_template_does_no_harm(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(prompting, "CHAT_SECONDS_AT_MOST", 2.0)
    metadata = replace(read_metadata(STARTER), chat_template=HOSTILE[kind])
    frame = chat_frame(metadata, profiles.PROFILES["chat"])
    assert "plain one stands in" in frame.notice
    job, notices = build_job(plan("rock"), profiles.PROFILES["chat"], frame)
    assert notices == [frame.notice]
    assert "example" in job.prompt


def test_a_chat_template_frames_instructions_and_request() -> None:
    from tests.tiny_gguf import GEMMA_TEMPLATE, INTERNLM_TEMPLATE, OPENCHAT_TEMPLATE

    metadata = read_metadata(STARTER)
    for template, profile, marks in (
        (INTERNLM_TEMPLATE, "chatml", ("<|im_start|>system\n", "<|im_start|>assistant\n")),
        (OPENCHAT_TEMPLATE, "openchat", ("GPT4 Correct User: ", "GPT4 Correct Assistant:")),
        (GEMMA_TEMPLATE, "chat", ("<start_of_turn>user\n", "<start_of_turn>model\n")),
    ):
        frame = chat_frame(replace(metadata, chat_template=template), profiles.PROFILES[profile])
        assert not frame.notice
        assert frame.head == marks[0]
        assert frame.tail.endswith(marks[1])


def test_chatmusician_gets_its_exact_prompt() -> None:
    frame = chat_frame(read_metadata(STARTER), profiles.PROFILES["chatmusician"])
    job, _ = build_job(plan("rock"), profiles.PROFILES["chatmusician"], frame)
    assert job.prompt.startswith("Human: Develop a melody using the given chord pattern.\n")
    assert " </s> Assistant: X:1\n" in job.prompt
    assert job.add_bos is False


def test_the_heads_of_two_songs_prompts_are_the_same() -> None:
    frame = chat_frame(read_metadata(STARTER), profiles.PROFILES["chat"])
    jobs = [
        build_job(plan(words), profiles.PROFILES["chat"], frame)[0].prompt
        for words in ("jazz", "rock")
    ]
    same = next(place for place, pair in enumerate(zip(*jobs)) if len(set(pair)) > 1)
    assert same > 400


def test_a_template_with_an_unknown_placeholder_is_named_and_not_used() -> None:
    job, notices = build_job(
        plan("rock"), profiles.PROFILES["starter"], None, {"starter": "{wibble}"}
    )
    assert job.prompt.startswith("[R:")
    assert len(notices) == 1
    assert "wibble" in notices[0]
    own, none = build_job(
        plan("rock"), profiles.PROFILES["starter"], None, {"starter": "[M:{metre}]"}
    )
    assert (own.prompt, none) == ("[M:4/4]", [])


def test_a_short_slow_song_of_notes_has_room_for_its_bars(tiny: dict[str, Path]) -> None:
    model = models.LoadedModel(models.describe(tiny["Llama Midi"], tiny["Llama Midi"].parent), 1)
    try:
        job, _ = build_job(plan("ambient", 4, 25), model.profile, model.frame)
        assert "".join(model.write(job, Sampling(seed=4)))
    finally:
        model.close()

"""A Windows to test on: a real Windows Python under Wine, and what the program installs there.

Everything comes from PyPI. What is built is kept in a folder outside the repository
(`LLM_MUSIC_GEN_BED`, else `~/.cache/llm-music-gen/windows-bed`), one folder for each set of
inputs, so that only the first run and changes cost time.
"""

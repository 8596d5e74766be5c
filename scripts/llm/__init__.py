"""Language models: GGUF metadata, profiles, chat templates, and decoding with llama.cpp."""

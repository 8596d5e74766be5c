"""Behind `models.py`: llama.cpp held by the hand. The only room that meets llama_cpp."""

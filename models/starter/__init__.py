"""The starter model and the recipe that trains it: `python -m models.starter --help`.

Read train.py first, then model.py, dataloader.py and tokenizer.py. README.md is the model's card.
"""

"""Pure music: style book, plan, lead sheet, arrangement. No files, no devices."""

"""Lists -> a submission that obeys the rules, and its file: written, read, checked, mended."""

"""What a corpus is measured by; each module's functions answer names of lines with values."""

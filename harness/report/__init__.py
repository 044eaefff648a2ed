"""Reports: leaderboards, comparisons and pages, read from run folders."""
